"""`engage check` as staff run it: the whole command, imports included, on 700 and on 5,000 meetings."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from tests.bench.meetings import write_meetings
from tests.bench.table import Benchmark, Row, at_most, known

RUNS = 5
TARGETS = {700: 0.5, 5000: 2.0}  # seconds


def run() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        yield known("python -c pass", [_timed("-c", "pass") for _ in range(RUNS)], "s")
        for count, most in TARGETS.items():
            path = Path(folder) / str(count)
            write_meetings(path, count, files=1, today=datetime.now(UTC).date())
            seconds = [_timed("-m", "engage", "check", str(path)) for _ in range(RUNS)]
            yield at_most(f"engage check, {count:,} meetings in one file", seconds, "s", most)


def _timed(*command: str) -> float:
    started = perf_counter()
    subprocess.run([sys.executable, *command], check=True, capture_output=True)
    return perf_counter() - started


BENCHMARK = Benchmark(name="checks", run=run)
