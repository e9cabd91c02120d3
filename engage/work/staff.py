"""Writing to staff: the office's own mailbox, and persons of office.toml. What there is to say is decided elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from engage.domain.calendars import Office, Person
from engage.domain.notices import service
from engage.store.unit import Unit
from engage.work.notices import announce

OFFICE_ID = "office"  # the office's mailbox; reserved in staff's files, so nobody is called that


def tell_office(
    unit: Unit, office: Office, notice_id: str, *, heading: str, lines: Sequence[str], link: str | None = None
) -> bool:
    """Write to the mailbox that office.toml names; False when this was told before."""
    return _tell(unit, unit.people.staff(OFFICE_ID, office.email), notice_id, heading, lines, link)


def tell_person(unit: Unit, person: Person, notice_id: str, *, heading: str, lines: Sequence[str]) -> bool:
    """Write to one member of staff; False when this was told before."""
    return _tell(unit, unit.people.staff(person.id, person.email), notice_id, heading, lines, None)


def person_of(office: Office, staff_id: str) -> Person | None:
    return next((person for person in office.staff if person.id == staff_id), None)


def name_of(office: Office, who: str) -> str:
    """What a member of staff is called; whoever else was at the keyboard keeps the name of the account."""
    person = person_of(office, who)
    return person.name if person else who


def approvers(office: Office, *, but: str) -> list[Person]:
    """Who may approve what *but* has submitted."""
    return [person for person in office.staff if "approve" in person.may and person.id != but]


def _tell(unit: Unit, recipient_id: int, notice_id: str, heading: str, lines: Sequence[str], link: str | None) -> bool:
    facts = {"heading": heading, "lines": list(lines), "link": link}
    return announce(unit, service("staff", notice_id, recipient_id=recipient_id, now=unit.now, facts=facts))
