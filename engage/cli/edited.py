"""What a command does to staff's files, as it is told: the lines, what the check says of them, and who would hear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engage.cli.show import opened, say

if TYPE_CHECKING:
    from engage.work.desk import Desk, Edited


def finish(desk: Desk, edited: Edited, *, dry_run: bool) -> None:
    """Write it; or, with *dry_run*, say what would follow from it."""
    from engage.work.desk import changed_lines, save

    if not dry_run:
        save(desk, edited)
    print("\n".join(changed_lines(edited)))
    for problem in edited.warnings:
        print(problem)
    if dry_run:
        _show_plan(desk, edited)
    say(
        "Nothing was written (--dry-run)."
        if dry_run
        else "Written. A running system publishes it now; else: engage plan"
    )


def _show_plan(desk: Desk, edited: Edited) -> None:
    """The plan of the files as they would be; none where no database was made yet."""
    from engage.cli.plans import as_lines
    from engage.errors import NotNow
    from engage.settings import Settings
    from engage.store.migrate import check_schema
    from engage.store.unit import Database
    from engage.work.health import differences
    from engage.work.plans import propose

    settings = Settings.read()
    try:
        check_schema(Database(settings.database, lambda: settings.now), patience=0)
    except NotNow:
        return
    app = opened()
    proposal = propose(app, {**desk.sources, edited.file: edited.content})
    print("\n".join(as_lines(proposal, differences(app, proposal), now=app.now)))
