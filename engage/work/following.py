"""Following a concern: who wants to know what comes of it, and telling them once it has come, or has changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from engage.domain.calendars import Concern, Entry
from engage.domain.concerns import Raised, key_of
from engage.domain.events import CalendarApplied
from engage.domain.notices import KINDS, Item, Notice
from engage.domain.plan import Verb
from engage.store.types import from_body
from engage.store.unit import Unit
from engage.work.kit import Kit, office_of
from engage.work.notices import announce
from engage.work.words import page


def concern_of(unit: Unit, key: str) -> Raised | None:
    """The concern as it stands now; None when staff took it out of the file."""
    entry_id, _, concern_id = key.partition("/")
    found = unit.schedule.find(entry_id)
    concerns = found.entry.concerns if found else ()
    return next((Raised(entry=found.entry, concern=c) for c in concerns if found and c.id == concern_id), None)


def follow(kit: Kit, recipient_id: int, key: str) -> bool:
    """One press of somebody whom we know; False when they have left or there is no such concern."""
    with kit.unit() as unit:
        person = unit.people.find(recipient_id)
        if person is None or person.state != "confirmed" or concern_of(unit, key) is None:
            return False
        unit.subscriptions.follow(recipient_id, key)
        return True


def unfollow(kit: Kit, recipient_id: int, key: str) -> None:
    """What was to be told about it is not held back: it may be on its way."""
    with kit.unit() as unit:
        unit.subscriptions.unfollow(recipient_id, key)


def announce_outcomes(kit: Kit, unit: Unit, event: CalendarApplied) -> None:
    """Every outcome that is new or says something new is one version of its concern's notice.

    It is written whether anybody follows or not: who begins to follow later has read what was said by then.
    """
    changes = unit.schedule.changes_of(event.plan_id)
    changed = {c["entry_id"] for c in changes if c["verb"] != Verb.ADDED.value}
    entries = [r.entry for r in unit.schedule.revisions(changed) if any(c.outcome for c in r.entry.concerns)]
    pasts = _pasts(unit, [entry.id for entry in entries])
    for entry in entries:
        for concern in entry.concerns:
            version = _version(unit, concern, pasts[entry.id], notice_id=_notice_id(entry, concern))
            if version is not None:
                announce(unit, _notice(kit, unit, entry, concern, version))


def _notice_id(entry: Entry, concern: Concern) -> str:
    return f"outcome:{entry.id}:{concern.id}"


def _pasts(unit: Unit, ids: Sequence[str]) -> Mapping[str, list[Entry]]:
    """Every entry as each of its revisions had it."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for row in unit.schedule.histories(ids):
        found[row.entry_id].append(from_body(row.body, Entry))
    return found


def _version(unit: Unit, concern: Concern, pasts: Sequence[Entry], *, notice_id: str) -> int | None:
    """The number under which the outcome is to be told; None when it was told, or stood there from the beginning."""
    if not concern.outcome:
        return None
    latest = unit.notices.latest(notice_id)
    told = unit.notices.find(notice_id, latest)
    if told is not None:
        return latest + 1 if told.items[0].facts["outcome"] != concern.outcome else None
    before = [known.outcome for past in pasts for known in past.concerns if known.id == concern.id]
    return 1 if any(outcome != concern.outcome for outcome in before) else None


def _notice(kit: Kit, unit: Unit, entry: Entry, concern: Concern, version: int) -> Notice:
    rules = KINDS["outcome"]
    expires_at = unit.now + rules.expires_after
    facts = {
        "raised": concern.raised,
        "outcome": concern.outcome,
        "done_on": concern.on.isoformat() if concern.on else None,
        "title": entry.title,
        "held_on": entry.ends_local.date().isoformat(),
        "areas": list(office_of(unit).names_of_areas(entry.areas)),
        "is_changed": version > 1,
        "url": f"{page(kit.base_url, entry.id)}#c-{entry.id}-{concern.id}",
    }
    item = Item(id=key_of(entry.id, concern.id), lane=rules.lane, expires_at=expires_at, facts=facts)
    return Notice(
        id=_notice_id(entry, concern),
        version=version,
        kind="outcome",
        items=(item,),
        created_at=unit.now,
        expires_at=expires_at,
    )
