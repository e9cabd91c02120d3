"""One alert to 100,000 people: from the moment it is issued until everybody's row is in the ledger. Nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

from tests.bench.ground import Ground, ground
from tests.bench.size import scaled
from tests.bench.table import Benchmark, Row, at_most, known
from tests.work.notices import address_all, issue

PEOPLE, RUNS = scaled(100_000), 5


def run() -> Iterator[Row]:
    with ground(PEOPLE) as sqlite:
        yield at_most(f"fan-out to {PEOPLE:,} people", [_seconds(sqlite) for _ in range(RUNS)], "s", 3)
    with ground(PEOPLE, engine="postgresql") as postgres:
        yield known("the same on PostgreSQL, without fsync", [_seconds(postgres) for _ in range(3)], "s")


def _seconds(of: Ground) -> float:
    """As a worker does it, page by page."""
    with of.fresh() as app:
        issue(app, "burglary")
        started = perf_counter()
        address_all(app)
        seconds = perf_counter() - started
        with app.reading() as unit:
            planned = sum(unit.audits.by_state_of("alert:burglary", 1).values())
    if planned != PEOPLE:
        raise RuntimeError(f"{planned:,} rows were written for {PEOPLE:,} people.")
    return seconds


BENCHMARK = Benchmark(name="fanout", run=run)
