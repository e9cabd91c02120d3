"""Showing how far a long command is: a bar with rate and time left on a terminal, one line per step otherwise.

What takes less than a second is not worth a word.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from engage.cli.progress import Pace

Tell = Callable[[str, int, int], None]  # what is being done, and how much of how much is
Size = Callable[[float], str]
LONG = 1.0  # seconds after which a step is shown


def counted(n: float) -> str:
    """`12,000`."""
    return f"{n:,.0f}"


def in_bytes(n: float) -> str:
    """`1.4 MB`, `44 kB`."""
    return f"{n / 1e6:,.1f} MB" if n >= 1e6 else f"{n / 1e3:,.0f} kB"


@contextmanager
def steps(show: Size = counted) -> Iterator[Tell]:
    """What a long piece of work calls as it goes on; nothing of it reaches stdout."""
    console = Console(file=sys.stderr)
    if not console.is_terminal:
        with _Lines(show).watched() as tell:
            yield tell
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[pace]}"), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress, _Bars(progress, show).watched() as tell:
        yield tell


class _Steps:
    """Notices when a step begins, and when it has taken long enough to be shown."""

    def __init__(self, show: Size) -> None:
        self._size, self._step, self._late = show, "", threading.Timer(0, lambda: None)

    @contextmanager
    def watched(self) -> Iterator[Tell]:
        try:
            yield self
        finally:
            self._late.cancel()

    def __call__(self, step: str, done: int, total: int) -> None:
        if step != self._step:
            self._late.cancel()
            self._step = step
            self._begin(step, total)
            self._late = threading.Timer(LONG, self._show, (step, total))
            self._late.daemon = True
            self._late.start()
        self._go_on(step, done, total)
        if done >= total:
            self._late.cancel()

    def _begin(self, step: str, total: int) -> None:
        """The step has begun."""

    def _show(self, step: str, total: int) -> None:
        """It takes its time."""

    def _go_on(self, step: str, done: int, total: int) -> None:
        """So much of it is done."""


class _Lines(_Steps):
    """A line for each long step: a log needs no more."""

    def _show(self, step: str, total: int) -> None:
        amount = f" {self._size(total)}" if total > 1 else ""
        print(f"{step}{amount} ...", file=sys.stderr, flush=True)


class _Bars(_Steps):
    """A bar for each long step, the finished ones above."""

    def __init__(self, progress: Progress, show: Size) -> None:
        super().__init__(show)
        self._progress = progress
        self._tasks: dict[str, tuple[TaskID, Pace]] = {}

    def _begin(self, step: str, total: int) -> None:
        self._tasks[step] = (self._progress.add_task(step, total=total, pace="", visible=False), Pace())

    def _show(self, step: str, total: int) -> None:
        self._progress.update(self._tasks[step][0], total=total, visible=True)

    def _go_on(self, step: str, done: int, total: int) -> None:
        task, pace = self._tasks[step]
        rate = f"{self._size(pace(time.monotonic(), done))}/s" if total > 1 else ""
        self._progress.update(task, completed=done, total=total, pace=rate)
