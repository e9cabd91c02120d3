"""What the screen of `engage up` shows: how everything is, and the meetings that come next. Nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engage.domain import wording
from engage.domain.calendars import Kind, Office
from engage.domain.milestones import numbers_upto
from engage.store.unit import Unit
from engage.work.kit import Kit
from engage.work.looking import status

COMING = 5


@dataclass(frozen=True, kw_only=True)
class Milestone:
    """How far a programme is on the way from one milestone to the next."""

    name: str
    since: int
    count: int
    next: int
    expected: str


@dataclass(frozen=True, kw_only=True)
class Overview:
    """*coming* are (when, title, where); *troubles* are sentences, the gravest first."""

    office: str
    mode: str
    coming: Sequence[tuple[str, str, str]]
    milestones: Sequence[Milestone]
    deliveries: Mapping[str, int]
    subscribers: int
    troubles: Sequence[str]


def overview(kit: Kit) -> Overview:
    """Look once."""
    found = status(kit)
    with kit.reading() as unit:
        office = unit.schedule.office()
        coming = _coming(unit, office) if office else []
    return Overview(
        office=found["office"] or "No calendar applied yet",
        mode=str(found["mode"]),
        coming=coming,
        milestones=_milestones(office, found["programmes"]) if office else [],
        deliveries={state: n for state, n in sorted(found["deliveries"].items()) if n},
        subscribers=found["subscribers"]["confirmed"],
        troubles=_troubles(found),
    )


def _coming(unit: Unit, office: Office) -> list[tuple[str, str, str]]:
    entries = [revision.entry for revision in unit.schedule.revisions()]
    ahead = [e for e in entries if e.kind is Kind.MEETING and e.ends_at > unit.now and not e.is_gone]
    first = sorted(ahead, key=lambda e: (e.starts_at, e.id))[:COMING]
    return [(wording.short_moment(e.starts_local), e.title, ", ".join(office.names_of_areas(e.areas))) for e in first]


def _milestones(office: Office, programmes: Mapping[str, Any]) -> list[Milestone]:
    shown = []
    for calendar in office.calendars:
        upcoming = programmes.get(calendar.id, {}).get("next_milestone")
        if calendar.programme is None or not upcoming:
            continue
        count = programmes[calendar.id]["meetings_held"]
        since = max([calendar.programme.opening_count, *numbers_upto(calendar.programme, count)])
        expected = upcoming["projected_on"] or "not in the schedule yet"
        shown.append(Milestone(name=calendar.name, since=since, count=count, next=upcoming["count"], expected=expected))
    return shown


def _troubles(found: Mapping[str, Any]) -> list[str]:
    said = []
    if found["on_hold"]:
        said.append(f"ON HOLD: {found['on_hold']}. Nothing is sent until: engage release")
    said += [f"{channel} is halted: {why}" for channel, why in found["halted"].items()]
    if found["waiting_plan"]:
        said.append(f"A plan waits for you: engage apply --confirm {found['waiting_plan']['fingerprint']}")
    if dead := found["deliveries"].get("dead", 0) + found["tasks"].get("dead", 0):
        said.append(f"{dead} given up: engage deliveries list --state dead")
    return [*said, *(str(problem).splitlines()[0] for problem in found["problems"])]
