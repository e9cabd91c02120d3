"""Figures of a report and the rows that each of them counts: a figure is the sum of its rows and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from engage.domain.alerts import PublicAlert
from engage.domain.calendars import Entry, Office, Programme, Status
from engage.domain.concerns import Raised
from engage.domain.feeds import last_day
from engage.domain.periods import Period


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a figure counts: *id* is that of an entry, an area, an alert or a month, *n* what it adds."""

    id: str
    what: str
    day: date | None = None
    areas: tuple[str, ...] = ()
    n: int = 1
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """*key* is permanent: spreadsheets refer to it. *unknown* says why there is no number, which is not zero."""

    key: str
    what: str
    rows: tuple[Row, ...] = ()
    unknown: str = ""

    @property
    def value(self) -> int:
        return sum(row.n for row in self.rows)


@dataclass(frozen=True, kw_only=True)
class Meetings:
    """The community meetings of one programme in a period; *counted* tells which of its meetings each held one was."""

    held: tuple[Entry, ...]
    cancelled: tuple[Entry, ...]
    not_held: tuple[Entry, ...]
    planned: tuple[Entry, ...]
    counted: Mapping[str, int]


def meetings_of(entries: Iterable[Entry], period: Period, counted: Mapping[str, int], now: datetime) -> Meetings:
    """Sort a programme's entries. What was never confirmed, or lies before the opening count, is in none."""
    ours = sorted((e for e in entries if e.counts and period.holds(last_day(e))), key=lambda e: (e.ends_at, e.id))

    def those(which: Callable[[Entry], bool]) -> tuple[Entry, ...]:
        return tuple(entry for entry in ours if which(entry))

    return Meetings(
        held=those(lambda e: e.id in counted),
        cancelled=those(lambda e: e.status is Status.CANCELLED),
        not_held=those(lambda e: e.status is Status.NOT_HELD),
        planned=those(lambda e: not e.is_gone and e.ends_at > now),
        counted=counted,
    )


def of_programme(programme_id: str, met: Meetings, office: Office, unknown: str) -> list[Figure]:
    """How often it met, who came and where; *unknown* says why that cannot be known for the period."""
    seats = [entry for entry in met.held if entry.attendance is not None]
    visited, missed = _places(met.held, office)

    def figure(key: str, what: str, rows: Iterable[Row]) -> Figure:
        return Figure(key=f"{programme_id}.{key}", what=what, rows=() if unknown else tuple(rows), unknown=unknown)

    return [
        figure("held", "Community meetings held", (_numbered(entry, met.counted) for entry in met.held)),
        figure("cancelled", "Community meetings cancelled", map(row_of, met.cancelled)),
        figure("not-held", "Community meetings that did not take place", map(row_of, met.not_held)),
        figure("planned", "Community meetings still to come in the period", map(row_of, met.planned)),
        figure("counted", "Meetings at which people were counted", map(row_of, seats)),
        figure("attendance", "People who came to those", (row_of(e, n=e.attendance or 0) for e in seats)),
        figure("visited", "Areas in which a community meeting was held", visited),
        figure("missed", "Areas in which none was held", missed),
    ]


def of_milestones(programme_id: str, reached: Mapping[int, Entry], unknown: str) -> Figure:
    """The milestones whose meeting lies in the period, by their numbers."""
    rows = tuple(row_of(entry, note=f"number {number}") for number, entry in reached.items())
    return Figure(key=f"{programme_id}.milestones", what="Milestones reached", rows=rows, unknown=unknown)


def is_before_count(programme: Programme, period: Period) -> bool:
    """Whether every meeting of the period is in the opening count, and none is known by itself."""
    return period.last <= programme.opening_on


def of_concerns(raised: Sequence[Raised], period: Period) -> list[Figure]:
    """What was raised at meetings of the period, what was answered in it, and what was open at its end."""
    here = [one for one in raised if last_day(one.entry) <= period.last]
    fresh = [one for one in here if period.holds(last_day(one.entry))]
    done = [one for one in here if not one.is_open and period.holds(one.day)]
    left = [one for one in here if one.is_open or one.day > period.last]
    return [
        Figure(key="concerns.raised", what="Concerns raised", rows=tuple(map(_concern, fresh))),
        Figure(key="concerns.answered", what="Concerns of which something came", rows=tuple(map(_answered, done))),
        Figure(key="concerns.open", what="Concerns open at the end", rows=tuple(map(_concern, left))),
    ]


def of_alerts(issued: Iterable[PublicAlert], told: Mapping[str, int], office: Office, unknown: str) -> list[Figure]:
    """Alerts by the day on which the public first heard of them, and how many people each was sent to."""
    rows = [_alert(one, office) for one in issued]
    sums = [Row(id=row.id, what=row.what, day=row.day, areas=row.areas, n=told.get(row.id, 0)) for row in rows]
    return [
        Figure(key="alerts.issued", what="Alerts issued", rows=tuple(rows), unknown=unknown),
        Figure(key="alerts.told", what="Alerts sent to people, one for each person", rows=tuple(sums), unknown=unknown),
    ]


def row_of(entry: Entry, *, n: int = 1, note: str = "") -> Row:
    day, said = entry.first_day or entry.starts_local.date(), note or entry.reason or ""
    return Row(id=entry.id, what=entry.title, day=day, areas=entry.areas, n=n, note=said)


def _numbered(entry: Entry, counted: Mapping[str, int]) -> Row:
    return row_of(entry, note=f"number {counted[entry.id]}")


def _places(held: Sequence[Entry], office: Office) -> tuple[list[Row], list[Row]]:
    """The areas below the whole in which, or within which, something was held, and the others."""
    visited: list[Row] = []
    missed: list[Row] = []
    for area in office.areas:
        if area.within is not None:
            inside = office.inside((area.id,))
            met = sum(not inside.isdisjoint(entry.areas) for entry in held)
            note = f"{met} {'meeting' if met == 1 else 'meetings'}" if met else ""
            (visited if met else missed).append(Row(id=area.id, what=area.name, areas=(area.id,), note=note))
    return visited, missed


def _concern(one: Raised, *, note: str = "") -> Row:
    return Row(id=one.key, what=one.concern.raised, day=last_day(one.entry), areas=one.entry.areas, note=note)


def _answered(one: Raised) -> Row:
    return Row(id=one.key, what=one.concern.raised, day=one.day, areas=one.entry.areas, note=one.concern.outcome or "")


def _alert(one: PublicAlert, office: Office) -> Row:
    day = one.first_at.astimezone(office.zone).date()
    areas = one.alert.areas or (office.root.id,)
    return Row(id=one.alert.id, what=one.alert.title, day=day, areas=areas, note=one.alert.severity.value)
