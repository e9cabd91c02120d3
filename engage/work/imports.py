"""Bringing a list of people in: the whole file in one unit, or nothing. Reading the file is in declared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from engage.domain.events import SubscriberConfirmed
from engage.domain.people import Imported, Wanted
from engage.store.people import digest_of
from engage.store.unit import Unit
from engage.work.kit import Kit

TOGETHER = 1_000  # people in one statement: all of it is one transaction
Tell = Callable[[str, int, int], None]  # what is being done, and how much of how much is


@dataclass(frozen=True, kw_only=True)
class ImportedCount:
    """What an import did; *suppressed* addresses had left, bounced or complained and stay out."""

    added: int
    merged: int
    suppressed: int


def _silent(_step: str, _done: int, _total: int) -> None:
    """Nobody watches."""


def import_people(kit: Kit, people: Sequence[Imported], tell: Tell = _silent) -> ImportedCount:
    """Add new people as confirmed, on the evidence given; merge the subscriptions of those we know."""
    with kit.unit() as unit:
        key = unit.house.secret("address")
        channels = {person.channel for person in people}
        barred = set[str]().union(*(unit.people.suppressed(channel) for channel in channels))
        known = {address: i for channel in channels for address, i in unit.people.known_addresses(channel).items()}
        allowed = [p for p in people if digest_of(key, p.channel, p.address) not in barred]
        fresh = [p for p in allowed if p.address not in known]
        for start in range(0, len(fresh), TOGETHER):
            _add(unit, fresh[start : start + TOGETHER])
            tell("adding", min(start + TOGETHER, len(fresh)), len(fresh))
        again = [(known[p.address], p) for p in allowed if p.address in known]
        for n, (recipient_id, person) in enumerate(again, 1):
            _merge(unit, recipient_id, person)
            tell("merging", n, len(again))
        unit.people.record_consent([_consent(recipient_id, person) for recipient_id, person in again])
        unit.people.have_come()
        return ImportedCount(added=len(fresh), merged=len(again), suppressed=len(people) - len(allowed))


def _add(unit: Unit, fresh: Sequence[Imported]) -> None:
    ids = unit.people.add([(p.channel, p.address, p.wanted) for p in fresh], state="confirmed")
    added = list(zip(ids, fresh, strict=True))
    unit.subscriptions.add([(recipient_id, person.wanted) for recipient_id, person in added])
    unit.people.record_consent([_consent(recipient_id, person) for recipient_id, person in added])
    unit.emit(*(SubscriberConfirmed(recipient_id=recipient_id) for recipient_id in ids))


def _merge(unit: Unit, recipient_id: int, person: Imported) -> None:
    """Widen what a known person follows; their own habits stay, and so do the concerns that they follow."""
    row = unit.people.find(recipient_id)
    if row is None or row.state == "left":
        return
    if row.state == "pending":
        unit.people.confirm(recipient_id, person.channel)
        unit.people.change(recipient_id, person.wanted)
        return
    before = unit.subscriptions.wanted(row)
    unit.people.change(recipient_id, _wider(before, person.wanted))


def _wider(before: Wanted, more: Wanted) -> Wanted:
    def joined(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[str, ...]:
        if not before.routine:
            return b
        return tuple(dict.fromkeys((*a, *b))) if a and b else ()  # empty means all

    return replace(
        before,
        kinds=joined(before.kinds, more.kinds),
        areas=joined(before.areas, more.areas),
        topics=joined(before.topics, more.topics),
    )


def _consent(recipient_id: int, person: Imported) -> dict[str, object]:
    given = datetime.fromisoformat(person.consent_at)
    return {
        "recipient_id": recipient_id,
        "channel": person.channel,
        "given_at": given if given.tzinfo else given.replace(tzinfo=UTC),
        "source": person.consent_source,
        "wording": person.consent_wording,
    }
