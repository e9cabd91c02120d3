"""feed: list what is published, judge any feed."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engage.cli.show import Json, document, opened, table

if TYPE_CHECKING:  # everything else is imported when a command runs: `engage --help` stays fast
    from engage.feeds.lint import Linted

app = typer.Typer(name="feed", help="What calendar apps subscribe to.", no_args_is_help=True)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the feeds with their size, entries, and how much room is left."""
    running = opened()
    with running.reading() as unit:
        found = sorted(unit.feeds.since(0), key=lambda feed: feed.path)
    told = [
        {"path": f.path, "entries": f.entries, "left_out": f.left_out, "bytes": len(f.body), "modified": f.modified_at}
        for f in found
    ]
    if as_json:
        document(told)
    else:
        table(([*t.values()] for t in told), ("path", "entries", "left out", "bytes", "modified"))


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
    told = ["No problems" if not problems else f"{problems} problem{'s' if problems > 1 else ''}"]
    if warnings:
        told.append(f"{warnings} warning{'s' if warnings > 1 else ''}")
    return ", ".join(told)
