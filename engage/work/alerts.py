"""Issuing, correcting and withdrawing alerts, with the second person that large ones need. Sending is in deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engage.domain.alerts import Alert
from engage.domain.calendars import Office, Person
from engage.domain.costs import Bill
from engage.domain.events import AlertCorrected, AlertIssued, AlertWithdrawn
from engage.domain.notices import Item, Notice, Reach
from engage.errors import NotFound, Refused, Waiting
from engage.prose import to_text
from engage.store.audience import Asked
from engage.store.outbox import Due
from engage.store.phones import SMS
from engage.store.types import from_body, to_body
from engage.store.unit import Unit
from engage.work.costs import bill
from engage.work.kit import Kit, office_of
from engage.work.notices import announce, question

EVERYBODY = 2**62  # an id beyond all recipients'


@dataclass(frozen=True, kw_only=True)
class Headcount:
    """Whom an alert would reach: people in all, by home area, and by channel; and what its texts would cost."""

    people: int
    by_area: dict[str, int]
    by_channel: dict[str, int]
    texts: Bill | None  # None when nobody gets it as a text


def headcount(kit: Kit, alert: Alert) -> Headcount:
    """Count without writing anything; a correction also goes to whoever was told before."""
    with kit.reading() as unit:
        office = office_of(unit)
        notice = _notice(kit, alert, 1, "issued", office, unit)
        asked = question(notice, notice.items[0], office, at=unit.now)
        return Headcount(
            people=unit.audience.people([asked], and_told=notice.id),
            by_area=unit.audience.by_area(asked),
            by_channel=unit.audience.by_channel(asked),
            texts=_texts(kit, unit, notice, office, asked),
        )


def _texts(kit: Kit, unit: Unit, notice: Notice, office: Office, asked: Asked) -> Bill | None:
    """What the texts would cost, those to people who had an earlier version included."""
    if SMS not in kit.channels:
        return None
    newest = unit.notices.latest(notice.id)
    told = {row.recipient_id for row in unit.audience.told_before(notice.id, newest + 1) if row.channel == SMS}
    if not asked.channels or SMS in asked.channels:
        told |= {r.recipient_id for r in unit.audience.page(replace(asked, channels=(SMS,)), after=0, upto=EVERYBODY)}
    return bill(kit, unit, notice, office, people=len(told)) if told else None


def _refuse_beyond_cap(texts: Bill | None) -> None:
    if texts is not None and texts.is_over:
        raise Refused(
            f"Its text messages do not fit under ENGAGE_SMS_MONTHLY_CAP. {texts} Shorten the first lines of the text, "
            'narrow its areas, or set channels = ["email"].'
        )


@dataclass(frozen=True, kw_only=True)
class Issued:
    """An alert on its way, or waiting for a second person."""

    id: str
    version: int
    people: int
    waits: bool
    texts: Bill | None = None

    @property
    def notice_id(self) -> str:
        return notice_id(self.id)


def notice_id(alert_id: str) -> str:
    return f"alert:{alert_id}"


def send(kit: Kit, alert: Alert, source: str, *, who: str) -> Issued:
    """Issue a new alert, or the correction of one with the same id. Above `approve_above` people it waits."""
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
        if before is not None and before.source == source:
            raise Refused(f'The alert "{alert.id}" was issued with exactly this text. Nothing was sent.')
        version = before.version + 1 if before is not None else 1
        unit.alerts.add(alert.id, version, state="waiting", who=who, source=source, body=to_body(alert))
        waits = people > office.guards.approve_above
        if not waits:
            _issue(unit, alert, version, approved_by=None)
        return Issued(id=alert.id, version=version, people=people, waits=waits, texts=counted.texts)


def approve(kit: Kit, alert_id: str, *, by: str) -> Issued:
    """A second person lets an alert go. In live mode the command line alone cannot (design section 10)."""
    with kit.reading() as unit:
        waiting = unit.alerts.find(alert_id)
    if waiting is not None and waiting.state == "waiting":
        _refuse_beyond_cap(headcount(kit, from_body(waiting.body, Alert)).texts)
    with kit.unit() as unit:
        found = unit.alerts.find(alert_id)
        if found is None or found.state != "waiting":
            raise NotFound(f'No alert "{alert_id}" waits for approval. See: engage alert list')
        person = _approver(office_of(unit), by, submitted_by=found.who)
        _issue(unit, from_body(found.body, Alert), found.version, approved_by=person.id)
        return Issued(id=alert_id, version=found.version, people=0, waits=False)


def _approver(office: Office, by: str, *, submitted_by: str) -> Person:
    person = next((p for p in office.staff if p.id == by), None)
    if person is None or "approve" not in person.may:
        names = ", ".join(p.id for p in office.staff if "approve" in p.may) or "nobody"
        raise Refused(f'"{by}" may not approve alerts. Who may (office.toml, [[staff]]): {names}.')
    if person.id == submitted_by:
        raise Waiting("Somebody else must approve: you submitted this alert yourself.")
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
        return version


def _issue(unit: Unit, alert: Alert, version: int, *, approved_by: str | None) -> None:
    """Let it go now, or at the moment its file names; a moment that comes after its expiry is of no use."""
    if not unit.alerts.issue(alert.id, version, approved_by=approved_by):
        return
    unit.alerts.close(alert.id, version, "corrected")
    event = (AlertIssued if version == 1 else AlertCorrected)(alert_id=alert.id, version=version)
    if alert.send_at is None or alert.send_at <= unit.now:
        unit.emit(event)
    else:
        due = Due(key=f"alert:{alert.id}:{version}", at=alert.send_at, until=alert.expires, event=event)
        unit.dues.plan([due])


def announce_alert(kit: Kit, unit: Unit, event: AlertIssued | AlertCorrected | AlertWithdrawn) -> None:
    """Turn an alert's version into a notice: a correction goes to its audience and to whoever was told before."""
    found = unit.alerts.find(event.alert_id, event.version)
    if found is None or (found.state != "issued" and not isinstance(event, AlertWithdrawn)):
        return  # corrected or withdrawn since: tasks have no order
    alert = from_body(found.body, Alert)
    if alert.expires <= unit.now:
        return
    status = {AlertIssued: "issued", AlertCorrected: "corrected", AlertWithdrawn: "withdrawn"}[type(event)]
    announce(unit, _notice(kit, alert, event.version, status, office_of(unit), unit))


