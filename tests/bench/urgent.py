"""Urgent alerts to 1,000 people each while a send to 100,000 is under way, from the moment they are issued."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engage.app import App
from engage.domain.alerts import Severity
from tests.bench.machine import Machine, machine
from tests.bench.size import scaled
from tests.bench.table import Benchmark, Row, at_most, known
from tests.work.notices import issue

BULK, PEOPLE, RUNS = scaled(100_000), scaled(1_000), 3


@dataclass(frozen=True)
class Watched:
    """One urgent alert: seconds until each letter, and how many of the large send had not gone by then."""

    waits: Sequence[float]
    behind: int

    @property
    def p99(self) -> float:
        return self.waits[(len(self.waits) * 99 - 1) // 100]


def run() -> Iterator[Row]:
    with machine(eastfield=BULK, harbour=PEOPLE) as running:
        app = running.app()
        issue(app, "advice", severity=Severity.ADVICE)
        running.wait_for(lambda: is_under_way(app, running), "the large send", within=300)
        seen = [watched(app, running, number) for number in range(RUNS)]
        app.database.close()
    if not all(one.behind for one in seen):
        raise RuntimeError("The large send was over before the last urgent alert: it stood behind nothing.")
    yield known("letters of the large send still to go at its end", [one.behind for one in seen], "")
    yield at_most(f"urgent behind {BULK:,}, issued to the first letter", [one.waits[0] for one in seen], "s", 1)
    yield at_most(f"issued to the 99th percentile of {PEOPLE:,}", [one.p99 for one in seen], "s", 2)


def is_under_way(app: App, running: Machine) -> bool:
    """Everybody's row is written and some letters have gone."""
    with app.reading() as unit:
        row = unit.notices.row("alert:advice", 1)
    return row is not None and row.addressed_at is not None and running.sink.count("eastfield") > 0


def watched(app: App, running: Machine, number: int) -> Watched:
    issue(app, f"urgent-{number}", severity=Severity.URGENT, areas=("harbour",))
    issued, before = time.monotonic(), number * PEOPLE
    running.wait_for(lambda: running.sink.count("harbour") == before + PEOPLE, "the urgent alert", within=120)
    behind = BULK - running.sink.count("eastfield")
    arrived = running.sink.arrivals("harbour")[before:]
    return Watched(sorted(at - issued for _, at in arrived), behind)


BENCHMARK = Benchmark(name="urgent", run=run)
