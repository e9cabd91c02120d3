"""The screen of `engage up`: what is coming, what goes, what is wrong. What the processes say goes to a file below it.

Each look at the database is followed by a pause a hundred times as long, so that watching costs next to nothing.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOBase
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from engage.errors import EngageError

if TYPE_CHECKING:
    from engage.supervisor import Supervisor
    from engage.work.overview import Overview

LOOK_EVERY = 2.0  # seconds at least
SHARE = 100.0  # one part of looking for so many of rest
LARGEST = 5_000_000  # bytes of the log before it is put aside, once
TAIL = 4  # lines of the log that are shown
TROUBLES = 6
Look = Callable[[], "Overview"]


class Journal(TextIOBase):
    """Where lines go that would break the screen: a file of limited size, its last lines kept at hand."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = path
        self.tail: deque[str] = deque(maxlen=TAIL)
        self._begun = ""
        self._file = self._open()

    def _open(self) -> TextIO:
        return open(os.open(self.path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "a", encoding="utf-8")  # noqa: PTH123

    def isatty(self) -> bool:
        return False

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")  # print writes a line in pieces
        self.tail.extend(line for line in lines if line.strip())
        if self._file.tell() > LARGEST:
            self._file.close()
            self.path.replace(self.path.with_name(f"{self.path.name}.1"))
            self._file = self._open()
        return self._file.write(text)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        super().close()
        self._file.close()


def drawn(found: Overview | None, *, url: str, running: dict[str, bool], tail: list[str], log: Path) -> RenderableType:
    """One picture of it all, as wide as the terminal."""
    parts: list[RenderableType] = [_head(found, url), Text()]
    if found is not None:
        parts += [*_troubles(found), *_coming(found), *_milestones(found), _counts(found)]
    parts += [_processes(running), Rule(str(log), style="dim", align="left")]
    parts += [Text(line, style="dim", no_wrap=True, overflow="ellipsis") for line in tail]
    parts.append(Text("Ctrl-C stops everything.", style="dim"))
    return Group(*parts)


def _head(found: Overview | None, url: str) -> Text:
    if found is None:
        return Text("engage is starting ...", style="bold")
    return Text.assemble((found.office, "bold"), f"  {found.mode} mode  ", (url, "underline"))


def _troubles(found: Overview) -> list[RenderableType]:
    shown = [Text(f"! {line}", style="bold red") for line in found.troubles[:TROUBLES]]
    if more := len(found.troubles) - len(shown):
        shown.append(Text(f"  and {more} more: engage status", style="red"))
    return [*shown, Text()] if shown else []


def _coming(found: Overview) -> list[RenderableType]:
    rows = Table.grid(padding=(0, 2))
    for when, title, where in found.coming:
        rows.add_row(Text(when), Text(title, no_wrap=True, overflow="ellipsis"), Text(where, style="dim"))
    return [Text("Next meetings", style="bold"), rows if found.coming else Text("none in the files"), Text()]


def _milestones(found: Overview) -> list[RenderableType]:
    rows = Table.grid(padding=(0, 2))
    for one in found.milestones:
        bar = ProgressBar(total=one.next - one.since, completed=one.count - one.since, width=30)
        rows.add_row(Text(one.name), bar, Text(f"{one.count} of {one.next}, expected {one.expected}"))
    return [rows, Text()] if found.milestones else []


def _counts(found: Overview) -> Text:
    counted = ", ".join(f"{n:,} {state}" for state, n in found.deliveries.items()) or "none yet"
    return Text(f"{found.subscribers:,} subscribers. Messages: {counted}")


def _processes(running: dict[str, bool]) -> Text:
    line = Text("Processes: ")
    for name, is_running in running.items():
        line.append(f"{name} ", style="green" if is_running else "bold red")
    return line


class Screen(threading.Thread):
    """Looks and draws until it is closed; the terminal is then as it was before."""

    def __init__(self, console: Console, journal: Journal, supervisor: Supervisor, look: Look, url: str) -> None:
        super().__init__(name="screen", daemon=True)
        self._console, self._journal, self._supervisor, self._url = console, journal, supervisor, url
        self._look, self._over = look, threading.Event()
        self._found: Overview | None = None

    def run(self) -> None:
        look_at = 0.0
        with Live(
            console=self._console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        ) as live:
            while not self._over.is_set():
                began = time.monotonic()
                if self._supervisor.is_ready and began >= look_at:
                    self._look_once()
                    look_at = time.monotonic() + max(LOOK_EVERY, SHARE * (time.monotonic() - began))
                live.update(self._picture(), refresh=True)
                self._over.wait(LOOK_EVERY if self._supervisor.is_ready else 0.2)

    def _look_once(self) -> None:
        """A database that is busy or away is no reason to stop showing what was known."""
        try:
            self._found = self._look()
        except (EngageError, OSError) as error:
            self._journal.write(f"engage | the screen could not look: {error}\n")

    def _picture(self) -> RenderableType:
        tail = list(self._journal.tail)
        return drawn(self._found, url=self._url, running=self._supervisor.states(), tail=tail, log=self._journal.path)

    def close(self) -> None:
        self._over.set()
        self.join(5)


@contextmanager
def shown(journal: Journal, supervisor: Supervisor, look: Look, url: str) -> Iterator[None]:
    """Show it for as long as the block runs; whatever happens in it, the terminal is given back."""
    screen = Screen(Console(stderr=True), journal, supervisor, look, url)
    screen.start()
    try:
        yield
    finally:
        screen.close()
        journal.close()
