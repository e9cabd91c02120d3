"""What the law asks of a complaint: a date that is right, and a reference that can be read aloud."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.domain.complaints import days_left, due_on, reference

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("made_at", "due"),
    [
        (datetime(2026, 11, 23, 12, tzinfo=UTC), date(2026, 12, 23)),
        (datetime(2026, 7, 1, 23, 30, tzinfo=UTC), date(2026, 8, 1)),  # already 2 July in London
        (datetime(2027, 3, 1, 0, 30, tzinfo=UTC), date(2027, 3, 31)),  # the clocks change in between
    ],
)
def test_an_answer_is_due_thirty_days_after_the_office_s_date(made_at: datetime, due: date):
    """Data (Use and Access) Act 2025, section 103 (SECURITY S49)."""
    assert due_on(made_at, LONDON) == due
    assert days_left(made_at, made_at, LONDON) == 30
    assert days_left(made_at, datetime(due.year, due.month, due.day, 12, tzinfo=UTC), LONDON) == 0


def test_days_left_go_below_zero_when_it_is_late():
    """So that the list can say by how much."""
    assert days_left(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 4, tzinfo=UTC), LONDON) == -3


@given(st.integers(0, 2**64 - 1))
def test_a_reference_can_be_read_aloud(number: int):
    """No sign that is taken for another: 0 and O, 1 and I and L, U and V."""
    assert re.fullmatch("C-[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}", reference(number))
