"""Reacting to events: a task is claimed, its work and its end are one transaction, a failure puts it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog

from engage import faults
from engage.domain.events import Event
from engage.store.outbox import Task
from engage.store.unit import Unit
from engage.work.kit import Kit

log = structlog.get_logger()

Reaction = Callable[[Kit, Unit, Any], Any]
"""(kit, unit, event or page) -> None when done, or the watermark from which to go on in another transaction."""


class LostTask(Exception):
    """Somebody else took the task over; what the unit wrote must be undone."""


def react(kit: Kit, task_id: int, owner: str, reaction: Reaction, *, paged: bool = False) -> bool:
    """Run *reaction* for the task's event exactly once; False when there was nothing to do.

    A paged reaction gets `(event, watermark)` and is called again with what it returned, each page in a transaction
    of its own, so that a crash resumes without repeating.
    """
    with kit.unit() as unit:
        task = unit.tasks.claim(task_id, owner)
    if task is None:
        return False  # done before, or somebody else got there first
    faults.point("task-claimed")
    try:
        _work(kit, task, owner, reaction, paged=paged)
    except LostTask:
        log.warning("task lost", task_id=task_id, actor=task.actor)
    except Exception as error:
        with kit.unit() as unit:
            dead = unit.tasks.put_back(task_id, owner, f"{type(error).__name__}: {error}")
        log.exception("task dead" if dead else "task put back", task_id=task_id, actor=task.actor)
        return False
    return True


def _work(kit: Kit, task: Task, owner: str, reaction: Reaction, *, paged: bool) -> None:
    watermark = task.watermark
    while True:
        with kit.unit(cause_id=task.event_id) as unit:
            given: Event | tuple[Event, Any] = (task.event, watermark) if paged else task.event
            watermark = reaction(kit, unit, given)
            done = watermark is None
            ours = unit.tasks.finish(task.id, owner) if done else unit.tasks.advance(task.id, owner, watermark)
            if not ours:
                raise LostTask
        faults.point("task-page")
        if done:
            return
