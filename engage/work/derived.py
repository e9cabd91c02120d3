"""Texts that follow from other entries: which meeting is expected to be a milestone. Telling people is elsewhere."""

from __future__ import annotations

from engage.domain import milestones
from engage.domain.calendars import Calendar, Office, Schedule
from engage.domain.events import ScheduleRefreshed
from engage.domain.plan import compare, revise
from engage.store.schedule import VERSION, Saved
from engage.store.unit import Unit
from engage.work import feeds
from engage.work.kit import Kit


def expected_of(schedule: Schedule) -> dict[str, int]:
    """Entry id -> the milestone it is expected to be, over all programmes."""
    expected: dict[str, int] = {}
    for calendar in schedule.office.calendars:
        if calendar.programme is not None:
            mine = [e for e in schedule.entries.values() if e.calendar_id == calendar.id]
            expected |= milestones.expected(calendar.programme, mine)
    return expected


def refresh(kit: Kit, unit: Unit, calendar: Calendar, office: Office) -> None:
    """Re-render entries whose derived text changed: a correction moves which meeting is expected to be a milestone."""
    stored = unit.schedule.stored()
    entries = {i: s.revision.entry for i, s in stored.items() if s.revision.entry.calendar_id == calendar.id}
    schedule = Schedule(office=office, entries=entries)
    mine = {i: stored[i] for i in entries}
    plan = compare(
        schedule,
        {i: s.revision for i, s in mine.items()},
        {i: s.digest for i, s in mine.items()},
        expected=expected_of(schedule),
        base_id=None,
        now=unit.now,
    )
    plan_id = unit.schedule.applied_id()
    if plan.changes and plan_id is not None:
        saved = [
            Saved(revision=revise(c, mine[c.entry.id].revision, unit.now), digest=c.digest, what=("derived",))
            for c in plan.changes
        ]
        unit.schedule.save(saved, plan_id=plan_id)
        unit.schedule.save_vevents(feeds.render((s.revision for s in saved), office, kit.base_url))
        unit.house.count_up(VERSION)
        unit.emit(ScheduleRefreshed(calendar_id=calendar.id))
