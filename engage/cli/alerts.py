"""alert: check, send, approve, withdraw, list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engage.cli.show import Json, document, opened, say, table, who

if TYPE_CHECKING:  # everything else is imported when a command runs: `engage --help` stays fast
    from engage.app import App

app = typer.Typer(name="alert", help="Messages about something that is happening now.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="FILE.md", help="Markdown with TOML front matter between +++ lines.")]
Id = Annotated[str, typer.Argument(metavar="ID")]


@app.command()
def check(path: File, as_json: Json = False) -> None:
    """Check an alert and count whom it would reach, without sending anything."""
    from dataclasses import asdict

    from engage.work.alerts import headcount

    running = opened()
    alert, _ = _read(running, path)
    counted = headcount(running, alert)
    if as_json:
        document({"id": alert.id, "severity": alert.severity, **asdict(counted)})
        return
    print(f'"{alert.title}" ({alert.severity}) would reach {counted.people:,} people')
    rows = [("area", name or "not said", n) for name, n in sorted(counted.by_area.items())]
    table([*rows, *(("channel", name, n) for name, n in sorted(counted.by_channel.items()))], ("by", "", "people"))
    if counted.texts is not None:
        print(counted.texts)


@app.command()
def send(
    path: File,
    submitter: Annotated[str | None, typer.Option("--by", help="The id in [[staff]] of who submits it.")] = None,
    wait: Annotated[bool, typer.Option(help="Stay until everything is handed over, showing progress.")] = False,
    as_json: Json = False,
) -> None:
    """Issue an alert, or the correction of one with the same file name. Large ones wait for a second person."""
    from dataclasses import asdict

    from engage.work.alerts import send as issue

    running = opened()
    alert, source = _read(running, path)
    done = issue(running, alert, source, who=submitter or who())
    if wait and not done.waits:
        _follow(running, done.notice_id, done.version)
    if done.texts is not None and not as_json:
        say(str(done.texts))
    if as_json:
        document(asdict(done))
    elif done.waits:
        say(
            f"{done.people:,} people would get it: a second person must approve. engage alert approve {done.id} --by ID"
        )
    else:
        say(f"Issued to {done.people:,} people as {done.id}, version {done.version}.")
    raise typer.Exit(1 if done.waits else 0)


@app.command()
def approve(alert_id: Id, by: Annotated[str, typer.Option(help="The id in [[staff]] of who approves.")]) -> None:
    """Let a waiting alert go, as a second person. In live mode only the mailed link can."""
    from engage.errors import Refused
    from engage.work.alerts import approve as let_go

    running = opened()
    if running.is_live:
        raise Refused("In live mode an alert is approved with the link mailed to a person who may, not from here.")
    done = let_go(running, alert_id, by=by)
    say(f"Approved: {done.id}, version {done.version} is on its way.")


@app.command()
def withdraw(alert_id: Id) -> None:
    """Stop what has not gone yet and tell those who were told."""
    from engage.work.alerts import withdraw as stop

    version = stop(opened(), alert_id, who=who())
    say(f"Withdrawn. Those who were told get version {version}.")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List alerts, newest first."""
    running = opened()
    with running.reading() as unit:
        rows = unit.alerts.list()
    told = [
        {"id": r.id, "version": r.version, "state": r.state, "title": r.body["title"], "at": r.created_at} for r in rows
    ]
    if as_json:
        document(told)
    else:
        table(
            ((t["id"], t["version"], t["state"], f"{t['at']:%Y-%m-%d %H:%M}", t["title"]) for t in told),
            ("id", "version", "state", "at (UTC)", "title"),
        )


def _read(running: App, path: Path):  # type: ignore[no-untyped-def]  # noqa: ANN202 - (Alert, its source)
    from engage.declared.alert_file import read_alert
    from engage.errors import NotFound
    from engage.work.kit import office_of

    if not path.is_file():
        raise NotFound(f"There is no file {path}.")
    source = path.read_text(encoding="utf-8", errors="replace")
    with running.reading() as unit:
        office = office_of(unit)
    found = read_alert(path.name, source, office, channels=running.channels, now=running.now)
    for problem in found.problems:
        print(problem)
    if found.alert is None:
        raise typer.Exit(1)
    return found.alert, source


def _follow(running: App, notice_id: str, version: int) -> None:
    from engage.cli.progress import follow

    follow(running, notice_id, version)
