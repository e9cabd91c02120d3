"""Taking complaints, acknowledging them, telling staff and closing them. What the law asks is in domain.complaints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from engage.domain import complaints as rules
from engage.domain import wording
from engage.domain.calendars import Office
from engage.domain.complaints import ABOUT, Complaint, days_left, due_on
from engage.domain.events import ComplaintMade
from engage.domain.notices import service
from engage.domain.people import Wanted
from engage.errors import NotFound, Refused
from engage.store.people import digest_of
from engage.store.unit import Unit
from engage.work.kit import Kit, office_of
from engage.work.notices import announce
from engage.work.staff import OFFICE_ID, tell_office

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MISSING = "There is no complaint {}. See: engage complaints list --all"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A complaint as staff see it; texts are None once they were forgotten."""

    reference: str
    state: str
    about: str
    made_at: datetime
    due_on: date
    days_left: int | None
    acknowledged_at: datetime | None
    answer_by: str
    name: str | None
    email: str | None
    reach: str | None
    text: str | None
    closed_at: datetime | None
    closed_by: str | None
    outcome: str | None


def make(kit: Kit, made: Complaint, *, form: str, network: str) -> str | None:
    """Keep a complaint and return its reference; None when too many came from one network within the hour.

    The reference follows from what was sent and from the *form* it was typed into: pressing twice is one complaint.
    """
    proof = kit.links.proof("complaint", "\0".join((form, *(value or "" for value in vars(made).values()))))
    reference = rules.reference(int(proof, 16))
    with kit.unit() as unit:
        if unit.complaints.find(reference) is not None:
            return reference
        if unit.house.count_in_slot("complaint", network, slot=HOUR) > rules.AN_HOUR:
            return None
        digest = digest_of(unit.house.secret("address"), "email", made.email) if made.email else None
        if unit.complaints.add(reference, made, digest=digest):
            unit.emit(ComplaintMade(reference=reference))
        return reference


def acknowledge(_kit: Kit, unit: Unit, event: ComplaintMade) -> None:
    """Write to the person, if they gave an address, and to the office, which gets none of what they said."""
    found = unit.complaints.find(event.reference)
    if found is None or found.text is None:
        return  # forgotten since
    office = office_of(unit)
    _tell_staff(unit, found, office)
    if found.email is None:
        return
    mailbox = unit.signups.mailbox_digest(found.email)
    if unit.house.count_in_slot("complaint-mailbox", mailbox, slot=DAY) > rules.MAILED_A_DAY:
        return
    facts = {
        "reference": found.reference,
        "made_on": found.made_at.astimezone(office.zone).date().isoformat(),
        "due_on": due_on(found.made_at, office.zone).isoformat(),
    }
    who = _recipient(unit, found.email)
    announce(unit, service("complaint", f"complaint:{found.reference}", recipient_id=who, now=unit.now, facts=facts))
    unit.complaints.acknowledge(found.reference)


def _recipient(unit: Unit, email: str) -> int:
    """Whoever has the address; somebody new is as one who has not confirmed, and gets nothing else."""
    unit.people.wait_for_address("email", email)
    known = unit.people.by_address("email", email)
    return known.id if known else unit.people.add([("email", email, Wanted())], state="pending")[0]


def _tell_staff(unit: Unit, found: Any, office: Office) -> None:
    told = unit.house.count_in_slot("complaint-staff", OFFICE_ID, slot=DAY)
    if told > rules.STAFF_MAILED_A_DAY:
        return
    due = wording.day(due_on(found.made_at, office.zone))
    lines = [
        f"It is about: {ABOUT.get(found.about, found.about)}.",
        f"The person must have heard from us by {due}. How they want the answer: {_answer_by(found)}.",
        f"Read it with: engage complaints show {found.reference}",
        f"When it is settled: engage complaints close {found.reference}",
    ]
    if told == rules.STAFF_MAILED_A_DAY:
        lines.append("Many came today. You get no more of these mails before tomorrow: engage complaints list")
    heading = f"A complaint came in: {found.reference}"
    tell_office(unit, office, f"complaint-staff:{found.reference}", heading=heading, lines=lines)


def listed(kit: Kit, *, closed: bool = False) -> list[Kept]:
    """Open complaints, the one that is due first on top; with *closed* every one there was."""
    with kit.reading() as unit:
        zone = office_of(unit).zone
        return [_kept(row, unit.now, zone) for row in unit.complaints.list(closed=closed)]


def of_person(kit: Kit, recipient_id: int) -> list[Kept]:
    """What somebody wrote under an address of theirs: it belongs to the copy of what we hold about them."""
    with kit.reading() as unit:
        zone = office_of(unit).zone
        return [_kept(row, unit.now, zone) for row in unit.complaints.of_person(recipient_id)]


def find(kit: Kit, given: str) -> Kept:
    """By its reference, however it was typed."""
    with kit.reading() as unit:
        row = unit.complaints.find(_folded(given))
        if row is None:
            raise NotFound(MISSING.format(given))
        return _kept(row, unit.now, office_of(unit).zone)


def close(kit: Kit, given: str, *, who: str, outcome: str) -> None:
    """Note what came of it. The person is told by whoever looked into it, in their own words."""
    reference = _folded(given)
    if not outcome.strip():
        raise Refused("Say what came of it, and when the person was told: --outcome TEXT")
    with kit.unit() as unit:
        if unit.complaints.find(reference) is None:
            raise NotFound(MISSING.format(given))
        if not unit.complaints.close(reference, who=who, outcome=outcome.strip()):
            raise Refused(f"The complaint {reference} is closed already. See: engage complaints show {reference}")


def _folded(given: str) -> str:
    return given.strip().upper()


def _kept(row: Any, now: datetime, zone: Any) -> Kept:
    columns = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to a row as a mapping
    del columns["hmac"]
    left = days_left(row.made_at, now, zone) if row.state == "open" else None
    return Kept(**columns, due_on=due_on(row.made_at, zone), days_left=left, answer_by=_answer_by(row))


def _answer_by(row: Any) -> str:
    return "by e-mail" if row.email else "by telephone or post" if row.reach else "they want none"
