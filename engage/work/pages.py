"""Reading for pages: the public state that web processes keep in memory, and figures to watch. Writes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from engage.domain.alerts import Alert, Issue, PublicAlert
from engage.domain.calendars import Calendar, Entry, Office
from engage.domain.concerns import Raised, raised
from engage.domain.feeds import Feed, selections_of
from engage.domain.finding import Timeline
from engage.domain.personal import Alike, alike
from engage.domain.revisions import Revision
from engage.store.handover import HOLD
from engage.store.programmes import Milestone
from engage.store.schedule import VERSION as SCHEDULE
from engage.store.schedule import Mark
from engage.store.types import from_body
from engage.store.unit import Unit
from engage.work.kit import Kit


@dataclass(frozen=True, kw_only=True)
class Past:
    """An entry as one of its revisions published it; *what* are words of domain.plan."""

    number: int
    at: datetime
    what: tuple[str, ...]
    entry: Entry


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A programme with the meetings *counted* since its opening, in their order; *milestones* lie above it."""

    calendar: Calendar
    counted: tuple[str, ...]
    milestones: tuple[Milestone, ...]

    @property
    def held(self) -> int:
        return len(self.counted)

    @property
    def opening_count(self) -> int:
        """The number that the first of them follows."""
        return self.calendar.programme.opening_count if self.calendar.programme else 0


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The schedule as pages show it. *marks* tell which entries were saved again since; it is of *version* or newer.

    *changed_at* is when anything in it last changed.
    """

    version: int
    changed_at: datetime
    office: Office
    revisions: Mapping[str, Revision]
    histories: Mapping[str, tuple[Past, ...]]
    standings: tuple[Standing, ...]
    marks: Mapping[str, Mark]

    @cached_property
    def in_order(self) -> tuple[Revision, ...]:
        """Every entry by start, then id."""
        return tuple(sorted(self.revisions.values(), key=lambda r: (r.entry.starts_at, r.entry.id)))

    @cached_property
    def timeline(self) -> Timeline:
        return Timeline(self.in_order)

    def alike(self, today: date) -> Alike:
        """What the calendars of any choice hold on that day, counted by areas and topics once a day."""
        if today not in self._alike:
            self._alike[today] = alike(self.in_order, today)
        return self._alike[today]

    @cached_property
    def _alike(self) -> dict[date, Alike]:
        return {}

    @cached_property
    def concerns(self) -> tuple[Raised, ...]:
        """What was raised at any meeting, in its order."""
        return tuple(raised(revision.entry for revision in self.in_order))

    @cached_property
    def feeds(self) -> tuple[Feed, ...]:
        """Every feed in the usual variant."""
        return selections_of(self.office)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Counts for /metrics; nothing here is about a person."""

    deliveries: Mapping[str, int]
    subscribers: Mapping[str, int]
    relay_beat_at: datetime | None
    on_hold: bool


def shown(unit: Unit, before: Shown | None) -> Shown | None:
    """The schedule now, loading only entries that were saved since *before*; None before the first apply."""
    office = unit.schedule.office()
    if office is None:
        return None
    version = unit.house.counted(SCHEDULE)  # first: what is read after it cannot be older
    marks = unit.schedule.marks()
    known = before.marks if before else {}
    changed = [entry_id for entry_id, mark in marks.items() if known.get(entry_id) != mark]
    fresh = unit.schedule.revisions(changed if before else None) if changed else []
    kept = before.revisions if before else {}
    again = [revision.entry.id for revision in fresh if revision.number > 1]
    moments = [unit.schedule.applied_at(), unit.programmes.counted_at(), *(r.modified_at for r in fresh)]
    moments += [before.changed_at] if before else []
    return Shown(
        version=version,
        changed_at=max(moment for moment in moments if moment is not None),
        office=office,
        revisions={**kept, **{revision.entry.id: revision for revision in fresh}},
        histories={**(before.histories if before else {}), **_histories(unit, again)},
        standings=tuple(_standing(unit, calendar) for calendar in office.calendars if calendar.programme),
        marks=marks,
    )


def _histories(unit: Unit, ids: Iterable[str]) -> dict[str, tuple[Past, ...]]:
    found: dict[str, list[Past]] = defaultdict(list)
    for row in unit.schedule.histories(ids):
        past = Past(number=row.number, at=row.at, what=tuple(row.what), entry=from_body(row.body, Entry))
        found[row.entry_id].append(past)
    return {entry_id: tuple(pasts) for entry_id, pasts in found.items()}


def _standing(unit: Unit, calendar: Calendar) -> Standing:
    return Standing(
        calendar=calendar,
        counted=tuple(unit.programmes.held_in_order(calendar.id)),
        milestones=tuple(unit.programmes.milestones(calendar.id).values()),
    )


def public_alerts(unit: Unit, *, limit: int = 100) -> tuple[PublicAlert, ...]:
    """Alerts that were issued, newest first, each as its last public version."""
    rows = unit.alerts.published(limit=limit)
    issues = unit.alerts.issues(row.id for row in rows)
    return tuple(
        PublicAlert(
            alert=from_body(row.body, Alert),
            version=row.version,
            issued_at=row.issued_at or row.created_at,
            withdrawn=row.state == "withdrawn",
            before=tuple(Issue(version, at) for version, at in issues[row.id] if version < row.version),
        )
        for row in rows
    )


def figures(kit: Kit) -> Figures:
    with kit.reading() as unit:
        return Figures(
            deliveries=unit.audits.by_state(),
            subscribers=unit.people.counts(),
            relay_beat_at=unit.house.last_beat("relay"),
            on_hold=unit.house.get(HOLD) is not None,
        )
