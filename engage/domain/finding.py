"""Which entries a resident is looking for: by area, topic and day. How the question was put to us is the edge's."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate

from engage.domain.calendars import Office, Status
from engage.domain.revisions import Revision

DAY = timedelta(days=1)


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


class Timeline:
    """Entries by start, but for those that left the programme, so that a search looks at those of its days only."""

    def __init__(self, in_order: Iterable[Revision]) -> None:
        gone = Status.REMOVED  # looked up once: an enumeration finds its members slowly
        self._revisions = [r for r in in_order if r.entry.status is not gone]
        self._starts = [r.entry.starts_at for r in self._revisions]
        self._over = list(accumulate((r.entry.ends_at for r in self._revisions), max))  # by then, this and all before

    def of(self, search: Search, now: datetime) -> list[Revision]:
        """Whatever may suit by its days, and a little more: midnight is elsewhere in other zones."""
        since = now if search.first is None else _midnight(search.first) - DAY
        first = bisect_right(self._over, since)
        last = bisect_left(self._starts, _midnight(search.last) + 2 * DAY) if search.last else None
        return self._revisions[first:last]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def find(timeline: Timeline, search: Search, *, office: Office, now: datetime) -> list[Revision]:
    """What suits, by start. Areas are found with what covers them and what lies within them, as in feeds."""
    near, found = office.near(search.areas), timeline.of(search, now)
    if search.first is None:  # an entry of several days is found by any of them
        found = [r for r in found if r.entry.ends_at > now]
    else:
        found = [r for r in found if r.entry.ends_on >= search.first]
    if search.last is not None:
        found = [r for r in found if r.entry.begins_on <= search.last]
    if near:
        found = [r for r in found if not near.isdisjoint(r.entry.areas)]
    if search.topic is not None:
        found = [r for r in found if search.topic in r.entry.topics]
    return found
