"""How a process learns that it must stop: by a signal, or because the supervisor that started it has ended.

`python -m engage.lifeline MODULE [ARGUMENT...]` runs a module so that it ends with its supervisor. How a process stops
is its own affair.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

VARIABLE = "ENGAGE_LIFELINE"
PATIENCE = 35.0  # seconds: longer than the 30 s in which a process must be out, so that only a hanging one is cut off


@contextmanager
def stop_signals(*more: signal.Signals) -> Iterator[Sequence[int]]:
    """The SIGINTs and SIGTERMs received so far, and those of `more` that nohup did not switch off; restores handlers.

    A handler that only appends cannot deadlock, which one that sets a `threading.Event` can.
    """
    received: list[int] = []

    def note(signum: int, _frame: FrameType | None) -> None:
        received.append(signum)

    wanted = {signal.SIGINT, signal.SIGTERM, *(one for one in more if signal.getsignal(one) is not signal.SIG_IGN)}
    before = {signum: signal.signal(signum, note) for signum in wanted}
    try:
        yield received
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)


def watch() -> None:
    """Send this process SIGTERM when its supervisor ends in any way, SIGKILL included; does nothing without one.

    The supervisor holds the only writing end of a pipe and never writes: the end of file is its death. Unlike Linux's
    parent-death signal this works on macOS and does not depend on which thread of the parent started us.
    """
    descriptor = os.environ.pop(VARIABLE, None)
    if descriptor is not None:
        threading.Thread(target=_follow, args=(int(descriptor),), name="lifeline", daemon=True).start()


def _follow(descriptor: int) -> None:
    while os.read(descriptor, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Watch, then be the named module; a bootstrap, so that no entry point has to remember to call `watch`."""
    del sys.argv[0]
    watch()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
