"""A month as a calendar: its weeks, its days and what begins on each. How it is drawn is templates/web/month.html."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import Markup

from engage.domain import wording
from engage.web.views import Card, Draw

MOST = 4  # entries that a day has room for; the rest are one link away


@dataclass(frozen=True, kw_only=True)
class Day:
    """*lines* are drawn; *left_out* more begin on this day than are shown."""

    day: date
    weekday: str
    lines: Markup
    left_out: int
    is_today: bool


@dataclass(frozen=True, kw_only=True)
class Grid:
    """*weeks* have seven places each, None outside the month; *before* and *after* are months as in addresses."""

    name: str
    key: str
    weeks: tuple[tuple[Day | None, ...], ...]
    before: tuple[str, str] | None
    after: tuple[str, str] | None


def grid(
    month: date,
    cards: Iterable[Card],
    today: date,
    *,
    among: tuple[date, date],
    draw: Draw,
) -> Grid:
    """What began earlier and still runs stands on the first of the month.

    *among* are the first and the last day on which there is anything: no link leads beyond, where robots would go on
    for ever.
    """
    days: dict[date, list[Card]] = {}
    for card in cards:
        days.setdefault(max(card.day, month), []).append(card)
    following = (month + timedelta(days=31)).replace(day=1)
    weeks = Calendar().monthdatescalendar(month.year, month.month)
    return Grid(
        name=_name(month),
        key=key_of(month),
        weeks=tuple(tuple(_day(day, month, days.get(day, []), today, draw) for day in week) for week in weeks),
        before=_link(month - timedelta(days=1)) if min(among) < month else None,
        after=_link(following) if following <= max(among) else None,
    )


def _day(day: date, month: date, cards: list[Card], today: date, draw: Draw) -> Day | None:
    if day.month != month.month:
        return None
    weekday, left_out = wording.DAYS[day.weekday()], max(0, len(cards) - MOST)
    return Day(day=day, weekday=weekday, lines=draw(cards[:MOST]), left_out=left_out, is_today=day == today)


def _link(month: date) -> tuple[str, str]:
    return key_of(month), _name(month)


def key_of(month: date) -> str:
    return f"{month.year:04}-{month.month:02}"


def _name(month: date) -> str:
    return f"{wording.MONTHS[month.month - 1]} {month.year}"
