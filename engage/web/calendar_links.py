"""The ways to subscribe to a feed, per calendar app (FEEDS C72)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from engage.domain.calendars import Entry
from engage.domain.feeds import Feed, holds
from engage.web.snapshot import Snapshot


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


def subscribable(feed: Feed, base_url: str, snapshot: Snapshot) -> Subscribable | None:
    """None while the feed is not published yet."""
    found = snapshot.feeds.find(f"{feed.path}.ics")
    if found is None:
        return None
    return links(feed.path, feed.name, base_url, entries=found.entries, left_out=found.left_out)


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


def holding(feeds: Iterable[Feed], entry: Entry) -> list[Feed]:
    """The feeds in which an entry is."""
    return [feed for feed in feeds if holds(feed, entry)]
