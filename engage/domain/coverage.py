"""Where and how often a programme met: held meetings by year and by area, and the areas it has not been to lately."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from engage.domain.calendars import Area, Entry, Office, Programme
from engage.domain.feeds import last_day
from engage.domain.milestones import is_countable, is_held

LATELY = timedelta(days=365)


@dataclass(frozen=True, kw_only=True)
class Missed:
    """An area whose *last* meeting is longer ago than LATELY, or that had none, with the *following* one if any."""

    area: Area
    last: Entry | None
    following: Entry | None


def held(entries: Iterable[Entry], programme: Programme, now: datetime) -> list[Entry]:
    """What counts by now; meetings of before the opening have no date here."""
    return [entry for entry in entries if is_held(entry, programme, now)]


def by_year(met: Iterable[Entry], today: date) -> dict[int, int]:
    """Year -> meetings, from the first year in which there were any to this one; a year without any is there too."""
    counted = Counter(last_day(entry).year for entry in met)
    return {year: counted[year] for year in range(min(counted), today.year + 1)} if counted else {}


def by_area(met: Iterable[Entry], office: Office) -> dict[str, int]:
    """Area id -> meetings in it or within it, for the whole's parts and, last, the whole where it met as such.

    A meeting for two parts counts in both.
    """
    met = list(met)
    parts = [area.id for area in office.areas if area.within == office.root.id]
    inside = {part: office.inside((part,)) for part in parts}
    counted = {part: sum(not inside[part].isdisjoint(entry.areas) for entry in met) for part in parts}
    of_the_whole = sum(office.root.id in entry.areas for entry in met)
    return {**counted, **({office.root.id: of_the_whole} if of_the_whole or not parts else {})}


def missed(entries: Iterable[Entry], programme: Programme, office: Office, now: datetime) -> list[Missed]:
    """Areas below the whole in which, or within which, nothing was held lately; those without any date come first."""
    entries = [entry for entry in entries if is_countable(entry, programme)]
    met = {area.id: _ends(entries, office, area, now) for area in office.areas if area.within is not None}
    found = [
        Missed(area=office.area_by_id[area_id], last=last, following=following)
        for area_id, (last, following) in met.items()
        if last is None or last.ends_at <= now - LATELY
    ]
    return sorted(found, key=lambda one: (one.last.ends_at.timestamp() if one.last else 0.0, one.area.name))


def _ends(entries: Iterable[Entry], office: Office, area: Area, now: datetime) -> tuple[Entry | None, Entry | None]:
    """The last meeting of an area that is over and the next that is not."""
    inside = office.inside((area.id,))
    there = sorted((e for e in entries if not inside.isdisjoint(e.areas)), key=lambda entry: entry.ends_at)
    over = [entry for entry in there if entry.ends_at <= now]
    coming = there[len(over) :]
    return (over[-1] if over else None), (coming[0] if coming else None)
