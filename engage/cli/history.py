"""history, undo: what was applied, by whom, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from engage.cli.show import Json, document, opened, say, table, who

if TYPE_CHECKING:  # everything else is imported when a command runs: `engage --help` stays fast
    from engage.app import App


def history(
    plan: Annotated[int | None, typer.Argument(metavar="[PLAN]", help="One plan, with all that it changed.")] = None,
    as_json: Json = False,
) -> None:
    """List what was applied: when, by whom, how much changed; or show one plan and how the files differed."""
    app = opened()
    if plan is not None:
        _one(app, plan, as_json=as_json)
        return
    with app.reading() as unit:
        rows = unit.schedule.history()
    told = [
        {"plan": r.id, "at": r.applied_at, "who": r.who, "fingerprint": r.fingerprint, "changes": len(r.changes)}
        for r in rows
    ]
    if as_json:
        document(told)
    else:
        table(
            ((t["plan"], f"{t['at']:%Y-%m-%d %H:%M}", t["who"], t["fingerprint"], t["changes"]) for t in told),
            ("plan", "at (UTC)", "who", "fingerprint", "changes"),
        )


def _one(app: App, plan_id: int, *, as_json: bool) -> None:
    from dataclasses import asdict

    from engage.cli.plans import SIGNS
    from engage.work.past import past

    found = past(app, plan_id)
    if as_json:
        document(asdict(found))
        return
    print(f"plan {found.id}  {found.state}  {found.at:%Y-%m-%d %H:%M} UTC  by {found.who}  {found.fingerprint}")
    for reason in found.waits_for:
        print(f"  waited: {reason}")
    for change in found.changes:
        print(f'  {SIGNS[change["verb"]]} "{change["title"]}"  ({change["entry_id"]})  {", ".join(change["what"])}')
    for line in found.difference:
        print(line)


def undo(
    to: Annotated[int | None, typer.Option(help="Go back to this plan; else to the one before.")] = None,
    confirm: Annotated[str | None, typer.Option(help="The fingerprint of an undo that waits for a person.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the difference and change nothing.")] = False,
) -> None:
    """Take the last apply back: put the files as they were before it, and apply them with the same guards."""
    import platform
    from datetime import timedelta

    from engage.cli.plans import as_lines
    from engage.work.calendars import turn
    from engage.work.past import prepare_undo
    from engage.work.past import undo as take_back

    app = opened()
    folder = app.settings.calendars
    with turn(app, platform.node(), for_=timedelta(seconds=60)) as ours:
        if not ours:
            say("Another host applies the calendars. Run this there.")
            raise typer.Exit(3)
        way = prepare_undo(app, folder, to=to)
        print("\n".join([*way.difference, *as_lines(way.proposal, now=app.now)]))
        if dry_run:
            return
        done = take_back(app, folder, way, who=who(), confirm=confirm)
    say(f"The files are as plan {way.plan_id} left them. Applied as plan {done.plan_id}: {done.changes} changes.")
