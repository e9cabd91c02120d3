"""What goes wrong, a function each: it breaks one thing, mends it, and may return since when it was mended."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from tests.faults.child import FENCE_FRESH, SILENT
from tests.faults.stage import Stage

Breakage = Callable[[Stage, random.Random], float | None]
OUT_WITHIN = 30.0  # seconds in which a process told to stop must be out


def signal_store(stage: Stage, number: int) -> bool:
    """To the embedded Valkey itself, not its launcher; False when it does not run.

    Its file may name a process that has ended: the handle is opened first and then looked at, so that it cannot become
    another's in between.
    """
    with suppress(OSError, ValueError):
        pid = int((stage.data / "redis" / "server.pid").read_text())
        handle = os.pidfd_open(pid)
        try:
            if os.fsencode(stage.data.resolve() / "redis") in Path(f"/proc/{pid}/cmdline").read_bytes():
                signal.pidfd_send_signal(handle, number)
                return True
        finally:
            os.close(handle)
    return False


# processes
def _killed(stage: Stage, role: str, chance: random.Random) -> float:
    stage.kill(role)
    time.sleep(chance.uniform(0, 0.4))
    stage.start(role)
    return time.monotonic()


def worker_killed(stage: Stage, chance: random.Random) -> float:
    return _killed(stage, "worker", chance)


def urgent_killed(stage: Stage, chance: random.Random) -> float:
    return _killed(stage, "urgent", chance)


def relay_killed(stage: Stage, chance: random.Random) -> float:
    return _killed(stage, "relay", chance)


def launcher_of_redis_killed(stage: Stage, chance: random.Random) -> float:
    return _killed(stage, "redis", chance)


def redis_killed(stage: Stage, _chance: random.Random) -> float | None:
    """The server itself; its launcher starts it again."""
    return time.monotonic() if signal_store(stage, signal.SIGKILL) else None


def redis_hung(stage: Stage, chance: random.Random) -> float:
    """Longer than our clients wait for an answer would take minutes; long enough to be noticed."""
    signal_store(stage, signal.SIGSTOP)
    time.sleep(chance.uniform(0.5, 3))
    signal_store(stage, signal.SIGCONT)
    return time.monotonic()


def redis_wiped(stage: Stage, _chance: random.Random) -> float:
    """Every key: the embedded store's access list denies FLUSHALL itself, to everybody."""
    with suppress(Exception):  # it may be down at the moment
        stage.wipe_redis()
    return time.monotonic()


def _stopped(stage: Stage, role: str) -> float:
    began, was_alive = time.monotonic(), stage.processes[role].is_alive()
    code = stage.stop(role, within=OUT_WITHIN)
    if code and was_alive:
        stage.complaints.append(f"P4: {role} ended with {code} after {time.monotonic() - began:.1f} s of SIGTERM")
    stage.start(role)
    return time.monotonic()


def worker_stopped(stage: Stage, _chance: random.Random) -> float:
    return _stopped(stage, "worker")


def urgent_stopped(stage: Stage, _chance: random.Random) -> float:
    return _stopped(stage, "urgent")


def relay_stopped(stage: Stage, _chance: random.Random) -> float:
    return _stopped(stage, "relay")


def _frozen(stage: Stage, role: str, seconds: float) -> float:
    stage.signal(role, signal.SIGSTOP)
    time.sleep(seconds)
    stage.signal(role, signal.SIGCONT)
    return time.monotonic()


def worker_frozen_shortly(stage: Stage, chance: random.Random) -> float:
    return _frozen(stage, "worker", chance.uniform(0.1, FENCE_FRESH.total_seconds()))


def worker_frozen_past_its_fence(stage: Stage, chance: random.Random) -> float:
    return _frozen(stage, "worker", FENCE_FRESH.total_seconds() + chance.uniform(0.2, 0.6))


def worker_frozen_until_buried(stage: Stage, chance: random.Random) -> float:
    return _frozen(stage, "worker", SILENT + chance.uniform(0.3, 0.8))


def relay_frozen(stage: Stage, chance: random.Random) -> float:
    return _frozen(stage, "relay", chance.uniform(0.2, 2))


