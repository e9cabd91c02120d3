"""Which offset a VTIMEZONE gives at each moment of a year, and where tzdata gives another.

Both are steps: an offset holds until the next change. So two short lists of changes are merged and the spans between
them compared, which covers every half-hour (and every second) at the price of some 400 look-ups a year.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from calendar import isleap, monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from engage.feeds.lint.moments import Moment, of
from engage.feeds.lint.reading import Component

Change = tuple[int, int]  # a UTC moment in seconds, the offset from then on in seconds

MOST_RDATES = 1_000
DAY = 24 * 3600
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)(\d\d)?")
_KNOWN = {"FREQ", "BYMONTH", "BYDAY", "BYMONTHDAY", "BYYEARDAY", "UNTIL", "INTERVAL", "WKST"}


@dataclass(frozen=True, slots=True)
class Span:
    """From *begins* to *ends*, in UTC seconds, the VTIMEZONE says *told* where *true* is right."""

    begins: int
    ends: int
    told: int
    true: int


@dataclass(frozen=True, slots=True)
class Observance:
    """One STANDARD or DAYLIGHT block that could be read."""

    first: datetime
    before: int
    after: int
    rule: Rule | None
    more: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A yearly rule: the days of a year on which every given part holds."""

    months: frozenset[int]
    weekdays: tuple[tuple[int, int], ...]  # (which of the month or year, 0 for every; weekday from Monday)
    month_days: frozenset[int]
    year_days: frozenset[int]
    until: Moment | None


def offset(value: str) -> int | None:
    """`+0100` in seconds; None when it is not one."""
    found = _OFFSET.fullmatch(value.strip())
    if found is None:
        return None
    seconds = int(found[2]) * 3600 + int(found[3]) * 60 + int(found[4] or 0)
    return -seconds if found[1] == "-" else seconds


def observance(block: Component) -> Observance | None:
    """The block; None when a part is missing or its rule is not a plain yearly one."""
    first = of(block.text("DTSTART"))
    before, after = offset(block.text("TZOFFSETFROM")), offset(block.text("TZOFFSETTO"))
    parsed = rule(block.text("RRULE")) if block.first("RRULE") else None
    if first is None or before is None or after is None or (parsed is None and block.first("RRULE")):
        return None
    dates = [of(value) for line in block.all("RDATE") for value in line.value.split(",")[:MOST_RDATES]]
    return Observance(first.clock, before, after, parsed, tuple(d.clock for d in dates[:MOST_RDATES] if d))


