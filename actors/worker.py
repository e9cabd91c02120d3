"""`python -m actors.worker [--lane urgent]`: one process of threads that run actors until it is told to stop.

Not dramatiq's own command line: that loses messages when a whole process group gets SIGTERM, which is what honcho and
service managers send (measured). While the doorbell is silent the database is polled instead.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time

import structlog
from dramatiq import Worker
from dramatiq.brokers.redis import RedisBroker
from redis.exceptions import RedisError

from actors import deliveries
from actors.boot import Running, last_words, make_broker, start
from actors.registry import DELIVER, REACTIONS, TASKS, URGENT, declare
from engage.errors import EngageError
from engage.lifeline import stop_signals
from engage.work import relay

log = structlog.get_logger()

THREADS = 4
URGENT_THREADS = 2
BEAT = relay.BEAT.total_seconds()
POLL = 1.0
FORGOTTEN = 2.0  # seconds without a call after which a worker looks for itself
HEARS_WITHIN_MS = 100  # an idle thread of dramatiq's looks that often; its own default lets a message wait a second
STOP_WITHIN_MS = 25_000


def queues_of(lane: str | None) -> tuple[frozenset[str], int]:
    """What a worker listens to: everything, or only what alerts need."""
    if lane == "urgent":
        return frozenset({TASKS, URGENT}), URGENT_THREADS
    return frozenset({TASKS, URGENT, DELIVER}), THREADS


def run(lane: str | None) -> int:
    """Work until SIGTERM or SIGINT, then finish what is past the fence and give the rest back."""
    queues, threads = queues_of(lane)
    with stop_signals() as received:
        running = start("urgent" if lane else "worker", dict.fromkeys(queues, threads))
        _beat(running)
        ear = Ear(running, queues, threads)
        helpers = [
            threading.Thread(target=_beat_on, args=(running,), name="beat", daemon=True),
            threading.Thread(target=ear.listen, name="ear", daemon=True),
        ]
        for helper in helpers:
            helper.start()
        log.info("worker started", process=running.process.id, queues=sorted(queues), threads=threads)
        while not received:
            time.sleep(0.05)
        running.stopping = True
        for helper in helpers:
            helper.join(timeout=STOP_WITHIN_MS / 1000)
        ear.close()
        with last_words():
            with running.app.unit() as unit:
                left = relay.bury(
                    unit, running.process.id, same_boot=True, crashed=False, findable=running.app.findable
                )
            if any(left.values()):
                log.warning("stopped in the middle", left=left)
        log.info("worker stopped", process=running.process.id)
    return 0


class Ear:
    """Listens to the doorbell from the moment there is one; while it is silent, looks for work once a second.

    Both ways lead through the same claims, so hearing late or twice changes nothing.
    """

    def __init__(self, running: Running, queues: frozenset[str], threads: int) -> None:
        self._running, self._queues, self._threads = running, queues, threads
        self._broker: RedisBroker | None = None
        self._worker: Worker | None = None

    def listen(self) -> None:
        """Run until the process is told to stop."""
        while not self._running.stopping:
            try:
                clear_up(self._running)
                if not self._hears() or self._is_forgotten():
                    poll(self._running, self._queues)
            except Exception:
                log.exception("poll failed")
            time.sleep(0.2 if self._worker is None and self._broker is None else POLL)

    def _is_forgotten(self) -> bool:
        """Nobody called for a while: then a look costs little, and a bell that hangs costs nobody a message."""
        return time.monotonic() - self._running.called_at > FORGOTTEN

    def _hears(self) -> bool:
        if self._broker is None:
            self._broker = make_broker(self._running.app.settings)
        if self._broker is None or not _rings(self._broker):
            return False
        if self._worker is None:
            declare(self._broker)
            self._worker = Worker(
                self._broker,
                queues=set(self._queues),
                worker_threads=self._threads,
                worker_timeout=HEARS_WITHIN_MS,
            )
            self._worker.start()
            log.info("doorbell heard", process=self._running.process.id)
        return True

    def close(self) -> None:
        """Let threads finish what they are at, and give back what was only fetched."""
        if self._worker is not None:
            self._worker.stop(timeout=STOP_WITHIN_MS)
        if self._broker is not None:
            self._broker.close()


def _beat(running: Running) -> None:
    with running.app.unit() as unit:
        unit.house.beat(running.process)
    running.beat_at = time.monotonic()


def _beat_on(running: Running) -> None:
    """Say every ten seconds that we live; a beat that fails is tried again, and hand-offs stop meanwhile."""
    while not running.stopping:
        time.sleep(min(1.0, BEAT))
        if time.monotonic() - running.beat_at < BEAT:
            continue
        try:
            _beat(running)
        except Exception:
            log.exception("beat failed")


def _rings(broker: RedisBroker) -> bool:
    try:
        return bool(broker.client.ping())
    except RedisError:
        return False


def clear_up(running: Running) -> None:
    """Give back what threads held when they failed and could not even write that down."""
    while running.orphaned:
        relay.orphaned(running.app, running.orphaned[0])
        del running.orphaned[0]


def poll(running: Running, queues: frozenset[str]) -> None:
    """Do what is owed and due, urgent rows first."""
    with running.app.reading() as unit:
        owed = unit.tasks.ready()
        waiting = unit.ledger.ready(running.app.channels)
    for row in owed:
        REACTIONS[row.actor](row.id)
    for channel, lane in sorted(waiting, key=lambda pair: pair[1] != "urgent"):
        if URGENT in queues if lane == "urgent" else DELIVER in queues:
            deliveries.drain(channel, lane)


def main() -> int:
    """Parse the one option; an error of settings or schema is one sentence and exit code 3."""
    parser = argparse.ArgumentParser(prog="engage worker")
    parser.add_argument("--lane", choices=["urgent"], help="only what alerts need, so that bulk never delays them")
    try:
        return run(parser.parse_args().lane)
    except EngageError as error:
        print(error, file=sys.stderr)  # noqa: T201 - said to the operator before there is a log
        return 3


if __name__ == "__main__":
    sys.exit(main())
