"""Texts that follow from other entries: which meeting is expected to be a milestone. Telling people is elsewhere."""

from __future__ import annotations

from engage.domain import milestones
from engage.domain.calendars import Schedule


def expected_of(schedule: Schedule) -> dict[str, int]:
    """Entry id -> the milestone it is expected to be, over all programmes."""
    expected: dict[str, int] = {}
    for calendar in schedule.office.calendars:
        if calendar.programme is not None:
            mine = [e for e in schedule.entries.values() if e.calendar_id == calendar.id]
            expected |= milestones.expected(calendar.programme, mine)
    return expected
