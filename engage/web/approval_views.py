"""What waits for a second person, in words for the page. What it is stands in work.approvals."""

from __future__ import annotations

from typing import Any

from engage.domain import wording
from engage.domain.calendars import Office
from engage.domain.plan import Change
from engage.work.approvals import Asked
from engage.work.plans import Proposal

SHOWN = 100  # changes of a plan; the difference of the files shows them all
LINES = 400  # of a difference


def facts_of(asked: Asked, office: Office) -> dict[str, Any]:
    """Everything that the template places."""
    counted = asked.counted
    return {
        "asked": asked,
        "at": wording.moment(asked.at.astimezone(office.zone)),
        "areas": _by_area(counted.by_area, office) if counted else [],
        "channels": sorted(counted.by_channel.items()) if counted else [],
        "counted": counted,
        "grown": None if asked.people_then is None else asked.people - asked.people_then,
        "changes": [_change(change) for change in asked.proposal.changes[:SHOWN]] if asked.proposal else [],
        "more": max(0, len(asked.proposal.changes) - SHOWN) if asked.proposal else 0,
        "milestones": _milestones(asked.proposal, office) if asked.proposal else [],
        "lines": asked.difference[:LINES],
        "lines_more": max(0, len(asked.difference) - LINES),
    }


def _by_area(by_area: dict[str, int], office: Office) -> list[tuple[str, int]]:
    """The largest first; people who did not say where they live come last."""
    named = [(office.names_of_areas([area])[0] if area else "Not said", n) for area, n in by_area.items()]
    return sorted(named, key=lambda pair: (pair[0] == "Not said", -pair[1], pair[0]))


def _change(change: Change) -> tuple[str, str, str]:
    entry = change.entry
    when = wording.day(entry.first_day) if entry.first_day else wording.moment(entry.starts_local)
    return entry.title, when, ", ".join(change.what)


def _milestones(proposal: Proposal, office: Office) -> list[str]:
    """When the next milestone of each programme would fall, where the plan moves it."""
    said = []
    for calendar_id, (before, after) in (proposal.progress or {}).items():
        if before is None or after.projected == before.projected or after.next_number is None:
            continue
        day = wording.day(after.projected.starts_local.date()) if after.projected else "not in the schedule yet"
        said.append(f"{office.calendar_by_id[calendar_id].name}: number {after.next_number} would be expected: {day}.")
    return said
