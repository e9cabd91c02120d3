"""What must go wrong, so that going right means something: a naive queue loses, a worker without a fence doubles."""

from __future__ import annotations

import signal
import sqlite3
import time

from sqlalchemy import make_url

from tests.faults import naive
from tests.faults.judge import Verdict, judge
from tests.faults.stage import Send, Stage
from tests.faults.walk import Walked

MAILS = 300


def naive_queue(stage: Stage) -> Walked:
    """One message per mail, wiped while it works: most are gone, and nobody would ever know."""
    began = time.monotonic()
    stage.start("redis", "naive")
    stage.sink.delay = 0.002
    everybody = {f"n{i}@example.org" for i in range(MAILS)}
    send = naive.actor(stage.data).send
    for to in sorted(everybody):
        send(to)
    stage.wait_for(lambda: len(stage.sink.accepted) > MAILS // 10, "the naive send", within=60)
    stage.wipe_redis()
    _wait_for_silence(stage)
    lost = len(everybody - {message.to for message in stage.sink.accepted})
    broken = [] if lost else ["the control lost nothing: the harness cannot see a loss"]
    name = f"naive queue wiped: {lost} of {MAILS} lost, as it must"
    return Walked(name, Verdict({}, []), broken, time.monotonic() - began)


def _wait_for_silence(stage: Stage, seconds: float = 3) -> None:
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < seconds:
        if len(stage.sink.accepted) != seen:
            seen, since = len(stage.sink.accepted), time.monotonic()
        time.sleep(0.05)


def frozen_with_a_fence(stage: Stage) -> Walked:
    """P5: a worker wakes up after another has sent everything it had claimed."""
    began = time.monotonic()
    verdict = _wake_up_late(stage)
    return Walked("worker frozen until buried, fence on", verdict, verdict.broken, time.monotonic() - began)


def frozen_without(stage: Stage) -> Walked:
    """The same with the fence torn down must be told from it by the judge."""
    began = time.monotonic()
    verdict = _wake_up_late(stage, REHEARSAL_FENCE="off")
    name = f"worker frozen until buried, fence off: {verdict.doubled} doubled, as it must"
    broken = [] if verdict.broken and verdict.doubled else ["the control doubled nothing: the harness cannot see one"]
    return Walked(name, Verdict({}, []), broken, time.monotonic() - began)


def _wake_up_late(stage: Stage, **switches: str) -> Verdict:
    stage.start("redis", "relay")
    send, before = _freeze(stage, **switches), len(stage.sink.accepted)
    while not _is_writable(stage):
        # Another of its threads was in a transaction: nobody can take over while it holds SQLite's only lock.
        stage.kill("worker")
        stage.start("worker-2")
        stage.rest()
        stage.kill("worker-2")
        stage.points.unlink()
        before = len(stage.sink.accepted)
        send = _freeze(stage, **switches)
    stage.start("worker-2")
    stage.wait_for(lambda: len(stage.sink.accepted) - before >= len(send.people), "the other worker", within=60)
    stage.rest()
    stage.signal("worker", signal.SIGCONT)
    stage.wait_for(lambda: "settled raise" in stage.fired(), "the late worker", within=60)
    stage.rest()
    return judge(stage, [send], deaths=0)


def _freeze(stage: Stage, **switches: str) -> Send:
    """A worker that stands still with everybody claimed and nobody fenced."""
    stage.start("worker", ENGAGE_FAULT="claimed:1:stop,settled:1:raise", **switches)
    send = stage.issue(0, "normal")
    stage.wait_for(lambda: stage.is_frozen("worker"), "the freeze", within=60)
    return send


def _is_writable(stage: Stage) -> bool:
    if stage.engine != "sqlite":
        return True
    probe = sqlite3.connect(str(make_url(stage.database_url).database), isolation_level=None, timeout=2)
    try:
        probe.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError:
        return False
    finally:
        probe.close()
    return True
