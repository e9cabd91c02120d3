"""Asking a second person: each who may approve is mailed a link of their own, for one version of one thing.

What they are shown and what comes of their answer is in approvals.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from engage.domain.calendars import Office
from engage.domain.events import AlertSubmitted, PlanWaited
from engage.domain.notices import KINDS, service
from engage.store.unit import Unit
from engage.work.kit import Kit, office_of
from engage.work.notices import announce
from engage.work.staff import OFFICE_ID, approvers, name_of, tell_office

WITHIN = KINDS["approve"].expires_after


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What a link stands for: the alert or plan *id*, its version or none, the *mark* of its text, and the person."""

    sort: str
    id: str
    version: int
    mark: str
    person: str

    def __str__(self) -> str:
        return f"{self.sort}|{self.id}|{self.version}|{self.mark}|{self.person}"


def read(kit: Kit, token: str) -> Ask | None:
    """What a link asks; None when it is forged or too old."""
    subject = kit.links.subject("approve", token, now=kit.now, within=WITHIN)
    if subject is None:
        return None
    sort, id_, version, mark, person = subject.split("|")
    return Ask(sort=sort, id=id_, version=int(version), mark=mark, person=person)


def ask_for_alert(_kit: Kit, unit: Unit, event: AlertSubmitted) -> None:
    """Mail whoever may approve, but for the one who submitted it."""
    found = unit.alerts.find(event.alert_id, event.version)
    if found is None or found.state != "waiting":
        return
    office = office_of(unit)
    lines = [f"{name_of(office, found.who)} submitted it.", found.waits_for, f"People it would reach: {found.people:,}"]
    ask = Ask(sort="alert", id=found.id, version=found.version, mark=mark_of(found.source), person="")
    _mail(unit, office, ask, f"An alert waits for you: {found.body['title']}", lines, but=found.who)


def ask_for_plan(_kit: Kit, unit: Unit, event: PlanWaited) -> None:
    """Mail whoever may approve, and the office: a slip in a file is most often seen by whoever made it."""
    found = unit.schedule.plan(event.plan_id)
    if found is None or found.state != "waiting":
        return
    office = office_of(unit)
    ask = Ask(sort="plan", id=str(found.id), version=0, mark=found.fingerprint, person="")
    heading = "A plan waits for you: nothing was published"
    asked = _mail(unit, office, ask, heading, found.waits_for, but=found.who)
    if unit.people.staff(OFFICE_ID, office.email) in asked:
        return
    names = ", ".join(person.name for person in approvers(office, but=found.who))
    lines = [
        *found.waits_for,
        f"{names} got a link to approve or decline it." if names else "Nobody else may approve it.",
        "Was it a slip? Put the file back and save it: nothing else is needed.",
        f"Was it meant? At the command line: engage apply --confirm {found.fingerprint}",
    ]
    heading = "A plan waits: nothing was published"
    tell_office(unit, office, f"plan:{found.id}:waits", heading=heading, lines=lines)


def ask_again(kit: Kit, event: AlertSubmitted | PlanWaited) -> None:
    """Have fresh links mailed; the older ones hold until they expire."""
    with kit.unit() as unit:
        unit.emit(event)


def _mail(unit: Unit, office: Office, ask: Ask, heading: str, lines: Iterable[str], *, but: str) -> set[int]:
    """The recipients asked."""
    asked = set()
    for person in approvers(office, but=but):
        mine = replace(ask, person=person.id)
        who, notice_id = unit.people.staff(person.id, person.email), f"approve:{mine.sort}:{mine.id}:{person.id}"
        facts = {"heading": heading, "lines": list(lines), "asked": str(mine), "hours": WITHIN // timedelta(hours=1)}
        made = service("approve", notice_id, recipient_id=who, now=unit.now, facts=facts)
        announce(unit, replace(made, version=unit.notices.latest(notice_id) + 1))
        asked.add(who)
    return asked


def mark_of(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()[:12]
