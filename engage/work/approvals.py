"""What a second person is shown of what waits, and what comes of their answer. Asking them is in asking.

Looking changes nothing: programs that guard mailboxes open every link.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engage.domain.alerts import Alert
from engage.domain.calendars import Office
from engage.domain.events import PlanDeclined
from engage.errors import EngageError, NotFound, StalePlan
from engage.store.types import from_body
from engage.store.unit import Unit
from engage.work import alerts, plans
from engage.work.alert_notices import Headcount, Shown, as_shown, headcount
from engage.work.alerts import approver
from engage.work.asking import Ask, mark_of
from engage.work.kit import Kit, office_of
from engage.work.past import difference
from engage.work.plans import Proposal
from engage.work.staff import name_of, tell_office

GREW = 1.1  # times as many people as somebody saw are another question


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the person is shown. *difference* is from what was last published; *people_then* as it was submitted."""

    ask: Ask
    title: str
    who: str
    at: datetime
    why: tuple[str, ...]
    people: int
    people_then: int | None = None
    counted: Headcount | None = None
    shown: tuple[Shown, ...] = ()
    alert: Alert | None = None
    proposal: Proposal | None = None
    difference: tuple[str, ...] = ()


class Over(EngageError):
    """There is nothing to decide any more; the text says what became of it."""


def look(kit: Kit, ask: Ask) -> Asked:
    """What is to be decided, as it is now. Raises Over, or Refused when the person may not decide."""
    return _look_at_alert(kit, ask) if ask.sort == "alert" else _look_at_plan(kit, ask)


def _look_at_alert(kit: Kit, ask: Ask) -> Asked:
    with kit.reading() as unit:
        found = _alert(unit, ask)
        office = office_of(unit)
        approver(office, ask.person, submitted_by=found.who)
        before = unit.alerts.last_issued(ask.id)
    alert = from_body(found.body, Alert)
    counted = headcount(kit, alert)
    return Asked(
        ask=ask,
        title=alert.title,
        who=name_of(office, found.who),
        at=found.created_at,
        why=(found.waits_for,),
        people=counted.people,
        people_then=found.people,
        counted=counted,
        shown=as_shown(kit, alert),
        alert=alert,
        difference=difference({f"{ask.id}.md": before.source}, {f"{ask.id}.md": found.source}) if before else (),
    )


def _alert(unit: Unit, ask: Ask) -> Any:
    """The version that was asked about, while it waits."""
    found = unit.alerts.find(ask.id, ask.version)
    if found is None or mark_of(found.source) != ask.mark:
        raise Over("There is no such alert any more.")
    newest = unit.alerts.find(ask.id)
    if found.state == "waiting" and newest is not None and newest.version == ask.version:
        if from_body(found.body, Alert).expires <= unit.now:
            raise Over("Its time is over: it expired before anybody approved it. Nobody got it.")
        return found
    became = {
        "declined": "It was declined. Nobody got it.",
        "issued": f"It was approved by {name_of(office_of(unit), found.approved_by or '')} and is on its way.",
        "corrected": "It was approved, and a newer version has replaced it since.",
    }
    raise Over(became.get(found.state, "It was withdrawn."))


def _look_at_plan(kit: Kit, ask: Ask) -> Asked:
    found, office, before = _plan(kit, ask)
    approver(office, ask.person, submitted_by=found.who)
    proposal = plans.propose(kit, {name: text.encode() for name, text in found.sources.items()})
    if proposal.plan is None or proposal.plan.fingerprint != ask.mark:
        raise Over("It would do something else by now than when you were asked. Have it planned again: engage plan")
    return Asked(
        ask=ask,
        title="A plan waits",
        who=name_of(office, found.who),
        at=found.created_at,
        why=proposal.waits_for,
        people=proposal.would_tell,
        proposal=proposal,
        difference=difference(before, found.sources),
    )


def _plan(kit: Kit, ask: Ask) -> tuple[Any, Office, Mapping[str, str]]:
    """The plan while it waits, and the files as they were applied last."""
    with kit.reading() as unit:
        found = unit.schedule.plan(int(ask.id))
        if found is not None and found.state == "waiting" and found.fingerprint == ask.mark:
            return found, office_of(unit), unit.schedule.sources()
    became = {"declined": "It was declined. Nothing of it was published."}
    state = "" if found is None else found.state
    raise Over(became.get(state, "It waits no more: the files were changed, or it was approved already."))


# --- deciding -------------------------------------------------------------------------------------------------------


def is_another_question(asked: Asked, seen: int) -> bool:
    """Whether so many more people would be told than somebody saw that they should look again."""
    return asked.people > max(seen * GREW, seen + 10)


def approve(kit: Kit, ask: Ask) -> None:
    """Let it go. Raises Over when somebody was faster, Refused or Waiting when the person may not."""
    try:
        if ask.sort == "alert":
            with kit.reading() as unit:
                _alert(unit, ask)
            alerts.approve(kit, ask.id, by=ask.person, version=ask.version)
        else:
            asked = _look_at_plan(kit, ask)
            assert asked.proposal is not None
            plans.apply(kit, asked.proposal, who=ask.person, confirm=ask.mark)
    except (NotFound, StalePlan) as error:
        raise Over(str(error)) from error


def decline(kit: Kit, ask: Ask, reason: str) -> None:
    """Say no, for whoever submitted it to read. Raises as `approve` does."""
    if ask.sort == "alert":
        with kit.reading() as unit:
            _alert(unit, ask)
        try:
            alerts.decline(kit, ask.id, by=ask.person, version=ask.version, reason=reason)
        except NotFound as error:
            raise Over(str(error)) from error
        return
    found, office, _ = _plan(kit, ask)
    person = approver(office, ask.person, submitted_by=found.who)
    with kit.unit() as unit:
        if not unit.schedule.decline(found.id):
            raise Over("Somebody else decided in this moment.")
        unit.emit(PlanDeclined(plan_id=found.id, by=person.id))
        said = f"{person.name} says: {reason}" if reason else f"{person.name} gave no reason."
        lines = [said, "Nothing of it was published. The files still say it: put them back, or change them and save."]
        tell_office(unit, office, f"plan:{found.id}:declined", heading="A plan was declined", lines=lines)
