"""Which entries a resident is looking for: by area, topic and day. How the question was put to us is the edge's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from engage.domain.calendars import Entry, Office, Status
from engage.domain.feeds import last_day
from engage.domain.revisions import Revision


@dataclass(frozen=True, kw_only=True)
class Search:
    """What is asked of an entry; what is empty asks nothing.

    *areas* holds one, or the several that a postcode leaves open. *first* and *last* are days, both inclusive; without
    *first* only what is not over yet is found.
    """

    areas: tuple[str, ...] = ()
    topic: str | None = None
    first: date | None = None
    last: date | None = None


def find(revisions: Iterable[Revision], search: Search, *, office: Office, now: datetime) -> list[Revision]:
    """What suits, in the order given. Areas are found with what covers them and what lies within them, as in feeds."""
    near = office.near(search.areas)
    return [
        revision
        for revision in revisions
        if revision.entry.status is not Status.REMOVED
        and _falls(revision.entry, search, now)
        and (not near or not near.isdisjoint(revision.entry.areas))
        and (search.topic is None or search.topic in revision.entry.topics)
    ]


def _falls(entry: Entry, search: Search, now: datetime) -> bool:
    """An entry of several days is found by any of them."""
    begins_in_time = search.last is None or first_day(entry) <= search.last
    ends_in_time = entry.ends_at > now if search.first is None else last_day(entry) >= search.first
    return begins_in_time and ends_in_time


def first_day(entry: Entry) -> date:
    """The local day on which it begins."""
    return entry.first_day or entry.starts_local.date()
