"""Watching a notice go out: a bar with rate and time left on a terminal, a line a second otherwise."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from engage.domain.deliveries import PENDING

if TYPE_CHECKING:  # everything else is imported when a command runs: `engage --help` stays fast
    from engage.app import App

STEP = 0.25


def follow(app: App, notice_id: str, version: int) -> None:
    """Return when nothing of the notice is pending any more."""
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    began, told = time.monotonic(), 0.0
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("sending", total=None)
        while True:
            planned, done, is_over = _look(app, notice_id, version)
            bar.update(task, total=planned, completed=done)
            passed = time.monotonic() - began
            if not console.is_terminal and passed - told >= 1:
                told = passed
                print(f"{done} of {planned}, {done / passed:.0f}/s", file=sys.stderr)
            if is_over:
                break
            time.sleep(STEP)
    print(f"{done} settled in {time.monotonic() - began:.1f} s", file=sys.stderr)


def _look(app: App, notice_id: str, version: int) -> tuple[int, int, bool]:
    with app.reading() as unit:
        row = unit.notices.row(notice_id, version)
        states = unit.audits.by_state_of(notice_id, version)
    pending = sum(states.get(state, 0) for state in PENDING)
    planned = int(row.planned or 0) if row is not None else 0
    return planned, sum(states.values()) - pending, row is not None and row.addressed_at is not None and pending == 0