def _notice(kit: Kit, alert: Alert, version: int, status: str, office: Office, unit: Unit) -> Notice:
    facts = {
        "title": alert.title,
        "text": alert.text,
        "short": to_text(alert.text).replace("\n", " ")[:300],
        "severity": alert.severity.value,
        "areas": list(office.names_of_areas(alert.areas or (office.root.id,))),
        "url": f"{kit.base_url}/alerts/{alert.id}",
        "status": status,
        "sender": _sender(alert, office),
    }
    item = Item(
        id=alert.id,
        areas=alert.areas or (office.root.id,),
        topics=alert.topics,
        lane=alert.severity.lane,
        expires_at=alert.expires,
        facts=facts,
    )
    reach = {"issued": Reach.AUDIENCE, "corrected": Reach.BOTH, "withdrawn": Reach.TOLD}[status]
    return Notice(
        id=notice_id(alert.id),
        version=version,
        kind="alert",
        items=(item,),
        reach=reach,
        audience=alert.audience,
        exclude=alert.exclude,
        must=alert.must,
        channels=alert.channels,
        created_at=unit.now,
        expires_at=alert.expires,
    )


def _sender(alert: Alert, office: Office) -> str:
    names: Sequence[str] = [person.name for person in office.staff if person.id == alert.sender]
    return f"{names[0]}, {office.name}" if names else (alert.sender or office.name)
