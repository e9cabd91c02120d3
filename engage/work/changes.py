"""Telling people that staff moved or cancelled something. Finding the changes is in plans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from engage.domain.calendars import Entry, Office
from engage.domain.events import CalendarApplied
from engage.domain.notices import Item, Lane, Notice
from engage.domain.plan import TOLD, Change
from engage.domain.revisions import Revision
from engage.store.unit import Unit
from engage.work.kit import Kit, office_of
from engage.work.notices import announce, withdraw
from engage.work.reminders import is_of
from engage.work.words import page, where

LATE = timedelta(hours=48)  # Google Calendar may lag by a day: inside this people are told at once


def recorded(change: Change, office: Office) -> dict[str, Any]:
    """What history keeps of a change: enough to tell people later what it was before."""
    return {
        "entry_id": change.entry.id,
        "title": change.entry.title,
        "verb": change.verb.value,
        "what": list(change.what),
        "before": None if change.before is None else _seen(change.before, office),
        "starts_at": change.entry.starts_at.isoformat(),
    }


def _seen(entry: Entry, office: Office) -> dict[str, Any]:
    """An entry as people knew it."""
    return {
        "starts_at": entry.starts_at.isoformat(),
        "starts_local": entry.starts_local.isoformat(),
        "ends_at": entry.ends_at.isoformat(),
        "where": where(entry, office),
        "online": entry.online,
        "is_gone": entry.is_gone,
        "title": entry.title,
        "areas": list(entry.areas),
        "topics": list(entry.topics),
    }


def announce_changes(kit: Kit, unit: Unit, event: CalendarApplied) -> None:
    """One apply is one notice: a person gets one message with the changes that concern them."""
    office = office_of(unit)
    told = _told(unit, event.plan_id, office)
    for _, revision in told:
        for notice_id in unit.notices.of_entry(revision.entry.id, "reminder"):
            if not is_of(notice_id, revision.entry):
                withdraw(unit, notice_id)  # nobody is reminded of what is no longer so
    items = [_item(kit, unit, group, office) for group in _grouped(told)]
    if items:
        expires_at = max(item.expires_at for item in items)
        notice_id = f"change:{event.plan_id}"
        announce(
            unit,
            Notice(id=notice_id, kind="change", items=tuple(items), created_at=unit.now, expires_at=expires_at),
        )


Told = tuple[Mapping[str, Any], Revision]


def _told(unit: Unit, plan_id: int, office: Office) -> list[Told]:
    """What people hear of: each entry with the change from what they knew last to how it is now.

    Tasks have no order and staff correct themselves: what a later apply changed again is told with that one, from the
    state that was told last; what was undone meanwhile is not told at all.
    """
    later = unit.schedule.told_since(plan_id, TOLD)
    changes = {c["entry_id"]: c for c in unit.schedule.changes_of(plan_id) if TOLD & set(c["what"])}
    found: list[Told] = []
    for revision in unit.schedule.revisions(set(changes) - later):
        entry = revision.entry
        known = _known_before(unit, plan_id, entry.id) or changes[entry.id]["before"]
        what = _difference(known, _seen(entry, office))
        change = {**changes[entry.id], "before": known, "what": what}
        if what and _last_start(change, entry) > unit.now:
            found.append((change, revision))
    return found


def _known_before(unit: Unit, plan_id: int, entry_id: str) -> dict[str, Any] | None:
    """The entry as people were told last, when earlier applies changed it and their notices left it to this one."""
    known = None
    for earlier_id, change in unit.schedule.earlier_changes(plan_id, entry_id):
        notice = unit.notices.find(f"change:{earlier_id}", 1)
        if not TOLD & set(change["what"]):
            continue
        if notice is not None and any(entry_id in item.facts["entries"] for item in notice.items):
            break
        known = change["before"] or known
    return known


def _difference(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> list[str]:
    """What of it people must hear, most important first."""
    if before is None:
        return []
    if now["is_gone"]:
        return [] if before["is_gone"] else ["cancelled"]
    moved = any(before.get(name, now[name]) != now[name] for name in ("starts_at", "ends_at"))
    words = (
        ("reinstated", before["is_gone"]),
        ("moved", moved),
        ("relocated", before["where"] != now["where"]),
        ("online", before["online"] != now["online"]),
    )
    return [word for word, holds in words if holds]


def overtaken(unit: Unit, notice: Notice) -> frozenset[str]:
    """The items of a change notice that say what a later apply has changed again."""
    if notice.kind != "change":
        return frozenset()
    later = unit.schedule.told_since(int(notice.id.rpartition(":")[2]), TOLD)
    return frozenset(item.id for item in notice.items if set(item.facts["entries"]) <= later)


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
        "what": word,
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
        "entries": [r.entry.id for _, r in group],
        "urgent": is_late,
    }
    areas, topics = _all(group, "areas"), _all(group, "topics")
    return Item(
        id=entry.id,
        areas=areas,
        topics=topics,
        lane=Lane.URGENT if is_late else Lane.NORMAL,
        expires_at=max(_last_start(c, r.entry) for c, r in group),
        facts=facts,
        told=tuple(n for _, r in group for n in unit.notices.of_entry(r.entry.id, "reminder")),
    )


def _all(group: Sequence[Told], name: str) -> tuple[str, ...]:
    """Areas or topics of the entries, as they are and as they were: who knows the old place must hear too."""
    sides = [
        side for c, r in group for side in (getattr(r.entry, name), (c["before"] or {}).get(name)) if side is not None
    ]
    return tuple(dict.fromkeys(value for side in sides for value in side)) if all(sides) else ()  # none means all


def _word(change: Mapping[str, Any]) -> str:
    return str(change["what"][0])


def _first_start(change: Mapping[str, Any], entry: Entry) -> datetime:
    return min(_starts(change, entry))


def _last_start(change: Mapping[str, Any], entry: Entry) -> datetime:
    return max(_starts(change, entry))


def _starts(change: Mapping[str, Any], entry: Entry) -> list[datetime]:
    before = change["before"]
    return [entry.starts_at, *([datetime.fromisoformat(before["starts_at"])] if before else [])]
