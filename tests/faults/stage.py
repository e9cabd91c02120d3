"""The machine on a stage: real processes forked from one that has imported everything, a clock file, a real sink."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from multiprocessing.process import BaseProcess
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from engage.app import App, build
from engage.domain.alerts import Alert, Severity
from engage.domain.people import Wanted
from engage.errors import Refused
from engage.store.dialect import is_passing
from engage.store.schema import delivery, due, task
from engage.work import relay
from engage.work.alerts import send
from tests import processes
from tests.faults import child
from tests.faults.disk import Disk
from tests.faults.pace import SLOWNESS
from tests.faults.sink import Sink
from tests.flows.system import System, seconds_to_noon
from tests.office import add_people, apply, unguarded, write_office

LANES = {"urgent": Severity.URGENT, "normal": Severity.WARNING, "bulk": Severity.ADVICE}
WARD = '\n[[area]]\nid = "ward-{0}"\nname = "Ward {0}"\nwithin = "westmark"\n'
PATIENCE = 240.0 * SLOWNESS
ROLES = ("redis", "relay", "worker", "urgent")


@dataclass(frozen=True)
class Send:
    """One alert to one ward: *title* is how the sink knows it."""

    title: str
    lane: str
    notice_id: str
    people: frozenset[str]


@dataclass
class Stage(System):
    engine: str = "sqlite"
    people: dict[int, list[str]] = field(default_factory=dict)  # by ward
    ids: dict[str, int] = field(default_factory=dict)
    sends: list[Send] = field(default_factory=list)
    held: int = 0
    complaints: list[str] = field(default_factory=list)
    disk: Disk | None = None

    @cached_property
    def inside(self) -> App:
        """An app on the same database and clock, for what staff would do."""
        return build(self.settings(), clock=lambda: self.now)

    # processes
    def _started(self, name: str, _arguments: tuple[str, ...], environment: dict[str, str]) -> BaseProcess:
        environment |= {"REHEARSAL_CLOCK": str(self.clock), "REHEARSAL_POINTS": str(self.points)}
        return processes.start(child.run, name.partition("-")[0], environment, self.log_of(name))

    def pid(self, name: str) -> int:
        """Never 0, which would be a whole group of processes."""
        pid = self.processes[name].pid
        assert pid
        return pid

    def signal(self, name: str, number: int) -> None:
        """To a process of ours that is alive: a number may be somebody else's as soon as its process has ended."""
        if self.processes[name].is_alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid(name), number)

    def is_frozen(self, name: str) -> bool:
        with suppress(OSError):
            return Path(f"/proc/{self.pid(name)}/stat").read_text().rpartition(")")[2].split()[0] == "T"
        return False

    def close(self) -> None:
        for name in tuple(self.processes):
            self.signal(name, signal.SIGCONT)
        super().close()
        if "inside" in self.__dict__:
            self.inside.database.close()

    def command(self, words: str) -> tuple[int, str]:
        """An `engage` command as staff type it: exit code and what it printed."""
        name = f"command-{len(self.commands)}"
        self.commands.append(words)
        self.start(name, REHEARSAL_WORDS=words)
        process = self.processes.pop(name)
        process.join(60)
        return process.exitcode or 0, (self.data / f"{name}.log").read_text()

    # time
    def step(self, seconds: float) -> None:
        """Step every process's clock at once."""
        self.offset += int(seconds)
        draft = self.clock.with_suffix(".new")
        draft.write_text(str(self.offset))
        draft.replace(self.clock)

    # what happens
    def issue(self, ward: int, lane: str, *, later: float = 0) -> Send:
        """Send one alert to the people of a ward, or have it due in *later* seconds."""
        id = f"{lane}-{len(self.sends)}"
        alert = Alert(
            id=id,
            title=f"Notice {id} of the rehearsal",
            text="Lock your back door tonight.",
            areas=(f"ward-{ward}",),
            severity=LANES[lane],
            expires=self.now + timedelta(days=20),
            send_at=self.now + timedelta(seconds=later) if later else None,
        )
        self.insist(lambda: send(self.inside, alert, id, who="editor"))
        sent = Send(alert.title, lane, f"alert:{id}", frozenset(self.people[ward]))
        self.sends.append(sent)
        return sent

    def insist(self, what: Callable[[], object]) -> None:
        """Do it as somebody who is told to try again does; what was written although nobody said so stays."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                what()
            except Refused:
                return
            except Exception as error:
                if not is_passing(error) or time.monotonic() > until:
                    raise
                time.sleep(0.2)
            else:
                return

    def named(self, notice_id: str, version: int) -> set[str]:
        """To whom a version may or may not have gone, and whoever was refused it."""
        names = {id: name for name, id in self.ids.items()}
        with self.inside.reading() as unit:
            rows = unit.audits.rows(notice_id=notice_id, limit=1_000_000)
        open_ = ("ambiguous", "dead", "failed")
        return {
            f"{names[row.recipient_id]}@example.org" for row in rows if row.version == version and row.state in open_
        }

    def wait_until(self, condition: Callable[[], object], seconds: float) -> None:
        """Wait, and leave it to the count to say that it did not happen."""
        until = time.monotonic() + seconds
        while not condition() and time.monotonic() < until:
            time.sleep(0.05)

    @property
    def is_claimed(self) -> bool:
        """Whether any row is in the hands of a process, alive or dead."""
        with self.inside.reading() as unit:
            return "claimed" in unit.audits.by_state()

    def fired(self) -> list[str]:
        """`point what` of every armed point that went off."""
        lines = self.points.read_text().splitlines() if self.points.exists() else []
        return [line.rpartition(" ")[0] for line in lines]

    def buried(self) -> int:
        """Workers given up for dead so far, rightly or not, as the relay's log says."""
        text = (self.data / "relay.log").read_text(errors="replace")
        return len(
            re.findall(
                r'"role": ?"(?:worker|urgent)"[^\n]*"process buried"|'
                r'"process buried"[^\n]*"role": ?"(?:worker|urgent)"',
                text,
            )
        )

    # coming to rest
    def rest(self, *, within: float = PATIENCE, or_else: Callable[[], None] = lambda: None) -> float:
        """Until nothing is owed, due or pending, stepping the clock over pauses; seconds it took."""
        began = time.monotonic()
        while not self._is_at_rest():
            or_else()
            if time.monotonic() - began > within:
                raise AssertionError(f"The machine does not come to rest within {within:g} s: {self._whereabouts()}")
        return time.monotonic() - began

    def _is_at_rest(self) -> bool:
        """PostgreSQL shows each statement what is committed by then, so the questions follow the work downstream."""
        self.insist(self._release)
        with self.inside.reading() as unit:
            halted = unit.house.halted("email")
            waiting = select(func.min(delivery.c.next_at)).where(delivery.c.state == "ready")
            owed = select(func.min(task.c.next_at)).where(task.c.state == "ready")
            to_come = select(func.min(due.c.at)).where(due.c.state == "waiting", due.c.key.startswith("alert:"))
            coming, next_task = (unit.conn.execute(asked).scalar() for asked in (to_come, owed))
            tasks = unit.tasks.by_state()
            next_letter = unit.conn.execute(waiting).scalar()
            states = unit.audits.by_state()
        nexts = (next_letter, next_task, coming)
        is_owed = any(tasks.get(state) for state in ("ready", "claimed"))
        if not coming and not is_owed and not any(states.get(s) for s in ("ready", "claimed", "handoff")):
            return True
        wake = [moment for moment in nexts if moment]
        if halted and halted.until > self.now and next_letter:
            self._skip_to(halted.until)
        elif wake and min(wake) > self.now:
            self._skip_to(min(wake))
        time.sleep(0.15)
        return False

    def _release(self) -> None:
        with self.inside.unit() as unit:
            self.held += relay.release(unit)

    def _skip_to(self, moment: datetime) -> None:
        self.step((moment - self.now).total_seconds() + 1)

    def _whereabouts(self) -> str:
        """Where every thread of every process is, and what it said last."""
        for name in self.processes:
            self.signal(name, signal.SIGUSR1)
        with self.inside.reading() as unit:
            states = f"deliveries {unit.audits.by_state()}, tasks {unit.tasks.by_state()}"
        alive = [name for name, process in self.processes.items() if process.is_alive()]
        time.sleep(0.5)
        return f"{states}, alive {alive}\n{self.logs()}"

    def skip_halt(self) -> None:
        """Let the pause of a halted channel be over."""
        try:
            with self.inside.reading() as unit:
                halted = unit.house.halted("email")
        except OperationalError:
            return  # the database is what is broken at the moment
        if halted and halted.until > self.now:
            self._skip_to(halted.until)

    @property
    def clock(self) -> Path:
        return self.data.parent / "clock"

    @property
    def points(self) -> Path:
        return self.data.parent / "points"

    @cached_property
    def commands(self) -> list[str]:
        return []


@contextmanager
def stage(folder: Path, database_url: str, engine: str, wards: dict[int, list[str]]) -> Iterator[Stage]:
    """An applied office and its people; nothing is started yet."""
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    with Sink() as sink:
        made = Stage(data=data, sink=sink, office=write_office(folder / "files"), database_url=database_url)
        made.engine, made.people, made.port = engine, wards, 1
        made.step(seconds_to_noon())
        made.office.write("office.toml", unguarded() + "".join(WARD.format(n) for n in wards))
        apply(made.inside)
        for ward, names in wards.items():
            made.ids |= add_people(
                made.inside, *((name, Wanted(kinds=("alerts",), areas=(f"ward-{ward}",))) for name in names)
            )
        try:
            yield made
        finally:
            made.close()
