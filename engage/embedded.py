"""The embedded store: a private Valkey in the data folder, and its address for the other processes.

What it holds may be lost at any moment: rows decide, it is only the doorbell.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Self
from urllib.parse import quote

import redis
import structlog

from engage.errors import NotNow
from engage.lifeline import stop_signals
from engage.settings import Settings
from engage.valkey import Server, locked

LINGER = 3.0  # seconds the store outlives a signal that went to its clients too, as honcho's does
SOCKET_LIMIT = 100  # bytes of path; the kernel's limit is 104 on macOS and 108 on Linux
# Everything dramatiq does, its scripts' KEYS included; not FLUSHALL, CONFIG, SHUTDOWN, DEBUG, MIGRATE and so on (S42).
ACCESS = "~* +@all -@admin -@dangerous +keys +info"

log = structlog.get_logger()


class EmbeddedStore:
    """One durable store per data folder, on a unix socket for this user only; its address survives restarts."""

    def __init__(self, data: Path, *, fsync: str = "everysec") -> None:
        self.data = data.resolve()
        self.folder = self.data / "redis"
        self.fsync = fsync
        self._lock: int | None = None
        self._server: Server | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """With the password in it: for clients, never for a log."""
        return self._running().url

    @property
    def pid(self) -> int | None:
        """The server's process, not the launcher's."""
        return self._running().pid

    @property
    def is_running(self) -> bool:
        return self._server is not None and self._server.is_running

    def start(self) -> Self:
        """Return when the server answers; NotNow says what is in the way."""
        try:
            self._lock = claim(self.data, "redis/launcher.lock")
            self._server = self._prepare()
            self.restart()
        except OSError as error:
            self.stop()
            reason = error.strerror or str(error)
            raise NotNow(f"The embedded store cannot use {self.folder}: {reason}. Choose another --data.") from error
        except BaseException:
            self.stop()
            raise
        return self

    def restart(self) -> None:
        """Start the server (again, when it ended by itself); the folder stays ours meanwhile."""
        server = self._running()
        server.start()
        _write_private(_address_file(self.data), server.url + "\n")

    def stop(self) -> None:
        """End the server, and give back the address and the folder; harmless when nothing runs."""
        if self._server is not None:
            self._server.end()
        if self._lock is not None:
            _address_file(self.data).unlink(missing_ok=True)
            os.close(self._lock)
        self._server = self._lock = None

    def clients(self) -> int:
        """How many connections are open beside this one."""
        with redis.Redis.from_url(self.url, socket_timeout=1.0) as client:
            return int(client.info("clients")["connected_clients"]) - 1

    def _running(self) -> Server:
        if self._server is None:
            raise NotNow("The embedded store is not running.")
        return self._server

    def _prepare(self) -> Server:
        password = _password(self.folder / "password")
        digest = hashlib.sha256(password.encode()).hexdigest()
        _write_private(self.folder / "users.acl", f"user default off\nuser engage on #{digest} {ACCESS}\n")
        socket = _socket(self.folder)
        url = f"unix://engage:{password}@{quote(str(socket))}?db=0&protocol=2"
        return Server(folder=self.folder, socket=socket, url=url, fsync=self.fsync)


def find_url(data: Path, wait_s: float = 0.0) -> str | None:
    """The store's address, which holds its password; None when nobody has written one within `wait_s` seconds."""
    limit = time.monotonic() + wait_s
    while True:
        with suppress(FileNotFoundError):
            if url := _address_file(data).read_text().strip():
                return url
        if time.monotonic() >= limit:
            return None
        time.sleep(0.02)


def serve(settings: Settings) -> int:
    """What `engage redis` does: keep the store up until SIGTERM or SIGINT, or idle when another server is set."""
    with stop_signals() as received:
        if settings.redis_url is not None:
            log.info("embedded store not needed: ENGAGE_REDIS_URL is set; idling until stopped")
            while not received:
                time.sleep(0.2)
            return 0
        with EmbeddedStore(settings.data) as store:
            log.info("embedded store ready", pid=store.pid, folder=str(store.folder))
            while not received:
                time.sleep(0.2)
                if not store.is_running:
                    log.warning("embedded store ended by itself; starting it again")
                    store.restart()
            _linger(store)
    log.info("embedded store stopped")
    return 0


def _linger(store: EmbeddedStore) -> None:
    """Let clients that got the same signal hand back what they hold."""
    limit = time.monotonic() + LINGER
    try:
        while store.clients() > 0 and time.monotonic() < limit:
            time.sleep(0.1)
    except redis.RedisError:  # it is gone already
        return


def claim(data: Path, name: str) -> int:
    """Make the folder and hold its lock `name` for as long as this process, or the descriptor, lives."""
    path = data / name
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        lock = locked(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise NotNow(f"The data folder {data} cannot be used: {reason}. Choose another --data.") from error
    if lock is None:
        raise NotNow(f"{data} is in use by another engage: stop that one, or choose another --data.")
    return lock


def _address_file(data: Path) -> Path:
    return data / "redis.url"


def _password(path: Path) -> str:
    """Made once: clients that outlive a restart of the store keep an address that works."""
    if not path.exists() or not path.read_text():
        _write_private(path, secrets.token_urlsafe(32))
    return path.read_text()


def _socket(folder: Path) -> Path:
    """In the folder, or, where that path is too long for a socket, at a place of our own that it always leads to."""
    socket = folder / "s"
    if len(os.fsencode(socket)) <= SOCKET_LIMIT:
        return socket
    key = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    place = Path(tempfile.gettempdir()) / f"engage-{os.getuid()}-{key}"
    place.mkdir(mode=0o700, exist_ok=True)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise NotNow(f"{place} belongs to somebody else: remove it, or choose a shorter path for --data.")
    return place / "s"


def _write_private(path: Path, text: str) -> None:
    """All of it or nothing, readable by this user only."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123
        file.write(text)
    draft.replace(path)
