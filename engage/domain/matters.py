"""What a report tells in words: happenings and campaigns, put together where they belong together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from engage.domain import wording
from engage.domain.calendars import Entry, Kind
from engage.domain.feeds import last_day
from engage.domain.periods import Period


@dataclass(frozen=True, kw_only=True)
class Matter:
    """A section of its own: a campaign with what took place in it, or one happening."""

    head: Entry
    inside: tuple[Entry, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Told:
    """*matters* are told of at length, *others* in a line each; both in the order of their days."""

    matters: tuple[Matter, ...]
    others: tuple[Entry, ...]


def tell(entries: Iterable[Entry], period: Period) -> Told:
    """Sort what is no community meeting. A happening with nothing to say beyond its title is one of the others, and
    so is a campaign in which nothing of ours took place.
    """
    found = sorted((e for e in entries if _is_told(e, period)), key=lambda e: (first_day(e), e.id))
    meetings = [entry for entry in found if entry.kind is Kind.MEETING]
    homes = {entry.id: _home(entry, found) for entry in meetings}
    matters = []
    for entry in found:
        inside = tuple(other for other in meetings if homes[other.id] is entry)
        if inside or (homes.get(entry.id) is None and _has_news(entry)):
            matters.append(Matter(head=entry, inside=inside))
    told = {entry.id for matter in matters for entry in (matter.head, *matter.inside)}
    return Told(matters=tuple(matters), others=tuple(entry for entry in found if entry.id not in told))


def first_day(entry: Entry) -> date:
    return entry.first_day or entry.starts_local.date()


def days(entry: Entry) -> str:
    """`23 November 2018`, `13 to 20 October 2018`, `25 November to 10 December 2018`."""
    first, last = first_day(entry), last_day(entry)
    if first == last:
        return wording.date_of(first)
    is_same_month = (first.year, first.month) == (last.year, last.month)
    begun = str(first.day) if is_same_month else wording.date_of(first).removesuffix(f" {last.year}")
    return f"{begun} to {wording.date_of(last)}"


def _is_told(entry: Entry, period: Period) -> bool:
    return not entry.counts and not entry.is_gone and period.meets(first_day(entry), last_day(entry))


def _has_news(entry: Entry) -> bool:
    return entry.kind is Kind.MEETING and bool(entry.note or entry.attendance is not None)


def _home(entry: Entry, found: Iterable[Entry]) -> Entry | None:
    """The campaign during which it took place, and whose topic it has."""
    campaigns = (other for other in found if other.kind is Kind.CAMPAIGN)
    during = (c for c in campaigns if first_day(c) <= first_day(entry) and last_day(entry) <= last_day(c))
    return next((c for c in during if not set(c.topics).isdisjoint(entry.topics)), None)
