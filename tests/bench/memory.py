"""What a worker holds after it has sent 13,000 letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.alerts import PEOPLE, sent
from tests.bench.machine import machine
from tests.bench.table import Benchmark, Row, at_most, known


def run() -> Iterator[Row]:
    with machine(eastfield=PEOPLE) as running:
        sent(running, "burglary")
        held = running.memory("worker")
    yield known(f"a worker that sent {PEOPLE:,} letters, all pages it maps", [held["Rss"]], "MB")
    yield at_most(f"a worker that sent {PEOPLE:,} letters, its share", [held["Pss"]], "MB", 150)


def _needs() -> Sequence[str]:
    return () if Path("/proc/self/smaps_rollup").exists() else ("/proc/PID/smaps_rollup",)


BENCHMARK = Benchmark(name="memory", run=run, needs=_needs)
