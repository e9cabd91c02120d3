"""iCalendar (RFC 5545, 7986; 9073 and 9253 in the rich variant): one entry to bytes, and stored bytes to a feed.

Each VEVENT is rendered once per revision and stored; a feed is a head, its time zones, those bytes and a foot. No clock
and no chance: equal input gives equal bytes. The one place that imports icalendar.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from html import escape as html_escape
from typing import Any

from icalendar import Calendar, Component, Event
from icalendar.prop import vCategory, vGeo, vText, vUri

from engage.domain.calendars import Entry, Office, Status, Venue
from engage.domain.feeds import Feed, Item, Variant, in_order
from engage.domain.revisions import Revision
from engage.feeds.colours import css_name
from engage.feeds.timezones import vtimezone
from engage.feeds.words import access_words, clean, contact, description, one_line, page_of, summary, web_address

REFRESH = "PT6H"  # both hints say the same; apps that read only one of them exist
WIDTH = 75  # octets of a physical line, without its CRLF
FOOT = b"END:VCALENDAR\r\n"
STATUS = {Status.CONFIRMED: "CONFIRMED", Status.TENTATIVE: "TENTATIVE"}

# A continuation line starts with a space, so no text can look like this; 75 octets hold every zone's name.
_ZONE_USED = re.compile(rb"\r\nDTSTART;TZID=([^:\r]+):")
_LINK = re.compile(r"^https?://\S+$", re.MULTILINE)


class Text(vText):
    r"""icalendar's own TEXT turns a backslash before a capital N, as in C:\News, into a line break."""

    __slots__ = ()

    def to_ical(self) -> bytes:
        told = clean(self).replace("\\", "\\\\").replace(";", r"\;").replace(",", r"\,").replace("\n", r"\n")
        return told.encode()


class Place(vGeo):
    """Six decimals, about 10 cm; a bare float may come out as 1e-05, which nobody reads."""

    def to_ical(self) -> str:
        return f"{self.latitude:.6f};{self.longitude:.6f}"


class Vlocation(Component):
    """RFC 9073 section 7.2, which icalendar does not know yet."""

    name = "VLOCATION"


class IcsFormat:
    """The `.ics` format of FORMATS."""

    suffix = "ics"
    media_type = "text/calendar; charset=utf-8"

    def render(self, feed: Feed, items: Sequence[Item], *, office: Office, base_url: str) -> bytes:
        return join(
            feed,
            [item.vevent for item in in_order(items)],
            office=office,
            base_url=base_url,
            modified_at=max((item.revision.modified_at for item in items), default=None),
        )


ICS = IcsFormat()


def render_entry(revision: Revision, office: Office, *, base_url: str, variant: Variant = "") -> bytes:
    """One VEVENT as folded lines ending in CRLF, the same for every feed of the *variant*.

    Plain keeps what is gone CONFIRMED behind its prefix, because Google hides what is CANCELLED.
    """
    entry = revision.entry
    event = Event()
    _identify(event, revision, office)
    for name, moment in zip(("DTSTART", "DTEND"), _moments(entry), strict=True):
        event.add(name, moment)
    _say(event, "SUMMARY", summary(entry))
    _say(event, "STATUS", STATUS.get(entry.status, "CONFIRMED" if variant == "plain" else "CANCELLED"))
    _locate(event, entry, office)
    if entry.topics:
        event.add("CATEGORIES", vCategory([Text(one_line(name)) for name in office.names_of_topics(entry.topics)]))
    _say(event, "CONTACT", contact(entry, office))
    _say(event, "DESCRIPTION", description(revision, office, base_url=base_url))
    _point(event, "URL", page_of(entry, base_url))
    if entry.online:
        _point(event, "CONFERENCE", entry.online, VALUE="URI", FEATURE=["AUDIO", "VIDEO"], LABEL="Join online")
    _say(event, "CLASS", "PUBLIC")
    _say(event, "TRANSP", "TRANSPARENT")
    if variant == "rich":
        _enrich(event, revision, office, base_url)
    return _folded(event)


def render_variants(revision: Revision, office: Office, *, base_url: str) -> dict[Variant, bytes]:
    """The VEVENT in every variant, to be stored with the revision; plain differs only for what is gone."""
    usual = render_entry(revision, office, base_url=base_url)
    plain = render_entry(revision, office, base_url=base_url, variant="plain") if revision.entry.is_gone else usual
    return {"": usual, "plain": plain, "rich": render_entry(revision, office, base_url=base_url, variant="rich")}


def join(feed: Feed, vevents: Sequence[bytes], *, office: Office, base_url: str, modified_at: datetime | None) -> bytes:
    """The feed around stored VEVENTs, which are already in order; *modified_at* is the newest of their revisions."""
    base_url = base_url.rstrip("/")
    calendar = _calendar(office)
    for name in ("NAME", "X-WR-CALNAME"):
        _say(calendar, name, one_line(feed.name))
    for name in ("DESCRIPTION", "X-WR-CALDESC"):
        _say(calendar, name, one_line(feed.description))
    _say(calendar, "X-WR-TIMEZONE", feed.timezone)
    _say(calendar, "REFRESH-INTERVAL", REFRESH, VALUE="DURATION")
    _say(calendar, "X-PUBLISHED-TTL", REFRESH)
    _point(calendar, "SOURCE", f"{base_url}/feeds/{feed.path}.ics", VALUE="URI")
    _point(calendar, "URL", f"{base_url}/areas/{feed.area}" if feed.area else f"{base_url}/")
    if modified_at is not None:
        calendar.add("LAST-MODIFIED", modified_at.astimezone(UTC))
    if colour := css_name(office.colour):
        _say(calendar, "COLOR", colour)
    return _wrapped(calendar, vevents, zones={feed.timezone})


