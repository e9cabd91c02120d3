"""Watching a notice go out: a bar on a terminal, a line a second otherwise, or counts for programs."""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from engage.work.sending import Sending, look

if TYPE_CHECKING:  # everything else is imported when a command runs: `engage --help` stays fast
    from engage.app import App

STEP = 0.25
SAID_EVERY = 1.0
WINDOW = 5.0  # seconds over which the rate is taken


class Pace:
    """How fast it goes, over the last seconds: a send that slows down must not look as fast as it began."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def __call__(self, now: float, settled: int) -> float:
        """Note how many are done; returns how many a second."""
        self._seen.append((now, settled))
        while len(self._seen) > 2 and now - self._seen[0][0] > WINDOW:
            self._seen.popleft()
        since, before = self._seen[0]
        return (settled - before) / (now - since) if now > since else 0.0


def seconds_left(found: Sending, rate: float) -> int | None:
    """Until the last row that can go has gone; None while that cannot be said."""
    unwritten = max(0, found.planned - sum(found.states.values()))
    return round((found.going + unwritten) / rate) if rate > 0 and found.planned else None


class Display(Protocol):
    """A way to show how far it is; `running` surrounds the whole watch."""

    def running(self) -> AbstractContextManager[object]: ...
    def show(self, found: Sending, rate: float) -> None: ...


class Bar:
    """A bar with counts, rate and time left, on a terminal."""

    def __init__(self, console: Console) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[pace]}"),
        )
        self._progress = Progress(*columns, console=console)
        self._task: TaskID = self._progress.add_task("sending", total=None, pace="")

    def running(self) -> AbstractContextManager[object]:
        return self._progress

    def show(self, found: Sending, rate: float) -> None:
        total = found.planned if found.is_addressed or found.planned else None
        self._progress.update(self._task, total=total, completed=found.settled, pace=_pace(found, rate))


class Lines:
    """A line a second, for a log or a pipe."""

    def running(self) -> AbstractContextManager[object]:
        return nullcontext()

    def show(self, found: Sending, rate: float) -> None:
        print(f"{found.settled:,} of {found.planned:,}, {_pace(found, rate)}", file=sys.stderr, flush=True)


class Objects:
    """One JSON object a line on stdout: `planned`, `settled`, `states`, `per_second`, `seconds_left`, `done`, ..."""

    def running(self) -> AbstractContextManager[object]:
        return nullcontext()

    def show(self, found: Sending, rate: float) -> None:
        counts = {
            "notice_id": found.notice_id,
            "version": found.version,
            "planned": found.planned,
            "settled": found.settled,
            "going": found.going,
            "later": found.later,
            "in_digests": found.in_digests,
            "states": dict(sorted(found.states.items())),
            "per_second": round(rate, 1),
            "seconds_left": seconds_left(found, rate),
            "stalled": found.stalled,
            "done": found.is_over,
        }
        print(json.dumps(counts), flush=True)


def follow(app: App, notice_id: str, version: int, *, as_json: bool = False) -> None:
    """Show it until nothing more can go now. Ctrl-C ends the watching, not the send."""
    console = Console(file=sys.stderr)
    display: Display = Objects() if as_json else Bar(console) if console.is_terminal else Lines()
    pace, began, told, found = Pace(), time.monotonic(), 0.0, None
    try:
        with display.running():
            while True:
                found, now = look(app, notice_id, version), time.monotonic()
                rate, ends = pace(now, found.settled), found.is_over or found.stalled is not None
                if ends or isinstance(display, Bar) or now - told >= SAID_EVERY:
                    told = now
                    display.show(found, rate)
                if ends:
                    break
                time.sleep(STEP)
    except KeyboardInterrupt:
        print(f"The send goes on without you. Look again: engage trace {notice_id}", file=sys.stderr)
        raise
    print(_last_words(app, found, time.monotonic() - began), file=sys.stderr)


def _pace(found: Sending, rate: float) -> str:
    left = seconds_left(found, rate)
    return f"{rate:,.0f}/s" + ("" if left is None else f", {left // 60}:{left % 60:02} left")


def _last_words(app: App, found: Sending, seconds: float) -> str:
    """What happened, and what happens later by itself."""
    if found.stalled is not None and not found.is_over:
        return f"{found.settled:,} of {found.planned:,} done. {found.stalled}"
    sent = found.states.get("sent", 0)
    other = ", ".join(f"{n:,} {state}" for state, n in sorted(found.states.items()) if state not in ("sent", "ready"))
    parts = [f"{sent:,} sent in {seconds:.1f} s" + (f", {other}" if other else "")]
    if found.later and found.later_at is not None:
        parts.append(f"{found.later:,} wait until {_clock(app, found)} or later")
    return "; ".join(parts) + "."


def _clock(app: App, found: Sending) -> str:
    from engage.work.kit import office_of

    assert found.later_at is not None
    with app.reading() as unit:
        zone = office_of(unit).zone
    return f"{found.later_at.astimezone(zone):%A %H:%M}"
