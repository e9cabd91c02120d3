"""Reads feeds with vobject (PyPI): its `validate()` is strict on what must be there and how often."""

from __future__ import annotations

import logging
from typing import Any

import vobject
from driving import Told, ask_tzinfo, drive, moment, stamp


def read(body: bytes) -> Told:
    calendar = vobject.readOne(body.decode())
    calendar.validate(raiseException=True)
    return {"entries": [entry(event) for event in getattr(calendar, "vevent_list", [])], "complaints": []}


def entry(event: Any) -> Told:
    def text(name: str) -> str | None:
        found = event.contents.get(name, [])
        return found[0].value if len(found) == 1 else None

    geo = text("geo")
    return {
        "uid": text("uid"),
        "recurrence_id": text("recurrence-id"),
        "start": moment(event.dtstart.value),
        "end": moment(event.dtend.value),
        "summary": text("summary"),
        "description": text("description"),
        "location": text("location"),
        "status": text("status"),
        "categories": [name for line in event.contents.get("categories", []) for name in line.value],
        "url": text("url"),
        "geo": [float(part) for part in geo.split(";")] if geo else None,
        "sequence": int(text("sequence") or 0),
        "stamp": stamp(event.dtstamp.value),
        "modified": stamp(event.last_modified.value),
        "created": stamp(event.created.value),
    }


def zone_of(body: bytes) -> Any:
    return ask_tzinfo(vobject.readOne(body.decode()).vtimezone.tzinfo)


logging.disable()
drive(read, zone_of)
