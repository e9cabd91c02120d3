"""VTIMEZONE blocks from the yearly rule that ends each zone's tzdata file. Nothing here looks at a clock.

icalendar's own blocks list every transition, which Outlook ignores and Thunderbird misreads, and put London's March
change an hour late. Outlook and ical.js need one DAYLIGHT and one STANDARD with a yearly RRULE.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfoNotFoundError

FIRST_YEAR = 1970
DAY = 24 * 3600
WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")

# The POSIX TZ string of RFC 8536 section 3.3.1: GMT0BST,M3.5.0/1,M10.5.0
_NAME = r"([A-Za-z]{3,}|<[+-]?\w+>)"
_SPAN = r"([+-]?\d+(?::\d\d){0,2})"
_RULE = rf"M(\d+)\.([1-5])\.([0-6])(?:/{_SPAN})?"
_FOOTER = re.compile(rf"{_NAME}{_SPAN}(?:{_NAME}{_SPAN}?,{_RULE},{_RULE})?")


@dataclass(frozen=True, kw_only=True)
class Onset:
    """The yearly moment a new offset begins: *week* 5 is the last, *weekday* 0 is Sunday, *at* may leave its day."""

    month: int
    week: int
    weekday: int
    at: int  # seconds after midnight, on the clock that is about to change


@cache
def vtimezone(key: str) -> bytes:
    """The zone's block, every line ended by CRLF. It holds from the zone's last change of law onward.

    Raises ZoneInfoNotFoundError for a zone that the tzdata package does not hold.
    """
    footer = _footer(key)
    parts = _FOOTER.fullmatch(footer)
    if parts is None:
        message = f'The time zone "{key}" changes its clocks by a rule that calendar apps cannot be told ("{footer}").'
        raise ZoneInfoNotFoundError(message)
    lines = ["BEGIN:VTIMEZONE", f"TZID:{key}", *_observances(parts.groups()), "END:VTIMEZONE"]
    return "".join(f"{line}\r\n" for line in lines).encode()


def _footer(key: str) -> str:
    """Always from the tzdata package: a host's own zone files would give each host its own bytes."""
    if not re.fullmatch(r"[\w+-]+(/[\w+-]+)*", key):
        raise ZoneInfoNotFoundError(f'"{key}" is not the name of a time zone.')
    try:
        content = files("tzdata").joinpath("zoneinfo", *key.split("/")).read_bytes()
    except OSError:
        raise ZoneInfoNotFoundError(f'No time zone is called "{key}".') from None
    return content.rsplit(b"\n", 2)[-2].decode("ascii")


def _observances(parts: tuple[str | None, ...]) -> list[str]:
    name, west, summer_name, summer_west, *rules = parts
    assert name is not None
    assert west is not None
    usual = -_seconds(west)
    if summer_name is None:
        return _observance("STANDARD", name, usual, usual, f"{FIRST_YEAR}0101T000000")
    summer = -_seconds(summer_west) if summer_west else usual + 3600
    begins, ends = _onset(rules[:4]), _onset(rules[4:])
    blocks = [
        _observance(_label(usual, summer), summer_name, usual, summer, _first(begins), _yearly(begins)),
        _observance(_label(summer, usual), name, summer, usual, _first(ends), _yearly(ends)),
    ]
    return [line for block in sorted(blocks) for line in block]  # DAYLIGHT, then STANDARD


def _label(before: int, after: int) -> str:
    """Irish law calls winter the exception; calendar apps expect daylight time to be the later clock."""
    return "DAYLIGHT" if after > before else "STANDARD"


def _observance(label: str, name: str, before: int, after: int, first: str, yearly: str | None = None) -> list[str]:
    return [
        f"BEGIN:{label}",
        f"TZNAME:{name.strip('<>')}",
        f"TZOFFSETFROM:{_offset(before)}",
        f"TZOFFSETTO:{_offset(after)}",
        f"DTSTART:{first}",
        *([f"RRULE:FREQ=YEARLY;{yearly}"] if yearly else []),
        f"END:{label}",
    ]


def _onset(rule: list[str | None]) -> Onset:
    month, week, weekday, at = rule
    return Onset(month=int(month or 0), week=int(week or 0), weekday=int(weekday or 0), at=_seconds(at or "2"))


def _first(onset: Onset) -> str:
    """The onset's first moment since 1970, on the wall clock that it ends."""
    if onset.week == 5:
        nearest = date(FIRST_YEAR, onset.month, monthrange(FIRST_YEAR, onset.month)[1])
        day = nearest - timedelta(days=(nearest.isoweekday() - onset.weekday) % 7)
    else:
        nearest = date(FIRST_YEAR, onset.month, 7 * onset.week - 6)
        day = nearest + timedelta(days=(onset.weekday - nearest.isoweekday()) % 7)
    return f"{datetime.combine(day, time()) + timedelta(seconds=onset.at):%Y%m%dT%H%M%S}"


def _yearly(onset: Onset) -> str:
    """An hour beyond its day ("the last Thursday at 24:00") becomes the other day, named by where it can fall."""
    last = onset.week == 5
    shift = onset.at // DAY
    weekday = WEEKDAYS[(onset.weekday + shift) % 7]
    if not shift:
        return f"BYMONTH={onset.month};BYDAY={-1 if last else onset.week}{weekday}"
    days = range((-7 if last else 7 * onset.week - 6) + shift, (0 if last else 7 * onset.week + 1) + shift)
    length = monthrange(FIRST_YEAR, onset.month)[1]
    if days[-1] < 0 and onset.month != 2:  # ical.js 2.2.1 reads no days that are counted from the month's end
        days = range(days[0] + length + 1, days[-1] + length + 2)
    if days[-1] < 0 or 1 <= days[0] <= days[-1] <= length:
        return f"BYMONTH={onset.month};BYMONTHDAY={_listed(days)};BYDAY={weekday}"
    # The week crosses into another month: count from the year's end, which no leap day disturbs after February.
    anchor = date(FIRST_YEAR, onset.month, monthrange(FIRST_YEAR, onset.month)[1] if last else 1)
    to_end = (anchor - date(FIRST_YEAR, 12, 31)).days - (0 if last else 2)
    return f"BYYEARDAY={_listed(days, to_end)};BYDAY={weekday}"


def _listed(days: range, moved: int = 0) -> str:
    return ",".join(str(day + moved) for day in days)


def _seconds(span: str) -> int:
    hours, minutes, seconds = [*(int(part) for part in span.lstrip("+-").split(":")), 0, 0][:3]
    total = hours * 3600 + minutes * 60 + seconds
    return -total if span.startswith("-") else total


def _offset(seconds: int) -> str:
    hours, rest = divmod(abs(seconds), 3600)
    minutes, odd = divmod(rest, 60)
    return f"{'-' if seconds < 0 else '+'}{hours:02}{minutes:02}{f'{odd:02}' if odd else ''}"
