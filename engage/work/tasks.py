"""Reacting to events: a task is claimed, its work and its end are one transaction, a failure puts it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog

from engage import faults
from engage.errors import EngageError
from engage.store.outbox import Task
from engage.store.unit import Unit
from engage.work.kit import Kit

log = structlog.get_logger()

Reaction = Callable[[Kit, Unit, Any], Any]
"""(kit, unit, what it is given) -> None when done, or the watermark from which to go on in another transaction.

It is given the event; a paged one `(event, watermark)`; one with a preparation what that returned.
"""
Preparation = Callable[[Kit, Any], Any]
"""(kit, event) -> whatever takes long and needs no lock: nobody else can write while a unit is open on SQLite."""

OUTDATED_AT_MOST = 5


class LostTask(Exception):
    """Somebody else took the task over; what the unit wrote must be undone."""


class Outdated(Exception):
    """What was prepared is no longer so; the reaction is to be prepared anew."""


def react(
    kit: Kit, task_id: int, owner: str, reaction: Reaction, *, paged: bool = False, prepare: Preparation | None = None
) -> bool:
    """Run *reaction* for the task's event exactly once; False when there was nothing to do.

    A paged reaction is called again with what it returned, each page in a transaction of its own, so that a crash
    resumes without repeating.
    """
    with kit.unit() as unit:
        unit.tasks.give_back(owner)  # left from a failure whose end could not be written
        task = unit.tasks.claim(task_id, owner)
    if task is None:
        return False  # done before, or somebody else got there first
    faults.point("task-claimed")
    try:
        _persist(kit, task, owner, reaction, paged=paged, prepare=prepare)
    except LostTask:
        log.warning("task lost", task_id=task_id, actor=task.actor)
    except Exception as error:
        why = str(error) if isinstance(error, EngageError) else type(error).__name__
        with kit.unit() as unit:
            dead = unit.tasks.put_back(task_id, owner, why)
        log.exception("task dead" if dead else "task put back", task_id=task_id, actor=task.actor)
        return False
    return True


def _persist(kit: Kit, task: Task, owner: str, reaction: Reaction, *, paged: bool, prepare: Preparation | None) -> None:
    """Work, and prepare anew when somebody changed what the preparation had looked at."""
    for left in reversed(range(OUTDATED_AT_MOST)):
        try:
            given = prepare(kit, task.event) if prepare is not None else task.event
            _work(kit, task, owner, reaction, given, paged=paged)
        except Outdated:
            if not left:
                raise
        else:
            return


def _work(kit: Kit, task: Task, owner: str, reaction: Reaction, given: Any, *, paged: bool) -> None:
    watermark = task.watermark
    while True:
        with kit.unit(cause_id=task.event_id) as unit:
            watermark = reaction(kit, unit, (given, watermark) if paged else given)
            done = watermark is None
            ours = unit.tasks.finish(task.id, owner) if done else unit.tasks.advance(task.id, owner, watermark)
            if not ours:
                raise LostTask
        faults.point("task-page")
        if done:
            return
