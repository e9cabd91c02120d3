"""DTSTART and its like -> a moment in a known zone, a date, or the sentence why not. Rules are in repeating."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from engage.declared.times import YEARS, zones
from engage.domain.problems import did_you_mean
from engage.imports.drafts import Bad
from engage.imports.ics.components import Component
from engage.imports.ics.importer import Property, of_windows

Moment = date | datetime  # a datetime is aware, but for floating ones, which are naive

_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
_LENGTH = re.compile(r"([+-]?)P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?")
# What Outlook and others write instead of a name, where the place is beyond doubt.
_KNOWN = {
    "(utc+00:00) dublin, edinburgh, lisbon, london": "Europe/London",
    "(utc) dublin, edinburgh, lisbon, london": "Europe/London",
    "(gmt) greenwich mean time : dublin, edinburgh, lisbon, london": "Europe/London",
    "(gmt) greenwich mean time: dublin, edinburgh, lisbon, london": "Europe/London",
    "gb": "Europe/London", "utc": "UTC", "etc/utc": "UTC", "z": "UTC", "tzone://microsoft/utc": "UTC",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Zones:
    """The office's zone, and the places that the file's own VTIMEZONEs name for their TZIDs."""

    ours: ZoneInfo
    told: Mapping[str, str]

    def named(self, tzid: str) -> tzinfo:
        """The zone's rules are always those of the IANA, whatever a VTIMEZONE says; an unknown one is refused."""
        name = _iana(tzid) or _iana(self.told.get(tzid, ""))
        if name is None:
            hint = did_you_mean(tzid[:60], zones())
            message = f'The time zone "{tzid[:60]}" is not known. Write its name, such as "Europe/London".{hint}'
            raise Bad("unknown-zone", message)
        return ZoneInfo(name)


def zones_of(ours: ZoneInfo, components: list[Component]) -> Zones:
    """Thunderbird and libical say the place of a home-made TZID in X-LIC-LOCATION."""
    return Zones(ours=ours, told={zone.text("TZID"): zone.text("X-LIC-LOCATION") for zone in components})


def moment(read: Property, zones: Zones) -> Moment:
    """One date or time."""
    return one(read.value, read, zones)


def moments(read: Property, zones: Zones) -> list[Moment]:
    """The values of EXDATE or RDATE, which may be many."""
    if read.parameters.get("VALUE", "").upper() == "PERIOD":
        raise Bad("period", f"{read.name} with VALUE=PERIOD is not understood. Write each of its dates as an entry.")
    return [one(value, read, zones) for value in read.value.split(",") if value.strip()]


def one(value: str, read: Property, zones: Zones) -> Moment:
    found = _MOMENT.fullmatch(value.strip())
    if found is None:
        raise Bad("bad-date", f'{read.name} is "{value[:40]}", which is no date or time such as 20261203T183000.')
    try:
        day = date(*map(int, found.groups()[:3]))
        if day.year not in YEARS:
            raise Bad("bad-date", f"{read.name} is in the year {day.year}; it must be from {YEARS[0]} to {YEARS[-1]}.")
        if found[4] is None:
            return day
        wall = datetime.combine(day, time(int(found[4]), int(found[5]), min(int(found[6]), 59)))
    except ValueError:
        raise Bad("bad-date", f"{read.name} is {value[:40]}, which no calendar has.") from None
    if found[7]:
        return wall.replace(tzinfo=UTC)
    tzid = read.parameters.get("TZID", "")
    return wall.replace(tzinfo=zones.named(tzid)) if tzid else wall


def length(read: Property) -> timedelta:
    """DURATION: PT1H30M."""
    found = _LENGTH.fullmatch(read.value.strip().upper())
    if found is None or not any(found.groups()[1:]) or found[1] == "-":
        raise Bad("bad-duration", f'DURATION is "{read.value[:40]}", which is no length such as PT1H30M.')
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _iana(tzid: str) -> str | None:
    """A name of ours, a Windows name, or a path that ends in a name: /citadel.org/20210210_1/Europe/London."""
    text = tzid.strip().strip('"')
    if text in zones():
        return text
    found = _KNOWN.get(text.lower()) or of_windows(text)
    if found is None and text.startswith("/"):
        found = next((tail for tail in _tails(text) if tail in zones()), None)
    return found if found in zones() else None


def _tails(path: str) -> list[str]:
    words = path.split("/")
    return ["/".join(words[-n:]) for n in (3, 2) if len(words) > n]
