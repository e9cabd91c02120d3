"""Feed polls beside nginx serving the same file from disk and Radicale serving the same collection, one process each."""

from __future__ import annotations

import http.client
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from engage.app import App, build
from engage.store.migrate import migrate
from engage.store.unit import Database
from engage.work import calendars, feeds, plans
from tests.bench.edits import running
from tests.bench.meetings import write_meetings
from tests.bench.table import Benchmark, Row, at_least, at_most, known
from tests.flows.system import ROOT, System

ENTRIES, CONNECTIONS, SECONDS, RUNS = 650, 32, 3, 5
SERVERS = ("uvicorn", "granian")
NGINX = """\
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; gzip_static on; gzip_vary on;
  types {{ text/calendar ics; }}
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""
RADICALE = """\
[server]
hosts = 127.0.0.1:{port}
[auth]
type = none
[rights]
type = authenticated
[storage]
filesystem_folder = {folder}/radicale
[logging]
level = error
"""


@dataclass(frozen=True)
class Target:
    """An address, with the ETag of its compressed bytes."""

    name: str
    url: str
    etag: str


@dataclass(frozen=True)
class Speed:
    """Requests a second and the 99th percentile of their times in milliseconds."""

    rate: float
    p99: float


def run() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)  # nginx serves as another account
        path = write_meetings(folder / "calendars", ENTRIES, files=1, today=datetime.now(UTC).date())[0]
        with running(folder, folder / "calendars") as system:
            feed = f"{path.stem}.ics"
            body, gzipped = _publish(system, feed)
            with serving_nginx(folder, body, gzipped) as nginx, _ours(system, feed) as ours:
                yield from _beside_nginx(nginx, ours)
                with _radicale(folder, body) as radicale:
                    yield from _beside_radicale(radicale, ours[0])


def _beside_nginx(nginx: Target, ours: Sequence[Target]) -> Iterator[Row]:
    """Alternating, so that whatever else the machine does falls on all of them."""
    for what, conditional in (("200 gzip", False), ("304", True)):
        speeds: dict[str, list[Speed]] = {one.name: [] for one in (nginx, *ours)}
        for _ in range(RUNS):
            for one in (nginx, *ours):
                speeds[one.name].append(_wrk(one, conditional=conditional))
        limit = [speed.rate for speed in speeds["nginx"]]
        yield known(f"nginx, {what}", limit, "/s")
        for one in ours:
            rates = [speed.rate for speed in speeds[one.name]]
            ratios = [mine / its for mine, its in zip(rates, limit, strict=True)]
            yield known(f"engage on {one.name}, {what}", rates, "/s", f"{median(ratios):.2f} x nginx")
            if one.name == SERVERS[0]:
                yield at_least(f"engage, {what}, beside nginx", ratios, "x", 0.4)
                p99 = [speed.p99 for speed in speeds[one.name]]
                yield at_most(f"engage, {what}, p99 at {CONNECTIONS} connections", p99, "ms", 20)


def _beside_radicale(radicale: Target, ours: Target) -> Iterator[Row]:
    rates = [_few(radicale) for _ in range(3)]
    mine = [_wrk(ours, conditional=False).rate for _ in range(3)]
    yield known(f"Radicale, collection of {ENTRIES} entries", rates, "/s")
    yield at_least("engage, beside Radicale", [median(mine) / median(rates)], "x", 1000)


def _wrk(target: Target, *, conditional: bool) -> Speed:
    headers = ["-H", "Accept-Encoding: gzip", *(["-H", f"If-None-Match: {target.etag}"] if conditional else [])]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency", *headers, target.url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in said and not conditional:
        raise RuntimeError(said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    assert rate
    assert p99
    return Speed(float(rate[1]), float(p99[1]) * {"us": 0.001, "ms": 1, "s": 1000}[p99[2]])


def _few(target: Target) -> float:
    """Requests a second of a server that answers a handful."""
    started, n = time.perf_counter(), 0
    while time.perf_counter() - started < SECONDS:
        _get(target.url)
        n += 1
    return n / (time.perf_counter() - started)


def published(system: System) -> App:
    """The system's files applied and its feeds made."""
    migrate(Database(system.settings().database, lambda: datetime.now(UTC)))
    app = build(system.settings())
    plans.apply(app, calendars.propose_folder(app, system.office.folder), who="bench")
    prepared = feeds.prepare(app, None)  # type: ignore[arg-type]
    with app.unit() as unit:
        feeds.publish(app, unit, prepared)
    return app


