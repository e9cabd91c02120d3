"""One VEVENT -> a draft in the office's own time. How several of them make a series is in repeating."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from engage.declared.weblinks import fault_of
from engage.domain import clock
from engage.imports.drafts import DEFAULT_LENGTH, LONGEST_CAMPAIGN, LONGEST_MEETING, Bad, Draft, Tally
from engage.imports.ics.components import Component
from engage.imports.ics.moments import Moment, Zones, length, moment
from engage.imports.texts import note, one_line

_DAY = timedelta(days=1)
_STATUS = {"": "confirmed", "CONFIRMED": "confirmed", "TENTATIVE": "tentative",
           "CANCELLED": "cancelled", "CANCELED": "cancelled"}  # fmt: skip
_OFF = re.compile(r"\s*cancell?ed\s*[:\N{EN DASH}-]\s*", re.IGNORECASE)
_LINKS = ("CONFERENCE", "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL", "LOCATION")


@dataclass(frozen=True, kw_only=True)
class Told:
    """A VEVENT that can be taken: its draft, and its start and RECURRENCE-ID in the zone it was written in."""

    component: Component
    draft: Draft
    starts: Moment
    recurrence: Moment | None
    sequence: int


def told_of(component: Component, calendar: Component, zones: Zones, tally: Tally) -> Told:
    """Read one VEVENT; Bad says why it cannot be taken."""
    if component.text("CLASS").strip().upper() in {"PRIVATE", "CONFIDENTIAL"}:
        raise Bad("private", "This entry is marked private, and what is imported is published.")
    if component.text("SUMMARY").strip() == "":
        raise Bad("no-title", "This entry has no SUMMARY: what is it called?")
    starts = _needed(component, zones)
    begins, ends = _times(component, starts, zones, tally)
    draft = _draft(component, calendar, begins, ends, tally)
    recurrence = component.first("RECURRENCE-ID")
    if recurrence and recurrence.parameters.get("RANGE"):
        raise Bad("range", "A change of one date and all that follow (RANGE) is not understood. End the series there.")
    sequence = component.text("SEQUENCE").strip()
    return Told(
        component=component,
        draft=draft,
        starts=starts,
        recurrence=moment(recurrence, zones) if recurrence else None,
        sequence=int(sequence) if re.fullmatch(r"[0-9]{1,10}", sequence) else 0,
    )


def local(when: Moment, ours: ZoneInfo) -> Moment:
    """What the office's clocks show at that moment; a date stays a date."""
    if not isinstance(when, datetime):
        return when
    zone = when.tzinfo or ours
    if isinstance(zone, ZoneInfo) and clock.to_utc(when.replace(tzinfo=None), zone) is None:
        raise Bad("time-does-not-exist", f"There is no {when:%H:%M} on {when:%Y-%m-%d}: the clocks go forward over it.")
    wall = when.replace(tzinfo=zone).astimezone(UTC).astimezone(ours)
    if wall.fold:
        raise Bad("time-happens-twice", f"{wall:%H:%M} on {wall:%Y-%m-%d} happens twice, and the second is meant here.")
    return wall.replace(tzinfo=None)


def _needed(component: Component, zones: Zones) -> Moment:
    found = component.first("DTSTART")
    if found is None:
        raise Bad("no-start", "This entry has no DTSTART: when does it begin?")
    return moment(found, zones)


def _times(component: Component, starts: Moment, zones: Zones, tally: Tally) -> tuple[Moment, Moment]:
    """Start and end in the office's time; whole days with the last one included."""
    line = component.line
    if isinstance(starts, datetime) and starts.tzinfo is None:
        tally.count(line, "floating")
    begins = local(starts, zones.ours)
    ends = _end(component, starts, zones)
    if ends is None or (ends == starts and isinstance(starts, datetime)):
        if isinstance(begins, datetime):
            tally.count(line, "no-end")
            return begins, begins + DEFAULT_LENGTH
        return begins, begins
    until = local(ends, zones.ours)
    if isinstance(begins, datetime) and isinstance(until, datetime):
        if component.text("X-MICROSOFT-CDO-ALLDAYEVENT").strip().upper() == "TRUE" and _at_midnight(begins, until):
            return _whole_days(begins.date(), until.date())
        return _checked(begins, until)
    if isinstance(begins, datetime) or isinstance(until, datetime):
        raise Bad("mixed-times", "DTSTART and DTEND must both be days, or both be times.")
    return _whole_days(begins, until)


def _end(component: Component, starts: Moment, zones: Zones) -> Moment | None:
    if (ends := component.first("DTEND")) is not None:
        return moment(ends, zones)
    if (lasts := component.first("DURATION")) is None:
        return None
    if isinstance(starts, datetime) and starts.tzinfo is not None:
        return (starts.astimezone(UTC) + length(lasts)).astimezone(starts.tzinfo)
    return starts + length(lasts)


def _at_midnight(begins: datetime, until: datetime) -> bool:
    return begins.time() == until.time() == datetime.min.time() and begins < until


def _whole_days(first: date, after: date) -> tuple[date, date]:
    last = max(first, after - _DAY)
    if after < first:
        raise Bad("end-before-start", "This entry ends before it begins.")
    if last - first >= LONGEST_CAMPAIGN - _DAY:
        raise Bad("too-long", "This entry lasts longer than a year.")
    return first, last


def _checked(begins: datetime, until: datetime) -> tuple[datetime, datetime]:
    if until <= begins:
        raise Bad("end-before-start", "This entry ends before it begins.")
    if until - begins > LONGEST_MEETING:
        raise Bad("too-long", f"This entry lasts longer than {LONGEST_MEETING.days} days. Write each day as an entry.")
    return begins, until


def _draft(component: Component, calendar: Component, begins: Moment, ends: Moment, tally: Tally) -> Draft:
    status = component.text("STATUS").strip().upper()
    if status not in _STATUS:
        tally.count(component.line, "status", status[:40])
    title = one_line(component.text("SUMMARY"))
    off = _OFF.match(title)
    is_off = calendar.text("METHOD").strip().upper() == "CANCEL" or (off and off.end() < len(title))
    place = one_line(component.text("LOCATION"), 500)
    online = next((url for url in _links(component) if fault_of(url) is None), None)
    url = component.first("URL")
    return Draft(
        line=component.line,
        title=_OFF.sub("", title, count=1) if off and off.end() < len(title) else title,
        starts=begins,
        ends=ends,
        status="cancelled" if is_off else _STATUS.get(status, "confirmed"),
        note=note(component.text("DESCRIPTION")),
        place="" if place.startswith(("http://", "https://")) else place,
        topics=tuple(one_line(name) for read in component.all("CATEGORIES") for name in read.texts if name.strip()),
        online=online,
        url=url.value.strip() if url and fault_of(url.value.strip()) is None else None,
        geo=_geo(component.text("GEO")),
        uid=one_line(component.text("UID"), 300),
    )


def _links(component: Component) -> list[str]:
    return [read.value.strip() for name in _LINKS for read in component.all(name)]


def _geo(text: str) -> tuple[float, float] | None:
    found = re.fullmatch(r"\s*(-?\d{1,2}(?:\.\d{1,15})?)\s*;\s*(-?\d{1,3}(?:\.\d{1,15})?)\s*", text)
    if found is None:
        return None
    latitude, longitude = round(float(found[1]), 6), round(float(found[2]), 6)
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None
