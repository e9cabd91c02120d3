"""When people are reminded of a meeting, and the reminders themselves. The kinds are in domain.reminders."""

from __future__ import annotations

from collections.abc import Iterable

from engage.domain.calendars import Entry, Office
from engage.domain.events import ReminderDue
from engage.domain.notices import Item, Lane, Notice
from engage.domain.reminders import moments
from engage.store.outbox import Due
from engage.store.unit import Unit
from engage.work.kit import Kit, office_of
from engage.work.notices import announce
from engage.work.words import access_lines, page, where


def schedule_reminders(unit: Unit, entries: Iterable[Entry]) -> None:
    """Plan the coming reminders of changed entries; what was planned for another time or place is dropped.

    The key holds the start: a meeting that moves is reminded of anew, a repeat of the same moment collapses.
    """
    for entry in entries:
        wanted = {} if entry.is_gone else {_key(entry, key): (at, key) for key, at in moments(entry)}
        stale = unit.dues.waiting_keys(f"reminder:{entry.id}:") - set(wanted)
        unit.dues.drop(stale, "the entry changed")
        unit.dues.plan(
            Due(key=due_key, at=at, until=entry.starts_at, event=_event(entry, key))
            for due_key, (at, key) in wanted.items()
            if at > unit.now
        )


def _key(entry: Entry, key: str) -> str:
    return f"reminder:{entry.id}:{key}:{entry.starts_at:%Y%m%dT%H%M}"


def _event(entry: Entry, key: str) -> ReminderDue:
    return ReminderDue(entry_id=entry.id, key=key, starts_at=entry.starts_at.isoformat())


def is_of(notice_id: str, entry: Entry) -> bool:
    """Whether a reminder still says when the entry begins."""
    return not entry.is_gone and notice_id.endswith(f":{entry.starts_at:%Y%m%dT%H%M}")


def remind(kit: Kit, unit: Unit, event: ReminderDue) -> None:
    """Turn a due reminder into a notice, unless the meeting is off or has begun."""
    found = unit.schedule.find(event.entry_id)
    if found is None or found.entry.is_gone or found.entry.starts_at <= unit.now:
        return
    if event.starts_at != found.entry.starts_at.isoformat():
        return  # it moved meanwhile, and its new start has a moment of its own
    entry, office = found.entry, office_of(unit)
    item = Item(
        id=entry.id,
        areas=entry.areas,
        topics=entry.topics,
        lane=Lane.NORMAL,
        expires_at=entry.starts_at,
        facts=_facts(kit, entry, office),
    )
    announce(
        unit,
        Notice(
            id=_key(entry, event.key),  # same moment, same id: repeats collapse
            kind="reminder",
            items=(item,),
            created_at=unit.now,
            expires_at=entry.starts_at,
        ),
    )


def _facts(kit: Kit, entry: Entry, office: Office) -> dict[str, object]:
    return {
        "title": entry.title,
        "when": entry.starts_local.isoformat(),
        "ends": entry.ends_local.isoformat(),
        "all_day": entry.all_day,
        "where": where(entry, office),
        "access": access_lines(entry, office),
        "online": entry.online,
        "url": page(kit.base_url, entry.id),
        "note": entry.note,
    }