def _publish(system: System, feed: str) -> tuple[bytes, bytes]:
    """The feed's bytes, plain and compressed."""
    app = published(system)
    with app.reading() as unit:
        found = next(one for one in unit.feeds.since(0) if one.path == feed)
    app.database.close()
    return found.body, found.gzipped


@contextmanager
def _process(*command: str, port: int, log: Path, **environment: str) -> Iterator[None]:
    import os

    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, cwd=ROOT, env={**os.environ, **environment})
    try:
        wait_for(port, log)
        yield
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int, log: Path) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(log.read_text())


@contextmanager
def serving_nginx(folder: Path, body: bytes, gzipped: bytes) -> Iterator[Target]:
    """The same bytes, compressed beforehand, as nginx serves files best."""
    port = _free_port()
    (folder / "www").mkdir()
    (folder / "www/feed.ics").write_bytes(body)
    (folder / "www/feed.ics.gz").write_bytes(gzipped)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    url = f"http://127.0.0.1:{port}/feed.ics"
    with _process("nginx", "-c", str(folder / "nginx.conf"), port=port, log=folder / "nginx.log"):
        yield Target("nginx", url, _get(url))


@contextmanager
def _ours(system: System, feed: str) -> Iterator[list[Target]]:
    """The website as it runs, on uvicorn; and the same application on granian."""
    system.start("web")
    wait_for(system.port, system.data / "web.log")
    port = _free_port()
    command = ("-m", "granian", "--interface", "asgi", "--loop", "uvloop", "--no-ws", "--port", str(port))
    environment = {**system._environment(), "ENGAGE_BASE_URL": f"http://127.0.0.1:{port}"}
    log = system.data / "granian.log"
    with _process(sys.executable, *command, "tests.bench.site:app", port=port, log=log, **environment):
        urls = (f"{system.base_url}/feeds/{feed}", f"http://127.0.0.1:{port}/feeds/{feed}")
        yield [Target(name, url, _get(url)) for name, url in zip(SERVERS, urls, strict=True)]


@contextmanager
def _radicale(folder: Path, body: bytes) -> Iterator[Target]:
    """Every entry as an item of a collection, as Radicale keeps them."""
    port = _free_port()
    items = folder / "radicale/collection-root/pcc/meetings"
    items.mkdir(parents=True)
    (items / ".Radicale.props").write_text('{"tag": "VCALENDAR", "D:displayname": "Meetings"}')
    head, *vevents = re.split(rb"(?=BEGIN:VEVENT)", body)
    for number, vevent in enumerate(vevents):
        (items / f"{number}.ics").write_bytes(head + vevent.removesuffix(b"END:VCALENDAR\r\n") + b"END:VCALENDAR\r\n")
    (folder / "radicale.conf").write_text(RADICALE.format(folder=folder, port=port))
    url = f"http://pcc:x@127.0.0.1:{port}/pcc/meetings/"
    command = (sys.executable, "-m", "radicale", "--config", str(folder / "radicale.conf"))
    with _process(*command, port=port, log=folder / "radicale.log"):
        _get(url)  # fills its cache
        yield Target("radicale", url, "")


def _get(url: str) -> str:
    """Ask once; the ETag, quoted."""
    found = re.fullmatch(r"http://(?:\w+:\w+@)?([\d.:]+)(/.*)", url)
    assert found
    connection = http.client.HTTPConnection(found[1], timeout=60)
    connection.request("GET", found[2], headers={"Accept-Encoding": "gzip", "Authorization": "Basic cGNjOng="})
    answer = connection.getresponse()
    body, etag = answer.read(), answer.getheader("ETag") or ""
    connection.close()
    if answer.status != 200 or not body:
        raise RuntimeError(f"{url}: {answer.status}")
    return etag


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def needs_of(*programs: str) -> list[str]:
    """Those that are not here."""
    return [name for name in programs if shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin") is None]


def _needs() -> Sequence[str]:
    return [*needs_of("nginx", "wrk"), *(name for name in ("granian", "radicale") if find_spec(name) is None)]


BENCHMARK = Benchmark(name="polls", run=run, needs=_needs)
