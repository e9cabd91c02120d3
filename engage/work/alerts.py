"""Issuing, correcting and withdrawing alerts, with the second person that large ones need. Sending is in deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engage.domain.alerts import Alert, may_meet
from engage.domain.calendars import Office, Person
from engage.domain.costs import Bill
from engage.domain.events import AlertCorrected, AlertDeclined, AlertIssued, AlertSubmitted, AlertWithdrawn
from engage.errors import NotFound, Refused, Waiting
from engage.store.outbox import Due
from engage.store.types import from_body, to_body
from engage.store.unit import Unit
from engage.work.alert_notices import headcount, notice_id, notice_of
from engage.work.kit import Kit, office_of
from engage.work.notices import announce
from engage.work.staff import person_of, tell_office, tell_person


@dataclass(frozen=True, kw_only=True)
class Issued:
    """An alert on its way, or waiting for a second person and *why*; *at* when it goes later, as its file says."""

    id: str
    version: int
    people: int
    why: str | None = None
    at: datetime | None = None
    texts: Bill | None = None

    @property
    def waits(self) -> bool:
        return self.why is not None

    @property
    def notice_id(self) -> str:
        return notice_id(self.id)


def send(kit: Kit, alert: Alert, source: str, *, who: str, asks: bool = False) -> Issued:
    """Issue a new alert, or the correction of one with the same id.

    It waits for a second person above `approve_above` people, after a burst of others, or when the sender *asks*.
    """
    counted = headcount(kit, alert)
    people = counted.people
    _refuse_beyond_cap(counted.texts)
    with kit.unit() as unit:
        office = office_of(unit)
        before = unit.alerts.find(alert.id)
        if before is not None and before.state == "withdrawn":
            raise Refused(f'The alert "{alert.id}" was withdrawn. Give the new one another file name.')
        if before is not None and before.state == "waiting":
            raise Refused(f'The alert "{alert.id}" waits for approval already: engage alert approve {alert.id}')
        if before is not None and before.source == source and before.state != "declined":
            raise Refused(f'The alert "{alert.id}" was issued with exactly this text. Nothing was sent.')
        version = before.version + 1 if before is not None else 1
        unit.alerts.add(alert.id, version, state="waiting", who=who, source=source, body=to_body(alert))
        why = "You asked for it." if asks else _why_two(unit, office, alert, people)
        if why is None:
            _issue(unit, alert, version, approved_by=None)
        else:
            _ask(kit, unit, alert.id, version, who=who, why=why, people=people)
        at, texts = _later(unit, alert), counted.texts
        return Issued(id=alert.id, version=version, people=people, why=why, at=at, texts=texts)


def _why_two(unit: Unit, office: Office, alert: Alert, people: int) -> str | None:
    """Why a second person must look at it first; a burst may be a slip, or somebody at an unlocked keyboard."""
    guards = office.guards
    if people > guards.approve_above:
        return f"{people:,} people would get it."
    since = unit.now - timedelta(minutes=guards.burst_minutes)
    lately = [row.id for row in unit.alerts.issued_since(since) if may_meet(office, alert, from_body(row.body, Alert))]
    if len(lately) < guards.burst_alerts:
        return None
    return f"{len(lately)} alerts went to the same people in the last {guards.burst_minutes} minutes."


def _ask(kit: Kit, unit: Unit, alert_id: str, version: int, *, who: str, why: str, people: int) -> None:
    """Have a second person asked; in live mode only on behalf of somebody who can be told from that person."""
    if kit.is_live and person_of(office_of(unit), who) is None:
        raise Refused(f"{why} A second person must approve, so say who you are: --by ID, as in [[staff]].")
    unit.alerts.wait(alert_id, version, why=why, people=people)
    unit.emit(AlertSubmitted(alert_id=alert_id, version=version))


def approve(kit: Kit, alert_id: str, *, by: str, version: int | None = None) -> Issued:
    """A second person lets an alert go; *version* is the one they were shown, the newest unless said.

    In live mode the command line alone cannot (design section 10).
    """
    with kit.reading() as unit:
        waiting = unit.alerts.find(alert_id)
    if waiting is not None and waiting.state == "waiting":
        _refuse_beyond_cap(headcount(kit, from_body(waiting.body, Alert)).texts)
    with kit.unit() as unit:
        found = _waiting(unit, alert_id, version)
        person = approver(office_of(unit), by, submitted_by=found.who)
        alert = from_body(found.body, Alert)
        _issue(unit, alert, found.version, approved_by=person.id)
        return Issued(id=alert_id, version=found.version, people=0, at=_later(unit, alert))


def decline(kit: Kit, alert_id: str, *, by: str, version: int | None = None, reason: str = "") -> None:
    """A second person says no: nobody gets it, and whoever submitted it hears why."""
    with kit.unit() as unit:
        found, office = _waiting(unit, alert_id, version), office_of(unit)
        person = approver(office, by, submitted_by=found.who)
        unit.alerts.decline(alert_id, found.version)
        unit.emit(AlertDeclined(alert_id=alert_id, version=found.version, by=person.id))
        said = [f"{person.name} says: {reason}" if reason else f"{person.name} gave no reason."]
        heading = f"Declined: {found.body['title']}"
        lines = [*said, "Nobody got it. Change the file and submit it again, or leave it."]
        notice_id, submitter = f"declined:{alert_id}:{found.version}", person_of(office, found.who)
        if submitter is None:
            tell_office(unit, office, notice_id, heading=heading, lines=lines)
        else:
            tell_person(unit, submitter, notice_id, heading=heading, lines=lines)


def _waiting(unit: Unit, alert_id: str, version: int | None) -> Any:
    """The version that waits; an older one than the newest waits for nobody."""
    found = unit.alerts.find(alert_id)
    if found is None or found.state != "waiting" or version not in (None, found.version):
        raise NotFound(f'No alert "{alert_id}" waits for approval. See: engage alert list')
    return found


def approver(office: Office, by: str, *, submitted_by: str) -> Person:
    """The member of staff who may decide on what another submitted; else a sentence says why not."""
    person = person_of(office, by)
    if person is None or "approve" not in person.may:
        names = ", ".join(p.id for p in office.staff if "approve" in p.may) or "nobody"
        raise Refused(f'"{by}" may not approve. Who may (office.toml, [[staff]]): {names}.')
    if person.id == submitted_by:
        raise Waiting("Somebody else must approve: you submitted this yourself.")
    return person


def withdraw(kit: Kit, alert_id: str, *, who: str) -> int:
    """Stop what has not gone and tell those who were told; returns the new version."""
    with kit.unit() as unit:
        found = unit.alerts.find(alert_id)
        if found is None:
            raise NotFound(f'There is no alert "{alert_id}". See: engage alert list')
        if found.state == "withdrawn":
            raise Refused(f'The alert "{alert_id}" is withdrawn already.')
        version = int(found.version) + 1
        unit.alerts.add(alert_id, version, state="withdrawn", who=who, source=found.source, body=found.body)
        unit.alerts.close(alert_id, version, "withdrawn")
        unit.emit(AlertWithdrawn(alert_id=alert_id, version=version))
        # What is not past the fence stops with this commit; telling people follows as a task.
        unit.notices.supersede(notice_id(alert_id), version)
        unit.ledger.cancel_version(notice_id(alert_id), version)
        unit.waits.cancel_parked(notice_id(alert_id), version)
        return version


def _issue(unit: Unit, alert: Alert, version: int, *, approved_by: str | None) -> None:
    """Let it go now, or at the moment its file names; a moment that comes after its expiry is of no use."""
    is_first = unit.alerts.last_issued(alert.id) is None  # versions that were declined are no news to anybody
    if not unit.alerts.issue(alert.id, version, approved_by=approved_by):
        return
    unit.alerts.close(alert.id, version, "corrected")
    event = (AlertIssued if is_first else AlertCorrected)(alert_id=alert.id, version=version)
    if (at := _later(unit, alert)) is None:
        unit.emit(event)
    else:
        unit.dues.plan([Due(key=f"alert:{alert.id}:{version}", at=at, until=alert.expires, event=event)])


def _later(unit: Unit, alert: Alert) -> datetime | None:
    """The moment its file names, unless that has come."""
    return None if alert.send_at is None or alert.send_at <= unit.now else alert.send_at


def announce_alert(kit: Kit, unit: Unit, event: AlertIssued | AlertCorrected | AlertWithdrawn) -> None:
    """Turn an alert's version into a notice: a correction goes to its audience and to whoever was told before."""
    found = unit.alerts.find(event.alert_id, event.version)
    if found is None or (found.state != "issued" and not isinstance(event, AlertWithdrawn)):
        return  # corrected or withdrawn since: tasks have no order
    alert = from_body(found.body, Alert)
    if alert.expires <= unit.now:
        return
    status = {AlertIssued: "issued", AlertCorrected: "corrected", AlertWithdrawn: "withdrawn"}[type(event)]
    announce(unit, notice_of(kit, alert, event.version, status, unit))


def _refuse_beyond_cap(texts: Bill | None) -> None:
    if texts is not None and texts.is_over:
        raise Refused(
            f"Its text messages do not fit under ENGAGE_SMS_MONTHLY_CAP. {texts} Shorten the first lines of the text, "
            'narrow its areas, or set channels = ["email"].'
        )
