"""The composition root: settings become the tools that everything else is given. Nothing is opened at import."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engage import faults
from engage.channels import serving
from engage.channels.arrivals import arrivals
from engage.domain.notices import Lane
from engage.errors import SettingsError
from engage.links import Links
from engage.rendering import Templates
from engage.settings import Settings
from engage.store.migrate import check_schema
from engage.store.unit import Database
from engage.work.kit import Kit

TRIAL_SENDER = "trial@example.org"
TRIAL_BOUNCES = "bounces.example.org"


@dataclass(frozen=True, kw_only=True)
class App(Kit):
    """The kit, with the settings it was made from."""

    settings: Settings


def build(settings: Settings, *, clock: Callable[[], datetime] | None = None) -> App:
    """Make the App. The database must have been migrated, else NotNow says how.

    Raises SettingsError when live mode meets a trial database.
    """
    if not settings.is_live:
        faults.arm(settings.fault)
    database = Database(settings.database, clock or clock_of(settings))
    check_schema(database)
    _stamp(database, settings)
    base_url = settings.address
    return App(
        settings=settings,
        database=database,
        templates=Templates(settings.templates),
        channels=serving(settings),
        arrivals=arrivals(settings),
        links=Links(base_url, _keys(settings)),
        base_url=base_url,
        mail_from=settings.mail_from or TRIAL_SENDER,
        bounce_domain=settings.bounce_domain or TRIAL_BOUNCES,
        is_live=settings.is_live,
        settle_windows=_windows(settings),
        sms_cap=settings.sms_monthly_cap,
        sms_price=settings.sms_price,
    )


def clock_of(settings: Settings) -> Callable[[], datetime]:
    """The wall clock, shifted for rehearsals in trial mode."""
    shift = settings.shift  # worked out once: every letter and every page asks for the time
    return lambda: datetime.now(UTC) + shift


def _windows(settings: Settings) -> Mapping[str, int]:
    """The settle window is the bound of duplicates per killed connection: one, but ten where speed matters more."""
    default = {Lane.URGENT.value: 1, Lane.NORMAL.value: 1, Lane.BULK.value: 10}
    return default if settings.settle_window is None else dict.fromkeys(default, settings.settle_window)


def _keys(settings: Settings) -> list[str]:
    """The signing keys, newest first. Trial mode makes one and keeps it in the data folder."""
    if settings.secret_key is not None:
        old = settings.secret_keys_old.get_secret_value().split(",")
        return [settings.secret_key.get_secret_value(), *filter(None, (key.strip() for key in old))]
    return [_trial_key(settings.data / "secret.key")]


def _trial_key(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        aside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):  # another process made one first
            os.link(aside, path)
        aside.unlink()
    return path.read_text().strip()


def _stamp(database: Database, settings: Settings) -> None:
    """A database keeps the mode it was made in: a rehearsal must not be mailed in earnest, nor mail swallowed."""
    with database.unit() as unit:
        mode = unit.house.once("mode", settings.mode)
        unit.house.secret("address")
    if mode != settings.mode:
        raise SettingsError(
            f"This database was made in {mode} mode and ENGAGE_MODE is {settings.mode}: "
            "rehearsals and residents' data are kept apart. Set ENGAGE_DATABASE_URL, or the mode."
        )
