"""Counting held meetings toward milestones: which is the N-th, which come next and when. Telling is in notices."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from engage.domain.calendars import Entry, Kind, Programme, Status

_MEETING, _CONFIRMED = Kind.MEETING, Status.CONFIRMED  # looked up once: an enumeration finds its members slowly
ANNOUNCED_AT = time(10)  # the next day: a correction the same night says nothing


@dataclass(frozen=True, kw_only=True)
class Line:
    """What counts toward a programme's milestones, in its order: what is over, and what is still ahead."""

    held: tuple[Entry, ...]
    ahead: tuple[Entry, ...]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a programme stands. *projected* is the confirmed meeting expected to be the next milestone."""

    count: int
    next_number: int | None
    remaining: int | None
    projected: Entry | None


def is_countable(entry: Entry, programme: Programme) -> bool:
    """Whether it counts once its end has passed: confirmed, not exempted, and ended after the opening count's date."""
    return (
        entry.counts
        and entry.kind is _MEETING
        and entry.status is _CONFIRMED
        and entry.ends_local.date() > programme.opening_on
    )


def is_held(entry: Entry, programme: Programme, now: datetime) -> bool:
    return is_countable(entry, programme) and entry.ends_at <= now


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """The order in which meetings count: by end, then id."""
    return sorted(entries, key=lambda entry: (entry.ends_at, entry.id))


def _counting(programme: Programme, entries: Iterable[Entry]) -> list[Entry]:
    return in_order(entry for entry in entries if is_countable(entry, programme))


def numbers_upto(programme: Programme, limit: int) -> list[int]:
    """The milestones above the opening count and not above *limit*, in order."""
    regular = range(programme.every, limit + 1, programme.every) if programme.every else ()
    return sorted(n for n in {*regular, *programme.also} if programme.opening_count < n <= limit)


def next_after(programme: Programme, count: int) -> int | None:
    """The first milestone above *count*; None when the programme names no further one."""
    candidates = [n for n in programme.also if n > count]
    if programme.every:
        candidates.append((count // programme.every + 1) * programme.every)
    return min(candidates, default=None)


def line(programme: Programme, entries: Iterable[Entry], now: datetime) -> Line:
    """*entries* are the programme's calendar's, in any order."""
    counting = _counting(programme, entries)
    over = bisect_right(counting, now, key=lambda entry: entry.ends_at)
    return Line(held=tuple(counting[:over]), ahead=tuple(counting[over:]))


def progress(programme: Programme, line: Line, *, held: int) -> Progress:
    """The state of a programme with *held* meetings counted since its opening."""
    count = programme.opening_count + held
    number = next_after(programme, count)
    if number is None:
        return Progress(count=count, next_number=None, remaining=None, projected=None)
    remaining = number - count
    projected = line.ahead[remaining - 1] if remaining <= len(line.ahead) else None
    return Progress(count=count, next_number=number, remaining=remaining, projected=projected)


def expected(programme: Programme, entries: Iterable[Entry]) -> dict[str, int]:
    """Entry id -> the milestone it was, or is expected to be, if everything confirmed is held."""
    counting = _counting(programme, entries)
    wanted = set(numbers_upto(programme, programme.opening_count + len(counting)))
    numbered = enumerate(counting, start=programme.opening_count + 1)
    return {entry.id: number for number, entry in numbered if number in wanted}


def announce_at(flipped_at: datetime, timezone: str) -> datetime:
    """Ten o'clock, office time, on the day after the count last crossed the milestone."""
    zone = ZoneInfo(timezone)
    day = flipped_at.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(day, ANNOUNCED_AT, zone)
