"""Which tips are in season and in which order a week offers them. Who has had which is in the store."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from engage.domain.calendars import Tip

SEASONS = ("winter", "spring", "summer", "autumn")


def season_of(day: date) -> str:
    """`2026-autumn`; December belongs to the winter of the year that follows."""
    year = day.year + (day.month == 12)
    return f"{year}-{SEASONS[day.month % 12 // 3]}"


def in_season(tips: Sequence[Tip], day: date) -> list[Tip]:
    return [tip for tip in tips if not tip.months or day.month in tip.months]


def of_the_week(tips: Sequence[Tip], day: date) -> list[Tip]:
    """The tips in season, seasonal ones first, each week beginning with another one."""
    found = in_season(tips, day)
    week = day.toordinal() // 7
    seasonal, always = [t for t in found if t.months], [t for t in found if not t.months]
    return [*_turned(seasonal, week), *_turned(always, week)]


def _turned(tips: list[Tip], week: int) -> list[Tip]:
    start = week % len(tips) if tips else 0
    return [*tips[start:], *tips[:start]]


def fitting(tips: Sequence[Tip], topics: Collection[str], day: date) -> Tip | None:
    """The tip in season that shares most with *topics*, one of a season before one of all year."""
    found = [tip for tip in in_season(tips, day) if set(tip.topics) & set(topics)]
    return max(found, key=lambda tip: (len(set(tip.topics) & set(topics)), bool(tip.months)), default=None)
