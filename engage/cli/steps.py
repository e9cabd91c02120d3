"""Showing how far a long command is: a bar with rate and time left on a terminal, one line per step otherwise."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from engage.cli.progress import Pace

Tell = Callable[[str, int, int], None]  # what is being done, and how much of how much is
Size = Callable[[float], str]


def counted(n: float) -> str:
    """`12,000`."""
    return f"{n:,.0f}"


def in_bytes(n: float) -> str:
    """`1.4 MB`."""
    return f"{n / 1e6:,.1f} MB"


@contextmanager
def steps(show: Size = counted) -> Iterator[Tell]:
    """What a long piece of work calls as it goes on; nothing of it reaches stdout."""
    console = Console(file=sys.stderr)
    if not console.is_terminal:
        yield _Lines(show)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[pace]}"), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        yield _Bars(progress, show)


class _Lines:
    """A line when a step begins: a log needs no more."""

    def __init__(self, show: Size) -> None:
        self._show, self._step = show, ""

    def __call__(self, step: str, done: int, total: int) -> None:
        if step != self._step:
            self._step = step
            amount = f" {self._show(total)}" if total > 1 else ""
            print(f"{step}{amount} ...", file=sys.stderr, flush=True)
        del done


class _Bars:
    """A bar for each step, the finished ones above."""

    def __init__(self, progress: Progress, show: Size) -> None:
        self._progress, self._show = progress, show
        self._tasks: dict[str, tuple[TaskID, Pace]] = {}

    def __call__(self, step: str, done: int, total: int) -> None:
        if step not in self._tasks:
            self._tasks[step] = (self._progress.add_task(step, total=total, pace=""), Pace())
        task, pace = self._tasks[step]
        rate = f"{self._show(pace(time.monotonic(), done))}/s" if total > 1 else ""
        self._progress.update(task, completed=done, total=total, pace=rate)
