"""Which feeds exist and which entries each holds. How entries become bytes is in engage.feeds."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from engage.domain.calendars import Area, Calendar, Entry, Office, Topic, Venue
from engage.domain.revisions import Revision

Variant = Literal["", "plain", "rich"]
VARIANTS: tuple[Variant, ...] = ("", "plain", "rich")

MONTHS_KEPT = 13  # an entry that leaves a feed is deleted from its readers' calendars
GONE_KEPT = timedelta(days=31)  # tombstones, after the date has passed

# Google stops reading at 1 MB or about 1,111 entries; the head of a feed (names, time zones) has room of its own.
MOST_BYTES = 1_000_000 - 20_000
MOST_ENTRIES = 999
CROWDED = 0.8


@dataclass(frozen=True, kw_only=True)
class Feed:
    """A published set of entries; *path* has no suffix ("plain/your-force-your-voice/area/eston").

    Every selector that is set must agree: *calendar*, *topic* and *venue* are ids, *near* holds the *area* of the feed
    with what covers it and what lies within it. A feed with a *year* is an archive: it keeps what has left the others.
    One that is not *is_shared* is a person's own: its address is secret and stands nowhere in it.
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
    year: int | None = None
    is_shared: bool = True

    @property
    def is_part(self) -> bool:
        """Whether it holds a part of a calendar: an area, a topic, a venue or a year."""
        return any(part is not None for part in (self.area, self.topic, self.venue, self.year))


class Item(NamedTuple):
    """An entry as a feed holds it: its revision, and its bytes as stored for the feed's format and variant.

    A tuple, for twenty thousand of them are made when one meeting changes.
    """

    revision: Revision
    fragment: bytes

    @property
    def entry(self) -> Entry:
        return self.revision.entry


@dataclass(frozen=True, kw_only=True)
class Trimmed:
    """What fits into a feed, in its order, and what was left out of it."""

    kept: tuple[Item, ...]
    left_out: tuple[Item, ...] = ()


def feeds_of(office: Office) -> tuple[Feed, ...]:
    """Every selection in every variant."""
    return tuple(in_variant(feed, variant) for variant in VARIANTS for feed in selections_of(office))


def selections_of(office: Office) -> tuple[Feed, ...]:
    """The feeds in the usual variant: the office's, and each calendar's whole and by area, topic and venue."""
    chosen = [_everything(office)]
    near = {area.id: office.near((area.id,)) for area in office.areas}
    for calendar in office.calendars:
        whole = _whole(calendar)
        chosen += [
            whole,
            *(_of_area(whole, area, near[area.id]) for area in office.areas),
            *(_of_topic(whole, topic) for topic in office.topics),
            *(_of_venue(whole, venue) for venue in office.venues),
        ]
    return tuple(chosen)


def archives_of(office: Office, entries: Iterable[Entry], today: date) -> tuple[Feed, ...]:
    """One more feed for every year of a calendar in which something has passed; its address is permanent."""
    years = {(entry.calendar_id, year_of(entry)) for entry in entries if last_day(entry) < today}
    return tuple(
        _of_year(_whole(office.calendar_by_id[calendar_id]), year)
        for calendar_id, year in sorted(years)
        if calendar_id in office.calendar_by_id
    )


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
        and (feed.year is None or feed.year == year_of(entry))
    )


def sort_into(feeds: Sequence[Feed], revisions: Iterable[Revision], today: date) -> dict[str, list[Revision]]:
    """Feed path -> what it holds on that day, in its order. Entries of one kind are looked up once."""
    sorted_in: dict[str, list[Revision]] = {feed.path: [] for feed in feeds}
    known: dict[tuple[Any, ...], list[Feed]] = {}
    for revision in sorted(revisions, key=_order):
        entry = revision.entry
        if not in_archive(entry, today):
            continue
        key = (entry.calendar_id, entry.areas, entry.topics, entry.venue, year_of(entry))
        if key not in known:
            known[key] = [feed for feed in feeds if holds(feed, entry)]
        is_current = in_window(entry, today)
        for feed in known[key]:
            if is_current or feed.year is not None:
                sorted_in[feed.path].append(revision)
    return sorted_in


