"""Areas, local time and what is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.domain.calendars import Area, Status, Venue
from tests.domain.samples import OFFICE, meeting


def test_an_areas_line_leads_up_to_the_root():
    """Nearest first; an unknown area is its own line."""
    assert OFFICE.line_of("mill") == ("mill", "north", "force")
    assert OFFICE.line_of("force") == ("force",)
    assert OFFICE.line_of("moon") == ("moon",)
    assert OFFICE.root.id == "force"


@pytest.mark.parametrize(
    ("areas", "near"),
    [
        (("mill",), {"mill", "north", "force"}),
        (("north",), {"mill", "north", "force"}),
        (("south",), {"south", "force"}),
        (("force",), {"force", "north", "mill", "south"}),
        (("mill", "south"), {"mill", "north", "force", "south"}),
        ((), set()),
        (("moon",), {"moon"}),
    ],
)
def test_news_concerns_what_covers_the_area_and_what_lies_within_it(areas: tuple[str, ...], near: set[str]):
    """Not its neighbours."""
    assert OFFICE.near(areas) == near


def test_a_tree_that_bites_its_tail_ends():
    """Checked elsewhere; here it must not hang."""
    office = replace(OFFICE, areas=(Area(id="a", name="A", within="b"), Area(id="b", name="B", within="a")))
    assert office.line_of("a") == ("a", "b")


trees = st.lists(st.integers(0, 9), min_size=1, max_size=10)


@given(trees, st.data())
def test_concern_is_mutual(parents: list[int], data: st.DataObject):
    """If news of X concerns followers of Y, news of Y concerns followers of X."""
    areas = [Area(id="0", name="0")]
    areas += [Area(id=str(n), name=str(n), within=str(p % n)) for n, p in enumerate(parents, start=1)]
    office = replace(OFFICE, areas=tuple(areas))
    x, y = (data.draw(st.sampled_from(areas)).id for _ in range(2))
    assert (y in office.near([x])) == (x in office.near([y]))


def test_names_are_staffs_words_in_order():
    """An id that has left the files stands for itself."""
    assert OFFICE.names_of_areas(("mill", "moon")) == ("Mill Lane", "moon")
    assert OFFICE.names_of_topics(("fraud", "love")) == ("Fraud", "love")


@pytest.mark.parametrize("status", list(Status))
def test_what_will_not_take_place_is_gone(status: Status):
    """Cancelled, not held, removed; a tentative meeting is not gone."""
    assert meeting(status=status).is_gone == (status in {Status.CANCELLED, Status.NOT_HELD, Status.REMOVED})


def test_an_entrys_local_times_are_its_calendars():
    """17:30 UTC is 18:30 on a London wall in summer."""
    entry = meeting(starts_at=datetime(2026, 7, 1, 17, 30, tzinfo=UTC))
    assert entry.starts_local.isoformat() == "2026-07-01T18:30:00+01:00"
    assert entry.ends_local - entry.starts_local == entry.length == timedelta(minutes=90)
    assert not entry.all_day
    assert replace(entry, first_day=date(2026, 7, 1)).all_day


def test_a_venues_line_leaves_out_what_is_not_known():
    """No stray commas."""
    assert Venue(id="v", name="Hall", area="north", postcode="ZZ1 4AA").line == "Hall, ZZ1 4AA"
    assert Venue(id="v", name="Hall", area="north", address="1 Green Street").line == "Hall, 1 Green Street"
