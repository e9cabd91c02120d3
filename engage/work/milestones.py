"""Counting held meetings and announcing milestones. The arithmetic is in domain.milestones."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from engage.domain import milestones
from engage.domain.calendars import Calendar, Entry, Office, Programme
from engage.domain.events import (
    Event,
    MeetingHeld,
    MeetingUnheld,
    MilestoneApproaching,
    MilestoneReached,
    MilestoneWithdrawn,
)
from engage.domain.milestones import Progress
from engage.domain.notices import KINDS, Item, Notice, Reach
from engage.store.outbox import Due
from engage.store.programmes import Milestone
from engage.store.schedule import TURN, VERSION
from engage.store.unit import Unit
from engage.work.kit import Kit, office_of
from engage.work.notices import announce
from engage.work.words import where

SOON = timedelta(days=14)  # until when a milestone is news


def held_key(entry_id: str) -> str:
    return f"held:{entry_id}"


def schedule_counting(unit: Unit, calendar: Calendar, entries: list[Entry], *, first: bool) -> None:
    """After an apply: arm the moments at which meetings will count, and notice those that no longer do.

    Meetings already past when their calendar is first applied count silently, and so do milestones that staff name
    after they were passed.
    """
    programme = calendar.programme
    if programme is None:
        return
    states = unit.programmes.states(calendar.id)
    if first:
        for entry in entries:
            if milestones.is_held(entry, programme, unit.now):
                unit.programmes.mark(entry.id, calendar.id, entry.ends_at, state="held", silent=True)
                states[entry.id] = "held"
    for entry in entries:
        _arm(unit, entry, programme, states.get(entry.id))
    review(unit, calendar, programme, is_apply=True, is_first=first)


def _arm(unit: Unit, entry: Entry, programme: Programme, state: str | None) -> None:
    countable = milestones.is_countable(entry, programme)
    if state == "held" and milestones.is_held(entry, programme, unit.now):
        unit.programmes.ended(entry.id, entry.ends_at)
    if state == "held":
        if not countable or entry.ends_at > unit.now:
            unit.emit(MeetingUnheld(entry_id=entry.id))
        if not countable:
            return
    if not countable:
        unit.dues.drop([held_key(entry.id)], "it will not count")
    elif state != "held" or entry.ends_at > unit.now:
        unit.dues.arm(Due(key=held_key(entry.id), at=entry.ends_at, event=MeetingHeld(entry_id=entry.id)))


def count(_kit: Kit, unit: Unit, event: MeetingHeld | MeetingUnheld) -> None:
    """Note whether the meeting counts now, and what that does to the milestones."""
    unit.house.take_turn(TURN)  # two meetings that end at once must see one another counted
    found = unit.schedule.find(event.entry_id)
    office = office_of(unit)
    calendar = office.calendar_by_id.get(found.entry.calendar_id) if found else None
    if found is None or calendar is None or calendar.programme is None:
        return
    entry, programme = found.entry, calendar.programme
    is_held = milestones.is_held(entry, programme, unit.now)
    known = unit.programmes.state_of(entry.id)
    if isinstance(event, MeetingHeld) and not is_held and milestones.is_countable(entry, programme):
        # It moved, or our clock is behind the relay's: its moment comes (again).
        unit.dues.arm(Due(key=held_key(entry.id), at=entry.ends_at, event=event))
    if is_held != (known == "held") and (is_held or known is not None):
        unit.programmes.mark(entry.id, calendar.id, entry.ends_at, state="held" if is_held else "unheld")
        unit.house.count_up(VERSION)
    review(unit, calendar, programme)


def review(
    unit: Unit, calendar: Calendar, programme: Programme, *, is_apply: bool = False, is_first: bool = False
) -> None:
    """Compare the count with every milestone; what flipped is announced at ten o'clock the next day, if it lasts.

    Nobody is told of one made by a meeting that was history when we began, or named by staff after it was passed.
    """
    held = unit.programmes.held_in_order(calendar.id)
    total = programme.opening_count + len(held)
    known = unit.programmes.milestones(calendar.id)
    history = unit.programmes.silent(calendar.id)
    flipped = []
    for number in sorted({*known, *milestones.numbers_upto(programme, total)}):
        before = known.get(number) or Milestone(calendar_id=calendar.id, number=number, reached=False, entry_id=None)
        reached = number <= total
        place = number - programme.opening_count - 1
        entry_id = held[place] if reached and place >= 0 else None
        if number not in known or before.reached != reached or before.entry_id != entry_id:
            flipped.append(replace(before, reached=reached, entry_id=entry_id))
        is_history = reached and before.told == "nothing" and (entry_id is None or entry_id in history)
        if before.reached != reached and not is_history and not (is_apply and number not in known):
            _announce_later(unit, calendar, number, reached=reached)
    unit.programmes.save(flipped)
    if not is_first:
        _approach(unit, calendar, programme, total)


def _announce_later(unit: Unit, calendar: Calendar, number: int, *, reached: bool) -> None:
    event: Event = (MilestoneReached if reached else MilestoneWithdrawn)(programme=calendar.id, number=number)
    at = milestones.announce_at(unit.now, calendar.timezone)
    unit.dues.arm(Due(key=f"milestone:{calendar.id}:{number}", at=at, event=event))


def _approach(unit: Unit, calendar: Calendar, programme: Programme, total: int) -> None:
    number = milestones.next_after(programme, total)
    if number is None or number - total > programme.announce_ahead:
        return
    known = unit.programmes.milestones(calendar.id).get(number)
    if known is None or not known.approach_told:
        at = milestones.announce_at(unit.now, calendar.timezone)
        event = MilestoneApproaching(programme=calendar.id, number=number)
        key = f"approach:{calendar.id}:{number}"
        if not unit.dues.waiting_keys(key):  # it may have come while it was not near: then it comes again
            unit.dues.arm(Due(key=key, at=at, event=event))


def announce_milestone(kit: Kit, unit: Unit, event: MilestoneReached | MilestoneWithdrawn) -> None:
    """Tell what is true now, unless people know it already: a correction undone in time says nothing."""
    known = unit.programmes.milestones(event.programme).get(event.number)
    office = office_of(unit)
    if known is None:
        return
    wanted = "reached" if known.reached else "withdrawn"
    if known.told == wanted or (wanted == "withdrawn" and known.told == "nothing"):
        return
    version = known.version + 1
    announce(unit, _milestone_notice(kit, unit, office, known, wanted, version))
    unit.programmes.save([replace(known, told=wanted, version=version)])


def _milestone_notice(kit: Kit, unit: Unit, office: Office, known: Milestone, status: str, version: int) -> Notice:
    calendar = office.calendar_by_id[known.calendar_id]
    entry_id = known.entry_id or _last_entry(unit, known)
    found = unit.schedule.find(entry_id) if entry_id else None
    facts = {
        "programme": calendar.name,
        "number": known.number,
        "status": status,
        "title": found.entry.title if found else calendar.name,
        "when": found.entry.starts_local.isoformat() if found else None,
        "where": where(found.entry, office) if found else "",
        "url": f"{kit.base_url}/milestones",
        "entry_id": entry_id,
    }
    notice_id = f"milestone:{known.calendar_id}:{known.number}"
    reach = Reach.TOLD if status == "withdrawn" else (Reach.AUDIENCE if version == 1 else Reach.BOTH)
    expires_at = unit.now + SOON
    item = Item(id=notice_id, lane=KINDS["milestone"].lane, expires_at=expires_at, facts=facts)
    return Notice(
        id=notice_id,
        version=version,
        kind="milestone",
        items=(item,),
        reach=reach,
        created_at=unit.now,
        expires_at=expires_at,
    )


def _last_entry(unit: Unit, known: Milestone) -> str | None:
    """The meeting people were told about, when it no longer is the N-th."""
    notice = unit.notices.find(f"milestone:{known.calendar_id}:{known.number}", known.version)
    return notice.items[0].facts.get("entry_id") if notice else None


def announce_approach(kit: Kit, unit: Unit, event: MilestoneApproaching) -> None:
    """Tell that a milestone is near, with the date the schedule projects; once, and only while it still is near."""
    office = office_of(unit)
    calendar = office.calendar_by_id.get(event.programme)
    if calendar is None or calendar.programme is None:
        return
    now = progress_of(unit, calendar)
    known = unit.programmes.milestones(calendar.id).get(event.number) or Milestone(
        calendar_id=calendar.id, number=event.number, reached=False, entry_id=None
    )
    still = now.next_number == event.number and (now.remaining or 0) <= calendar.programme.announce_ahead
    if not still or known.approach_told:
        return
    expires_at = now.projected.ends_at if now.projected else unit.now + SOON
    notice_id = f"approaching:{calendar.id}:{event.number}"
    facts = {
        "programme": calendar.name,
        "number": event.number,
        "remaining": now.remaining,
        "projected": now.projected.starts_local.date().isoformat() if now.projected else None,
        "next": [_next(kit, entry, office) for entry in _coming(unit, calendar)[: now.remaining or 0][:5]],
        "url": f"{kit.base_url}/milestones",
    }
    item = Item(id=notice_id, lane=KINDS["approaching"].lane, expires_at=expires_at, facts=facts)
    announce(
        unit,
        Notice(id=notice_id, kind="approaching", items=(item,), created_at=unit.now, expires_at=expires_at),
    )
    unit.programmes.save([replace(known, approach_told=True)])


def progress_of(unit: Unit, calendar: Calendar) -> Progress:
    """Where a programme stands now."""
    assert calendar.programme is not None
    line = milestones.line(calendar.programme, entries_of(unit, calendar.id), unit.now)
    return milestones.progress(calendar.programme, line, held=unit.programmes.held_count(calendar.id))


def entries_of(unit: Unit, calendar_id: str) -> list[Entry]:
    return [r.entry for r in unit.schedule.revisions() if r.entry.calendar_id == calendar_id]


def _coming(unit: Unit, calendar: Calendar) -> tuple[Entry, ...]:
    assert calendar.programme is not None
    return milestones.line(calendar.programme, entries_of(unit, calendar.id), unit.now).ahead


def _next(kit: Kit, entry: Entry, office: Office) -> dict[str, str]:
    return {
        "title": entry.title,
        "when": entry.starts_local.isoformat(),
        "where": where(entry, office),
        "url": f"{kit.base_url}/meetings/{entry.id}",
    }