PROCESSES: list[Breakage] = [
    worker_killed,
    urgent_killed,
    relay_killed,
    launcher_of_redis_killed,
    redis_killed,
    redis_hung,
    redis_wiped,
    worker_stopped,
    urgent_stopped,
    relay_stopped,
    worker_frozen_shortly,
    worker_frozen_past_its_fence,
    worker_frozen_until_buried,
    relay_frozen,
]


# the mail server
def temporary_refusals(stage: Stage, chance: random.Random) -> None:
    """4xx to one in ten, at RCPT or at the final dot, for a while."""
    replies = chance.choice([stage.sink.refuse, stage.sink.refuse_content])
    pattern = f"{chance.randint(0, 9)}@"
    replies[pattern] = chance.choice(["451 4.7.1 Greylisted", "450 4.2.1 Busy", "452 4.2.2 Full"])
    time.sleep(chance.uniform(0.2, 0.8))
    del replies[pattern]


def dropped_before_the_dot(stage: Stage, chance: random.Random) -> None:
    stage.sink.hang_up.extend(["content"] * chance.randint(1, 3))


def dropped_after_the_dot(stage: Stage, chance: random.Random) -> None:
    stage.sink.hang_up.extend(["dot"] * chance.randint(1, 3))


def slow_answers(stage: Stage, chance: random.Random) -> None:
    stage.sink.delay = chance.uniform(0.01, 0.1)
    time.sleep(chance.uniform(0.3, 1))
    stage.sink.delay = 0


def connections_refused(stage: Stage, chance: random.Random) -> None:
    stage.sink.deafen()
    time.sleep(chance.uniform(0.2, 1))
    stage.sink.listen_again()


def unwelcome(stage: Stage, chance: random.Random) -> None:
    """421 instead of a greeting, to connections that are cut and made anew."""
    welcome, stage.sink.greeting = stage.sink.greeting, "421 4.3.2 Try later"
    stage.sink.hang_up.extend(["MAIL"] * 2)
    time.sleep(chance.uniform(0.2, 0.6))
    stage.sink.greeting = welcome


# the database, the disk, the clock
def database_locked(stage: Stage, chance: random.Random) -> None:
    """Another process holds the one lock of SQLite, or the ledger's on PostgreSQL."""
    seconds = chance.uniform(0.5, SILENT * 0.8)
    url = make_url(stage.database_url)
    if stage.engine == "sqlite":
        held = sqlite3.connect(str(url.database), isolation_level=None, timeout=20)
        held.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
        held.execute("ROLLBACK")
        held.close()
        return
    engine = create_engine(url)
    with engine.begin() as conn:
        conn.execute(text("LOCK TABLE delivery IN EXCLUSIVE MODE"))
        time.sleep(seconds)
    engine.dispose()


def connections_to_the_database_cut(stage: Stage, _chance: random.Random) -> None:
    """Every session of PostgreSQL's on this database but ours: what restarting it does to us."""
    engine = create_engine(make_url(stage.database_url))
    with engine.begin() as conn:
        conn.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND application_name <> 'stage'"
            )
        )
    engine.dispose()


def disk_full(stage: Stage, chance: random.Random) -> None:
    stage.disk.fill(chance.uniform(0.5, 1.5))


def clock_stepped_forward(stage: Stage, chance: random.Random) -> None:
    stage.step(chance.choice([60, 600, 3600]))


def clock_stepped_back(stage: Stage, chance: random.Random) -> None:
    stage.step(-chance.choice([5, 90, 600]))


_EVERYWHERE: list[Breakage] = [
    temporary_refusals,
    dropped_before_the_dot,
    dropped_after_the_dot,
    slow_answers,
    connections_refused,
    unwelcome,
    database_locked,
    clock_stepped_forward,
    clock_stepped_back,
]
SURROUNDINGS: dict[str, list[Breakage]] = {
    "sqlite": [*_EVERYWHERE, disk_full],
    "postgresql": [*_EVERYWHERE, connections_to_the_database_cut],
}
