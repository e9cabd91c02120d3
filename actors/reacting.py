"""The beat every reacting actor shares: a task's id comes in, one decision of engage.work is made of its event."""

from __future__ import annotations

import time
from collections.abc import Callable

from actors.boot import current
from engage.work.tasks import Preparation, Reaction, react


def reaction(decide: Reaction, *, paged: bool = False, prepare: Preparation | None = None) -> Callable[[int], None]:
    """An actor that takes a task and has *decide* react to its event; run twice, it finds nothing to do."""

    def act(task_id: int) -> None:
        running = current()
        running.called_at = time.monotonic()
        with running.working() as owner:
            react(running.app, task_id, owner, decide, paged=paged, prepare=prepare)

    act.__doc__ = decide.__doc__
    return act
