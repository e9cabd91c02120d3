"""The ways to subscribe to a feed, per calendar app (FEEDS C72), and the formats in which it is published."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote

from engage.domain.calendars import Entry, Office
from engage.domain.feeds import Feed, holds
from engage.domain.personal import Interest
from engage.feeds import FORMATS
from engage.web.snapshot import Snapshot

NAMES = {"ics": "iCalendar", "jcal": "jCal", "json": "JSON Feed", "atom": "what has changed (Atom)"}


@dataclass(frozen=True, kw_only=True)
class Alternate:
    """A feed in one of its formats, as `<link rel="alternate">` and pages name it."""

    path: str
    media_type: str
    format: str
    title: str


@dataclass(frozen=True, kw_only=True)
class Subscribable:
    """A feed as the chooser shows it. *left_out* entries did not fit what calendar apps read."""

    path: str
    name: str
    url: str
    webcal: str
    google: str
    outlook: str
    outlook_work: str
    plain_url: str
    entries: int
    left_out: int
    alternates: tuple[Alternate, ...] = ()


def subscribable(feed: Feed, base_url: str, snapshot: Snapshot) -> Subscribable | None:
    """None while the feed is not published yet."""
    found = snapshot.feeds.find(f"{feed.path}.ics")
    if found is None:
        return None
    whole = links(feed.path, feed.name, base_url, entries=found.entries, left_out=found.left_out)
    return replace(whole, alternates=alternates(feed, snapshot))


def links(path: str, name: str, base_url: str, *, entries: int = 0, left_out: int = 0) -> Subscribable:
    """The links of any address below `/feeds`, a person's secret one included."""
    url = f"{base_url}/feeds/{path}.ics"
    webcal = f"webcal:{url.partition(':')[2]}"
    asked = f"?url={quote(url, safe='')}&name={quote(name, safe='')}"
    return Subscribable(
        path=path,
        name=name,
        url=url,
        webcal=webcal,
        google=f"https://calendar.google.com/calendar/r?cid={quote(webcal, safe='')}",  # Google refuses https here
        outlook=f"https://outlook.live.com/calendar/0/addfromweb{asked}",
        outlook_work=f"https://outlook.office.com/calendar/0/addfromweb{asked}",
        plain_url=f"{base_url}/feeds/plain/{path}.ics",
        entries=entries,
        left_out=left_out,
    )


def pick(office: Office, area: str, topics: Iterable[str]) -> Interest | None:
    """An area and topics of every calendar, as one choice; what does not exist is left out, without the area None."""
    if area not in office.area_by_id:
        return None
    wanted = set(topics)
    return Interest(areas=(area,), topics=tuple(topic.id for topic in office.topics if topic.id in wanted))


def picked(office: Office, interest: Interest, base_url: str, *, entries: int) -> Subscribable:
    """The links of a choice; its calendar is joined when somebody asks for it."""
    path = "/".join(("all", *interest.areas, *filter(None, (".".join(interest.topics),))))
    names = (*office.names_of_areas(interest.areas), *office.names_of_topics(interest.topics))
    return links(
        path, f"In and around {names[0]}{': ' if names[1:] else ''}{', '.join(names[1:])}", base_url, entries=entries
    )


def alternates(feed: Feed, snapshot: Snapshot) -> tuple[Alternate, ...]:
    """Every format in which the feed is published by now."""
    return tuple(
        Alternate(
            path=f"/feeds/{feed.path}.{suffix}",
            media_type=form.media_type.partition(";")[0],
            format=NAMES.get(suffix, suffix),
            title=f"{feed.name}: {NAMES.get(suffix, suffix)}",
        )
        for suffix, form in FORMATS.items()
        if snapshot.feeds.find(f"{feed.path}.{suffix}")
    )


def holding(feeds: Iterable[Feed], entry: Entry) -> list[Feed]:
    """The feeds in which an entry is."""
    return [feed for feed in feeds if holds(feed, entry)]
