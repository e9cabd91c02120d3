"""Looking at the whole: status, the recount of the ledger, the chain behind one id. Nothing is changed here."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from engage.domain.breaker import Circuit, circuit
from engage.domain.costs import month
from engage.domain.deliveries import State
from engage.domain.inbox import Kind
from engage.domain.milestones import Progress
from engage.errors import NotFound
from engage.store.handover import HOLD
from engage.store.unit import Unit
from engage.work import inbox, troubles
from engage.work.calendars import PROBLEMS
from engage.work.canary import checks
from engage.work.checks import of_canary
from engage.work.kit import Kit
from engage.work.milestones import progress_of

NAMED = tuple(State)
LATELY = timedelta(days=7)
FATES: Mapping[str, str] = {
    Kind.HARD: "bounced, there is no such address:",
    Kind.SOFT: "bounced, the address may be right:",
    Kind.REFUSED: "bounced, not wanted there:",
    Kind.DELAYED: "delayed, still being tried:",
    Kind.DELIVERED: "reported as delivered",
    Kind.COMPLAINT: "complained about as spam",
    Kind.AUTO_REPLY: "answered automatically",
    Kind.REPLY: "answered by a person",
}


def status(kit: Kit) -> dict[str, Any]:
    """The state of everything, as `engage status --json` prints it."""
    arriving = of_canary(kit)
    with kit.reading() as unit:
        office = unit.schedule.office()
        programmes = {
            c.id: told(progress_of(unit, c), held=unit.programmes.held_count(c.id))
            for c in (office.calendars if office else ())
            if c.programme
        }
        first: Mapping[str, Any] = next(iter(programmes.values()), {})
        oldest = unit.audits.oldest_pending()
        beat = unit.house.last_beat("relay")
        people = unit.people.counts()
        waiting = unit.schedule.waiting()
        circuits = {name: _circuit(unit, name) for name in kit.channels}
        return {
            "office": office.short_name if office else None,
            "mode": unit.house.get("mode"),
            "meetings_held": first.get("meetings_held"),
            "next_milestone": first.get("next_milestone"),
            "programmes": programmes,
            "subscribers": {state: people.get(state, 0) for state in ("confirmed", "pending", "left")},
            "deliveries": unit.audits.by_state(),
            "tasks": unit.tasks.by_state(),
            "sms_fragments_this_month": unit.house.counted(month(unit.now)),
            "oldest_pending_s": round((unit.now - oldest).total_seconds(), 1) if oldest else None,
            "relay_beat_age_s": round((unit.now - beat).total_seconds(), 1) if beat else None,
            "on_hold": unit.house.get(HOLD),
            "problems": [*json.loads(unit.house.get(PROBLEMS) or "[]"), *_of_templates(unit)],
            "waiting_plan": {"fingerprint": waiting.fingerprint, "reasons": waiting.waits_for} if waiting else None,
            "canary": {check.channel: asdict(check) for check in checks(kit, unit)},
            "end_to_end": {channel: finding.sentence for channel, finding in arriving.items()},
            "circuits": circuits,
            "halted": {name: one["why"] for name, one in circuits.items() if one["state"] == Circuit.OPEN.value},
            "came_back": unit.inbox.counts(LATELY),
            "bounce_mailbox": inbox.trouble(unit),
        }


def _of_templates(unit: Unit) -> tuple[str, ...]:
    known = troubles.of(unit, troubles.TEMPLATES)
    return known.sentences if known else ()


def _circuit(unit: Unit, channel: str) -> dict[str, Any]:
    """How a channel is: closed, open until a moment, or half-open while one letter tries."""
    halt = unit.house.halted(channel)
    state = circuit(halt, unit.now)
    until = halt.until.isoformat() if halt is not None and state is Circuit.OPEN else None
    return {"state": state.value, "until": until, "failures": halt.failures if halt else 0, "why": halt and halt.why}


def told(progress: Progress, *, held: int) -> dict[str, Any]:
    """A programme's progress as plain values."""
    projected = progress.projected
    upcoming = None
    if progress.next_number is not None:
        upcoming = {
            "count": progress.next_number,
            "remaining": progress.remaining,
            "projected_on": projected.starts_local.date().isoformat() if projected else None,
            "projected_entry": projected.id if projected else None,
        }
    return {"meetings_held": progress.count, "held_since_opening": held, "next_milestone": upcoming}


