"""Which dates a series of meetings has: its rule, less `except`, with `move`. How rules are read is in rules.

Everything here is bounded: a rule walks to its horizon and no further, and yields at most a thousand dates.
"""

from __future__ import annotations

import calendar
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from heapq import merge
from itertools import groupby, islice

from engage.domain import wording
from engage.domain.recurrence import Recurrence, dates
from engage.domain.rules import MOST, Fault, from_rrule, from_words

HORIZON = 13  # months ahead of today that a schedule reaches
_SEARCHED = timedelta(days=366 * 30)  # 29 February on a given weekday returns after at most 28 years until 2100


@dataclass(frozen=True, kw_only=True)
class Move:
    """One date of a series takes place at another time; without *at* the time of day stays."""

    day: date
    to: date
    at: time | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A series as staff wrote it. *first* is the first day on which it may fall, *until* includes its day."""

    first: date
    at: time
    until: date | None = None
    every: str | None = None
    on: tuple[str, ...] = ()
    rrule: str | None = None
    excepted: tuple[date, ...] = ()
    moves: tuple[Move, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """One date of a series: *day* is the original date, which names it for good; *starts* is wall time."""

    day: date
    starts: datetime


@dataclass(frozen=True, kw_only=True)
class Expansion:
    """What a rule yields. *days* are all its dates, `except` and dates past the horizon that were named included."""

    occurrences: tuple[Occurrence, ...] = ()
    days: tuple[date, ...] = ()
    faults: tuple[Fault, ...] = ()


def horizon(today: date) -> date:
    """The last day for which rules without an end yield dates."""
    year, month = divmod(today.year * 12 + today.month - 1 + HORIZON, 12)
    return date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def expand(rule: Rule, *, today: date, named: Collection[date] = ()) -> Expansion:
    """Every occurrence from the rule's first day to the horizon, and those on *named* dates beyond it."""
    read = _read(rule)
    if isinstance(read, Fault):
        return Expansion(faults=(read,))
    if rule.until and rule.until < rule.first:
        return Expansion(faults=(Fault(key="until", says="is before `from`."),))
    end = horizon(today)
    asked = {*named, *rule.excepted, *(move.day for move in rule.moves)}
    reach = min(max(end, *asked), rule.until or date.max) if asked else min(end, rule.until or date.max)
    days = tuple(islice(_walk(read, rule, reach), MOST + 1))
    if len(days) > MOST and days[MOST] <= end:
        return Expansion(faults=(_endless(rule),))
    if not days and not _occurs(read, rule):
        return Expansion(faults=(_never(rule),))
    moved = {move.day: datetime.combine(move.to, move.at or rule.at) for move in rule.moves}
    kept = [day for day in days if day not in rule.excepted and (day <= end or day in named)]
    occurrences = tuple(Occurrence(day=d, starts=moved.get(d) or datetime.combine(d, rule.at)) for d in kept)
    return Expansion(occurrences=occurrences, days=days, faults=tuple(_misplaced(rule, days)))


def nearest(days: Sequence[date], day: date) -> str:
    """A sentence that *day* is no date of the series, naming its neighbours among *days*."""
    place = bisect_left(days, day)
    around = [wording.day(near) for near in days[max(place - 1, 0) : place + 1]]
    says = f"{wording.day(day)} is not a date of this series"
    return f"{says}; the nearest {'are' if len(around) > 1 else 'is'} {' and '.join(around)}." if around else f"{says}."


def _read(rule: Rule) -> tuple[Recurrence, ...] | Fault:
    if rule.rrule is not None:
        if rule.every is not None or rule.on:
            return Fault(key="rrule", says="stands in place of `every` and `on`: keep one of them.")
        read = from_rrule(rule.rrule)
        return read if isinstance(read, Fault) else (read,)
    if rule.every is None:
        return Fault(key="every", says='is missing. Say how often, as in every = "month" and on = "second Tuesday".')
    return from_words(rule.every, rule.on, rule.first)


def _walk(read: tuple[Recurrence, ...], rule: Rule, last: date) -> Iterator[date]:
    """The dates of all recurrences together, each once. `every = "2 weeks"` counts from the first occurrence."""
    start = rule.first
    if rule.rrule is None:
        single = (replace(part, interval=1) for part in read)
        start = min((day for part in single for day in islice(dates(part, first=start, last=last), 1)), default=start)
    together = merge(*(dates(part, first=start, last=last) for part in read))
    return (day for day, _ in groupby(together))


def _occurs(read: tuple[Recurrence, ...], rule: Rule) -> bool:
    """Whether it ever has a date; one that begins past the horizon has none yet."""
    last = min(rule.first + _SEARCHED, rule.until or date.max)
    return next(_walk(read, rule, last), None) is not None


def _never(rule: Rule) -> Fault:
    key = "rrule" if rule.rrule is not None else "on" if rule.on else "every"
    between = f"between {rule.first} and {rule.until}" if rule.until else f"after {rule.first}"
    return Fault(key=key, says=f"never falls on any date {between}.")


def _endless(rule: Rule) -> Fault:
    key = "rrule" if rule.rrule is not None else "every"
    return Fault(key=key, says=f"yields more than {MOST} dates. Give the series a later `from` or an `until`.")


def _misplaced(rule: Rule, days: Sequence[date]) -> Iterator[Fault]:
    """Dates in `except` and `move` that the rule does not have, or that are named twice."""
    known, moved = set(days), set()
    for index, day in enumerate(rule.excepted):
        if day not in known:
            yield Fault(key="except", index=index, says=f"does not fit: {nearest(days, day)}")
    for index, move in enumerate(rule.moves):
        if move.day not in known:
            yield Fault(key="move", index=index, says=f"does not fit: {nearest(days, move.day)}")
        elif move.day in rule.excepted:
            yield Fault(key="move", index=index, says=f"moves {wording.day(move.day)}, which `except` leaves out.")
        elif move.day in moved:
            yield Fault(key="move", index=index, says=f"moves {wording.day(move.day)} a second time.")
        moved.add(move.day)