def in_window(entry: Entry, today: date) -> bool:
    """Whether the entry is of a date that feeds show: all to come and 13 months back, what is gone for 31 days."""
    return in_archive(entry, today) and last_day(entry) >= months_before(today, MONTHS_KEPT)


def in_archive(entry: Entry, today: date) -> bool:
    """Whether any feed shows the entry: what took place for ever, what is gone for 31 days after its date."""
    return not entry.is_gone or today <= last_day(entry) + GONE_KEPT


def year_of(entry: Entry) -> int:
    """The civil year in which it starts."""
    return (entry.first_day or entry.starts_local).year


def last_day(entry: Entry) -> date:
    """The civil date on which it ends."""
    return entry.ends_on


def in_order(items: Iterable[Item]) -> list[Item]:
    """The order of a feed: by start, then UID; all UIDs of an office end alike."""
    return sorted(items, key=lambda item: _order(item.revision))


def fullness(items: Iterable[Item]) -> float:
    """How much of what calendar apps read is used; above 1.0 entries are left out."""
    sizes = [len(item.fragment) for item in items]
    return max(sum(sizes) / MOST_BYTES, len(sizes) / MOST_ENTRIES)


def share_used(size: int, entries: int) -> float:
    """How much of what Google reads a published feed takes up (C18); staff are warned above `CROWDED`."""
    return max(size / 1_000_000, entries / 1_000)


def trim(items: Iterable[Item], today: date) -> Trimmed:
    """Leave out the oldest past entries first, then those furthest ahead, until calendar apps read the whole feed.

    The items come in the feed's order.
    """
    ordered = list(items)
    size, count, dropped = sum([len(item.fragment) for item in ordered]), len(ordered), set[str]()
    for item in _least_wanted(ordered, today):
        if size <= MOST_BYTES and count <= MOST_ENTRIES:
            break
        size, count = size - len(item.fragment), count - 1
        dropped.add(item.entry.id)
    return Trimmed(
        kept=tuple(item for item in ordered if item.entry.id not in dropped),
        left_out=tuple(item for item in ordered if item.entry.id in dropped),
    )


def _least_wanted(ordered: Sequence[Item], today: date) -> Iterator[Item]:
    """What took place, oldest first, then what is furthest ahead."""
    coming = list[Item]()
    for item in ordered:
        if last_day(item.entry) < today:
            yield item
        else:
            coming.append(item)
    yield from reversed(coming)


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


def _of_area(whole: Feed, area: Area, near: frozenset[str]) -> Feed:
    feed = _part(whole, "area", area.id, area.name, f"What concerns {area.name}.")
    return replace(feed, area=area.id, near=near)


def _of_topic(whole: Feed, topic: Topic) -> Feed:
    return replace(_part(whole, "topic", topic.id, topic.name, f"About: {topic.name}."), topic=topic.id)


def _of_venue(whole: Feed, venue: Venue) -> Feed:
    return replace(_part(whole, "venue", venue.id, venue.name, f"At: {venue.name}."), venue=venue.id)


def _of_year(whole: Feed, year: int) -> Feed:
    feed = _part(whole, "archive", str(year), str(year), f"All of {year}, for the record.")
    return replace(feed, year=year)


def _part(whole: Feed, word: str, part_id: str, name: str, said: str) -> Feed:
    described = f"{whole.description.rstrip('.')}. {said}"
    return replace(whole, path=f"{whole.path}/{word}/{part_id}", name=f"{whole.name}: {name}", description=described)


@lru_cache(maxsize=16)  # asked of every entry, on the same day
def months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _order(revision: Revision) -> tuple[datetime, str]:
    return revision.entry.starts_at, revision.entry.id
