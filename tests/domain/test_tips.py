"""Which tips are in season, and in which order a week offers them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from engage.domain.calendars import Tip
from engage.domain.tips import in_season, of_the_week, season_of


def tip(id: str, *months: int) -> Tip:
    return Tip(id=id, title=id, text=id, short=id, months=months)


DARK, COLD, ALWAYS, ANY = tip("dark", 10, 11, 12, 1, 2), tip("cold", 12, 1), tip("always"), tip("any")
TIPS = (ALWAYS, DARK, ANY, COLD)


@pytest.mark.parametrize(
    ("day", "season"),
    [
        (date(2026, 11, 30), "2026-autumn"),
        (date(2026, 12, 1), "2027-winter"),
        (date(2027, 1, 1), "2027-winter"),
        (date(2027, 2, 28), "2027-winter"),
        (date(2027, 3, 1), "2027-spring"),
        (date(2027, 6, 1), "2027-summer"),
        (date(2027, 9, 1), "2027-autumn"),
    ],
)
def test_a_winter_is_one_season_across_new_year(day: date, season: str):
    """December belongs to the year that follows: nobody gets a tip twice in one winter."""
    assert season_of(day) == season


@pytest.mark.parametrize(("month", "ids"), [(11, {"dark", "always", "any"}), (12, {"dark", "cold", "always", "any"}), (6, {"always", "any"})])  # fmt: skip
def test_tips_with_months_hold_in_these_only(month: int, ids: set[str]):
    """Without months they hold all year."""
    assert {t.id for t in in_season(TIPS, date(2026, month, 10))} == ids


def test_seasonal_tips_come_before_those_that_hold_all_year():
    """Dark evenings pass; a locked door is always right."""
    assert [bool(t.months) for t in of_the_week(TIPS, date(2026, 12, 8))] == [True, True, False, False]


def test_each_week_begins_with_another_tip_and_each_gets_its_turn():
    """People who join later do not all get the same first tip for ever."""
    tips = [tip(f"t{n}") for n in range(4)]
    weeks = [date(2026, 11, 24) + timedelta(weeks=n) for n in range(4)]
    assert len({of_the_week(tips, day)[0].id for day in weeks}) == 4
    assert of_the_week(tips, weeks[0]) == of_the_week(tips, weeks[0] + timedelta(days=1))


def test_without_tips_there_is_nothing():
    """An office need not have any."""
    assert of_the_week((), date(2026, 11, 24)) == []
