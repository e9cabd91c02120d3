"""iCalendar (RFC 5545, 7986; 9073 and 9253 in the rich variant): one entry to bytes, and stored bytes to a feed.

Each VEVENT is made once per revision and stored; a feed is a head, its time zones, those bytes and a foot. No clock
and no chance: equal input gives equal bytes. The one place that imports icalendar; jCal is written from what it makes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from icalendar import Calendar, Component, Event, Parameters, Timezone
from icalendar.prop import vCategory, vDate, vDatetime, vGeo, vInt, vText, vUri

from engage.domain.calendars import Entry, Office, Status, Venue
from engage.domain.feeds import VARIANTS, Feed, Item, Variant, in_order
from engage.domain.revisions import Revision
from engage.feeds.colours import css_name
from engage.feeds.folding import fold
from engage.feeds.once import once
from engage.feeds.timezones import vtimezone
from engage.feeds.words import access_words, clean, contact, description, html, one_line, page_of, summary, web_address

REFRESH = "PT6H"  # both hints say the same; apps that read only one of them exist
BEGIN, END, FOOT = b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n", b"END:VCALENDAR\r\n"
STATUS = {Status.CONFIRMED: "CONFIRMED", Status.TENTATIVE: "TENTATIVE"}

# A continuation line starts with a space, so no text can look like these; 75 octets hold every zone's name.
_ZONE_USED = re.compile(rb"\r\nDTSTART;TZID=([^:\r]+):")
_IS_CANCELLED, _IS_CONFIRMED = b"\r\nSTATUS:CANCELLED\r\n", b"\r\nSTATUS:CONFIRMED\r\n"


class Text(vText):
    r"""icalendar's own TEXT turns a backslash before a capital N, as in C:\News, into a line break."""

    __slots__ = ()

    def to_ical(self) -> bytes:
        told = clean(self).replace("\\", "\\\\").replace(";", r"\;").replace(",", r"\,").replace("\n", r"\n")
        return told.encode()

    def to_jcal(self, name: str) -> list[Any]:
        return [name, self.params.to_jcal(), self.VALUE.lower(), clean(self)]


class Moment(vDatetime):
    """A moment in the zone that its tzinfo names; icalendar looks through every zone for one of equal rules."""

    def __init__(self, moment: datetime) -> None:
        self.dt = moment
        self.params = Parameters(TZID=str(moment.tzinfo))

    def is_utc(self) -> bool:
        """Then icalendar writes a Z instead of the zone. A zone that merely keeps UTC's time is told by its name."""
        return bool(self.params["TZID"] == "UTC")


class Place(vGeo):
    """Six decimals, about 10 cm; a bare float may come out as 1e-05, which nobody reads."""

    def to_ical(self) -> str:
        return f"{self.latitude:.6f};{self.longitude:.6f}"

    def to_jcal(self, name: str) -> list[Any]:
        return [name, {}, "float", [round(self.latitude, 6), round(self.longitude, 6)]]


class Vlocation(Component):
    """RFC 9073 section 7.2, which icalendar does not know yet."""

    name = "VLOCATION"


class IcsFormat:
    """The `.ics` format of FORMATS."""

    suffix = "ics"
    media_type = "text/calendar; charset=utf-8"

    variants = VARIANTS

    def fragments(self, revision: Revision, office: Office, *, base_url: str) -> dict[Variant, bytes]:
        """Plain keeps what is gone CONFIRMED behind its prefix: Google hides what is CANCELLED. Rich is usual plus."""
        event = vevent(revision, office, base_url=base_url)
        usual, more = _folded(event), _folded(_enriched(revision.entry, office, told=str(event["DESCRIPTION"])))
        plain = usual.replace(_IS_CANCELLED, _IS_CONFIRMED)
        return {"": usual, "plain": plain, "rich": usual.removesuffix(END) + more.removeprefix(BEGIN)}

    def join(self, feed: Feed, items: Sequence[Item], *, office: Office, base_url: str) -> bytes:
        newest = max((item.revision.modified_at for item in items), default=None)
        head = vcalendar(feed, office, base_url=base_url, suffix=self.suffix, modified_at=newest)
        return _wrapped(head, [item.fragment for item in in_order(items)], zones=zones_of(feed, items))


