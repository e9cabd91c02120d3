"""Reads feeds with ical (PyPI), the parser of Home Assistant: the strictest on types."""

from __future__ import annotations

from typing import Any

from driving import Told, ask_tzinfo, drive, moment, stamp
from ical.calendar_stream import IcsCalendarStream
from ical.event import Event
from ical.timezone import IcsTimezoneInfo


def read(body: bytes) -> Told:
    calendar = IcsCalendarStream.calendar_from_ics(body.decode())
    return {"entries": [entry(event) for event in calendar.events], "complaints": []}


def entry(event: Event) -> Told:
    return {
        "uid": event.uid,
        "recurrence_id": event.recurrence_id,
        "start": moment(event.dtstart),
        "end": moment(event.dtend),
        "summary": event.summary,
        "description": event.description,
        "location": event.location,
        "status": event.status and event.status.value,
        "categories": event.categories,
        "url": event.url and str(event.url),
        "geo": event.geo and [event.geo.lat, event.geo.lng],
        "sequence": event.sequence,
        "stamp": stamp(event.dtstamp),
        "modified": stamp(event.last_modified),
        "created": stamp(event.created),
    }


def zone_of(body: bytes) -> Any:
    (zone,) = IcsCalendarStream.calendar_from_ics(body.decode()).timezones
    return ask_tzinfo(IcsTimezoneInfo.from_timezone(zone))


drive(read, zone_of)
