"""Builds what a background process needs once, and the broker as we use it (DELIVERY.md). What runs is in registry."""

from __future__ import annotations

import os
import platform
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import Retries, ShutdownNotifications

from engage.app import App, build
from engage.channels.base import Session
from engage.embedded import find_url
from engage.log import configure
from engage.settings import Settings
from engage.store.house import Process

log = structlog.get_logger()

BEATLESS = 60.0  # seconds without a beat of its own after which a process starts no hand-off


@dataclass
class Running:
    """One process: the app, who we are, and the sessions its threads keep open."""

    app: App
    process: Process
    stopping: bool = False
    local: threading.local = field(default_factory=threading.local)
    lock: threading.Lock = field(default_factory=threading.Lock)
    draining: dict[tuple[str, str], int] = field(default_factory=dict)
    called_at: float = field(default_factory=time.monotonic)
    beat_at: float = field(default_factory=time.monotonic)
    orphaned: list[str] = field(default_factory=list)
    nudged: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def working(self) -> Iterator[str]:
        """Under which name the calling thread owns rows. After a failure it takes another.

        Nobody works under the old name any more, so that whoever looks after `orphaned` may release what it holds: the
        thread itself may not be called again for hours.
        """
        failures = self.local.__dict__.setdefault("failures", 0)
        owner = f"{self.process.id}/{threading.get_ident()}.{failures}"
        try:
            yield owner
        except Exception:
            self.local.failures = failures + 1
            self.orphaned.append(owner)
            raise

    def session(self, channel: str) -> Session:
        """The calling thread's connection of a channel."""
        sessions: dict[str, Session] = self.local.__dict__.setdefault("sessions", {})
        if channel not in sessions:
            sessions[channel] = self.app.channels[channel].connect()
        return sessions[channel]

    @contextmanager
    def turn(self, channel: str, lane: str) -> Iterator[bool]:
        """Whether this thread may drain the lane now: as many at once as the database has use for.

        SQLite has one writer; a second thread of ours would only make both wait in its back-off.
        """
        with self.lock:
            busy = self.draining.get((channel, lane), 0)
            ours = busy < self.app.database.writers
            self.draining[channel, lane] = busy + ours
        try:
            yield ours
        finally:
            with self.lock:
                self.draining[channel, lane] -= ours

    def may_hand_over(self) -> bool:
        """A process that could not beat for a minute may have been given up for dead: it starts no hand-off."""
        return not self.stopping and time.monotonic() - self.beat_at < BEATLESS


_running: Running | None = None


def start(role: str, threads: Mapping[str, int], settings: Settings | None = None) -> Running:
    """Read the settings, build the app and remember it for the actors, which get nothing but ids."""
    settings = settings or Settings.read()
    configure(settings.log_format)
    process = Process(
        id=f"{role}-{secrets.token_hex(4)}",
        role=role,
        host=platform.node(),
        boot_id=boot_id(),
        pid=os.getpid(),
        threads=dict(threads),
    )
    return remember(Running(app=build(settings), process=process))


def remember(running: Running) -> Running:
    """Make *running* what `current` answers."""
    global _running  # noqa: PLW0603 - dramatiq calls functions with the message's arguments only
    _running = running
    return running


def current() -> Running:
    """The process we are; asking before `start` is a mistake in the program."""
    if _running is None:
        message = "actors.boot.start has not run: nothing is built at import."
        raise RuntimeError(message)
    return _running


@contextmanager
def last_words() -> Iterator[None]:
    """What a process writes when it ends. A database that is away keeps nobody from ending: a process that left without
    a word is buried like a dead one.
    """
    try:
        yield
    except Exception:
        log.exception("left without a word")


def make_broker(settings: Settings) -> RedisBroker | None:
    """The doorbell, or None while the embedded one has not said where it is.

    No retries, results or delays of dramatiq's: these live in the database.
    """
    url = settings.redis_url.get_secret_value() if settings.redis_url else find_url(settings.data)
    if url is None:
        return None
    return RedisBroker(  # type: ignore[no-untyped-call]
        url=url,  # `host=` would retry ten times and can double an enqueue
        namespace="engage",
        maintenance_chance=1_000_000,
        heartbeat_timeout=60_000,
        dead_message_ttl=3_600_000,
        socket_timeout=5,
        middleware=[ShutdownNotifications(), Retries(max_retries=0)],
    )


def boot_id() -> str:
    """Tells a rebooted host from a restarted process."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:  # macOS: the moment of the boot, to the second
        return str(int(time.time() - time.monotonic()))