ICS = IcsFormat()


def render_entry(revision: Revision, office: Office, *, base_url: str, variant: Variant = "") -> bytes:
    """One VEVENT as folded lines ending in CRLF, the same for every feed of the *variant*."""
    return ICS.fragments(revision, office, base_url=base_url)[variant]


@once
def vevent(revision: Revision, office: Office, *, base_url: str) -> Event:
    """The entry in its usual variant; its properties keep the order in which they stand here."""
    entry = revision.entry
    event = Event()
    _identify(event, revision, office)
    for name, moment in zip(("DTSTART", "DTEND"), _moments(entry), strict=True):
        _put(event, name, moment)
    _say(event, "SUMMARY", summary(entry))
    _say(event, "STATUS", STATUS.get(entry.status, "CANCELLED"))
    _locate(event, entry, office)
    if entry.topics:
        _put(event, "CATEGORIES", vCategory([Text(one_line(name)) for name in office.names_of_topics(entry.topics)]))
    _say(event, "CONTACT", contact(entry, office))
    _say(event, "DESCRIPTION", description(revision, office, base_url=base_url))
    _point(event, "URL", page_of(entry, base_url))
    if entry.online:
        _point(event, "CONFERENCE", entry.online, VALUE="URI", FEATURE=["AUDIO", "VIDEO"], LABEL="Join online")
    _say(event, "CLASS", "PUBLIC")
    _say(event, "TRANSP", "TRANSPARENT")
    return event


def vcalendar(feed: Feed, office: Office, *, base_url: str, suffix: str, modified_at: datetime | None) -> Calendar:
    """The head of the feed, with nothing in it yet."""
    base_url = base_url.rstrip("/")
    calendar = _calendar(office)
    for name in ("NAME", "X-WR-CALNAME"):
        _say(calendar, name, one_line(feed.name))
    for name in ("DESCRIPTION", "X-WR-CALDESC"):
        _say(calendar, name, one_line(feed.description))
    _say(calendar, "X-WR-TIMEZONE", feed.timezone)
    _say(calendar, "REFRESH-INTERVAL", REFRESH, VALUE="DURATION")
    _say(calendar, "X-PUBLISHED-TTL", REFRESH)
    if feed.is_shared:
        _point(calendar, "SOURCE", f"{base_url}/feeds/{feed.path}.{suffix}", VALUE="URI")
    _point(calendar, "URL", f"{base_url}/areas/{feed.area}" if feed.area else f"{base_url}/")
    if modified_at is not None:
        _put(calendar, "LAST-MODIFIED", Moment(modified_at.astimezone(UTC)))
    if colour := css_name(office.colour):
        _say(calendar, "COLOR", colour)
    return calendar


def jcal_zone(key: str) -> list[Any]:
    """The zone's block as jCal; a part of a rule that has one value is that value (RFC 7265 section 3.6.10)."""
    zone: list[Any] = Timezone.from_ical(vtimezone(key)).to_jcal()
    for _, properties, _ in zone[2]:
        for name, _, _, value in properties:
            if name == "rrule":
                value.update(
                    (part, told[0]) for part, told in value.items() if isinstance(told, list) and len(told) == 1
                )
    return zone


def zones_of(feed: Feed, items: Iterable[Item]) -> list[str]:
    """The zones in which moments may be told, in order; UTC needs no definition."""
    used = {item.entry.timezone for item in items if not item.entry.all_day}
    return sorted({feed.timezone} | (used - {"UTC"}))


def single(vevent: bytes, office: Office) -> bytes:
    """One entry as a file to download or attach: no name and no refresh hint, because it is not a subscription."""
    return _wrapped(_calendar(office), [vevent], zones=[zone.decode() for zone in _ZONE_USED.findall(vevent)])


def _calendar(office: Office) -> Calendar:
    calendar = Calendar()
    _say(calendar, "VERSION", "2.0")
    _say(calendar, "PRODID", f"-//{office.uid_domain}//engage//EN")
    _say(calendar, "CALSCALE", "GREGORIAN")
    return calendar


