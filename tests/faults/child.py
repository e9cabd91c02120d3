"""What runs in a process of the rehearsal: one role of engage, with short times and a clock that can be stepped.

Nothing of how engage works is replaced, except by the named switches of the negative controls.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import actors.boot
import actors.relay
import actors.worker
import engage.app
from engage import cli, embedded, faults
from engage.log import configure
from engage.settings import Settings
from engage.store import dialect
from engage.store.ledger import Ledger
from engage.work import deliveries, relay
from tests.faults import naive
from tests.faults.pace import SLOWNESS
from tests.processes import dress

SCALE = 20 / SLOWNESS  # every time-out of liveness is that much shorter, so that a freeze past it fits into a rehearsal
FENCE_FRESH = deliveries.FENCE_FRESH / SCALE  # 1.5 s
SILENT = relay.SILENT / SCALE  # 6 s


def run(role: str, environment: dict[str, str], log: str) -> None:
    """Become a role; the process ends with it."""
    dress(environment, log)
    faulthandler.register(signal.SIGUSR1)  # where every thread is, for whoever wonders why nothing moves
    _step_clock_with(Path(environment["REHEARSAL_CLOCK"]))
    _shorten()
    _note_points(Path(environment["REHEARSAL_POINTS"]))
    if environment.get("REHEARSAL_FENCE") == "off":
        _tear_down_the_fence()
    sys.argv = ["engage", *environment.get("REHEARSAL_WORDS", "").split()]
    sys.exit(ROLES[role]() or 0)


def _redis() -> int:
    settings = Settings.read()
    configure(settings.log_format)
    return embedded.serve(settings)


ROLES: dict[str, Callable[[], int | None]] = {
    "redis": _redis,
    "relay": actors.relay.run,
    "worker": lambda: actors.worker.run(None),
    "urgent": lambda: actors.worker.run("urgent"),
    "command": cli.main,
    "naive": naive.serve,
}


def _step_clock_with(file: Path) -> None:
    """The clock is the host's plus the seconds in a file, read anew at every look."""

    def clock_of(_settings: Settings) -> Callable[[], datetime]:
        return lambda: datetime.now(UTC) + timedelta(seconds=int(file.read_text()))

    engage.app.clock_of = actors.relay.clock_of = clock_of


def _shorten() -> None:
    relay.SILENT = SILENT
    deliveries.FENCE_FRESH = FENCE_FRESH
    actors.worker.BEAT /= SCALE
    actors.relay.SWEEP /= SCALE
    actors.boot.BEATLESS /= SCALE
    dialect.IDLE_MS = int(dialect.IDLE_MS / SCALE)


def _note_points(file: Path) -> None:
    """Write down every armed point before it goes off: what never went off proved nothing."""
    pass_ = faults.point

    def point(name: str) -> None:
        left, what = faults._armed.get(name, (0, ""))
        if left == 1:
            with file.open("a") as notes:
                notes.write(f"{name} {what} {os.getpid()}\n")
        pass_(name)

    faults.point = point


def _tear_down_the_fence() -> None:
    """Whoever claimed once may hand over for ever: what P5 forbids, so that a rehearsal can be seen to notice."""
    Ledger.fence = lambda _self, ids, _owner: set(ids)  # type: ignore[method-assign]
    Ledger.still_ours = lambda _self, ids, _owner: set(ids)  # type: ignore[method-assign]
    actors.boot.Running.may_hand_over = lambda self: not self.stopping  # type: ignore[method-assign]
