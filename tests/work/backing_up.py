"""Short ways to make a backup and to bring it back, as the command does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engage.app import App, build
from engage.settings import Settings
from engage.store.handover import HOLD
from engage.store.migrate import migrate
from engage.store.unit import Database
from engage.work import backups, restoring
from engage.work.backups import Made, Place
from engage.work.restoring import Restored
from tests.office import Clock


def place(settings: Settings) -> Place:
    return Place(
        database=settings.database,
        data=settings.data,
        calendars=settings.calendars,
        secret=settings.data / "secret.key",
    )


def quiet(_step: str, _done: int, _total: int) -> None:
    """Nobody looks."""


def back_up(app: App, keep: int | None = None, folder: Path | None = None) -> Made:
    settings = app.settings
    return backups.make(app, place(settings), folder or settings.data / "backups", keep=keep, tell=quiet)


def builder(settings: Settings, clock: Clock) -> Callable[[str], App]:
    def built(url: str) -> App:
        database = Database(url, clock)
        migrate(database)
        database.close()
        return build(settings.over(url), clock=clock)

    return built


def bring_back(app: App, archive: Path, clock: Clock, *, mode: str = "trial", **given: bool) -> Restored:
    app.database.close()
    settings = app.settings
    done = restoring.restore(
        archive,
        place(settings),
        mode=mode,
        build=builder(settings, clock),
        clock=clock,
        tell=quiet,
        **given,
    )
    assert not list(settings.data.glob(".restoring-*"))
    return done


def on_hold(app: App) -> str | None:
    with app.reading() as unit:
        return unit.house.get(HOLD)
