"""What the shell offers behind Tab. A folder that does not check offers nothing; nobody waits for a reason there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engage.domain.calendars import Schedule

Offers = Iterator[tuple[str, str]]


def meetings(incomplete: str) -> Offers:
    """Meetings from a month ago on, with their titles."""
    from datetime import timedelta

    from engage.settings import Settings

    since = Settings.read().now - timedelta(days=31)
    return _offers(
        incomplete,
        lambda schedule: (
            (e.id, f"{e.starts_local:%d %b} {e.title}") for e in schedule.entries.values() if e.ends_at > since
        ),
    )


def calendars(incomplete: str) -> Offers:
    return _offers(incomplete, lambda schedule: ((c.id, c.name) for c in schedule.office.calendars))


def venues(incomplete: str) -> Offers:
    return _offers(incomplete, lambda schedule: ((v.id, v.name) for v in schedule.office.venues))


def _offers(incomplete: str, of: Callable[[Schedule], Iterable[tuple[str, str]]]) -> Offers:
    from engage.declared.folder import read_folder
    from engage.errors import EngageError
    from engage.settings import Settings

    try:
        settings = Settings.read()
        schedule = read_folder(settings.calendars, today=settings.now.date()).schedule
    except EngageError:
        return
    if schedule is not None:
        yield from (offer for offer in of(schedule) if offer[0].startswith(incomplete))
