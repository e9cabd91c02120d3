"""Concerns as pages show them: what was said, where and when, what was done, and whether it is still open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from engage.domain.calendars import Office
from engage.domain.concerns import Raised
from engage.domain.feeds import last_day


@dataclass(frozen=True, kw_only=True)
class Told:
    """A concern in words. *on* is the day of its outcome, None where staff did not say it."""

    id: str
    raised: str
    outcome: str
    on: date | None
    topic: str
    entry_id: str
    title: str
    said_on: date
    areas: tuple[str, ...]
    is_open: bool


def told(one: Raised, office: Office) -> Told:
    entry, concern = one.entry, one.concern
    return Told(
        id=concern.id,
        raised=concern.raised,
        outcome=concern.outcome or "",
        on=concern.on if concern.outcome else None,
        topic=office.names_of_topics((concern.topic,))[0] if concern.topic else "",
        entry_id=entry.id,
        title=entry.title,
        said_on=last_day(entry),
        areas=office.names_of_areas(entry.areas),
        is_open=one.is_open,
    )
