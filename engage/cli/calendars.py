"""check, plan, apply: from staff's files to the stored schedule."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engage.cli.show import Json, document, many, opened, say, who

if TYPE_CHECKING:  # everything else is imported when a command runs: `engage --help` stays fast
    from engage.app import App


def check(
    path: Annotated[Path | None, typer.Argument(help="A folder; the calendars folder by default.")] = None,
    format_: Annotated[str, typer.Option("--format", help="text or json")] = "text",
) -> None:
    """Report everything that is wrong in the calendars: file, line, column and what to do."""
    from dataclasses import asdict
    from datetime import UTC, datetime

    from engage.declared.folder import read_folder

    if format_ not in ("text", "json"):
        raise typer.BadParameter("is text or json", param_hint="--format")
    now = datetime.now(UTC)
    if path is None:
        from engage.settings import Settings

        settings = Settings.read()
        path, now = settings.calendars, settings.now
    with _everything_kept():
        declared = read_folder(path, today=now.date())
    problems = [p for p in declared.problems if p.severity == "problem"]
    if format_ == "json":
        document([{k: v for k, v in asdict(p).items() if k != "text"} for p in declared.problems])
    else:
        for problem in declared.problems:
            print(problem)
        warnings = len(declared.problems) - len(problems)
        told = [many(len(problems), "problem"), many(warnings, "warning")]
        if declared.schedule:
            told.append(many(len(declared.schedule.entries), "entry", "entries"))
        say(", ".join(told))
    raise typer.Exit(1 if problems else 0)


@contextmanager
def _everything_kept() -> Iterator[None]:
    """No search for cycles: there are none in what is read, and the search takes a third of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def plan(
    as_json: Json = False,
    ask: Annotated[bool, typer.Option("--ask", help="Mail approvers a fresh link to the plan that waits.")] = False,
) -> None:
    """Show what the files would change, who would be told, and what it does to the next milestone."""
    from engage.cli.plans import as_document, as_lines
    from engage.work.calendars import propose_folder
    from engage.work.health import differences

    app = opened()
    if ask:
        _ask(app)
        return
    proposal = propose_folder(app, app.settings.calendars)
    feeds = differences(app, proposal)
    if as_json:
        document(as_document(proposal, feeds))
    else:
        print("\n".join(as_lines(proposal, feeds, now=app.now)))
    raise typer.Exit(0 if proposal.is_sound else 1)


def _ask(app: App) -> None:
    from engage.domain.events import PlanWaited
    from engage.errors import NotFound
    from engage.work.asking import ask_again

    with app.reading() as unit:
        waiting = unit.schedule.waiting()
    if waiting is None:
        raise NotFound("No plan waits for anybody.")
    ask_again(app, PlanWaited(plan_id=waiting.id))
    say("Fresh links are on their way.")


def apply(
    confirm: Annotated[str | None, typer.Option(help="The fingerprint of a plan that waits for a person.")] = None,
) -> None:
    """Make the files true: publish feeds, schedule reminders, tell people of changes."""
    import platform
    from datetime import timedelta

    from engage.cli.plans import as_lines
    from engage.cli.steps import steps
    from engage.work import plans
    from engage.work.calendars import propose_folder, turn
    from engage.work.health import differences

    app = opened()
    with turn(app, platform.node(), for_=timedelta(seconds=60)) as ours:
        if not ours:
            say("Another host applies the calendars. Run this there.")
            raise typer.Exit(3)
        with steps() as tell:
            tell("comparing", 0, 1)
            proposal = propose_folder(app, app.settings.calendars)
            feeds = differences(app, proposal)
            tell("comparing", 1, 1)
            if proposal.is_sound:
                tell("applying", 0, 1)
                done = plans.apply(app, proposal, who=who(), confirm=confirm)
                tell("applying", 1, 1)
        if not proposal.is_sound:
            print("\n".join(as_lines(proposal, now=app.now)))
            raise typer.Exit(1)
    print("\n".join(as_lines(proposal, feeds, now=app.now)))
    if done.waits_for:
        say(f"Nothing was applied. To do it all the same: engage apply --confirm {done.fingerprint}")
        raise typer.Exit(1)
    say(f"Applied as plan {done.plan_id}: {done.changes} changes." if done.changes else "Nothing to do.")
