"""Which feeds exist and which entries each holds. How entries become bytes is in engage.feeds."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from engage.domain.calendars import Area, Calendar, Entry, Office, Topic, Venue
from engage.domain.revisions import Revision

Variant = Literal["", "plain", "rich"]
VARIANTS: tuple[Variant, ...] = ("", "plain", "rich")

MONTHS_KEPT = 13  # an entry that leaves a feed is deleted from its readers' calendars
GONE_KEPT = timedelta(days=31)  # tombstones, after the date has passed

# Google stops reading at 1 MB or about 1,111 entries; the head of a feed (names, time zones) has room of its own.
MOST_BYTES = 1_000_000 - 20_000
MOST_ENTRIES = 999


@dataclass(frozen=True, kw_only=True)
class Feed:
    """A published set of entries; *path* has no suffix ("plain/your-force-your-voice/area/eston").

    Every selector that is set must agree: *calendar*, *topic* and *venue* are ids, *near* holds the *area* of the feed
    with what covers it and what lies within it.
    """

    path: str
    name: str
    description: str
    timezone: str
    variant: Variant = ""
    calendar: str | None = None
    area: str | None = None
    near: frozenset[str] = frozenset()
    topic: str | None = None
    venue: str | None = None


@dataclass(frozen=True, kw_only=True)
class Item:
    """An entry as a feed holds it: its revision, and its VEVENT as stored for the feed's variant."""

    revision: Revision
    vevent: bytes

    @property
    def entry(self) -> Entry:
        return self.revision.entry


@dataclass(frozen=True, kw_only=True)
class Trimmed:
    """What fits into a feed, in its order, and what was left out of it."""

    kept: tuple[Item, ...]
    left_out: tuple[Item, ...] = ()


def feeds_of(office: Office) -> tuple[Feed, ...]:
    """Every feed in every variant: the office's, and each calendar's whole and by area, topic and venue."""
    plain = [_everything(office)]
    for calendar in office.calendars:
        whole = _whole(calendar)
        plain += [
            whole,
            *(_of_area(whole, area, office) for area in office.areas),
            *(_of_topic(whole, topic) for topic in office.topics),
            *(_of_venue(whole, venue) for venue in office.venues),
        ]
    return tuple(in_variant(feed, variant) for variant in VARIANTS for feed in plain)


def in_variant(feed: Feed, variant: Variant) -> Feed:
    """The same entries told another way, under a path of their own: query strings confuse calendar apps."""
    return replace(feed, path=f"{variant}/{feed.path}", variant=variant) if variant else feed


def holds(feed: Feed, entry: Entry) -> bool:
    """Whether the entry belongs in the feed, whatever the date."""
    return (
        (feed.calendar is None or feed.calendar == entry.calendar_id)
        and (feed.area is None or not feed.near.isdisjoint(entry.areas))
        and (feed.topic is None or feed.topic in entry.topics)
        and (feed.venue is None or feed.venue == entry.venue)
    )


def in_window(entry: Entry, today: date) -> bool:
    """Whether the entry is of a date that feeds show: all to come and 13 months back, what is gone for 31 days."""
    if entry.is_gone:
        return today <= last_day(entry) + GONE_KEPT
    return last_day(entry) >= _months_before(today, MONTHS_KEPT)


def last_day(entry: Entry) -> date:
    """The civil date on which it ends."""
    return entry.last_day or entry.first_day or entry.ends_local.date()


def in_order(items: Iterable[Item]) -> list[Item]:
    """The order of a feed: by start, then UID; all UIDs of an office end alike."""
    return sorted(items, key=_order)


def fullness(items: Iterable[Item]) -> float:
    """How much of what calendar apps read is used; above 1.0 entries are left out."""
    sizes = [len(item.vevent) for item in items]
    return max(sum(sizes) / MOST_BYTES, len(sizes) / MOST_ENTRIES)


def trim(items: Iterable[Item], today: date) -> Trimmed:
    """Leave out the oldest past entries first, then those furthest ahead, until calendar apps read the whole feed."""
    ordered = in_order(items)
    past = [item for item in ordered if last_day(item.entry) < today]
    coming = [item for item in ordered if last_day(item.entry) >= today]
    size, count, dropped = sum(len(item.vevent) for item in ordered), len(ordered), set[str]()
    for item in [*past, *reversed(coming)]:
        if size <= MOST_BYTES and count <= MOST_ENTRIES:
            break
        size, count = size - len(item.vevent), count - 1
        dropped.add(item.entry.id)
    return Trimmed(
        kept=tuple(item for item in ordered if item.entry.id not in dropped),
        left_out=tuple(item for item in ordered if item.entry.id in dropped),
    )


def _everything(office: Office) -> Feed:
    described = f"Everything in the calendars of {office.short_name}"
    return Feed(path="all", name=office.short_name, description=described, timezone=office.timezone)


def _whole(calendar: Calendar) -> Feed:
    return Feed(
        path=calendar.id,
        name=calendar.name,
        description=calendar.description or calendar.name,
        timezone=calendar.timezone,
        calendar=calendar.id,
    )


def _of_area(whole: Feed, area: Area, office: Office) -> Feed:
    feed = _part(whole, "area", area.id, area.name, f"What concerns {area.name}.")
    return replace(feed, area=area.id, near=office.near((area.id,)))


def _of_topic(whole: Feed, topic: Topic) -> Feed:
    return replace(_part(whole, "topic", topic.id, topic.name, f"About: {topic.name}."), topic=topic.id)


def _of_venue(whole: Feed, venue: Venue) -> Feed:
    return replace(_part(whole, "venue", venue.id, venue.name, f"At: {venue.name}."), venue=venue.id)


def _part(whole: Feed, word: str, part_id: str, name: str, said: str) -> Feed:
    described = f"{whole.description.rstrip('.')}. {said}"
    return replace(whole, path=f"{whole.path}/{word}/{part_id}", name=f"{whole.name}: {name}", description=described)


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _order(item: Item) -> tuple[datetime, str]:
    return item.entry.starts_at, item.entry.id
