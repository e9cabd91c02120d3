"""Telling people that staff moved or cancelled something. Finding the changes is in plans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from engage.domain.calendars import Entry, Office
from engage.domain.events import CalendarApplied
from engage.domain.notices import Item, Lane, Notice
from engage.domain.plan import TOLD, Change, plain
from engage.domain.revisions import Revision
from engage.store.unit import Unit
from engage.work.kit import Kit, office_of
from engage.work.notices import announce, withdraw
from engage.work.words import page, where

LATE = timedelta(hours=48)  # Google Calendar may lag by a day: inside this people are told at once
_ORDER = ("cancelled", "removed", "reinstated", "moved", "relocated", "online")


def recorded(change: Change, office: Office) -> dict[str, Any]:
    """What history keeps of a change: enough to tell people later what it was before."""
    before = change.before
    return {
        "entry_id": change.entry.id,
        "title": change.entry.title,
        "verb": change.verb.value,
        "what": list(change.what),
        "before": None
        if before is None
        else {
            "starts_at": before.starts_at.isoformat(),
            "starts_local": before.starts_local.isoformat(),
            "where": where(before, office),
            "title": before.title,
        },
        "starts_at": plain(change.entry.starts_at),
    }


def announce_changes(kit: Kit, unit: Unit, event: CalendarApplied) -> None:
    """One apply is one notice: a person gets one message with the changes that concern them."""
    told = _told(unit, event.plan_id)
    for _, revision in told:
        for notice_id in unit.notices.of_entry(revision.entry.id, "reminder"):
            withdraw(unit, notice_id)  # nobody is reminded of what is no longer so
    office = office_of(unit)
    items = [_item(kit, unit, group, office) for group in _grouped(told)]
    if items:
        expires_at = max(item.expires_at for item in items)
        notice_id = f"change:{event.plan_id}"
        announce(
            unit,
            Notice(id=notice_id, kind="change", items=tuple(items), created_at=unit.now, expires_at=expires_at),
        )


Told = tuple[Mapping[str, Any], Revision]


def _told(unit: Unit, plan_id: int) -> list[Told]:
    """The changes of the plan that people hear of, each with the entry as it is now."""
    changes = {c["entry_id"]: c for c in unit.schedule.changes_of(plan_id) if TOLD & set(c["what"])}
    now = {revision.entry.id: revision for revision in unit.schedule.revisions(changes)}
    found = [(change, now[entry_id]) for entry_id, change in changes.items() if entry_id in now]
    return [(change, revision) for change, revision in found if _last_start(change, revision.entry) > unit.now]


def _grouped(told: Sequence[Told]) -> list[list[Told]]:
    """A changed rule is one thing to tell, however many dates it moves."""
    groups: dict[tuple[str, str], list[Told]] = defaultdict(list)
    for change, revision in told:
        groups[revision.entry.rule or revision.entry.id, _word(change)].append((change, revision))
    return list(groups.values())


def _item(kit: Kit, unit: Unit, group: Sequence[Told], office: Office) -> Item:
    change, revision = group[0]
    entry, before, word = revision.entry, change["before"] or {}, _word(change)
    starts = [_first_start(c, r.entry) for c, r in group]
    is_late = min(starts) - unit.now <= LATE
    facts = {
        "what": "cancelled" if word == "removed" else word,
        "title": entry.title,
        "reason": entry.reason,
        "old_when": before.get("starts_local") if "moved" in change["what"] else None,
        "when": entry.starts_local.isoformat(),
        "old_where": before.get("where") if "relocated" in change["what"] else None,
        "where": where(entry, office),
        "online": entry.online,
        "url": page(kit.base_url, entry.id),
        "note": entry.note,
        "many": len(group),
        "urgent": is_late,
    }
    areas = dict.fromkeys(area for _, r in group for area in r.entry.areas)
    topics = dict.fromkeys(topic for _, r in group for topic in r.entry.topics)
    return Item(
        id=entry.id,
        areas=tuple(areas),
        topics=tuple(topics),
        lane=Lane.URGENT if is_late else Lane.NORMAL,
        expires_at=max(_last_start(c, r.entry) for c, r in group),
        facts=facts,
        told=tuple(n for _, r in group for n in unit.notices.of_entry(r.entry.id, "reminder")),
    )


def _word(change: Mapping[str, Any]) -> str:
    return next(word for word in _ORDER if word in change["what"])


def _first_start(change: Mapping[str, Any], entry: Entry) -> datetime:
    return min(_starts(change, entry))


def _last_start(change: Mapping[str, Any], entry: Entry) -> datetime:
    return max(_starts(change, entry))


def _starts(change: Mapping[str, Any], entry: Entry) -> list[datetime]:
    before = change["before"]
    return [entry.starts_at, *([datetime.fromisoformat(before["starts_at"])] if before else [])]