def rule(value: str) -> Rule | None:
    """The yearly rule; None for any other, which no calendar app expects here."""
    parts = dict(part.partition("=")[::2] for part in value.strip().upper().split(";")[:20])
    if parts.get("FREQ") != "YEARLY" or parts.get("INTERVAL", "1") != "1" or not parts.keys() <= _KNOWN:
        return None
    days = [re.fullmatch(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", day) for day in _listed(parts.get("BYDAY", ""))]
    numbers = [_numbers(parts.get(name, "")) for name in ("BYMONTH", "BYMONTHDAY", "BYYEARDAY")]
    until = of(parts["UNTIL"]) if "UNTIL" in parts else None
    if None in days or None in numbers or ("UNTIL" in parts and until is None):
        return None
    weekdays = tuple((int(day[1] or 0), WEEKDAYS.index(day[2])) for day in days if day)
    months, month_days, year_days = (found or frozenset() for found in numbers)
    return Rule(months, weekdays, month_days, year_days, until)


def changes(observances: list[Observance], year: int) -> list[Change]:
    """The changes that decide the year: those of the year, and the last ones before it."""
    found = sorted({change for one in observances for change in _changes(one, year)})
    earliest = min(observances, key=lambda one: one.first)
    return [(-(10**12), earliest.before), *found]


def differences(told: list[Change], zone: ZoneInfo, year: int) -> list[Span]:
    """Where in the year the two give different offsets."""
    begins, ends = _seconds(datetime(year, 1, 1)), _seconds(datetime(year + 1, 1, 1))  # noqa: DTZ001 - UTC is meant
    true = true_changes(zone, year)
    edges = sorted({begins, ends, *(at for at, _ in (*told, *true) if begins < at < ends)})
    spans = []
    for start, stop in pairwise(edges):
        said, right = _at(told, start), _at(true, start)
        if said != right:
            spans.append(Span(start, stop, said, right))
    return spans


@lru_cache(maxsize=256)
def true_changes(zone: ZoneInfo, year: int) -> tuple[Change, ...]:
    """Tzdata's changes in the year, the first of them its beginning: a look at each day, then halving."""
    at, ends = _seconds(datetime(year, 1, 1)), _seconds(datetime(year + 1, 1, 1))  # noqa: DTZ001 - UTC is meant
    held = _true(zone, at)
    found = [(at, held)]
    while at < ends:
        following = _true(zone, at + DAY)
        if following != held:
            low, high = at, at + DAY
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _true(zone, middle) == held else (low, middle)
            held = _true(zone, high)
            found.append((high, held))
        at += DAY
    return tuple(found)


def _changes(one: Observance, year: int) -> Iterator[Change]:
    for onset in _onsets(one, year):
        yield _seconds(onset) - one.before, one.after


def _onsets(one: Observance, year: int) -> Iterator[datetime]:
    """Local moments; of a yearly rule only those of the year, the year before, and the last ones there are."""
    yield one.first
    yield from one.more
    if one.rule is None:
        return
    until = one.rule.until
    last = min(year, until.clock.year) if until else year
    limit = until.clock + timedelta(days=until.is_day, seconds=one.before * until.is_utc) if until else None
    for wanted in range(max(last - 1, one.first.year), last + 1):
        for day in _days(one.rule, one.first.date(), wanted):
            onset = datetime.combine(day, one.first.time())
            if one.first <= onset and (limit is None or onset <= limit):
                yield onset


@lru_cache(maxsize=1024)
def _days(rule: Rule, first: date, year: int) -> tuple[date, ...]:
    """Without any part the rule means the same day of each year."""
    if not (rule.months or rule.weekdays or rule.month_days or rule.year_days):
        rule = Rule(frozenset({first.month}), (), frozenset({first.day}), frozenset(), None)
    length = 366 if isleap(year) else 365
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(length))
    return tuple(day for number, day in enumerate(days) if _is_meant(rule, day, number, length))


def _is_meant(rule: Rule, day: date, number: int, length: int) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    in_month = monthrange(day.year, day.month)[1]
    return (
        (not rule.month_days or not rule.month_days.isdisjoint((day.day, day.day - in_month - 1)))
        and (not rule.year_days or not rule.year_days.isdisjoint((number + 1, number - length)))
        and (not rule.weekdays or _is_one_of(rule, day, number, length, in_month))
    )


def _is_one_of(rule: Rule, day: date, number: int, length: int, in_month: int) -> bool:
    """Whether it is the third Sunday, the last Sunday, a Sunday: of the month, or of the year without BYMONTH."""
    at, of_all = (day.day - 1, in_month) if rule.months else (number, length)
    which = {0, at // 7 + 1, -((of_all - 1 - at) // 7) - 1}
    return any(weekday == day.weekday() and nth in which for nth, weekday in rule.weekdays)


def _at(found: Sequence[Change], at: int) -> int:
    return found[max(bisect_right(found, at, key=lambda change: change[0]) - 1, 0)][1]


def _true(zone: ZoneInfo, at: int) -> int:
    told = datetime.fromtimestamp(at, zone).utcoffset() or timedelta()
    return int(told.total_seconds())


def _seconds(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp())


def _listed(value: str) -> list[str]:
    return value.split(",")[:400] if value else []


def _numbers(value: str) -> frozenset[int] | None:
    parts = _listed(value)
    return frozenset(map(int, parts)) if all(re.fullmatch(r"[+-]?\d{1,3}", part) for part in parts) else None