def _wrapped(calendar: Calendar, vevents: Sequence[bytes], *, zones: Iterable[str]) -> bytes:
    head = _folded(calendar).removesuffix(FOOT)
    return b"".join([head, *(vtimezone(zone) for zone in zones), *vevents, FOOT])


def _identify(event: Event, revision: Revision, office: Office) -> None:
    """Without METHOD, DTSTAMP is the time of the last revision (RFC 5545 3.8.7.2): a feed unchanged stays the same."""
    _say(event, "UID", f"{revision.entry.id}@{office.uid_domain}")
    modified_at = Moment(revision.modified_at.astimezone(UTC))
    _put(event, "DTSTAMP", modified_at)
    _put(event, "CREATED", Moment(revision.created_at.astimezone(UTC)))
    _put(event, "LAST-MODIFIED", modified_at)
    _put(event, "SEQUENCE", vInt(revision.sequence))


def _moments(entry: Entry) -> Iterable[vDate | Moment]:
    """All-day entries end on the day after. An hour that the clock shows twice is told in UTC, either time.

    RFC 5545 3.3.5 means the first time; ical.js 2.2.1 and libical 3.0.16 (Thunderbird, Evolution) take the second.
    """
    if entry.first_day is not None:
        end = (entry.last_day or entry.first_day) + timedelta(days=1)
        return [vDate(day, params={"VALUE": "DATE"}) for day in (entry.first_day, end)]
    local = entry.starts_local, entry.ends_local
    told = (entry.starts_at, entry.ends_at) if any(_comes_twice(moment) for moment in local) else local
    return [Moment(moment) for moment in told]


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
        _put(event, "GEO", Place(venue.geo))


def _enriched(entry: Entry, office: Office, *, told: str) -> Event:
    """What only newer readers know: calcurse 4.7.1 drops an entry that holds a VLOCATION, so it is asked for."""
    event = Event()
    _say(event, "STYLED-DESCRIPTION", html(told), VALUE="TEXT", FMTTYPE="text/html")
    if entry.rule:
        _say(event, "REFID", entry.rule)
    minutes = [("Minutes", entry.minutes)] if entry.minutes else []
    for title, url in [*minutes, *((paper.title, paper.url) for paper in entry.papers)]:
        label = one_line(title).replace("\\", "/")  # some readers let a backslash hide the colon after it
        _point(event, "LINK", url, VALUE="URI", LINKREL="related", LABEL=label)
    if venue := office.venue_by_id.get(entry.venue or ""):
        event.add_component(_vlocation(venue, office))
    return event


def _vlocation(venue: Venue, office: Office) -> Component:
    place = Vlocation()
    _say(place, "UID", f"venue-{venue.id}@{office.uid_domain}")
    _say(place, "NAME", one_line(venue.name))
    if venue.geo is not None:
        _put(place, "GEO", Place(venue.geo))
    if venue.access and (words := access_words(venue.access)):
        _say(place, "DESCRIPTION", words)
    return place


def _say(component: Component, name: str, text: str, **parameters: str) -> None:
    _put(component, name, Text(text, params=parameters))


def _point(component: Component, name: str, url: str, **parameters: Any) -> None:
    """A URI value is not escaped, so nothing that could end the line may stand in it."""
    _put(component, name, vUri(web_address(url), params=parameters))


def _put(component: Component, name: str, value: Any) -> None:
    """Values have their type already; icalendar need not look for one."""
    component.add(name, value, encode=False)


def _folded(component: Component) -> bytes:
    return b"".join(fold(line) for line in _lines(component))


def _lines(component: Component) -> Iterator[bytes]:
    """In the order they were added; icalendar's own writing sorts them, and can part an escaped backslash."""
    name = str(component.name).encode()
    yield b"BEGIN:" + name
    for key, values in component.items():
        for value in values if isinstance(values, list) else [values]:
            parameters, told = value.params.to_ical(sorted=False), value.to_ical()
            told = told.encode() if isinstance(told, str) else told
            yield b"%s%s%s:%s" % (key.encode(), b";" if parameters else b"", parameters, told)
    for inner in component.subcomponents:
        yield from _lines(inner)
    yield b"END:" + name
