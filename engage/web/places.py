"""Areas and topics as pages show them: as lines, as the options of a list, and as the branches below the whole."""

from __future__ import annotations

from functools import lru_cache

from engage.domain.calendars import Area, Office

INDENT = "\N{EM SPACE}"
Option = tuple[str, str]  # an id and a name


def lines(office: Office) -> tuple[tuple[Area, int], ...]:
    """Every area with its depth, the whole first, each followed by what lies within it."""
    return _lines(office.areas, office.root)


def options(office: Office) -> tuple[Option, ...]:
    """The same as options of a list, what lies within set in."""
    return _options(office.areas, office.root)


def topics(office: Office) -> tuple[Option, ...]:
    """The topics as options of a list, in the office's order."""
    return tuple((topic.id, topic.name) for topic in office.topics)


def branches(office: Office) -> tuple[tuple[str, str, tuple[Option, ...]], ...]:
    """The areas directly below the whole: id, name, and everything within."""
    return _branches(office.areas, office.root)


@lru_cache(maxsize=1024)  # nearly every page lists them all
def _lines(areas: tuple[Area, ...], top: Area, depth: int = 0) -> tuple[tuple[Area, int], ...]:
    within = (line for area in _within(areas, top) for line in _lines(areas, area, depth + 1))
    return ((top, depth), *within)


@lru_cache
def _options(areas: tuple[Area, ...], top: Area) -> tuple[Option, ...]:
    return tuple((area.id, INDENT * depth + area.name) for area, depth in _lines(areas, top))


@lru_cache
def _branches(areas: tuple[Area, ...], top: Area) -> tuple[tuple[str, str, tuple[Option, ...]], ...]:
    return tuple(
        (branch.id, branch.name, tuple((area.id, area.name) for area, _ in _lines(areas, branch)[1:]))
        for branch in _within(areas, top)
    )


def _within(areas: tuple[Area, ...], above: Area) -> list[Area]:
    return sorted((area for area in areas if area.within == above.id), key=lambda area: area.name)
