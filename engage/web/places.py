"""The tree of areas as pages show it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from engage.domain.calendars import Area, Office


@dataclass(frozen=True, kw_only=True)
class Branch:
    """An area with those directly within it."""

    id: str
    name: str
    within: tuple[Branch, ...]


def branches(office: Office) -> tuple[Branch, ...]:
    """The areas below the whole, each with its own below it."""
    return _below(office.areas, office.root.id)


def lines(office: Office) -> tuple[tuple[Area, int], ...]:
    """Every area with its depth, the whole first, each followed by what lies within it."""
    return _lines(office.areas, office.root)


@lru_cache(maxsize=1024)  # nearly every page lists them all
def _lines(areas: tuple[Area, ...], top: Area, depth: int = 0) -> tuple[tuple[Area, int], ...]:
    within = (line for area in _within(areas, top.id) for line in _lines(areas, area, depth + 1))
    return ((top, depth), *within)


@lru_cache(maxsize=1024)
def _below(areas: tuple[Area, ...], area_id: str) -> tuple[Branch, ...]:
    return tuple(Branch(id=area.id, name=area.name, within=_below(areas, area.id)) for area in _within(areas, area_id))


def _within(areas: tuple[Area, ...], area_id: str) -> list[Area]:
    return sorted((area for area in areas if area.within == area_id), key=lambda area: area.name)