def single(vevent: bytes, office: Office) -> bytes:
    """One entry as a file to download or attach: no name and no refresh hint, because it is not a subscription."""
    return _wrapped(_calendar(office), [vevent], zones=set())


def _calendar(office: Office) -> Calendar:
    calendar = Calendar()
    _say(calendar, "VERSION", "2.0")
    _say(calendar, "PRODID", f"-//{office.uid_domain}//engage//EN")
    _say(calendar, "CALSCALE", "GREGORIAN")
    return calendar


def _wrapped(calendar: Calendar, vevents: Sequence[bytes], *, zones: set[str]) -> bytes:
    body = b"".join(vevents)
    used = zones | {zone.decode() for zone in _ZONE_USED.findall(body)}
    head = _folded(calendar).removesuffix(FOOT)
    return b"".join([head, *(vtimezone(zone) for zone in sorted(used)), body, FOOT])


def _identify(event: Event, revision: Revision, office: Office) -> None:
    """Without METHOD, DTSTAMP is the time of the last revision (RFC 5545 3.8.7.2): a feed unchanged stays the same."""
    _say(event, "UID", f"{revision.entry.id}@{office.uid_domain}")
    modified_at = revision.modified_at.astimezone(UTC)
    event.add("DTSTAMP", modified_at)
    event.add("CREATED", revision.created_at.astimezone(UTC))
    event.add("LAST-MODIFIED", modified_at)
    event.add("SEQUENCE", revision.sequence)


def _moments(entry: Entry) -> tuple[date, date]:
    """All-day entries end on the day after. An hour that the clock shows twice is told in UTC, either time.

    RFC 5545 3.3.5 means the first time; ical.js 2.2.1 and libical 3.0.16 (Thunderbird, Evolution) take the second.
    """
    if entry.first_day is not None:
        return entry.first_day, (entry.last_day or entry.first_day) + timedelta(days=1)
    local = entry.starts_local, entry.ends_local
    return (entry.starts_at, entry.ends_at) if any(_comes_twice(moment) for moment in local) else local


def _comes_twice(moment: datetime) -> bool:
    """Whether the zone's clock shows the time of *moment* on two occasions."""
    return moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()


def _locate(event: Event, entry: Entry, office: Office) -> None:
    venue = office.venue_by_id.get(entry.venue or "")
    if venue is None:
        if entry.online:
            _say(event, "LOCATION", "Online")
        return
    _say(event, "LOCATION", one_line(venue.line))
    if venue.geo is not None:
        event.add("GEO", Place(venue.geo))


def _enrich(event: Event, revision: Revision, office: Office, base_url: str) -> None:
    """What only newer readers know: calcurse 4.7.1 drops an entry that holds a VLOCATION, so it is asked for."""
    entry = revision.entry
    told = html_escape(description(revision, office, base_url=base_url))
    told = _LINK.sub(r'<a href="\g<0>">\g<0></a>', told).replace("\n", "<br>")
    _say(event, "STYLED-DESCRIPTION", f"<p>{told}</p>", VALUE="TEXT", FMTTYPE="text/html")
    if entry.rule:
        _say(event, "REFID", entry.rule)
    minutes = [("Minutes", entry.minutes)] if entry.minutes else []
    for title, url in [*minutes, *((paper.title, paper.url) for paper in entry.papers)]:
        label = one_line(title).replace("\\", "/")  # some readers let a backslash hide the colon after it
        _point(event, "LINK", url, VALUE="URI", LINKREL="related", LABEL=label)
    if venue := office.venue_by_id.get(entry.venue or ""):
        event.add_component(_vlocation(venue, office))


def _vlocation(venue: Venue, office: Office) -> Component:
    place = Vlocation()
    _say(place, "UID", f"venue-{venue.id}@{office.uid_domain}")
    _say(place, "NAME", one_line(venue.name))
    if venue.geo is not None:
        place.add("GEO", Place(venue.geo))
    if venue.access and (words := access_words(venue.access)):
        _say(place, "DESCRIPTION", words)
    return place


def _say(component: Component, name: str, text: str, **parameters: str) -> None:
    component.add(name, Text(text), parameters=parameters)


def _point(component: Component, name: str, url: str, **parameters: Any) -> None:
    """A URI value is not escaped, so nothing that could end the line may stand in it."""
    component.add(name, vUri(web_address(url)), parameters=parameters)


def _folded(component: Component) -> bytes:
    """The lines in the order they were added; icalendar's own folding can part an escaped backslash."""
    return b"".join(_fold(line.encode()) for line in component.content_lines(sorted=False) if line)


def _fold(line: bytes) -> bytes:
    """At most 75 octets a line, never cutting a character, nor a backslash from what it escapes."""
    parts, start, room = [], 0, WIDTH
    while len(line) - start > room:
        end = start + room
        while line[end] & 0xC0 == 0x80:
            end -= 1
        end -= (end - len(line[start:end].rstrip(b"\\")) - start) % 2
        parts.append(line[start:end])
        start, room = end, WIDTH - 1
    return b"\r\n ".join([*parts, line[start:]]) + b"\r\n"