def reached(kit: Kit, calendar_id: str) -> list[dict[str, Any]]:
    """The milestones a programme has reached, newest first; those before records began have no meeting."""
    with kit.reading() as unit:
        found = unit.programmes.milestones(calendar_id).values()
        entries = {r.entry.id: r.entry for r in unit.schedule.revisions(m.entry_id for m in found if m.entry_id)}
    return [
        {
            "number": m.number,
            "entry": m.entry_id,
            "day": entries[m.entry_id].starts_local.date().isoformat() if m.entry_id in entries else None,
            "title": entries[m.entry_id].title if m.entry_id in entries else None,
            "told": m.told,
        }
        for m in sorted(found, key=lambda m: -m.number)
        if m.reached
    ]


@dataclass(frozen=True, kw_only=True)
class Recount:
    """One notice's promise P1: *planned* people, and the rows there are by state."""

    notice_id: str
    version: int
    kind: str
    planned: int
    rows: Mapping[str, int]

    @property
    def is_equal(self) -> bool:
        return self.planned == sum(self.rows.values())


def audit(kit: Kit) -> list[Recount]:
    """Recount every addressed notice; pending is ready + claimed + handoff + reserved."""
    with kit.reading() as unit:
        return [
            Recount(
                notice_id=row.id,
                version=row.version,
                kind=row.kind,
                planned=row.planned or 0,
                rows=unit.audits.by_state_of(row.id, row.version),
            )
            for row in unit.audits.addressed()
        ]


def trace(kit: Kit, given: str) -> list[str]:
    """The chain behind an id, a line each: entry -> plan -> events -> tasks -> notices -> deliveries -> attempts."""
    with kit.reading() as unit:
        lines = _of_entry(unit, given) or _of_notice(unit, given) or _of_delivery(unit, given)
    if not lines:
        raise NotFound(f'Nothing is known by "{given}". Give the id of an entry, a notice, or a delivery.')
    return lines


def _of_entry(unit: Unit, entry_id: str) -> list[str]:
    found = unit.schedule.find(entry_id)
    if found is None:
        return []
    lines = [f'entry {entry_id}  "{found.entry.title}"  {found.entry.status}  calendar {found.entry.calendar_id}']
    lines += [
        f"  revision {r.number}  {_at(r.at)}  sequence {r.sequence}  {', '.join(r.what)}  plan {r.plan_id}"
        for r in unit.schedule.past_revisions(entry_id)
    ]
    for event in unit.audits.events_about(entry_id):
        lines += _event(unit, event, "  ")
    for notice_id in unit.audits.notices_about(entry_id):
        lines += [f"  {line}" for line in _of_notice(unit, notice_id)]
    return lines


def _event(unit: Unit, event: Any, indent: str) -> list[str]:
    owed = unit.audits.tasks_of(event.id)
    tasks = (f"task {t.id}  {t.actor}  {t.state}" + (f"  {t.error}" if t.error else "") for t in owed)
    return [f"{indent}event {event.id}  {event.name}  {_at(event.at)}", *(f"{indent}  {task}" for task in tasks)]


def _of_notice(unit: Unit, notice_id: str) -> list[str]:
    return [line for row in unit.notices.versions(notice_id) for line in _version(unit, row)]


def _version(unit: Unit, row: Any) -> list[str]:
    states = unit.audits.by_state_of(row.id, row.version)
    counted = ", ".join(f"{n} {state}" for state, n in sorted(states.items())) or "nobody yet"
    return [
        f"notice {row.id}  version {row.version}  {row.kind}  {row.state}  planned {row.planned}",
        *(line for event in unit.audits.chain(row.event_id) for line in _event(unit, event, "  because of ")),
        f"  deliveries: {counted}",
    ]


def _of_delivery(unit: Unit, given: str) -> list[str]:
    row = unit.audits.find(int(given)) if given.isdigit() else None
    if row is None:
        return []
    lines = [
        f"delivery {row.id}  {row.channel}  {row.lane}  {row.state}  attempts {row.attempts}  crashes {row.crashes}",
        *(
            f"  attempt {a.n}  {_at(a.at)}  {a.outcome}" + (f"  {a.error_class}: {a.why}" if a.error_class else "")
            for a in unit.audits.attempts(row.id)
        ),
        *(f"  later {_at(r.received_at)}  {_fate(r)}" for r in unit.inbox.about([row.id, row.digest_id or row.id])),
    ]
    return [*lines, *(f"  {line}" for line in _of_notice(unit, row.notice_id))]


def _fate(row: Any) -> str:
    """What came back after the message was accepted; the delivery's state stays what it was."""
    return f"{FATES.get(row.kind, row.kind)} {row.status}".rstrip()


def _at(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z"


def totals(recounts: list[Recount]) -> Counter[str]:
    """Rows by state over all notices."""
    counted: Counter[str] = Counter()
    for recount in recounts:
        counted.update(recount.rows)
    return counted
