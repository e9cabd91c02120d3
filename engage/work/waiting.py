"""What must wait although it is due: routine messages at night, all of a paused notice. Sending is in deliveries."""

from __future__ import annotations

from datetime import datetime

from engage.domain.deliveries import after_quiet_hours
from engage.domain.notices import Lane
from engage.errors import NotFound, Refused
from engage.store.unit import Unit
from engage.work.kit import Kit, office_of


def keep_back(kit: Kit, channel: str, lane: str) -> int:
    """Before a drain looks: whatever made a row ready (a retry, a dead worker, a release), night is night.

    Urgent rows wait for nothing but a pause. Returns how many rows were put off.
    """
    with kit.reading() as unit:
        if unit.schedule.office() is None:
            return 0
        morning, is_paused = _awake(unit), unit.waits.is_anything_paused()
        is_quiet = lane != Lane.URGENT and morning > unit.now
    if not (is_quiet or is_paused):
        return 0
    with kit.unit() as unit:
        parked = unit.waits.park_paused() if is_paused else 0
        return parked + (unit.waits.sleep(channel, lane, morning) if is_quiet else 0)


def pause(kit: Kit, notice_id: str) -> int:
    """Stop a notice where it stands; what is past the fence may still arrive. Returns how many rows are put aside."""
    with kit.unit() as unit:
        version, state = _newest(unit, notice_id)
        if state == "paused":
            raise Refused("It is paused already.")
        unit.notices.set_state(notice_id, version, "paused")
        unit.waits.count_paused()
        return unit.waits.park_paused()


def resume(kit: Kit, notice_id: str) -> int:
    """Let a paused notice go on, routine messages outside the quiet hours; returns how many rows go."""
    with kit.unit() as unit:
        version, state = _newest(unit, notice_id)
        if state != "paused":
            raise Refused("It is not paused.")
        unit.notices.set_state(notice_id, version, "ready")
        unit.waits.count_paused()
        return unit.waits.unpark(notice_id, version, at=_awake(unit))


def _newest(unit: Unit, notice_id: str) -> tuple[int, str]:
    row = unit.notices.row(notice_id, unit.notices.latest(notice_id))
    if row is None:
        raise NotFound("Nothing of it has been sent yet: there is nothing to pause. See: engage alert list")
    if row.state == "withdrawn":
        raise Refused("It is withdrawn: nothing of it goes any more.")
    return int(row.version), str(row.state)


def _awake(unit: Unit) -> datetime:
    """Now, or the end of the quiet hours."""
    office = office_of(unit)
    guards = office.guards
    return after_quiet_hours(unit.now, quiet_from=guards.quiet_from, quiet_until=guards.quiet_until, zone=office.zone)
