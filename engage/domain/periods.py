"""The days that a report is about: which, when nobody says, and whether what somebody said is a period."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engage.domain import wording
from engage.errors import Refused

DAY = timedelta(days=1)
FIRST, LAST = date(1970, 1, 1), date(2199, 12, 31)  # beyond these somebody has mistyped a year
LONGEST = 10  # years: what is longer is no report


@dataclass(frozen=True, kw_only=True)
class Period:
    """From the beginning of *first* to the end of *last*, by the office's clocks."""

    first: date
    last: date

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last

    def meets(self, first: date, last: date) -> bool:
        """Whether any of these days is one of ours."""
        return first <= self.last and self.first <= last

    @property
    def words(self) -> str:
        """`1 September 2018 to 5 February 2019`."""
        return f"{wording.date_of(self.first)} to {wording.date_of(self.last)}"

    @property
    def name(self) -> str:
        """`September 2018`: the month in which it begins."""
        return f"{wording.MONTHS[self.first.month - 1]} {self.first.year}"

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Its first moment, and the first that is not its own any more."""
        return datetime.combine(self.first, time(), zone), datetime.combine(self.last + DAY, time(), zone)

    @property
    def is_year(self) -> bool:
        """Whether it is twelve whole months."""
        return self == _year_from(self.first)

    def months(self) -> list[Period]:
        """The calendar months it touches, cut to its own days."""
        found, first = [], self.first
        while first <= self.last:
            end = first.replace(day=monthrange(first.year, first.month)[1])
            found.append(Period(first=first, last=min(end, self.last)))
            first = end + DAY
        return found


def day(text: str) -> date:
    """A day as somebody types it, 2018-09-01. Raises Refused."""
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise Refused(f'"{text}" is not a day: write year, month and day as in 2018-09-01.') from None
    if not FIRST <= found <= LAST:
        raise Refused(f"{found} lies too far away: a report is about days between {FIRST} and {LAST}.")
    return found


def for_panel(first: date | None, last: date | None, today: date) -> Period:
    """Up to today, since the beginning of the quarter before: about what a panel has not heard of. Raises Refused."""
    last = last or today
    return _sound(Period(first=first or _last_quarter(last), last=last), today)


def for_year(first: date | None, last: date | None, today: date) -> Period:
    """Twelve months from, or up to, what somebody said; else the last financial year that is over. Raises Refused."""
    if first and last:
        return _sound(Period(first=first, last=last), today)
    return _sound(_year_from(first) if first else _year_to(last) if last else _last_year(today), today)


def _sound(period: Period, today: date) -> Period:
    if period.last < period.first:
        raise Refused(f"The period ends on {period.last}, before it begins on {period.first}. Change --from or --to.")
    if period.last.year - period.first.year > LONGEST:
        raise Refused(f"A report covers at most {LONGEST} years, and this is {period.words}.")
    if period.first > today:
        raise Refused(f"The period begins on {period.first}, which is still to come: there is nothing to report yet.")
    return period


def _last_quarter(day: date) -> date:
    """The first day of the quarter before that of *day*."""
    month = day.month - (day.month - 1) % 3 - 3
    return date(day.year, month, 1) if month > 0 else date(day.year - 1, month + 12, 1)


def _last_year(today: date) -> Period:
    """The last financial year, April to March, that is over."""
    year = today.year if (today.month, today.day) >= (4, 1) else today.year - 1
    return Period(first=date(year - 1, 4, 1), last=date(year, 3, 31))


def _year_to(last: date) -> Period:
    return Period(first=_years_on(last + DAY, -1), last=last)


def _year_from(first: date) -> Period:
    return Period(first=first, last=_years_on(first, 1) - DAY)


def _years_on(day: date, years: int) -> date:
    """The same date in another year; there is a 1 March where there is no 29 February."""
    is_leap_day = (day.month, day.day) == (2, 29)
    return date(day.year + years, 3, 1) if is_leap_day else day.replace(year=day.year + years)
