"""Dates, times, durations and zone names as a feed writes them. Whether they are right is for the checks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from engage.feeds.lint.reading import Component, Line

_FORM = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
_DURATION = re.compile(
    r"([+-]?)P(?:(\d{1,6})W|(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})S)?)?)"
)

# What Outlook and Exchange call the zones of Europe; the full list is CLDR's, and a hint needs no more.
WINDOWS = {
    "GMT Standard Time": "Europe/London",
    "Greenwich Standard Time": "Atlantic/Reykjavik",
    "W. Europe Standard Time": "Europe/Berlin",
    "Romance Standard Time": "Europe/Paris",
    "Central Europe Standard Time": "Europe/Budapest",
    "Central European Standard Time": "Europe/Warsaw",
    "FLE Standard Time": "Europe/Kyiv",
    "GTB Standard Time": "Europe/Bucharest",
    "Eastern Standard Time": "America/New_York",
    "Central Standard Time": "America/Chicago",
    "Mountain Standard Time": "America/Denver",
    "Pacific Standard Time": "America/Los_Angeles",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """A date (*is_day*), a UTC time, a time of *zone*, or with none of these a floating time."""

    clock: datetime  # naive, as written
    is_day: bool
    is_utc: bool
    zone: str

    @property
    def is_floating(self) -> bool:
        return not (self.is_day or self.is_utc or self.zone)

    @property
    def kind(self) -> str:
        """What must be equal for two of them to be of one type."""
        return "a date" if self.is_day else "a UTC time" if self.is_utc else "a local time"

    def instant(self, zone: ZoneInfo | None = None) -> datetime | None:
        """In UTC; days begin and floating times pass in *zone*. None when the zone is not known."""
        known = UTC if self.is_utc else zone_of(self.zone) if self.zone else zone
        try:
            return None if known is None else self.clock.replace(tzinfo=known).astimezone(UTC)
        except OverflowError:  # the first and the last day that Python knows
            return None


def moment(line: Line) -> Moment | None:
    """What the line's value says; None when that is no date and no time."""
    return of(line.value, line.parameter("TZID"))


def of(value: str, zone: str = "") -> Moment | None:
    """The same for one value."""
    found = _FORM.fullmatch(value.strip())
    if found is None:
        return None
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
        hours = time(int(found[4]), int(found[5]), min(int(found[6]), 59)) if found[4] else time()
    except ValueError:
        return None
    return Moment(datetime.combine(day, hours), found[4] is None, found[7] == "Z", zone)


def duration(value: str) -> timedelta | None:
    """RFC 5545 section 3.3.6; None when it is not one."""
    found = _DURATION.fullmatch(value.strip())
    if found is None or value.strip().endswith(("P", "T")):
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -length if found[1] == "-" else length


@lru_cache(maxsize=512)
def zone_of(name: str) -> ZoneInfo | None:
    """The zone of an IANA name, of a Windows name, or of a name that ends like one (/example.org/Europe/London)."""
    candidates = [WINDOWS.get(name, name), "/".join(name.strip("/").split("/")[-2:])]
    for candidate in candidates:
        if re.fullmatch(r"[A-Za-z0-9_+-]{1,40}(/[A-Za-z0-9_+-]{1,40}){0,2}", candidate):
            try:
                return ZoneInfo(candidate)
            except (ValueError, OSError, KeyError):  # no such zone, a folder, a file that is none
                continue
    return None


def when(component: Component, name: str) -> Moment | None:
    """The moment of the component's first line of that name."""
    line = component.first(name)
    return None if line is None else moment(line)


def zoned(components: list[Component]) -> Iterator[Line]:
    """Every line with a TZID in these and what they hold."""
    for component in components:
        for lines in component.lines.values():
            yield from (line for line in lines if "TZID" in line.parameters)
        yield from zoned(component.children)
