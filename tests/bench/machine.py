"""The four processes that send, as in Procfile, over an office with thousands of people and the postbox."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

from engage.store.migrate import migrate
from engage.store.unit import Database
from tests import processes
from tests.bench.ground import admit
from tests.bench.postbox import Postbox, postbox
from tests.flows.system import MODULES, ROOT, System, seconds_to_noon
from tests.office import apply, unguarded, write_office

PROCESSES = ("redis", "relay", "worker", "urgent")
ALERT = """\
+++
title = "Alert {id}"
areas = ["{area}"]
severity = "{severity}"
+++
Lock your back door tonight. Somebody has been trying doors between Mill Lane and the quay since Monday.
"""


@dataclass
class Machine(System):
    """*sink* is a postbox: the judge is a process of its own too."""

    sink: Postbox

    def _started(self, name: str, arguments: tuple[str, ...], environment: dict[str, str]) -> BaseProcess:
        """From nothing: a fork would share memory that a service of its own does not."""
        return processes.start(execute, (*MODULES[name], *arguments), environment, self.log_of(name))

    def alert(self, id: str, area: str, severity: str) -> tuple[float, float]:
        """`engage alert send`, as staff type it: when it began and ended, in monotonic seconds."""
        path = self.data / f"{id}.md"
        path.write_text(ALERT.format(id=id, area=area, severity=severity))
        command = [sys.executable, "-m", "engage", "alert", "send", str(path), "--by", "editor", "--no-wait"]
        began = time.monotonic()
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env={**os.environ, **self._environment()})
        return began, time.monotonic()

    def memory(self, name: str) -> Mapping[str, float]:
        """Rss and Pss of a process in MB."""
        text = Path(f"/proc/{self.processes[name].pid}/smaps_rollup").read_text()
        pairs = (line.split()[:2] for line in text.splitlines()[1:])
        return {key.rstrip(":"): int(value) / 1000 for key, value in pairs}


def execute(words: tuple[str, ...], environment: dict[str, str], log: str) -> None:
    """Be `python -m WORDS`."""
    processes.dress(environment, log)
    os.execv(sys.executable, [sys.executable, "-m", *words])


@contextmanager
def machine(**people: int) -> Iterator[Machine]:
    """Running, with so many people in each area, at rest."""
    with tempfile.TemporaryDirectory() as name, postbox() as sink:
        data = Path(name) / "data"
        data.mkdir()
        office = write_office(Path(name) / "calendars")
        office.write("office.toml", unguarded())
        url = f"sqlite:///{data / 'engage.sqlite3'}"
        made = Machine(data=data, sink=sink, office=office, database_url=url, port=1, offset=seconds_to_noon())
        _fill(made, people)
        try:
            made.start(*PROCESSES)
            heard = [data / f"{worker}.log" for worker in ("worker", "urgent")]
            made.wait_for(lambda: all("doorbell heard" in log.read_text() for log in heard), "the start")
            made.wait_for_rest(within=120)
            yield made
        finally:
            made.close()


def _fill(made: Machine, people: Mapping[str, int]) -> None:
    migrate(Database(made.database_url, lambda: datetime.now(UTC)))
    app = made.app()
    apply(app)
    for area, count in people.items():
        admit(app, area, count, area)
    app.database.close()
