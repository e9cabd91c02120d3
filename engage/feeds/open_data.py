"""Meetings and milestones as open data: the records, and the words for their dictionary. Tables write them.

Unlike a feed, which holds what calendar apps can read, they hold everything that was ever published. Every record has
every key, in this order; what is not known is null in JSON and empty in CSV. Nothing in them is about a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engage.domain.calendars import Calendar, Entry, Kind, Office
from engage.domain.milestones import next_after
from engage.domain.revisions import Revision
from engage.feeds.words import one_line, page_of, web_address

MEETING_KEYS = {
    "id": "permanent; the last part of the meeting's address",
    "title": "what it is called",
    "calendar": "id of the calendar that holds it",
    "start, end": "date and time with the offset of the zone (RFC 3339); of whole days the first and last date",
    "timezone": "name of the zone in the IANA database, such as Europe/London",
    "status": "confirmed, tentative, cancelled, not-held, or removed: taken out of the programme",
    "reason": "why it is cancelled or was not held",
    "venue_id, venue": "id and name of the place; empty for one that is online only",
    "address, postcode": "of the venue",
    "latitude, longitude": "of the venue, in degrees (WGS 84)",
    "online": "address at which to join online",
    "areas, area_names": "ids and names of the areas it concerns",
    "topics, topic_names": "ids and names of what it is about",
    "attendance": "how many people came, once somebody has counted",
    "counted": "true once it was held and counts toward the milestones of its programme",
    "number": "which meeting of its programme it was, for those that are counted",
    "url, ics": "its page, and the same as a file for a calendar app",
    "minutes": "address of the minutes, once there are any",
    "modified": "when anything above last changed",
}  # fmt: skip
MILESTONE_KEYS = {
    "programme, programme_name": "id and name of the calendar whose meetings count",
    "number": "the milestone: the N-th meeting",
    "status": "reached, or expected: the next one",
    "date": "the day of that meeting; empty where records do not go back so far, or none is planned yet",
    "meeting_id, meeting_title, url": "the meeting that was, or is expected to be, the N-th",
    "held": "how many meetings of the programme have been held so far",
}


def columns(keys: Mapping[str, str]) -> list[str]:
    """The names of a dictionary, one by one."""
    return [name for named in keys for name in named.split(", ")]


def meetings(
    revisions: Iterable[Revision], office: Office, *, numbers: Mapping[str, int], base_url: str
) -> list[dict[str, Any]]:
    """One record a meeting, in the order given; *numbers* says which were counted, and as the how-manieth."""
    return [
        _meeting(revision, office, numbers.get(revision.entry.id), base_url)
        for revision in revisions
        if revision.entry.kind is Kind.MEETING
    ]


def _meeting(revision: Revision, office: Office, number: int | None, base_url: str) -> dict[str, Any]:
    entry = revision.entry
    venue = office.venue_by_id.get(entry.venue or "")
    latitude, longitude = venue.geo if venue and venue.geo else (None, None)
    start, end = _span(entry)
    return {
        "id": entry.id,
        "title": one_line(entry.title),
        "calendar": entry.calendar_id,
        "start": start,
        "end": end,
        "timezone": entry.timezone,
        "status": entry.status.value,
        "reason": _said(entry.reason),
        "venue_id": venue.id if venue else None,
        "venue": _said(venue.name) if venue else None,
        "address": _said(venue.address) if venue else None,
        "postcode": _said(venue.postcode) if venue else None,
        "latitude": latitude,
        "longitude": longitude,
        "online": entry.online and web_address(entry.online),
        "areas": list(entry.areas),
        "area_names": [one_line(name) for name in office.names_of_areas(entry.areas)],
        "topics": list(entry.topics),
        "topic_names": [one_line(name) for name in office.names_of_topics(entry.topics)],
        "attendance": entry.attendance,
        "counted": number is not None,
        "number": number,
        "url": page_of(entry, base_url),
        "ics": f"{page_of(entry, base_url)}.ics",
        "minutes": entry.minutes and web_address(entry.minutes),
        "modified": revision.modified_at.astimezone(office.zone).isoformat(timespec="seconds"),
    }


def milestones(
    calendar: Calendar,
    reached: Mapping[int, str | None],
    revisions: Mapping[str, Revision],
    *,
    held: int,
    base_url: str,
) -> list[dict[str, Any]]:
    """The milestones of one programme, oldest first, then the next one. *reached*: number -> the meeting, if known."""
    programme = calendar.programme
    assert programme is not None
    coming = next_after(programme, programme.opening_count + held)
    rows = [(number, "reached", reached[number]) for number in sorted(reached)]
    if coming is not None:
        expected = (r.entry.id for r in revisions.values() if _is_expected(r, calendar, coming))
        rows.append((coming, "expected", next(expected, None)))
    return [
        {
            "programme": calendar.id,
            "programme_name": one_line(calendar.name),
            "number": number,
            "status": status,
            **_reference(revisions.get(entry_id or ""), base_url),
            "held": programme.opening_count + held,
        }
        for number, status, entry_id in rows
    ]


def _is_expected(revision: Revision, calendar: Calendar, number: int) -> bool:
    entry = revision.entry
    return entry.calendar_id == calendar.id and revision.expected_milestone == number and not entry.is_gone


def _reference(revision: Revision | None, base_url: str) -> dict[str, str | None]:
    if revision is None:
        return dict.fromkeys(("date", "meeting_id", "meeting_title", "url"))
    entry = revision.entry
    return {
        "date": str(entry.ends_local.date()),
        "meeting_id": entry.id,
        "meeting_title": one_line(entry.title),
        "url": page_of(entry, base_url),
    }


def _span(entry: Entry) -> tuple[str, str]:
    if entry.first_day is not None:
        return str(entry.first_day), str(entry.last_day or entry.first_day)
    return entry.starts_local.isoformat(timespec="seconds"), entry.ends_local.isoformat(timespec="seconds")


def _said(text: str | None) -> str | None:
    return one_line(text) or None if text else None
