"""`make bench`: every benchmark, or those named; exits 1 when a target is missed and 3 when something is missing."""

from __future__ import annotations

import platform
import sys
from datetime import UTC, datetime

from tests.bench import alerts, checks, edits, fanout, handover, memory, polls, urgent
from tests.bench.table import Benchmark

BENCHMARKS: tuple[Benchmark, ...] = (
    checks.BENCHMARK,
    edits.BENCHMARK,
    polls.BENCHMARK,
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
        for row in benchmark.run():
            print(f"  {row}", flush=True)
            if row.is_met is False:
                missed.append(row.what)
    if missing:
        print(f"\nmissing: {', '.join(missing)}. `.ci/setup` installs them on Debian.")
    said = f"{len(missed)} targets missed: {'; '.join(missed)}" if missed else "every target met"
    print(f"\nbench: {said}" + (f"; not run for want of {', '.join(missing)}" if missing else ""))
    return 1 if missed else 3 if missing else 0


def cores() -> int:
    import os

    return len(os.sched_getaffinity(0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
