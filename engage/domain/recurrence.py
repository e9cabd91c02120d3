"""Which dates an RFC 5545 rule yields, walked period by period up to a last day. Staff's words for it are in series.

dateutil looks for the first date until the year 9999 before it can be stopped: `BYMONTH=2;BYMONTHDAY=30` costs it 3
to 7 seconds (measured) and `INTERVAL=0` never ends. This walk ends at the last day asked for, whatever the rule says;
tests hold it to dateutil's answers.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Frequency = Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, kw_only=True)
class Recurrence:
    """The parts of an RRULE that decide on dates. *by_day* holds (ordinal or 0, weekday with Monday 0)."""

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: date | None = None
    by_day: tuple[tuple[int, int], ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_month: tuple[int, ...] = ()
    by_set_pos: tuple[int, ...] = ()
    week_start: int = 0


def dates(rule: Recurrence, *, first: date, last: date) -> Iterator[date]:
    """The dates from *first* (its DTSTART) to *last*, in order; *count* counts from *first*."""
    last = min(last, rule.until or last)
    left = rule.count
    for period in _periods(rule, first, last):
        for day in _picked(rule, period):
            if day < first:
                continue
            if day > last or left == 0:
                return
            left = None if left is None else left - 1
            yield day


def _periods(rule: Recurrence, first: date, last: date) -> Iterator[list[date]]:
    """The candidate days of every *interval*-th day, week, month or year that begins by *last*."""
    match rule.frequency:
        case "DAILY":
            for day in _steps(first, last, rule.interval):
                yield [day] if _fits(rule, day) else []
        case "WEEKLY":
            monday = first - timedelta(days=(first.weekday() - rule.week_start) % 7)
            wanted = {weekday for _, weekday in rule.by_day} or {first.weekday()}
            for start in _steps(monday, last, 7 * rule.interval):
                week = (start + timedelta(days=n) for n in range(7))
                yield [day for day in week if day.weekday() in wanted and _in_month(rule, day.month)]
        case "MONTHLY":
            begin, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
            for number in range(begin, end + 1, rule.interval):
                year, month = divmod(number, 12)
                yield _of_month(rule, year, month + 1, first) if _in_month(rule, month + 1) else []
        case "YEARLY":
            months = sorted(rule.by_month or (range(1, 13) if rule.by_month_day else (first.month,)))
            for year in range(first.year, last.year + 1, rule.interval):
                yield [day for month in months for day in _of_month(rule, year, month, first)]


def _steps(start: date, last: date, days: int) -> Iterator[date]:
    for ordinal in range(start.toordinal(), last.toordinal() + 1, days):
        yield date.fromordinal(ordinal)


def _of_month(rule: Recurrence, year: int, month: int, first: date) -> list[date]:
    """The days of one month that the rule names; the day of *first* when it names none."""
    length = calendar.monthrange(year, month)[1]
    numbers: Iterable[int] = [n if n > 0 else length + 1 + n for n in rule.by_month_day]
    if not rule.by_month_day:
        numbers = range(1, length + 1) if rule.by_day else (first.day,)
    weekdays = _weekdays_of(rule, year, month, length) if rule.by_day else None
    return [
        date(year, month, n) for n in sorted(set(numbers)) if 1 <= n <= length and (weekdays is None or n in weekdays)
    ]


def _weekdays_of(rule: Recurrence, year: int, month: int, length: int) -> set[int]:
    """The days of a month that BYDAY names: every Tuesday, the second, the last but one (-2)."""
    named: set[int] = set()
    offset = date(year, month, 1).weekday()
    for ordinal, weekday in rule.by_day:
        of_month = range(1 + (weekday - offset) % 7, length + 1, 7)
        if ordinal == 0:
            named.update(of_month)
        elif abs(ordinal) <= len(of_month):
            named.add(of_month[ordinal - 1 if ordinal > 0 else ordinal])
    return named


def _fits(rule: Recurrence, day: date) -> bool:
    """Whether a day of a daily rule passes its filters."""
    if not _in_month(rule, day.month):
        return False
    if rule.by_day and day.weekday() not in {weekday for _, weekday in rule.by_day}:
        return False
    from_end = day.day - calendar.monthrange(day.year, day.month)[1] - 1
    return not rule.by_month_day or day.day in rule.by_month_day or from_end in rule.by_month_day


def _in_month(rule: Recurrence, month: int) -> bool:
    return not rule.by_month or month in rule.by_month


def _picked(rule: Recurrence, period: list[date]) -> list[date]:
    """What BYSETPOS leaves of a period: the second, the last (-1)."""
    if not rule.by_set_pos:
        return period
    size = len(period)
    places = {n - 1 if n > 0 else size + n for n in rule.by_set_pos}
    return [period[place] for place in sorted(places) if 0 <= place < size]
