"""JSON Feed 1.1 (`.json`), for websites and apps that show meetings. What an entry says in words is in words.

`_engage` is our extension: what a reader of calendars knows of an entry, as data. KEYS explains it key by key, and so
does the page to which its `about` leads. What is not known is left out; nothing in it is about a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from engage.domain.calendars import Calendar, Entry, Office, Venue
from engage.domain.feeds import Feed, Item, Variant, in_order
from engage.domain.revisions import Revision
from engage.feeds.compact import compact, enclosed, known
from engage.feeds.words import contact, description, one_line, page_of, summary, web_address

VERSION = "https://jsonfeed.org/version/1.1"
KEYS = {
    "about": "the page that explains these keys",
    "kind": "meeting, campaign or deadline",
    "start, end": "RFC 3339 with the offset of the zone; of whole days the first and the last date",
    "timezone": "the IANA name of the zone whose clock the times follow",
    "all_day": "whether start and end are dates",
    "status": "confirmed, tentative, cancelled, not-held, or removed: taken out of the programme",
    "reason": "why it is cancelled or was not held",
    "moved_from": "the start that was published before the last move",
    "sequence": "rises with every change of time, place, status or online link",
    "calendar": "id and name of the calendar that holds it",
    "venue": "id, name, address, postcode, geo (latitude and longitude in degrees) and access",
    "venue.access": "step_free, hearing_loop, quiet_space, accessible_toilet (true or false), parking, bsl and notes",
    "online": "the address at which to join online",
    "areas, topics": "lists of id and name",
    "attending": "roles that will be there, never persons",
    "contact": "where to ask: a role, never a person",
    "link": "an address outside this site with more about it",
    "minutes": "the address of the minutes, once there are any",
    "papers": "list of title and url",
    "expected_milestone": "the number of the meeting in its programme, where that is a milestone",
    "attendance": "how many came, once it was held and somebody counted",
}  # fmt: skip


class JsonFormat:
    """The `.json` format of FORMATS."""

    suffix = "json"
    media_type = "application/feed+json"
    variants: tuple[Variant, ...] = ("",)

    def fragments(self, revision: Revision, office: Office, *, base_url: str) -> dict[Variant, bytes]:
        return {"": compact(_item(revision, office, base_url))}

    def join(self, feed: Feed, items: Sequence[Item], *, office: Office, base_url: str) -> bytes:
        head = compact(_head(feed, office, base_url.rstrip("/"), self.suffix)).removesuffix(b"}")
        return enclosed(head + b',"items":[\n', (item.fragment for item in in_order(items)), b"\n]}\n")


JSON = JsonFormat()


def _head(feed: Feed, office: Office, base_url: str, suffix: str) -> dict[str, Any]:
    return known(
        {
            "version": VERSION,
            "title": one_line(feed.name),
            "home_page_url": f"{base_url}/areas/{feed.area}" if feed.area else f"{base_url}/",
            "feed_url": f"{base_url}/feeds/{feed.path}.{suffix}",
            "description": one_line(feed.description),
            "language": office.written_in,
            "authors": [known({"name": one_line(office.name), "url": office.website})],
        }
    )


def _item(revision: Revision, office: Office, base_url: str) -> dict[str, Any]:
    entry = revision.entry
    return known(
        {
            "id": f"{entry.id}@{office.uid_domain}",
            "url": page_of(entry, base_url),
            "title": summary(entry),
            "content_text": description(revision, office, base_url=base_url),
            "date_published": _utc(revision.created_at),
            "date_modified": _utc(revision.modified_at),
            "tags": [one_line(name) for name in office.names_of_topics(entry.topics)],
            "_engage": {"about": f"{base_url.rstrip('/')}/feeds#keys", **_facts(revision, office)},
        }
    )


def _facts(revision: Revision, office: Office) -> dict[str, Any]:
    entry, zone = revision.entry, ZoneInfo(revision.entry.timezone)
    was_held = not entry.is_gone and revision.modified_at >= entry.ends_at
    moved_from = revision.moved_from and _start(entry, revision.moved_from.astimezone(zone))
    return known(
        {
            "kind": entry.kind.value,
            "start": _start(entry, entry.starts_local),
            "end": _end(entry),
            "timezone": entry.timezone,
            "all_day": entry.all_day,
            "status": entry.status.value,
            "reason": entry.reason,
            "moved_from": moved_from,
            "sequence": revision.sequence,
            "calendar": _named(office.calendar_by_id.get(entry.calendar_id)),
            "venue": _place(office.venue_by_id.get(entry.venue or "")),
            "online": entry.online and web_address(entry.online),
            "areas": _pairs(entry.areas, office.names_of_areas(entry.areas)),
            "topics": _pairs(entry.topics, office.names_of_topics(entry.topics)),
            "attending": [one_line(role) for role in entry.attending],
            "contact": contact(entry, office),
            "link": entry.url and web_address(entry.url),
            "minutes": entry.minutes and web_address(entry.minutes),
            "papers": [{"title": one_line(paper.title), "url": web_address(paper.url)} for paper in entry.papers],
            "expected_milestone": None if entry.is_gone else revision.expected_milestone,
            "attendance": entry.attendance if was_held else None,
        }
    )


def _place(venue: Venue | None) -> dict[str, Any] | None:
    if venue is None:
        return None
    access = venue.access and known(vars(venue.access))
    place = {"id": venue.id, "name": venue.name, "address": venue.address, "postcode": venue.postcode}
    return known({**place, "geo": venue.geo, "access": access})


def _named(calendar: Calendar | None) -> dict[str, str] | None:
    return None if calendar is None else {"id": calendar.id, "name": one_line(calendar.name)}


def _pairs(ids: Sequence[str], names: Sequence[str]) -> list[dict[str, str]]:
    return [{"id": key, "name": one_line(name)} for key, name in zip(ids, names, strict=True)]


def _start(entry: Entry, local: datetime) -> str:
    return str(local.date()) if entry.all_day else local.isoformat(timespec="seconds")


def _end(entry: Entry) -> str:
    if entry.first_day is not None:
        return str(entry.last_day or entry.first_day)
    return entry.ends_local.isoformat(timespec="seconds")


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
