"""How soon messages go again after the doorbell was wiped or killed, or the worker was killed: P2's five seconds."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

from tests.faults.breakages import signal_store
from tests.faults.judge import judge
from tests.faults.pace import SLOWNESS
from tests.faults.stage import Stage
from tests.faults.walk import Walk, Walked

AFTER_A_WIPE = 5.0 * SLOWNESS
AFTER_A_KILL = 130.0  # P3's lease and a sweep, were the process on another host; here its pid is gone at once


def wards() -> dict[int, list[str]]:
    return {0: [f"r{i}" for i in range(100)]}


def _wipe(stage: Stage) -> None:
    stage.wipe_redis()


def _kill_redis(stage: Stage) -> None:
    assert signal_store(stage, signal.SIGKILL)


def _kill_worker(stage: Stage) -> None:
    stage.kill("worker")
    stage.start("worker")


def _again(stage: Stage, name: str, breaks: Callable[[Stage], None], most: float, *, at_work: bool = True) -> Walked:
    _start(stage)
    began, before, sink = time.monotonic(), len(stage.sends), stage.sink
    heard = len(sink.accepted)
    if at_work:
        stage.issue(0, "bulk")
        stage.wait_for(lambda: len(sink.accepted) > heard + 10, "the send", within=60)
    breaks(stage)
    moment, heard = time.monotonic(), len(sink.accepted)
    if not at_work:
        stage.issue(0, "bulk")
    stage.wait_for(lambda: len(sink.accepted) > heard, "the next message", within=most + 30)
    took = sink.accepted[heard].at - moment
    stage.rest()
    verdict = judge(stage, stage.sends[before:], deaths=int(breaks is _kill_worker))
    late = [f"P2: {took:.1f} s from `{name}` to the next message, at most {most:g} s"] if took > most else []
    where = "at work" if at_work else "at rest"
    return Walked(
        f"{name} {where}: again after {took:.2f} s", verdict, [*verdict.broken, *late], time.monotonic() - began
    )


def _start(stage: Stage) -> None:
    if not stage.processes:
        stage.start("redis", "relay", "worker")
        stage.sink.delay = 0.01


RECOVERIES: list[Walk] = [
    lambda stage: _again(stage, "redis wiped", _wipe, AFTER_A_WIPE),
    lambda stage: _again(stage, "redis wiped", _wipe, AFTER_A_WIPE, at_work=False),
    lambda stage: _again(stage, "redis killed", _kill_redis, AFTER_A_WIPE),
    lambda stage: _again(stage, "worker killed", _kill_worker, AFTER_A_KILL),
]
