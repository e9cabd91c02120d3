"""One edit among 5,000 meetings, from the saved file to new bytes at a calendar app, and a publication from nothing."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from engage.app import build
from engage.store.migrate import migrate
from engage.store.unit import Database
from engage.testing import SmtpSink
from engage.work import calendars, feeds, plans
from tests.bench.meetings import write_meetings
from tests.bench.table import Benchmark, Row, at_most, known
from tests.flows.system import System
from tests.office import Office

COUNT, FILES, EDITS = 5000, 10, 7


def run() -> Iterator[Row]:
    today = datetime.now(UTC).date()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "calendars"
        paths = write_meetings(folder, COUNT, files=FILES, today=today)
        with running(Path(name), folder) as system:
            yield from _cold(system)
            system.start("redis", "relay", "worker", "urgent", "web")
            path = f"/feeds/{paths[0].stem}.ics"
            system.wait_for(lambda: _status(system, path) == 200, "the feed", within=120)
            system.wait_for_rest(within=120)
            seconds = [_edit(system, paths[0], path, number) for number in range(EDITS)]
            yield at_most(f"one edit among {COUNT:,} meetings, saved to served", seconds, "s", 1)


def _cold(system: System) -> Iterator[Row]:
    """Reading and rendering, then publishing every feed in every format and variant, in one process."""
    migrate(Database(system.settings().database, lambda: datetime.now(UTC)))
    app = build(system.settings())
    started = time.perf_counter()
    plans.apply(app, calendars.propose_folder(app, system.office.folder), who="bench")
    applied = time.perf_counter()
    prepared = feeds.prepare(app, None)  # type: ignore[arg-type]
    with app.unit() as unit:
        feeds.publish(app, unit, prepared)
    published = time.perf_counter()
    app.database.close()
    size = sum(len(one.body) for one in prepared.joined) / 1e6
    yield known(f"first apply of {COUNT:,} meetings: read, compare, render", [applied - started], "s")
    beside = f"{len(prepared.joined):,} feeds, {size:,.0f} MB"
    yield at_most(f"cold publish of {COUNT:,} meetings over all feeds", [published - applied], "s", 10, beside)


def _edit(system: System, file: Path, path: str, number: int) -> float:
    """Rename one meeting, as an editor saves, and poll as one app would who cannot wait."""
    title = f"Renamed for the {number}. time"
    text = file.read_text()
    line = next(
        line for line in text.splitlines() if line.startswith("title") and ("meeting 300 " in line or "Renamed" in line)
    )
    file.write_text(text.replace(line, f'title = "{title}"'))
    started = time.perf_counter()
    while title.encode() not in system.fetch(path)[1].replace(b"\r\n ", b""):
        if time.perf_counter() - started > 60:
            raise TimeoutError(system.logs())
        time.sleep(0.02)
    taken = time.perf_counter() - started
    time.sleep(1)
    return taken


def _status(system: System, path: str) -> int:
    try:
        return system.fetch(path)[0]
    except OSError:
        return 0


@contextmanager
def running(data: Path, folder: Path) -> Iterator[System]:
    """A system on SQLite with these calendars; its processes end with the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with SmtpSink() as sink:
        system = System(
            data=data,
            sink=sink,
            office=Office(folder),
            database_url=f"sqlite:///{data / 'engage.sqlite3'}",
            port=port,
        )
        try:
            yield system
        finally:
            system.close()


BENCHMARK = Benchmark(name="edits", run=run)
