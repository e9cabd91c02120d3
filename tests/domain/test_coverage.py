"""Where and how often a programme met, counted from its entries."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from engage.domain.calendars import Entry, Programme, Status
from engage.domain.coverage import by_area, by_year, missed
from engage.domain.milestones import line
from tests.feeds.samples import OFFICE, meeting

PROGRAMME = Programme(opening_count=650, opening_on=date(2023, 12, 31))
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def met(name: str, year: int, month: int, *areas: str, **given: Any) -> Entry:
    starts_at = datetime(year, month, 10, 18, 30, tzinfo=UTC)
    return meeting(id=name, starts_at=starts_at, areas=areas, counts=True, **given)


ENTRIES = [
    met("before", 2023, 12, "hartlepool"),
    met("first", 2024, 1, "north-ormesby"),
    met("second", 2024, 5, "hartlepool", "hemlington"),
    met("whole", 2026, 2, "cleveland"),
    met("borough", 2026, 3, "middlesbrough"),
    met("off", 2026, 4, "hartlepool", status=Status.CANCELLED),
    met("soon", 2026, 9, "hemlington"),
]


def test_held_meetings_are_counted_by_year() -> None:
    """From the opening on; a year without any stands there with nought; what is cancelled or to come does not count."""
    found = line(PROGRAMME, ENTRIES, NOW).held
    assert by_year(found, NOW.date()) == {2024: 2, 2025: 0, 2026: 2}
    assert by_year([], NOW.date()) == {}


def test_held_meetings_are_counted_by_the_parts_of_the_whole() -> None:
    """What lies within a part counts for it; a meeting for two counts in both; the whole is a row of its own."""
    found = line(PROGRAMME, ENTRIES, NOW).held
    assert by_area(found, OFFICE) == {"middlesbrough": 3, "hartlepool": 1, "cleveland": 1}


def test_areas_not_met_for_a_year_are_named_longest_first() -> None:
    """Met is an area only by a meeting in or within it: one for the whole borough is none for its neighbourhood."""
    found = missed(line(PROGRAMME, ENTRIES, NOW), OFFICE, NOW)
    assert [(one.area.id, one.last and one.last.id, one.following and one.following.id) for one in found] == [
        ("north-ormesby", "first", None),
        ("hartlepool", "second", None),
        ("hemlington", "second", "soon"),
    ]
    nobody = missed(line(PROGRAMME, [], NOW), OFFICE, NOW)
    assert [one.area.id for one in nobody] == ["hartlepool", "hemlington", "middlesbrough", "north-ormesby"]
