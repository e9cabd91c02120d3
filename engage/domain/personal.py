"""What a person's own calendar holds: the entries of which messages would tell them. Who may read it is in store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from engage.domain.calendars import Office
from engage.domain.feeds import Feed, Variant, in_variant, in_window
from engage.domain.revisions import Revision

FOLLOWED = "meetings"  # the kind of subscription that asks for entries
NAMED = 4  # areas and topics that a calendar's name has room for


@dataclass(frozen=True, kw_only=True, order=True)
class Interest:
    """What one subscription asks of an entry; empty areas or topics mean all."""

    areas: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


Interests = tuple[Interest, ...]
Alike = Mapping[tuple[tuple[str, ...], tuple[str, ...]], int]  # (areas, topics) -> entries that have these


def feed_of(office: Office, interests: Interests, variant: Variant = "") -> Feed:
    """The feed of everybody who follows the same: nothing in it tells one of them from another."""
    words = _words(office, interests)
    said = "You follow no meetings." if not interests else f"What you follow: {words}." if words else "What you follow."
    feed = Feed(
        path="me",
        name=f"Your meetings: {words}" if words else "Your meetings",
        description=f"{said} Published by {office.name}.",
        timezone=office.timezone,
        is_shared=False,
    )
    return in_variant(feed, variant)


def chosen(office: Office, interests: Interests, revisions: Iterable[Revision], today: date) -> list[Revision]:
    """What the calendar holds on that day: an entry need suit one of the subscriptions only."""
    asked = [(office.near(interest.areas), frozenset(interest.topics)) for interest in interests]
    return [
        r
        for r in revisions
        if any(_suits(r.entry.areas, r.entry.topics, *one) for one in asked) and in_window(r.entry, today)
    ]


def alike(revisions: Iterable[Revision], today: date) -> Alike:
    """How many entries calendars show on that day have the same areas and topics: far fewer sorts than entries."""
    return Counter((r.entry.areas, r.entry.topics) for r in revisions if in_window(r.entry, today))


def count(office: Office, interest: Interest, among: Alike) -> int:
    """How many entries the calendar of one interest holds."""
    near, topics = office.near(interest.areas), frozenset(interest.topics)
    return sum(number for sort, number in among.items() if _suits(*sort, near, topics))


def _suits(areas: Sequence[str], about: Sequence[str], near: frozenset[str], topics: frozenset[str]) -> bool:
    """The rule by which messages find people: an entry without areas or topics concerns everybody's."""
    in_area = not near or not areas or not near.isdisjoint(areas)
    return in_area and (not topics or not about or not topics.isdisjoint(about))


def _words(office: Office, interests: Interests) -> str:
    """The office's names of what is followed, when there is one subscription and few of them."""
    if len(interests) != 1:
        return ""
    (one,) = interests
    names = (*office.names_of_areas(one.areas), *office.names_of_topics(one.topics))
    return ", ".join(names) if len(names) <= NAMED else ""
