"""The tree of areas as pages show it."""

from __future__ import annotations

from dataclasses import dataclass

from engage.domain.calendars import Area, Office


@dataclass(frozen=True, kw_only=True)
class Branch:
    """An area with those directly within it."""

    id: str
    name: str
    within: tuple[Branch, ...]


def branches(office: Office) -> tuple[Branch, ...]:
    """The areas below the whole, each with its own below it."""
    return _below(office, office.root.id)


def lines(office: Office) -> list[tuple[Area, int]]:
    """Every area with its depth, the whole first, each followed by what lies within it."""
    return [(office.root, 0), *_lines(office, branches(office), 1)]


def _lines(office: Office, found: tuple[Branch, ...], depth: int) -> list[tuple[Area, int]]:
    return [
        line
        for branch in found
        for line in [(office.area_by_id[branch.id], depth), *_lines(office, branch.within, depth + 1)]
    ]


def _below(office: Office, area_id: str) -> tuple[Branch, ...]:
    found = sorted((area for area in office.areas if area.within == area_id), key=lambda area: area.name)
    return tuple(Branch(id=area.id, name=area.name, within=_below(office, area.id)) for area in found)
