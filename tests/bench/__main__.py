"""`make bench`: every benchmark, or those named; exits 1 when a target is missed and 3 when something is missing."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import alerts, checks, edits, enumeration, fanout, handover, memory, pages, polls, urgent
from tests.bench.table import Benchmark

BENCHMARKS: tuple[Benchmark, ...] = (
    checks.BENCHMARK,
    edits.BENCHMARK,
    polls.BENCHMARK,
    pages.BENCHMARK,
    enumeration.BENCHMARK,
    handover.BENCHMARK,
    fanout.BENCHMARK,
    alerts.BENCHMARK,
    urgent.BENCHMARK,
    memory.BENCHMARK,
)


def main(names: list[str]) -> int:
    chosen = [one for one in BENCHMARKS if not names or one.name in names]
    if unknown := set(names) - {one.name for one in BENCHMARKS}:
        print(f"There is no benchmark {', '.join(sorted(unknown))}: {', '.join(one.name for one in BENCHMARKS)}.")
        return 2
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}, {cores()} cores")
    missed, missing = [], []
    for benchmark in chosen:
        if lacking := list(benchmark.needs()):
            missing += lacking
            print(f"\n{benchmark.name}: not run, {', '.join(lacking)} missing")
            continue
        print(f"\n{benchmark.name}")
        before = processors()
        for row in benchmark.run():
            print(f"  {row}", flush=True)
            if row.is_met is False:
                missed.append(row.what)
        print(f"  {stolen(before, processors()):.0%} of the processors' time was taken by the host")
    if missing:
        print(f"\nmissing: {', '.join(missing)}. `.ci/setup` installs them on Debian.")
    said = f"{len(missed)} targets missed: {'; '.join(missed)}" if missed else "every target met"
    print(f"\nbench: {said}" + (f"; not run for want of {', '.join(missing)}" if missing else ""))
    return 1 if missed else 3 if missing else 0


def cores() -> int:
    return len(os.sched_getaffinity(0))


def processors() -> list[int]:
    """Ticks by use since the machine started, as Linux counts them; nothing elsewhere."""
    path = Path("/proc/stat")
    return [int(ticks) for ticks in path.read_text().split("\n", 1)[0].split()[1:]] if path.exists() else [0] * 10


def stolen(before: Sequence[int], after: Sequence[int]) -> float:
    """The share of a virtual machine's time in which it did not run although it wanted to: figures are low by it."""
    spent = [b - a for a, b in zip(before, after, strict=True)]
    return spent[7] / (sum(spent[:8]) or 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
