"""`python -m actors.relay`: due rows become events, the doorbell rings, staff's files are watched, the dead buried.

The only producer of messages, and the only process that migrates. Two relays cost duplicate rings, nothing else.
"""

from __future__ import annotations

import os
import secrets
import sys
import time

import structlog
from dramatiq.brokers.redis import RedisBroker
from redis.exceptions import RedisError

from actors.boot import Running, last_words, make_broker, start
from actors.collecting import Collector
from actors.registry import DELIVER, URGENT, Actors, declare
from actors.watching import Watcher
from engage.app import clock_of
from engage.errors import EngageError
from engage.lifeline import stop_signals
from engage.log import configure
from engage.settings import Settings
from engage.store.migrate import migrate
from engage.store.unit import Database
from engage.work import days, holds, relay
from engage.work.relay import Bell, Sweeper

log = structlog.get_logger()

TICK = 0.1
SWEEP = 5.0
EPOCH = "engage:epoch"  # a key that is gone when the doorbell lost everything


def run() -> int:
    """Tick until SIGTERM or SIGINT."""
    with stop_signals() as received:
        settings = Settings.read()
        configure(settings.log_format)
        _migrate(settings)
        running = start("relay", {}, settings)
        if reason := holds.guard_start(running.app):
            log.warning("on hold", reason=reason)
        relay.keep_alive(running.app, running.process)
        watcher = Watcher(running)
        watcher.start()
        collector = Collector.started(running)
        ringer = Ringer(running)
        sweeper = Sweeper(running.app, running.process, time.monotonic, _is_running)
        log.info("relay started", process=running.process.id)
        swept = 0.0
        while not received:
            began = time.monotonic()
            steps = [lambda: relay.turn_dues(running.app), ringer.ring]
            if began - swept > SWEEP:
                swept = began
                steps.append(lambda: _upkeep(running, sweeper))
            for step in steps:  # one that fails does not keep the others from running
                try:
                    step()
                except Exception:
                    log.exception("tick failed")
                    time.sleep(1)
            running.nudged.wait(max(0.0, TICK - (time.monotonic() - began)))
            running.nudged.clear()
        running.stopping = True
        watcher.join(timeout=5)
        collector.join(timeout=5)
        with last_words(), running.app.unit() as unit:
            unit.house.bury(running.process.id)
        log.info("relay stopped", process=running.process.id)
    return 0


def _migrate(settings: Settings) -> None:
    database = Database(settings.database, clock_of(settings))
    version = migrate(database)
    database.close()
    log.info("schema ready", version=version)


def _upkeep(running: Running, sweeper: Sweeper) -> None:
    relay.keep_alive(running.app, running.process)
    days.keep_day(running.app)
    sweeper.sweep()


class Ringer:
    """Rings for what is owed and due. A bell that cannot be reached is no error: workers poll meanwhile."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._broker: RedisBroker | None = None
        self._actors: Actors = {}
        self._is_silent, self._silent_until = False, 0.0

    def ring(self) -> None:
        """Ring once for everybody who is owed a call."""
        if time.monotonic() < self._silent_until:
            return
        if not relay.has_work(self._running.app):
            return
        try:
            broker = self._connect()
            if broker is None:
                self._fall_silent("no address yet")
                return
            self._notice_loss(broker)
            self._send(broker, relay.to_ring(self._running.app))
            self._is_silent = False
        except RedisError as error:
            # What was marked as rung is rung for again: nothing is lost with the bell.
            relay.forget_rings(self._running.app)
            self._fall_silent(type(error).__name__)

    def _fall_silent(self, why: str) -> None:
        if not self._is_silent:
            log.warning("doorbell silent, workers look for themselves", why=why)
        self._broker, self._is_silent, self._silent_until = None, True, time.monotonic() + 1

    def _connect(self) -> RedisBroker | None:
        if self._broker is None and (broker := make_broker(self._running.app.settings)) is not None:
            self._actors = declare(broker)
            self._broker = broker
        return self._broker

    def _notice_loss(self, broker: RedisBroker) -> None:
        """A bell without our mark has forgotten every ring."""
        if broker.client.set(EPOCH, secrets.token_hex(8), nx=True):
            forgotten = relay.forget_rings(self._running.app)
            log.info("doorbell new", rung_again=forgotten)

    def _send(self, broker: RedisBroker, bell: Bell) -> None:
        for task_id, name in bell.tasks:
            if (actor := self._actors.get(name)) is not None:
                actor.send(task_id)
            else:
                relay.give_up(self._running.app, task_id, name)
        room = self._room(broker)
        for channel, lane in bell.drains:
            queue = URGENT if lane == "urgent" else DELIVER
            calls, room[queue] = room[queue], 0
            for _ in range(calls):
                if lane == "urgent":
                    self._actors["drain_urgent"].send(channel)
                else:
                    self._actors["drain"].send(channel, lane)

    def _room(self, broker: RedisBroker) -> dict[str, int]:
        """How many more calls each queue takes before there are more than threads to answer.

        Only what still waits in the list counts: messages that a dead worker had fetched stay with it for a minute.
        """
        with self._running.app.reading() as unit:
            threads = [row.threads for row in unit.house.processes()]
        return {
            queue: max(0, sum(t.get(queue, 0) for t in threads) - waiting(broker, queue)) for queue in (URGENT, DELIVER)
        }


def waiting(broker: RedisBroker, queue: str) -> int:
    """Messages that no worker has fetched yet."""
    return int(broker.client.llen(f"{broker.namespace}:{queue}"))


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def main() -> int:
    try:
        return run()
    except EngageError as error:
        print(error, file=sys.stderr)  # noqa: T201 - said to the operator before there is a log
        return 3


if __name__ == "__main__":
    sys.exit(main())
