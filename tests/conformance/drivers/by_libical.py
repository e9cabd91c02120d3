"""Reads feeds with libical (Evolution, GNOME, KDE) through its GObject bindings, under the system's Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import gi
from driving import Told, drive

gi.require_version("ICalGLib", "3.0")
from gi.repository import ICalGLib as lib  # noqa: E402, N813 - a version must be chosen first

KIND = lib.PropertyKind
UTC = lib.Timezone.get_utc_timezone()


def read(body: bytes) -> Told:
    calendar = lib.Component.new_from_string(body.decode())
    if calendar is None:
        return {"entries": [], "complaints": ["no component"]}
    lib.restriction_check(calendar)
    events = components(calendar, lib.ComponentKind.VEVENT_COMPONENT)
    return {"entries": [entry(event, calendar) for event in events], "complaints": list(complaints(calendar))}


def complaints(component: Any) -> Iterator[str]:
    """libical notes what it does not like in the tree itself, as X-LIC-ERROR."""
    for found in properties(component, KIND.XLICERROR_PROPERTY):
        yield f"{component.isa().value_nick}: {found.get_xlicerror()}"
    for inner in components(component, lib.ComponentKind.ANY_COMPONENT):
        yield from complaints(inner)


def components(within: Any, kind: Any) -> Iterator[Any]:
    found = within.get_first_component(kind)
    while found is not None:
        yield found
        found = within.get_next_component(kind)


def properties(component: Any, kind: Any) -> Iterator[Any]:
    found = component.get_first_property(kind)
    while found is not None:
        yield found
        found = component.get_next_property(kind)


def entry(event: Any, calendar: Any) -> Told:
    def one(kind: Any, get: Callable[[Any], Any]) -> Any:
        found = [get(item) for item in properties(event, kind)]
        return found[0] if len(found) == 1 else None

    def text(kind: Any) -> str | None:
        return one(kind, lambda item: item.get_value().get_text())

    def at(kind: Any) -> Told | None:
        return one(kind, lambda item: moment(item.get_datetime_with_component(calendar)))

    status = one(KIND.STATUS_PROPERTY, lambda item: item.get_value_as_string())
    return {
        "uid": text(KIND.UID_PROPERTY),
        "recurrence_id": at(KIND.RECURRENCEID_PROPERTY),
        "start": at(KIND.DTSTART_PROPERTY),
        "end": at(KIND.DTEND_PROPERTY),
        "summary": text(KIND.SUMMARY_PROPERTY),
        "description": text(KIND.DESCRIPTION_PROPERTY),
        "location": text(KIND.LOCATION_PROPERTY),
        "status": status,
        "categories": [item.get_value().get_text() for item in properties(event, KIND.CATEGORIES_PROPERTY)],
        "url": one(KIND.URL_PROPERTY, lambda item: item.get_url()),
        "geo": one(KIND.GEO_PROPERTY, lambda item: [float(p) for p in item.get_value_as_string().split(";")]),
        "sequence": one(KIND.SEQUENCE_PROPERTY, lambda item: item.get_sequence()),
        "stamp": one(KIND.DTSTAMP_PROPERTY, lambda item: shown(item.get_dtstamp()) + "Z"),
        "modified": one(KIND.LASTMODIFIED_PROPERTY, lambda item: shown(item.get_lastmodified()) + "Z"),
        "created": one(KIND.CREATED_PROPERTY, lambda item: shown(item.get_created()) + "Z"),
    }


def moment(time: Any) -> Told:
    if time.is_date():
        return {"date": shown(time)[:10]}
    zone = time.get_timezone()
    if zone is None:
        return {"floating": shown(time)}
    instant = time.convert_to_zone(UTC)
    return {"instant": shown(instant) + "Z", "wall": shown(instant.convert_to_zone(zone))}


def shown(time: Any) -> str:
    day = f"{time.get_year():04}-{time.get_month():02}-{time.get_day():02}"
    return f"{day}T{time.get_hour():02}:{time.get_minute():02}:{time.get_second():02}"


def zone_of(body: bytes) -> Callable[[datetime], tuple[int, int]]:
    calendar = lib.Component.new_from_string(body.decode())
    (block,) = components(calendar, lib.ComponentKind.VTIMEZONE_COMPONENT)
    (key,) = (item.get_tzid() for item in properties(block, KIND.TZID_PROPERTY))
    zone = calendar.get_timezone(key)

    def ask(moment: datetime) -> tuple[int, int]:
        time = lib.Time.new_from_string(f"{moment:%Y%m%dT%H%M%S}")
        as_utc = lib.Time.new_from_string(f"{moment:%Y%m%dT%H%M%SZ}")
        naive = as_utc.as_timet()
        shift = as_utc.convert_to_zone(zone)
        return shift.as_timet_with_zone(UTC) - naive, naive - time.as_timet_with_zone(zone)

    return ask


drive(read, zone_of)
