"""The difference between what the files declare and what is stored, and which of it waits for a person."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import Any

from engage.domain.calendars import GONE, Entry, Office, Schedule, Status
from engage.domain.revisions import Revision

TOLD = frozenset({"moved", "relocated", "online", "cancelled", "removed", "reinstated"})
RAISES_SEQUENCE = TOLD | {"confirmed", "tentative", "not-held", "held-after-all"}
INVISIBLE = frozenset({"reminders", "counts"})  # fields of an entry that nobody outside the office sees


class Verb(StrEnum):
    """How a plan's line begins."""

    ADDED = "added"
    CHANGED = "changed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One entry that the plan touches; *what* says how, most important word first."""

    entry: Entry
    before: Entry | None
    what: tuple[str, ...]
    digest: str
    expected: int | None = None

    @property
    def is_told(self) -> bool:
        """Whether people hear of it: time, place, status or online link changed."""
        return bool(TOLD & set(self.what))

    @property
    def verb(self) -> Verb:
        if self.before is None:
            return Verb.ADDED
        return Verb.CANCELLED if {"cancelled", "removed"} & set(self.what) else Verb.CHANGED


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Every change between the stored schedule and the declared one, in order of their dates."""

    base_id: int | None
    changes: tuple[Change, ...]
    warnings: tuple[str, ...] = ()

    @property
    def is_first(self) -> bool:
        return self.base_id is None

    @property
    def told(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.is_told)

    @property
    def fingerprint(self) -> str:
        """Twelve characters that confirm exactly this plan on exactly this base."""
        lines = [[c.entry.id, *c.what, c.digest, c.entry.status.value] for c in self.changes]
        text = json.dumps([self.base_id, lines], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def visible_digest(entry: Entry, office: Office, expected: int | None, address: str = "") -> str:
    """What calendar apps show of an entry as one digest: names of venue, areas, topics and its *address* included."""
    return _digest(entry, _context(entry, office), expected, address)


@lru_cache(maxsize=50_000)  # most entries of a plan are those of the one before
def _digest(entry: Entry, context: str, expected: int | None, address: str) -> str:
    text = f"{_json(_visible(entry))} {context} {expected} {address}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _context(entry: Entry, office: Office) -> str:
    """What can be seen of the things that an entry names."""
    calendar = office.calendar_by_id.get(entry.calendar_id)
    venue = office.venue_by_id.get(entry.venue or "")
    names = office.names_of_areas(entry.areas), office.names_of_topics(entry.topics)
    shown = (office.name, office.short_name, office.email, office.phone, office.uid_domain)
    return _json([calendar.name if calendar else "", shown, venue, names])


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


_visible = attrgetter(*sorted(field.name for field in fields(Entry) if field.name not in INVISIBLE))


def _plain(value: Any) -> Any:
    """What JSON does not know as what it does, with nothing lost that can be seen."""
    if isinstance(value, date):  # moments are dates too
        return value.isoformat()
    return {field.name: getattr(value, field.name) for field in fields(value)}


def compare(
    declared: Schedule,
    stored: Mapping[str, Revision],
    digests: Mapping[str, str],
    *,
    expected: Mapping[str, int],
    base_id: int | None,
    now: datetime,
    address: str = "",
) -> Plan:
    """Say what makes the stored entries equal to the declared ones. Nothing is ever deleted.

    An entry that has left the files is `removed` while it lies ahead; what is past stays as it was. *address* is where
    pages are published: when it changes, every link does.
    """
    office, changes = declared.office, []
    contexts: dict[tuple[Any, ...], str] = {}
    for entry in declared.entries.values():
        known = stored.get(entry.id)
        named = (entry.calendar_id, entry.venue, entry.areas, entry.topics)
        context = contexts.get(named) or contexts.setdefault(named, _context(entry, office))
        digest = _digest(entry, context, expected.get(entry.id), address)
        what = _what(known, entry, expected.get(entry.id), same=digests.get(entry.id) == digest)
        if what:
            before = known.entry if known else None
            changes.append(
                Change(entry=entry, before=before, what=what, digest=digest, expected=expected.get(entry.id))
            )
    for known in stored.values():
        gone = known.entry
        if gone.id not in declared.entries and gone.status is not Status.REMOVED and gone.ends_at > now:
            after = replace(gone, status=Status.REMOVED, reason=None)
            # A meeting that was cancelled already is told once.
            what = ("withdrawn",) if gone.status in GONE else ("removed",)
            digest = visible_digest(after, office, None, address)
            changes.append(Change(entry=after, before=gone, what=what, digest=digest))
    changes.sort(key=lambda change: (change.entry.starts_at, change.entry.id))
    return Plan(base_id=base_id, changes=tuple(changes), warnings=tuple(_changed_ids(changes)))


def _what(known: Revision | None, entry: Entry, expected: int | None, *, same: bool) -> tuple[str, ...]:
    if known is None:
        return ("added",)
    before = known.entry
    if same:
        return ("unseen",) if before != entry else ()
    words = [
        *_status_words(before.status, entry.status),
        *(["moved"] if (before.starts_at, before.ends_at) != (entry.starts_at, entry.ends_at) else []),
        *(["relocated"] if before.venue != entry.venue else []),
        *(["online"] if before.online != entry.online else []),
        *(["retitled"] if before.title != entry.title else []),
    ]
    if not words and before == entry and known.expected_milestone != expected:
        return ("renumbered",)  # another meeting was added, moved or called off before it
    return tuple(words) or ("edited",)


def _status_words(before: Status, after: Status) -> list[str]:
    if before is after:
        return []
    match after:
        case Status.CANCELLED:
            return ["cancelled"]
        case Status.NOT_HELD:
            return ["not-held"]
        case Status.REMOVED:
            return ["removed"]
        case Status.CONFIRMED if before is Status.NOT_HELD:
            return ["held-after-all"]
        case _:
            return ["reinstated"] if before in GONE else [after.value]


def _changed_ids(changes: Iterable[Change]) -> list[str]:
    """An entry vanishes and another with the same title and start appears: did the id change?"""
    gone = {(c.entry.title, c.entry.starts_at): c.entry.id for c in changes if "removed" in c.what}
    return [
        f'"{c.entry.id}" has the title and the start of "{gone[c.entry.title, c.entry.starts_at]}", which has left the '
        "files. Did the id change? Calendar apps will show both; put the old id back if it is the same meeting."
        for c in changes
        if "added" in c.what and (c.entry.title, c.entry.starts_at) in gone
    ]


def revise(change: Change, known: Revision | None, now: datetime) -> Revision:
    """The revision that publishes a change (RFC 5545 3.8.7.3-4): SEQUENCE rises when told, LAST-MODIFIED always.

    LAST-MODIFIED counts whole seconds, and ICSx5 skips an entry for which it stayed: two saves within one second are
    told as two seconds.
    """
    if known is None:
        return Revision(entry=change.entry, created_at=now, modified_at=now, expected_milestone=change.expected)
    if change.what == ("unseen",):
        return replace(known, entry=change.entry)
    moved_from = known.moved_from
    if "moved" in change.what:
        moved_from = known.entry.starts_at
    return Revision(
        entry=change.entry,
        number=known.number + 1,
        sequence=known.sequence + (1 if RAISES_SEQUENCE & set(change.what) else 0),
        created_at=known.created_at,
        modified_at=max(now, known.modified_at.replace(microsecond=0) + timedelta(seconds=1)),
        moved_from=moved_from,
        expected_milestone=change.expected,
    )


def reasons_to_wait(
    plan: Plan, stored: Sequence[Entry], office: Office, *, now: datetime, would_tell: Callable[[], int]
) -> list[str]:
    """Why a plan needs a person, as sentences; none means that it may be applied (design section 10)."""
    if plan.is_first:
        return []
    guards, reasons = office.guards, []
    ahead = [entry for entry in stored if entry.ends_at > now and not entry.is_gone]
    cancelled = [c for c in plan.changes if {"cancelled", "removed"} & set(c.what) and c.entry.ends_at > now]
    if len(cancelled) > guards.cancel_at_most:
        reasons.append(f"It cancels {len(cancelled)} coming entries (more than {guards.cancel_at_most}).")
    elif len(ahead) >= guards.cancel_share_from and len(cancelled) > guards.cancel_share * len(ahead):
        reasons.append(f"It cancels {len(cancelled)} of {len(ahead)} coming entries.")
    if plan.told and (people := would_tell()) > guards.tell_at_most:
        reasons.append(f"It would tell {people:,} people (more than {guards.tell_at_most:,}).")
    return reasons
