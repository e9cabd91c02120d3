"""backup and restore: one file with everything in it, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engage.cli.show import Json, document, many, opened, say

if TYPE_CHECKING:  # everything else is imported when a command runs: `engage --help` stays fast
    from engage.settings import Settings
    from engage.work.backups import Place
    from engage.work.kit import Kit


def backup(
    folder: Annotated[Path | None, typer.Argument(help="Where to; `backups` in the data folder by default.")] = None,
    keep: Annotated[int | None, typer.Option(help="Delete all but the newest so many afterwards.")] = None,
    as_json: Json = False,
) -> None:
    """Copy everything into one file while the system runs: database, staff's files, templates of your own.

    People's addresses are in it: keep it where only you can read it. Your settings (.env) are not in it.
    """
    from dataclasses import asdict

    from engage.cli.steps import in_bytes, steps
    from engage.work.backups import make

    app = opened()
    place = _place(app.settings)
    with steps(in_bytes) as tell:
        made = make(app, place, (folder or place.data / "backups").absolute(), keep=keep, tell=tell)
    if as_json:
        document({"path": str(made.path), "size": made.size, "pruned": made.pruned, **asdict(made.manifest)})
        return
    print(made.path)
    say(f"{in_bytes(made.size)}, {many(len(made.manifest.files), 'file')}. People's addresses are in it: keep it safe.")
    say("Your settings (.env) are not in it. Keep a copy of them elsewhere: the secret key makes old links work.")
    if made.pruned:
        say(f"Deleted: {', '.join(made.pruned)}")


def restore(
    archive: Annotated[Path, typer.Argument(metavar="BACKUP", help="A file that `engage backup` made.")],
    force: Annotated[bool, typer.Option("--force", help="Move aside what is there now.")] = False,
    only_database: Annotated[bool, typer.Option("--only-database", help="Leave staff's files as they are.")] = False,
) -> None:
    """Bring a backup back. Everything starts on hold: nothing is sent until `engage release`."""
    import os

    from engage.app import clock_of
    from engage.cli.steps import in_bytes, steps
    from engage.embedded import claim
    from engage.log import configure
    from engage.settings import Settings
    from engage.work.restoring import restore as bring_back

    settings = Settings.read()
    configure(settings.log_format)
    lock = claim(settings.data, "up.lock")  # nobody starts it meanwhile
    try:
        with steps(in_bytes) as tell:
            done = bring_back(
                archive.absolute(),
                _place(settings),
                mode=settings.mode,
                build=lambda url: _built(settings, url),
                clock=clock_of(settings),
                force=force,
                files=not only_database,
                tell=tell,
            )
    finally:
        os.close(lock)
    say(f"Restored, as it was on {done.manifest.made_at[:16].replace('T', ' ')} UTC.")
    if done.aside is not None:
        say(f"What was there before is in {done.aside}. Addresses are in it: delete it when you need it no more.")
    if done.in_flight:
        say(
            f"{many(done.in_flight, 'message')} were on their way at the time: engage deliveries list --state ambiguous"
        )
    if done.left is None:
        say("Who asked to leave after the backup was made is not known: look through your mail for it.")
    say("It starts ON HOLD: nothing is sent until you have looked (engage status) and run: engage release")


def _place(settings: Settings) -> Place:
    """Our own templates are part of the program: those of an older one must not come back over newer ones."""
    from engage.rendering import OURS
    from engage.work.backups import Place

    has_own_key = settings.secret_key is None and not settings.is_live
    return Place(
        database=settings.database,
        data=settings.data,
        calendars=settings.calendars,
        templates=None if settings.templates.resolve() == OURS.resolve() else settings.templates,
        secret=settings.data / "secret.key" if has_own_key else None,
    )


def _built(settings: Settings, url: str) -> Kit:
    from engage.app import build, clock_of
    from engage.store.migrate import migrate
    from engage.store.unit import Database

    database = Database(url, clock_of(settings))
    migrate(database)
    database.close()
    return build(settings.over(url))
