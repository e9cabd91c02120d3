"""Entries as pages show them: words instead of codes, prepared so that templates only place them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from markupsafe import Markup

from engage.domain import wording
from engage.domain.calendars import Entry, Kind, Office, Status
from engage.domain.revisions import Revision

TAGS = {
    Status.CANCELLED: ("Cancelled", "red"),
    Status.NOT_HELD: ("Did not take place", "red"),
    Status.REMOVED: ("Withdrawn", "red"),
    Status.TENTATIVE: ("Not confirmed yet", "yellow"),
}
KINDS = {Kind.CAMPAIGN: "Campaign", Kind.DEADLINE: "Deadline"}


@dataclass(frozen=True, kw_only=True)
class Tag:
    text: str
    colour: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """An entry in a list. *weekday*, *number* and *month* stand in its date block; *when* says all of it in words.

    *clock* is the hour at which it starts, empty for whole days.
    """

    id: str
    title: str
    day: date
    weekday: str
    number: int
    month: str
    clock: str
    when: str
    where: str
    areas: tuple[str, ...]
    tags: tuple[Tag, ...]
    is_gone: bool


Draw = Callable[[Iterable[Card]], Markup]


@dataclass(frozen=True, kw_only=True)
class Month:
    """The cards of one month, drawn. *name* is `December 2026`, *key* `2026-12`."""

    name: str
    key: str
    html: Markup


def when(entry: Entry) -> str:
    """`Thursday 3 December 2026, 6:30pm to 8pm`; whole days without hours."""
    if entry.first_day is None:
        return wording.span(entry.starts_local, entry.ends_local)
    last = entry.last_day or entry.first_day
    said = wording.day(entry.first_day)
    return said if last == entry.first_day else f"{said} to {wording.day(last)}"


def where(entry: Entry, office: Office) -> str:
    """The place in few words: the venue's name, or that one joins online."""
    venue = office.venue_by_id.get(entry.venue or "")
    if venue is None:
        return "Online" if entry.online else ""
    return f"{venue.name}, and online" if entry.online else venue.name


def tags(revision: Revision, now: datetime) -> tuple[Tag, ...]:
    entry = revision.entry
    found = [Tag(text=KINDS[entry.kind], colour="grey")] if entry.kind in KINDS else []
    if entry.status in TAGS:
        text, colour = TAGS[entry.status]
        found.append(Tag(text=text, colour=colour))
    elif revision.moved_from is not None and entry.starts_at > now:
        found.append(Tag(text="New date or time", colour="yellow"))
    return tuple(found)


def card(revision: Revision, office: Office, now: datetime) -> Card:
    entry = revision.entry
    day = entry.first_day or entry.starts_local.date()
    return Card(
        id=entry.id,
        title=entry.title,
        day=day,
        weekday=wording.DAYS[day.weekday()][:3],
        number=day.day,
        month=wording.MONTHS[day.month - 1][:3],
        clock="" if entry.all_day else wording.clock(entry.starts_local),
        when=when(entry),
        where=where(entry, office),
        areas=office.names_of_areas(entry.areas),
        tags=tags(revision, now),
        is_gone=entry.is_gone,
    )


def months(cards: Iterable[Card], draw: Draw) -> list[Month]:
    """Cards, which are in order, under the month of their day."""
    grouped = groupby(cards, key=lambda found: (found.day.year, found.day.month))
    return [
        Month(name=f"{wording.MONTHS[month - 1]} {year}", key=f"{year}-{month:02}", html=draw(found))
        for (year, month), found in grouped
    ]
