"""Named points at which a rehearsal kills or freezes a process (`ENGAGE_FAULT=fenced:3:kill`). Never in live mode."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

_armed: dict[str, tuple[int, str]] = {}


def arm(text: str) -> None:
    """Read `point:n:what` (what: kill, stop, raise), comma-separated: the n-th pass through the point does it."""
    _armed.clear()
    for part in filter(None, (p.strip() for p in text.split(","))):
        point, n, what = (*part.split(":"), "1", "kill")[:3] if part.count(":") < 2 else part.split(":")
        _armed[point] = (int(n), what)


def point(name: str) -> None:
    """Pass a named point; nothing happens unless a rehearsal armed it."""
    if not _armed or name not in _armed:
        return
    left, what = _armed[name]
    _armed[name] = (left - 1, what)
    if left != 1:
        return
    if what == "raise":
        message = f"Rehearsed failure at {name}."
        raise RuntimeError(message)
    os.kill(os.getpid(), signal.SIGKILL if what == "kill" else signal.SIGSTOP)


@contextmanager
def armed(text: str) -> Iterator[None]:
    """Arm for a block of a test and put everything back."""
    before = dict(_armed)
    arm(text)
    try:
        yield
    finally:
        _armed.clear()
        _armed.update(before)
