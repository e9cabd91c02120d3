"""Periods of reports: what they are when nobody says, and what is none."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.domain.periods import FIRST, LAST, Period, day, for_panel, for_year
from engage.errors import Refused

TODAY = date(2026, 11, 22)
DAYS = st.dates(FIRST, LAST)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (None, None, ("2026-07-01", "2026-11-22")),
        (None, date(2026, 2, 1), ("2025-10-01", "2026-02-01")),
        (date(2018, 9, 1), date(2019, 2, 5), ("2018-09-01", "2019-02-05")),
        (date(2026, 11, 22), None, ("2026-11-22", "2026-11-22")),
    ],
)
def test_the_panel_hears_of_what_was_since_the_last_quarter_began(first, last, expected):
    """Up to today, unless somebody says otherwise."""
    assert for_panel(first, last, TODAY) == Period(first=day(expected[0]), last=day(expected[1]))


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (None, None, ("2025-04-01", "2026-03-31")),
        (None, date(2019, 3, 31), ("2018-04-01", "2019-03-31")),
        (date(2018, 4, 1), None, ("2018-04-01", "2019-03-31")),
        (None, date(2024, 2, 29), ("2023-03-01", "2024-02-29")),
        (date(2024, 2, 29), None, ("2024-02-29", "2025-02-28")),
    ],
)
def test_a_year_is_twelve_months_of_which_one_end_may_be_said(first, last, expected):
    """The last financial year that is over, when neither is."""
    assert for_year(first, last, TODAY) == Period(first=day(expected[0]), last=day(expected[1]))


@pytest.mark.parametrize(("today", "first"), [("2026-03-31", "2024-04-01"), ("2026-04-01", "2025-04-01")])
def test_a_financial_year_is_over_on_the_first_of_april(today: str, first: str):
    """Not on its last day, which may still bring a meeting."""
    assert for_year(None, None, day(today)).first == day(first)


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2019-02-05", "2018-09-01", "ends on 2018-09-01, before it begins on 2019-02-05"),
        ("2027-01-01", "2027-02-01", "still to come"),
        ("2000-01-01", "2020-01-01", "at most 10 years"),
    ],
)
def test_what_is_no_period_is_refused_in_a_sentence(first: str, last: str, said: str):
    """It names what to change."""
    with pytest.raises(Refused, match=said):
        for_panel(day(first), day(last), TODAY)


@pytest.mark.parametrize("text", ["", "1.9.2018", "2018-9-1", "2018-02-30", "0001-01-01", "9999-12-31", "tomorrow"])
def test_what_is_no_day_is_refused_in_a_sentence(text: str):
    """Also days at the end of all calendars, on which arithmetic fails."""
    with pytest.raises(Refused):
        day(text)


@given(DAYS, st.integers(0, 4000))
def test_the_months_of_a_period_are_all_its_days_once(first: date, length: int):
    """In order, none twice, none left out."""
    period = Period(first=first, last=first + timedelta(days=length))
    months = period.months()
    assert (months[0].first, months[-1].last) == (period.first, period.last)
    assert all(a.last + timedelta(days=1) == b.first for a, b in pairwise(months))
    assert all((m.first.year, m.first.month) == (m.last.year, m.last.month) for m in months)


def test_a_period_begins_and_ends_at_the_offices_midnight():
    """In summer that is an hour before the one of UTC."""
    bounds = Period(first=date(2026, 7, 1), last=date(2026, 12, 31)).bounds(ZoneInfo("Europe/London"))
    assert bounds == (datetime(2026, 6, 30, 23, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
