"""A new day's part of the schedule: series reach one day further, and nobody is told. Plans of staff's are in plans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from engage.declared.read import read
from engage.domain.calendars import Office
from engage.domain.plan import Plan, revise
from engage.store.feeds import Fragment
from engage.store.schedule import TURN, VERSION, Saved
from engage.store.unit import Unit
from engage.work import feeds
from engage.work.kit import Kit
from engage.work.plans import compare_stored, store
from engage.work.tasks import Outdated


@dataclass(frozen=True, kw_only=True)
class Extension:
    """What a new day adds to the schedule, rendered, as of one state of it."""

    plan: Plan
    office: Office
    schedule: int
    saved: list[Saved]
    fragments: list[Fragment]


def prepare_extension(kit: Kit, today: date) -> Extension | None:
    """Series reach one day further and derived texts follow; None before the first apply. Writes nothing.

    What is declared is what was applied last: files that staff are editing are not looked at.
    """
    with kit.reading() as unit:
        plan_id = unit.schedule.applied_id()
        sources = {name: text.encode() for name, text in unit.schedule.sources().items()}
        schedule = unit.house.counted(VERSION)
        found = read(sources, today=today).schedule if sources else None
        if found is None or plan_id is None:
            return None
        proposal = compare_stored(kit, unit, found, {}, ())
        assert proposal.plan is not None
        changes = tuple(c for c in proposal.plan.changes if not c.is_told)
        saved = [
            Saved(revision=revise(c, unit.schedule.find(c.entry.id), unit.now), digest=c.digest, what=c.what)
            for c in changes
        ]
    return Extension(
        plan=Plan(base_id=plan_id, changes=changes),
        office=found.office,
        schedule=schedule,
        saved=saved,
        fragments=feeds.render((s.revision for s in saved), found.office, kit.base_url),
    )


def extend(unit: Unit, extension: Extension) -> None:
    """Write what a new day adds. Tells nobody; raises Outdated when the schedule changed meanwhile."""
    unit.house.take_turn(TURN)
    plan_id = extension.plan.base_id
    if unit.house.counted(VERSION) != extension.schedule or plan_id is None or unit.schedule.applied_id() != plan_id:
        raise Outdated
    store(
        unit,
        extension.plan,
        extension.office,
        extension.saved,
        extension.fragments,
        plan_id=plan_id,
        before=extension.office,
    )
