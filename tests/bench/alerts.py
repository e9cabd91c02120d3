"""An alert to 13,000 people, from the command that staff type to the last letter at the mail server."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.machine import Machine, machine
from tests.bench.size import scaled
from tests.bench.table import Benchmark, Row, at_most, known

PEOPLE, RUNS = scaled(13_000), 3


def run() -> Iterator[Row]:
    with machine(eastfield=PEOPLE) as running:
        spans = [sent(running, f"burglary-{number}") for number in range(RUNS)]
    what = f"alert to {PEOPLE:,} people"
    yield known(f"{what}, command issued to the first letter", [first - ended for _, ended, first, _ in spans], "s")
    yield known(f"{what}, command issued to the last letter", [last - ended for _, ended, _, last in spans], "s")
    yield at_most(f"{what}, command typed to the last letter", [last - began for began, _, _, last in spans], "s", 6)


def sent(running: Machine, id: str, *, severity: str = "warning") -> tuple[float, float, float, float]:
    """When the command began and ended, when the first letter came and the last; then the machine is at rest."""
    running.sink.empty()
    began, ended = running.alert(id, "eastfield", severity)
    moments = [at for _, at in running.sink.wait_for(PEOPLE)]
    running.wait_for_rest()
    return began, ended, moments[0], moments[-1]


BENCHMARK = Benchmark(name="alerts", run=run)
