"""One engine's rehearsal from the first database to the report. What is done in each part is in that part's module."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from engage.store.migrate import migrate
from engage.store.unit import Database
from tests.conftest import NOON, _create, _named, serving_postgres
from tests.faults import chaos, controls, recovery, walk
from tests.faults.disk import Disk, own_disk
from tests.faults.stage import Stage, stage
from tests.faults.walk import Walked

BESIDE = 4  # machines at once: their time is spent waiting
SHORTEST = 8.0  # seconds of the mix, however long the walks took


@dataclass
class Report:
    engine: str
    disk: str
    walked: list[Walked] = field(default_factory=list)
    mixed: chaos.Outcome | None = None
    failures: list[str] = field(default_factory=list)

    @property
    def broken(self) -> list[str]:
        found = [f"{one.name}: {said}" for one in self.walked for said in one.broken]
        return [*self.failures, *found, *(self.mixed.broken if self.mixed else ())]


def rehearse(engine: str, seed: int, seconds: float, recipients: int) -> Report:
    """Everything on one engine; what could not even be done is a failure too."""
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="engage-faults-")))
        databases = stack.enter_context(_databases(engine, folder))
        disk = stack.enter_context(own_disk(folder / "mix" / "data"))
        made = Report(engine, disk.says)
        parts = [(group, walk.wards()) for group in walk.walks(seed)]
        parts += [([each], walk.wards()) for each in (controls.frozen_without, controls.frozen_with_a_fence)]
        parts += [([controls.naive_queue], walk.wards()), (recovery.RECOVERIES, recovery.wards())]
        with ThreadPoolExecutor(BESIDE) as pool:
            runs = [
                pool.submit(_play, folder / f"part-{n}", databases, engine, group, wards, made.failures)
                for n, (group, wards) in enumerate(parts)
            ]
            made.walked = [one for run in runs for one in run.result()]
        broken = len(made.broken)
        print(f"{engine}: {len(made.walked)} walks, {broken} promises broken; now everything at once", flush=True)
        left = max(SHORTEST, (seconds - (time.monotonic() - began)) * 0.6)  # the rest is for draining
        try:
            made.mixed = _mix(folder / "mix", databases, engine, disk, seed, left, recipients)
        except Exception as error:  # noqa: BLE001 - what could not be done is reported
            made.failures.append(f"the mix: {type(error).__name__}: {error}")
    return made


def _play(
    folder: Path,
    databases: Callable[[Path], str],
    engine: str,
    group: Sequence[walk.Walk],
    wards: dict[int, list[str]],
    failures: list[str],
) -> list[Walked]:
    walked: list[Walked] = []
    try:
        with stage(folder, databases(folder), engine, wards) as machine:
            walked.extend(each(machine) for each in group)
    except Exception as error:  # noqa: BLE001 - what could not be done is reported
        failures.append(f"{type(error).__name__}: {error}")
    return walked


def _mix(
    folder: Path, databases: Callable[[Path], str], engine: str, disk: Disk, seed: int, seconds: float, recipients: int
) -> chaos.Outcome:
    with stage(folder, databases(folder), engine, chaos.wards(recipients)) as machine:
        machine.disk = disk
        disk.pids = lambda: _pids(machine)
        return chaos.run(machine, seed, seconds)


def _pids(machine: Stage) -> list[int]:
    return [process.pid for process in tuple(machine.processes.values()) if process.pid]


@contextmanager
def _databases(engine: str, folder: Path) -> Iterator[Callable[[Path], str]]:
    """A function that makes a migrated, empty database for a machine's folder."""
    if engine == "postgresql":
        with serving_postgres() as uri:
            yield lambda _folder: _copied(uri)
        return
    template = folder / "template.sqlite3"
    database = Database(f"sqlite:///{template}", lambda: NOON)
    migrate(database)
    database.close()

    def make(of: Path) -> str:
        (of / "data").mkdir(parents=True, exist_ok=True)
        shutil.copy(template, of / "data" / "engage.sqlite3")
        return f"sqlite:///{of / 'data' / 'engage.sqlite3'}"

    yield make


def _copied(uri: str) -> str:
    name = f"f{uuid4().hex}"
    _create(uri, f"CREATE DATABASE {name} TEMPLATE engage_template STRATEGY FILE_COPY")
    return _named(uri, name)
