"""What the relay does every tick: due rows become events, tasks are rung for, the dead are swept up after."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog

from engage import faults
from engage.domain.events import Event
from engage.domain.notices import Lane
from engage.store.handover import HOLD
from engage.store.house import Process
from engage.store.outbox import read_event
from engage.store.unit import Unit
from engage.work.kit import Kit

log = structlog.get_logger()

RING_AGAIN = timedelta(seconds=30)
BEAT = timedelta(seconds=10)
SILENT = 120.0  # seconds without an observed beat after which a process is dead
LATE = timedelta(minutes=5)
ALIVE = "last_alive"  # the key of `meta` with the relay's last moment


def turn_dues(kit: Kit) -> int:
    """Turn moments that have come into events; past its use a moment is expired with a reason, never dropped."""
    with kit.reading() as unit:
        if unit.dues.oldest_waiting() is None:
            return 0
    with kit.unit() as unit:
        come = unit.dues.come()
        for row in come:
            if row.until is not None and row.until <= unit.now:
                unit.dues.settle(row.key, state="expired", reason="its use had passed")
            elif (event := _event(row)) is None:
                unit.dues.settle(row.key, state="dead", reason="its event cannot be read")
            elif unit.dues.settle(row.key, state="done", late=row.at + LATE < unit.now):
                unit.emit(event)
            faults.point("due-turned")
        return len(come)


def _event(row: Any) -> Event | None:
    """None for a row of another version's that we cannot read: it must not stop the moments behind it."""
    try:
        return read_event(row.event, row.body)
    except (KeyError, TypeError):
        log.exception("due row dead", key=row.key)
        return None


@dataclass(frozen=True, kw_only=True)
class Bell:
    """What to ring for: (task id, actor) pairs, and (channel, lane) pairs with rows to send."""

    tasks: tuple[tuple[int, str], ...] = ()
    drains: tuple[tuple[str, str], ...] = ()


def has_work(kit: Kit) -> bool:
    """Whether anybody might be rung for; a look that takes no lock."""
    with kit.reading() as unit:
        return unit.tasks.is_anything_ready() or bool(unit.ledger.ready(kit.channels))


def to_ring(kit: Kit) -> Bell:
    """Whom to call; a drain is rung for while its lane has due rows."""
    with kit.unit() as unit:
        tasks = tuple((row.id, row.actor) for row in unit.tasks.to_ring(again_after=RING_AGAIN))
        drains = _drains(kit, unit, held=is_on_hold(unit))
    return Bell(tasks=tasks, drains=drains)


def _drains(kit: Kit, unit: Unit, *, held: bool) -> tuple[tuple[str, str], ...]:
    waiting = unit.ledger.ready(kit.channels, held=held)
    halted = {channel for channel in kit.channels if (h := unit.house.halted(channel)) and h.until > unit.now}
    order = tuple(Lane)
    return tuple(sorted((pair for pair in waiting if pair[0] not in halted), key=lambda p: order.index(Lane(p[1]))))


def forget_rings(kit: Kit) -> int:
    """The doorbell was lost: ring again for everything that is still owed."""
    with kit.unit() as unit:
        return unit.tasks.forget_rings()


def give_up(kit: Kit, task_id: int, actor: str) -> None:
    """Mark a task dead that asks for an actor we do not have; it must not keep others from being rung for."""
    with kit.unit() as unit:
        unit.tasks.kill(task_id, f"there is no actor {actor}")


def is_on_hold(unit: Unit) -> bool:
    return unit.house.get(HOLD) is not None


@dataclass
class Sweeper:
    """Notices dead processes by watching their beats with its own steady clock; nobody's wall clock matters."""

    kit: Kit
    me: Process
    steady: Callable[[], float]
    is_running: Callable[[int], bool]
    seen: dict[str, tuple[int, float]] = field(default_factory=dict)

    def sweep(self) -> int:
        """Release what dead processes had claimed; returns how many were buried."""
        with self.kit.reading() as unit:
            rows = unit.house.processes()
        dead = [row for row in rows if row.id != self.me.id and self._is_dead(row)]
        for row in dead:
            self._bury(row)
        return len(dead)

    def _is_dead(self, row: Any) -> bool:
        if row.host == self.me.host and row.boot_id == self.me.boot_id and not self.is_running(row.pid):
            return True
        known = self.seen.get(row.id)
        if known is None or known[0] != row.beat:
            self.seen[row.id] = (row.beat, self.steady())
            return False
        return self.steady() - known[1] > SILENT

    def _bury(self, row: Any) -> None:
        same_boot = row.boot_id == self.me.boot_id or row.host != self.me.host
        with self.kit.unit() as unit:
            done = bury(unit, row.id, same_boot=same_boot, crashed=True, findable=self.kit.findable)
        self.seen.pop(row.id, None)
        log.warning("process buried", process=row.id, role=row.role, released=done)


def bury(
    unit: Unit, process_id: str, *, same_boot: bool, crashed: bool, findable: Collection[str] = ()
) -> dict[str, int]:
    """Forget a process and sort out what its threads still own. One that stopped properly charges nobody a crash."""
    done: dict[str, int] = {}
    for owner in unit.ledger.owners(process_id):
        for state, n in unit.ledger.release(owner, same_boot=same_boot, crashed=crashed, findable=findable).items():
            done[state] = done.get(state, 0) + n
    for owner in unit.tasks.owners(process_id):
        done["tasks"] = done.get("tasks", 0) + (unit.tasks.release(owner) if crashed else unit.tasks.give_back(owner))
    unit.house.bury(process_id)
    return done


def orphaned(kit: Kit, owner: str) -> None:
    """Sort out what a name owns under which nobody works any more; a failure is no crash and charges nobody."""
    with kit.unit() as unit:
        unit.ledger.release(owner, same_boot=True, crashed=False, findable=kit.findable)
        unit.tasks.give_back(owner)


def keep_alive(kit: Kit, me: Process) -> None:
    """The relay's own beat; a full commit that bounds what a power cut could make ambiguous."""
    with kit.unit() as unit:
        unit.house.beat(me)
        unit.house.put(ALIVE, unit.now.isoformat())


def put_on_hold(unit: Unit, reason: str) -> str:
    """Stop everything: nothing passes the fence until `engage release`."""
    if not is_on_hold(unit):
        unit.house.put(HOLD, reason)
    return reason


def release(unit: Unit) -> bool:
    """End the hold; False when there was none."""
    return unit.house.drop(HOLD)
