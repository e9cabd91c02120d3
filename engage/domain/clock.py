"""Wall time and elapsed time: what a clock on the wall says, when that is in UTC, how long a span is. No rules here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_UNITS = {
    "w": ("w", "week", "weeks"),
    "d": ("d", "day", "days"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "m": ("m", "min", "mins", "minute", "minutes"),
}
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words}
LONGEST = 80  # characters of a span
_PART = re.compile(r"(\d{1,6})\s*([a-z]+)\s*(?:and\s+|,\s*)?")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")


@dataclass(frozen=True, kw_only=True)
class Span:
    """*days* step on the wall calendar, *elapsed* is real time: two days and 48 hours differ when clocks change."""

    days: int = 0
    elapsed: timedelta = timedelta()

    @property
    def total(self) -> timedelta:
        """Elapsed time when a day is counted as 24 hours."""
        return timedelta(days=self.days) + self.elapsed

    def before(self, local: datetime) -> datetime:
        """The moment in UTC this long before *local*, an aware time of day in its zone."""
        wall = local.replace(tzinfo=None) - timedelta(days=self.days)
        return resolve(wall.replace(fold=local.fold), zone_of(local)) - self.elapsed


def span(text: str) -> Span | None:
    """Read "7 days", "2 hours", "90 min", "1h30m", "1 week"; None for anything else."""
    rest, days, elapsed = text.strip().lower(), 0, timedelta()
    if not rest or len(rest) > LONGEST:
        return None
    while rest:
        part = _PART.match(rest)
        unit = _UNIT_OF.get(part[2]) if part else None
        if part is None or unit is None:
            return None
        number, rest = int(part[1]), rest[part.end() :]
        days += number * {"w": 7, "d": 1}.get(unit, 0)
        elapsed += number * {"h": timedelta(hours=1), "m": timedelta(minutes=1)}.get(unit, timedelta())
    return Span(days=days, elapsed=elapsed)


def duration(text: str) -> timedelta | None:
    """Read a length as elapsed time: "1h30m" and "90 min" are the same; a day is 24 hours."""
    read = span(text)
    return read.total if read else None


def time_of_day(text: str) -> time | None:
    """Read "18:30" or "18:30:00"; None when no clock shows it (24:00, 18:60)."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def zone_of(local: datetime) -> ZoneInfo:
    """The zone an aware local time carries; only ZoneInfo knows when clocks change."""
    zone = local.tzinfo
    assert isinstance(zone, ZoneInfo)
    return zone


def resolve(wall: datetime, zone: ZoneInfo) -> datetime:
    """UTC of a wall time. In the doubled hour the first unless its fold is 1; a skipped time falls after the gap."""
    return wall.replace(tzinfo=zone).astimezone(UTC)


def exists(wall: datetime, zone: ZoneInfo) -> bool:
    """False for the hour that is skipped in spring."""
    return to_utc(wall, zone) is not None


def is_ambiguous(wall: datetime, zone: ZoneInfo) -> bool:
    """True for the hour that happens twice in autumn."""
    first = wall.replace(tzinfo=zone, fold=0)
    return first.utcoffset() != first.replace(fold=1).utcoffset() and exists(wall, zone)


def to_utc(wall: datetime, zone: ZoneInfo) -> datetime | None:
    """UTC of a wall time, the first of the two in the doubled hour; None when no clock ever shows it."""
    local = wall.replace(tzinfo=zone, fold=0)
    found = local.astimezone(UTC)
    return found if found.astimezone(zone) == local else None  # within one zone, == compares what clocks show


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment in UTC at which *day* begins in *zone*."""
    return resolve(datetime.combine(day, time()), zone)
