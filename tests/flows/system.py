"""The real thing for a test: Valkey, relay, workers and web as processes, a real SMTP server, either database."""

from __future__ import annotations

import email
import http.client
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from multiprocessing.process import BaseProcess
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import redis

from engage.app import App, build
from engage.embedded import find_url
from engage.settings import Settings
from engage.testing import SmtpSink
from tests import processes
from tests.office import Office, write_office

PATIENCE = 30.0
ROOT = Path(__file__).resolve().parents[2]
MODULES = {
    "redis": ("engage", "redis"),
    "relay": ("actors.relay",),
    "worker": ("actors.worker",),
    "urgent": ("actors.worker", "--lane", "urgent"),
    "web": ("engage", "web"),
}


@dataclass
class System:
    """Starts, kills and asks. The sink is the judge of what arrived."""

    data: Path
    sink: SmtpSink
    office: Office
    database_url: str
    port: int = 0
    offset: int = 0
    more: dict[str, str] = field(default_factory=dict)
    processes: dict[str, BaseProcess] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        """The system's moment: today's real time of day would fall into the quiet hours at night."""
        return datetime.now(UTC) + timedelta(seconds=self.offset)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settings(self) -> Settings:
        return Settings.read(
            _env_file=None,
            data_dir=self.data,
            calendars_dir=self.office.folder,
            database_url=self.database_url,
            smtp_url=self.sink.url,
            base_url=self.base_url,
            now_offset=self.offset,
        )

    def app(self) -> App:
        """A look into the database from outside."""
        return build(self.settings())

    # processes
    def start(self, *names: str, **more: str) -> None:
        for name in names:
            arguments = ("--port", str(self.port)) if name == "web" else ()
            self.processes[name] = self._started(name, arguments, {**self._environment(), **more})

    def _started(self, name: str, arguments: tuple[str, ...], environment: dict[str, str]) -> BaseProcess:
        module, *words = MODULES[name]
        return processes.start(processes.program, module, (*words, *arguments), environment, self.log_of(name))

    def log_of(self, name: str) -> str:
        """Where a process writes; there from the first moment, for whoever watches it."""
        path = self.data / f"{name}.log"
        path.touch()
        return str(path)

    def _environment(self) -> dict[str, str]:
        return {
            "ENGAGE_DATA_DIR": str(self.data),
            "ENGAGE_CALENDARS_DIR": str(self.office.folder),
            "ENGAGE_DATABASE_URL": self.database_url,
            "ENGAGE_SMTP_URL": self.sink.url,
            "ENGAGE_BASE_URL": self.base_url,
            "ENGAGE_LOG_FORMAT": "json",
            "ENGAGE_NOW_OFFSET": str(self.offset),
            **self.more,
        }

    def command(self, *words: str, given: bytes = b"") -> str:
        """Run `engage ...` beside the processes, with *given* on stdin; what it said, to people and to the log."""
        done = processes.run(*words, environment=self._environment(), given=given)
        return done.out + done.err

    def kill(self, name: str) -> None:
        """SIGKILL, by its pid."""
        process = self.processes.pop(name)
        if process.is_alive():  # it is not our child: its number may be somebody else's as soon as it has ended
            process.kill()
        process.join()

    def stop(self, name: str, *, within: float = 30) -> int:
        """SIGTERM, and its exit code; that of SIGKILL when it did not heed."""
        process = self.processes.pop(name)
        if process.is_alive():
            process.terminate()
        process.join(within)
        if process.exitcode is None:
            process.kill()
            process.join()
        return process.exitcode or 0

    def close(self) -> None:
        for name in ("web", "urgent", "worker", "relay", "redis", *self.processes):
            if name in self.processes:
                self.stop(name, within=20)

    def wipe_redis(self) -> int:
        """Everything the doorbell remembers, gone; returns how many keys that were."""
        client = redis.Redis.from_url(find_url(self.data) or "")
        keys = client.keys("*")
        if keys:
            client.delete(*keys)
        client.close()
        return len(keys)

    def redis_text(self) -> str:
        """Every key and value the doorbell holds."""
        client = redis.Redis.from_url(find_url(self.data) or "")
        read = {b"string": client.get, b"hash": client.hgetall, b"zset": lambda k: client.zrange(k, 0, -1)}
        read |= {b"list": lambda k: client.lrange(k, 0, -1), b"set": client.smembers, b"none": lambda _: "just gone"}
        text = repr([(key, read[client.type(key)](key)) for key in client.keys("*")])
        client.close()
        return text

    # the web, as a browser or a mail program meets it
    def request(self, method: str, url: str, form: dict[str, object] | None = None, **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        body = urlencode(form, doseq=True) if form is not None else None
        if form is not None:
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.base_url, **headers}
        connection.request(method, urlsplit(url).path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def fetch(self, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        """As a calendar app polls: status, bytes, headers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        found = answer.status, answer.read(), {k.lower(): v for k, v in answer.getheaders()}
        connection.close()
        return found

    # what arrived
    def messages(self, to: str | None = None) -> list[EmailMessage]:
        """What the server accepted, in order; of one person when *to* is given."""
        found = [m for m in self.sink.accepted if to is None or m.to == f"{to}@example.org"]
        return [email.message_from_bytes(m.content, policy=policy.default) for m in found]  # type: ignore[misc]

    def subjects(self, to: str) -> list[str]:
        return [str(m["Subject"]) for m in self.messages(to)]

    def wait_for(self, condition: Callable[[], object], what: str, *, within: float = PATIENCE) -> None:
        until = time.monotonic() + within
        while not condition():
            if time.monotonic() > until:
                raise AssertionError(f"{what} did not happen within {within:g} s.\n{self.logs()}")
            time.sleep(0.05)

    def wait_for_mail(self, to: str, count: int, *, within: float = PATIENCE) -> list[EmailMessage]:
        self.wait_for(lambda: len(self.messages(to)) >= count, f"mail {count} to {to}", within=within)
        return self.messages(to)

    def wait_for_rest(self, *, within: float = PATIENCE) -> None:
        """Until nothing is owed, due or pending."""
        app = self.app()

        def at_rest() -> bool:
            with app.reading() as unit:
                states = unit.audits.by_state()
                tasks = unit.tasks.by_state()
            owed = tasks.get("ready", 0) + tasks.get("claimed", 0)
            return not owed and not any(states.get(s) for s in ("ready", "claimed", "handoff"))

        try:
            self.wait_for(at_rest, "rest", within=within)
        finally:
            app.database.close()

    def logs(self) -> str:
        return "\n".join(f"--- {p.name}\n{p.read_text()[-3000:]}" for p in sorted(self.data.glob("*.log")))


def seconds_to_noon() -> int:
    """From now to the next noon in UTC, which is daytime in London all year."""
    now = datetime.now(UTC)
    noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
    return int(((noon if noon > now else noon + timedelta(days=1)) - now).total_seconds())


@contextmanager
def running_system(tmp_path: Path, database_url: str, **more: str) -> Iterator[System]:
    """A system with its office and sink; nothing is started yet."""
    data = tmp_path / "data"
    data.mkdir(exist_ok=True)
    with SmtpSink() as sink, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        system = System(
            data=data,
            offset=seconds_to_noon(),
            sink=sink,
            office=write_office(tmp_path / "files"),
            database_url=database_url,
            port=port,
            more=more,
        )
        try:
            yield system
        finally:
            system.close()
