"""Counting held meetings: which is the N-th, which come next and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.domain import milestones
from engage.domain.calendars import Kind, Programme, Status
from tests.domain.samples import NOW, PROGRAMME, meeting


@pytest.mark.parametrize(
    ("given", "counts"),
    [
        ({}, True),
        ({"status": Status.TENTATIVE}, False),
        ({"status": Status.CANCELLED}, False),
        ({"status": Status.NOT_HELD}, False),
        ({"status": Status.REMOVED}, False),
        ({"counts": False}, False),
        ({"kind": Kind.CAMPAIGN}, False),
        ({"starts_at": datetime(2026, 10, 31, 20, 0, tzinfo=UTC)}, False),  # on the day of the opening count
        ({"starts_at": datetime(2026, 10, 31, 23, 0, tzinfo=UTC)}, True),  # it ended after midnight
    ],
)
def test_which_meetings_count(given: dict[str, object], counts: bool):
    """Confirmed, not exempted, and ended after the opening count's date on the calendar's clock."""
    assert milestones.is_countable(meeting(**given), PROGRAMME) == counts


def test_the_opening_date_is_a_local_date():
    """In summer a meeting that ends at 23:30 UTC ends on the next day in London."""
    programme = replace(PROGRAMME, opening_on=date(2026, 7, 1))
    late = meeting(starts_at=datetime(2026, 7, 1, 22, 0, tzinfo=UTC))
    assert milestones.is_countable(late, programme)
    assert not milestones.is_countable(replace(late, timezone="UTC"), programme)


def test_a_meeting_is_held_at_its_end_not_at_its_start():
    """At the very moment of its end it counts."""
    entry = meeting(days=0)
    assert [milestones.is_held(entry, PROGRAMME, NOW + timedelta(minutes=m)) for m in (0, 89, 90)] == [
        False,
        False,
        True,
    ]


def test_meetings_count_by_end_then_id():
    """Two that end together have one order on every host."""
    long = meeting("a", days=1, ends_at=NOW + timedelta(days=3))
    assert [e.id for e in milestones.in_order([long, meeting("c", days=2), meeting("b", days=2)])] == ["b", "c", "a"]


@pytest.mark.parametrize(
    ("every", "also", "limit", "numbers"),
    [
        (50, (), 800, [700, 750, 800]),
        (50, (666, 999), 760, [700, 750]),
        (None, (696, 700), 700, [696, 700]),
        (None, (), 9999, []),
        (50, (700,), 700, [700]),  # named twice is one
        (50, (), 695, []),
        (1, (), 697, [696, 697]),
    ],
)
def test_milestones_lie_above_the_opening_count(every, also, limit: int, numbers: list[int]):
    """What was reached before records began is history."""
    assert milestones.numbers_upto(replace(PROGRAMME, every=every, also=also), limit) == numbers


@pytest.mark.parametrize(
    ("every", "also", "count", "number"),
    [
        (50, (), 695, 700),
        (50, (), 700, 750),
        (50, (666, 710), 700, 710),
        (None, (666,), 695, None),
        (None, (), 1, None),
    ],
)
def test_the_next_milestone_is_the_first_above_the_count(every, also, count: int, number: int | None):
    """None when the programme names no further one."""
    assert milestones.next_after(replace(PROGRAMME, every=every, also=also), count) == number


def test_progress_projects_the_meeting_that_will_be_it():
    """Two held, 697: the third confirmed one ahead is the 700th; tentative ones do not help."""
    past = [meeting(f"past{n}", days=-n) for n in (1, 2)]
    ahead = [meeting(f"next{n}", days=n) for n in range(1, 6)]
    ahead[1] = replace(ahead[1], status=Status.TENTATIVE)
    found = milestones.progress(PROGRAMME, milestones.line(PROGRAMME, [*ahead, *past], NOW), held=2)
    assert (found.count, found.next_number, found.remaining) == (697, 700, 3)
    assert found.projected.id == "next4"


def test_nothing_is_projected_beyond_the_schedule():
    """Too few meetings ahead, or no milestone: no date is invented."""
    found = milestones.progress(PROGRAMME, milestones.line(PROGRAMME, [meeting()], NOW), held=0)
    assert (found.remaining, found.projected) == (5, None)
    without = Programme(opening_count=1, opening_on=date(2026, 1, 1))
    endless = milestones.progress(without, milestones.line(without, [meeting()], NOW), held=0)
    assert (endless.count, endless.next_number, endless.projected) == (1, None, None)


def test_the_expected_milestones_are_numbered_through_past_and_future():
    """What was the 700th keeps its number; a cancelled meeting passes it on."""
    entries = [meeting(f"m{n:02}", days=n - 3) for n in range(12)]
    programme = replace(PROGRAMME, every=5)
    assert milestones.expected(programme, reversed(entries)) == {"m04": 700, "m09": 705}
    entries[2] = replace(entries[2], status=Status.CANCELLED)
    assert milestones.expected(programme, entries) == {"m05": 700, "m10": 705}


@given(st.lists(st.tuples(st.integers(-20, 20), st.sampled_from(list(Status))), max_size=30), st.integers(1, 7))
def test_progress_and_expectation_agree(drawn, every: int):
    """The projected meeting is the one whose page says that it is expected to be the N-th."""
    programme = replace(PROGRAMME, every=every)
    entries = [meeting(f"m{n}", days=days, status=status) for n, (days, status) in enumerate(drawn)]
    line = milestones.line(programme, entries, NOW)
    assert line.held == tuple(milestones.in_order(e for e in entries if milestones.is_held(e, programme, NOW)))
    found = milestones.progress(programme, line, held=len(line.held))
    assert found.count < found.next_number == found.count + found.remaining
    if found.projected is not None:
        assert milestones.expected(programme, entries)[found.projected.id] == found.next_number


@pytest.mark.parametrize(
    ("flipped", "announced"),
    [
        (datetime(2026, 11, 24, 20, 0), datetime(2026, 11, 25, 10, 0)),
        (datetime(2026, 11, 24, 0, 5), datetime(2026, 11, 25, 10, 0)),
        (datetime(2026, 3, 28, 20, 0), datetime(2026, 3, 29, 10, 0)),  # the clocks go forward that night
        (datetime(2026, 10, 24, 20, 0), datetime(2026, 10, 25, 10, 0)),
    ],
)
def test_a_milestone_is_announced_at_ten_the_next_day_on_the_offices_clock(flipped: datetime, announced: datetime):
    """Whatever the clocks do in the night: a correction made before says nothing."""
    london = ZoneInfo("Europe/London")
    moment = milestones.announce_at(flipped.replace(tzinfo=london), "Europe/London")
    assert moment.astimezone(london).replace(tzinfo=None) == announced
