"""Where and how often a programme met: held meetings by year and by area, and the areas it has not been to lately."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from engage.domain.calendars import Area, Entry, Office
from engage.domain.feeds import last_day
from engage.domain.milestones import Line

LATELY = timedelta(days=365)


@dataclass(frozen=True, kw_only=True)
class Missed:
    """An area whose *last* meeting is longer ago than LATELY, or that had none, with the *following* one if any."""

    area: Area
    last: Entry | None
    following: Entry | None


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
    counted: Counter[str] = Counter()
    for areas, count in Counter(entry.areas for entry in met).items():
        counted.update(dict.fromkeys(_touched(areas, office), count))
    of_the_whole = sum(office.root.id in entry.areas for entry in met)
    return {
        **{part: counted[part] for part in parts},
        **({office.root.id: of_the_whole} if of_the_whole or not parts else {}),
    }


def missed(line: Line, office: Office, now: datetime) -> list[Missed]:
    """Areas below the whole in which, or within which, nothing was held lately; those without any date come first."""
    last, following = _by_area(line.held, office), _by_area(reversed(line.ahead), office)
    found = [
        Missed(area=area, last=last.get(area.id), following=following.get(area.id))
        for area in office.areas
        if area.within is not None and (area.id not in last or last[area.id].ends_at <= now - LATELY)
    ]
    return sorted(found, key=lambda one: (one.last.ends_at.timestamp() if one.last else 0.0, one.area.name))


def _by_area(entries: Iterable[Entry], office: Office) -> dict[str, Entry]:
    """The last of the entries in or within each area. Many are of the same areas, so these are looked up once."""
    last: dict[tuple[str, ...], Entry] = {}
    for entry in entries:
        last.pop(entry.areas, None)
        last[entry.areas] = entry
    found: dict[str, Entry] = {}
    for areas, entry in last.items():
        found.update(dict.fromkeys(_touched(areas, office), entry))
    return found


def _touched(areas: Iterable[str], office: Office) -> set[str]:
    """The areas and all that cover them."""
    return {above for area_id in areas for above in office.line_of(area_id)}
