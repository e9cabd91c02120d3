"""The clock on the wall: an 18:30 meeting every day for three years, and every half-hour of them in several zones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from engage.domain.feeds import Item
from engage.feeds.ics import render_entry
from engage.feeds.timezones import vtimezone
from tests.conformance.cases import Case
from tests.conformance.known import CLOCKS, RIGHT, Slow
from tests.feeds.samples import BASE, OFFICE, meeting, published, revision

YEARS = (2026, 2027, 2028)
HALF_HOUR = timedelta(minutes=30)
LONDON = "Europe/London"
FROM = datetime(2026, 1, 1)
# Zone -> days probed. Europe/London is what the sample office keeps; the others have every kind of rule.
PROBED = {
    LONDON: 1096,
    "America/New_York": 365,
    "America/Nuuk": 365,
    "Africa/Cairo": 365,
    "Asia/Kathmandu": 365,
    "Atlantic/Azores": 365,
    "Australia/Lord_Howe": 365,
}


def every_day() -> Iterator[Case]:
    """1,096 meetings at 18:30, a feed for each year; again under a name that no reader has data of its own for."""
    for year in YEARS:
        revisions = [revision(_half_past_six(date(year, 1, 1) + timedelta(days=n))) for n in range(366)]
        revisions = [r for r in revisions if r.entry.starts_local.year == year]
        items = [Item(revision=r, fragment=render_entry(r, OFFICE, base_url=BASE)) for r in revisions]
        body = published(*items)
        for name, told in (("known", body), ("invented", unheard_of(body, LONDON))):
            yield Case(name=f"every-day/{year}-{name}-zone.ics", body=told, revisions=revisions, office=OFFICE)


def _half_past_six(day: date) -> Any:
    return meeting(id=f"daily-{day}", starts_at=datetime.combine(day, time(18, 30), ZoneInfo(LONDON)).astimezone(UTC))


def unheard_of(body: bytes, zone: str) -> bytes:
    """The feed with its zone renamed, so that only its own VTIMEZONE can tell the offsets."""
    return body.replace(zone.encode(), b"Unheard/Of")


def probes() -> dict[str, bytes]:
    """Zone -> a feed of one entry with our VTIMEZONE for it under an unknown name."""
    plain = published(Item(revision=revision(), fragment=render_entry(revision(), OFFICE, base_url=BASE)))
    named = {
        zone: plain.replace(vtimezone(LONDON), vtimezone(zone)).replace(LONDON.encode(), zone.encode())
        for zone in PROBED
    }
    return {zone: unheard_of(body, zone) for zone, body in named.items()}


def wrong(zone: str, told: dict[str, Any]) -> Slow:
    """How many half-hours the consumer has wrong; a wall clock that no entry is written with is not asked."""
    utc, wall = expected(zone)
    return Slow(as_utc=_unequal(utc, told["as_utc"]), as_wall=_unequal(wall, told["as_wall"]))


def differences(consumer: str, told: dict[str, Any]) -> Iterator[str]:
    for zone, answer in told.items():
        found, known = wrong(zone, answer), CLOCKS.get((consumer, zone), RIGHT)
        if found != known:
            yield f"{zone}: {found} instead of {known}"


@cache
def expected(zone: str) -> tuple[list[int], list[int | None]]:
    """The offsets by Python's own zone data; None for a wall time that does not exist or comes twice."""
    place, moments = ZoneInfo(zone), [FROM + HALF_HOUR * n for n in range(48 * PROBED[zone])]
    return [_seconds(m.replace(tzinfo=UTC).astimezone(place)) for m in moments], [_by_wall(m, place) for m in moments]


def _by_wall(moment: datetime, place: ZoneInfo) -> int | None:
    first, second = (moment.replace(tzinfo=place, fold=fold) for fold in (0, 1))
    return _seconds(first) if first.utcoffset() == second.utcoffset() else None


def _seconds(moment: datetime) -> int:
    shift = moment.utcoffset()
    assert shift is not None
    return round(shift.total_seconds())


def _unequal(expected: Iterable[int | None], runs: list[tuple[int, int]]) -> int:
    told = [seconds for seconds, count in runs for _ in range(count)]
    return sum(right is not None and right != seconds for right, seconds in zip(expected, told, strict=False))
