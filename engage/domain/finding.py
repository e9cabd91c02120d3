"""Which entries a resident is looking for: by area, topic and day. How the question was put to us is the edge's."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import accumulate

from engage.domain.calendars import Entry, Kind, Office, Status
from engage.domain.revisions import Revision

DAY = timedelta(days=1)
MOST = 1024  # parts remembered


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
    """Entries by start, but for those that left the programme, so that a search looks at few of them."""

    def __init__(self, in_order: Iterable[Revision]) -> None:
        gone = Status.REMOVED  # looked up once: an enumeration finds its members slowly
        self._revisions = [r for r in in_order if r.entry.status is not gone]
        self._starts = [r.entry.starts_at for r in self._revisions]
        self._over = list(accumulate((r.entry.ends_at for r in self._revisions), max))  # by then, this and all before
        self._parts: dict[tuple[frozenset[str], str | None], Timeline] = {}

    @cached_property
    def kinds(self) -> frozenset[Kind]:
        return frozenset(revision.entry.kind for revision in self._revisions)

    def about(self, search: Search, office: Office) -> Timeline:
        """What concerns the areas and the topic of a search, on whatever day.

        Areas are found with what covers them and what lies within them, as in feeds.
        """
        return self.part(office.near(search.areas), search.topic)

    def part(self, near: frozenset[str], topic: str | None) -> Timeline:
        """Of these areas and this topic; without any it is the whole. Made once for all who ask."""
        if not near and topic is None:
            return self
        if near and topic is not None:
            return self.part(near, None).part(frozenset(), topic)
        part = self._parts.get((near, topic))
        if part is None:
            part = Timeline(r for r in self._revisions if _concerns(r.entry, near, topic))
            if len(self._parts) < MOST:
                self._parts[near, topic] = part
        return part

    def on(self, first: date | None, last: date | None, now: datetime) -> list[Revision]:
        """What suits these days; only at their edges does it take a look, as midnight is elsewhere in other zones."""
        since, sure = (now, now) if first is None else (_midnight(first) - DAY, _midnight(first) + DAY)
        begin, begin_sure = bisect_right(self._over, since), bisect_left(self._starts, sure)
        end = end_sure = len(self._revisions)
        if last is not None:
            end_sure, end = (bisect_left(self._starts, _midnight(last) + days * DAY) for days in (0, 2))
        begin_sure = max(begin, min(begin_sure, end))
        end_sure = max(begin_sure, end_sure)
        edges = (self._revisions[begin:begin_sure], self._revisions[end_sure:end])
        early, late = ([r for r in edge if _is_on(r.entry, first, last, now)] for edge in edges)
        return [*early, *self._revisions[begin_sure:end_sure], *late]


def find(timeline: Timeline, search: Search, *, office: Office, now: datetime) -> list[Revision]:
    """What suits, by start."""
    return timeline.about(search, office).on(search.first, search.last, now)


def _concerns(entry: Entry, near: frozenset[str], topic: str | None) -> bool:
    return (not near or not near.isdisjoint(entry.areas)) and (topic is None or topic in entry.topics)


def _is_on(entry: Entry, first: date | None, last: date | None, now: datetime) -> bool:
    """An entry of several days is on at any of them."""
    is_ahead = entry.ends_at > now if first is None else entry.ends_on >= first
    return is_ahead and (last is None or entry.begins_on <= last)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
