"""The list of all commands, in the order `engage --help` shows them. What each does is in the file of its noun."""

from __future__ import annotations

from collections.abc import Callable

import typer

from engage.cli import (
    alerts,
    backups,
    bounces,
    briefs,
    calendar_files,
    calendars,
    complaints,
    deliveries,
    doctor,
    feeds,
    history,
    install,
    keys,
    looking,
    meetings,
    people,
    reports,
    running,
    schemas,
)

app = typer.Typer(
    name="engage",
    help="Community meetings, calendar feeds and messages to residents, run from files that staff edit.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS: tuple[Callable[..., None], ...] = (
    calendars.check,
    calendars.plan,
    calendars.apply,
    history.history,
    history.undo,
    looking.status,
    looking.milestones,
    looking.trace,
    briefs.brief,
    doctor.doctor,
    bounces.bounce,
    running.up,
    running.web,
    running.relay,
    running.worker,
    running.redis,
    running.migrate,
    backups.backup,
    backups.restore,
    install.install,
    running.hold,
    running.release,
    keys.vapid,
    schemas.schema,
)
for command in COMMANDS:
    app.command()(command)
for noun in (
    meetings.app,
    calendar_files.app,
    people.app,
    complaints.app,
    alerts.app,
    deliveries.app,
    feeds.app,
    reports.app,
):
    app.add_typer(noun)
