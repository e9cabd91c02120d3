"""A cell as people fill it in -> a day, a time of day, yes or no. Dates are British: the day comes first."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from engage.declared.times import YEARS
from engage.domain import wording
from engage.imports.drafts import Bad

Cell = str | int | float | bool | date | datetime | time | timedelta

_MONTHS = {name.lower(): n for n, name in enumerate(wording.MONTHS, start=1)}
_SHORT = {name[:3]: n for name, n in _MONTHS.items()} | {"sept": 9}
_WEEKDAY = re.compile(
    r"(?:mon|tue|tues|wed|weds|thu|thur|thurs|fri|sat|sun)(?:day|sday|nesday|rsday|urday)?[,.]?\s+", re.IGNORECASE
)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_BRITISH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})")
_WORDS = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s-]+([a-z]{3,9})\.?,?[\s-]+(\d{4}|\d{2})", re.IGNORECASE)
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?::\d{2}(?:\.\d{1,6})?)?\s*(am|pm|a\.m\.|p\.m\.)?", re.IGNORECASE)
_COMPACT = re.compile(r"(\d{2})(\d{2})")


def text_of(cell: Cell) -> str:
    """What the cell shows; 1830.0 is 1830."""
    match cell:
        case datetime():
            return cell.isoformat(sep=" ")
        case bool():
            return "yes" if cell else "no"
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return str(cell).strip()


def day_and_time(cell: Cell) -> tuple[date, time | None]:
    """The date in a cell, and the time of day when it holds one as well."""
    if isinstance(cell, datetime):
        at = cell.time().replace(microsecond=0)
        return _in_range(cell.date()), at if at != time() else None
    if isinstance(cell, date):
        return _in_range(cell), None
    text = " ".join(text_of(cell).split())
    bare = _WEEKDAY.sub("", text, count=1) if _WEEKDAY.match(text) else text
    for pattern, order in ((_ISO, "ymd"), (_BRITISH, "dmy"), (_WORDS, "dMy")):
        if found := pattern.match(bare):
            day = _date(dict(zip(order, found.groups(), strict=True)), text)
            rest = bare[found.end() :].strip().removeprefix("T").removeprefix("at ").strip(" ,")
            return day, time_of(rest) if rest else None
    raise Bad("bad-date", f'"{text[:40]}" is no date such as 03/12/2026 or 2026-12-03.')


def time_of(cell: Cell) -> time:
    """18:30, 18.30, 6.30pm, 6pm, 1830, and what Excel makes of them."""
    if isinstance(cell, datetime):
        return cell.time().replace(microsecond=0)
    if isinstance(cell, time):
        return cell.replace(microsecond=0, tzinfo=None)
    if isinstance(cell, timedelta) and timedelta() <= cell < timedelta(days=1):
        return _clock(cell)
    if isinstance(cell, float) and 0 <= cell < 1:
        return _clock(timedelta(minutes=round(cell * 1440) % 1440))
    text = text_of(cell).lower().removesuffix("hrs").removesuffix("h").strip()
    named = {"noon": time(12), "midday": time(12), "midnight": time(0)}.get(text)
    if named is not None:
        return named
    found = _COMPACT.fullmatch(text) or _TIME.fullmatch(text)
    if found is None or (found.re is _TIME and not found[2] and not found[3]):
        raise Bad("bad-time", f'"{text[:40]}" is no time of day such as 18:30 or 6.30pm.')
    hour, minute = int(found[1]), int(found[2] or 0)
    half = (found[3] or "")[:1] if found.re is _TIME else ""
    if minute > 59 or hour > 23 or (half and not 1 <= hour <= 12):
        raise Bad("bad-time", f'"{text[:40]}" is a time that no clock shows.')
    return time(hour % 12 + (12 if half == "p" else 0) if half else hour, minute)


def _clock(since_midnight: timedelta) -> time:
    minutes = since_midnight.seconds // 60
    return time(minutes // 60, minutes % 60)


def is_yes(cell: Cell) -> bool:
    return text_of(cell).lower() in {"yes", "y", "true", "1", "x", "on", "wahr", "vrai"}


def _date(found: dict[str, str], text: str) -> date:
    year = int(found["y"]) + (2000 if len(found["y"]) == 2 else 0)
    word = found.get("M", "").lower()
    month = _MONTHS.get(word) or _SHORT.get(word) or int(found.get("m") or 0)
    try:
        return _in_range(date(year, month, int(found["d"])))
    except ValueError:
        hint = (
            " The day comes first: 25/12/2026. If the months come first, save them as 2026-12-25." if month > 12 else ""
        )
        raise Bad("bad-date", f'"{text[:40]}" is a date that no calendar has.{hint}') from None


def _in_range(day: date) -> date:
    if day.year not in YEARS:
        raise Bad("bad-date", f"The year is {day.year}; it must be from {YEARS[0]} to {YEARS[-1]}.")
    return day
