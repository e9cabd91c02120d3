"""feed: what is published, how calendar apps ask for it, and what is wrong with any feed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engage.cli.show import Json, document, many, opened, table

if TYPE_CHECKING:  # everything else is imported when a command runs: `engage --help` stays fast
    from engage.feeds.lint import Linted

app = typer.Typer(name="feed", help="What calendar apps subscribe to.", no_args_is_help=True)
All = Annotated[bool, typer.Option("--all", help="Other formats, variants and feeds without entries, too.")]


@app.command("list")
def list_(*, everything: All = False, as_json: Json = False) -> None:
    """List the feeds: how full they are, and how often apps asked in the last seven days."""
    from engage.domain.feeds import CROWDED
    from engage.work.health import health

    found = [feed for feed in health(opened()) if everything or as_json or (feed.is_usual and feed.entries)]
    if as_json:
        document([asdict(feed) for feed in found])
        return
    head = ("path", "entries", "left out", "bytes", "used", "changed", "polls", "304", "asked by")
    table(
        (
            (
                feed.path,
                feed.entries,
                feed.left_out or "",
                f"{feed.size:,}",
                f"{feed.used:.0%}" + (" !" if feed.used > CROWDED else ""),
                f"{feed.modified_at:%Y-%m-%d %H:%M}",
                feed.asked.polls,
                "" if feed.asked.unchanged is None else f"{feed.asked.unchanged:.0%}",
                ", ".join(f"{name} {n}" for name, n in feed.asked.clients.items()),
            )
            for feed in found
        ),
        head,
    )


@app.command()
def lint(
    source: Annotated[str, typer.Argument(metavar="FILE_OR_URL", help="Any iCalendar feed, ours or not.")],
    against: Annotated[
        Path | None, typer.Option(metavar="EARLIER_FILE", help="An earlier copy: also check what shows over time.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Tell what in a feed breaks an RFC or a calendar app; exits 1 on problems, 3 when it cannot be had."""
    linted = _linted(source, against)
    problems = sum(finding.severity == "problem" for finding in linted.findings)
    if as_json:
        document({"source": source, **asdict(linted)})
    else:
        for finding in linted.findings:
            print(finding)
        held = "1 entry" if linted.entries == 1 else f"{linted.entries:,} entries"
        print(f"{_counts(problems, len(linted.findings) - problems)}: {held}, {linted.bytes:,} bytes")
    raise typer.Exit(1 if problems else 0)


def _linted(source: str, against: Path | None) -> Linted:
    from dataclasses import replace
    from datetime import UTC, datetime

    from engage.feeds.lint import lint_url, look
    from engage.feeds.lint.against import lint_against

    if "://" in source:
        fetched, linted = lint_url(source)
        body = fetched.body
    else:
        body = _read(Path(source))
        linted = look(body)
    if against is None:
        return linted
    over_time = lint_against(_read(against), body, datetime.now(UTC))
    return replace(linted, findings=[*linted.findings, *over_time])


def _read(path: Path) -> bytes:
    from engage.errors import NotNow

    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise NotNow(
            f"{path} cannot be read: {reason}. Name a file, or an address with http:// or https://."
        ) from error


def _counts(problems: int, warnings: int) -> str:
    told = [many(problems, "problem") if problems else "No problems"]
    if warnings:
        told.append(many(warnings, "warning"))
    return ", ".join(told)
