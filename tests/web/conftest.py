"""A browser before the real application, over a real database; mail lies in the trial mailbox."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from engage.app import App, build
from engage.channels.mailbox import list_mail
from engage.log import configure
from engage.store.schema import metadata
from engage.web import create_app, server
from engage.web.gate import Gate
from tests.conftest import NOON, settings_for
from tests.office import Clock, Office, apply, settle, write_office

BASE = "http://127.0.0.1:8000"
CHOICES = {"kinds": ["meetings", "alerts"], "audience": "resident", "frequency": "immediate", "day": "0", "hour": "9"}


@dataclass
class Browser:
    """What a person, a scanner or a mail program does to the site."""

    app: App
    site: Gate
    client: TestClient
    clock: Clock

    def get(self, path: str, **headers: str):
        return self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def text(self, path: str) -> str:
        """A page that must be there, as a person reads it: no tags, one space between words."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return words(answer.text)

    def publish(self) -> None:
        """Apply the folder and take it in, as worker and poll would."""
        apply(self.app)
        settle(self.app)
        self.site.snapshot.refresh()

    def form_token(self) -> str:
        """The hidden token of a form that somebody has looked at for a while."""
        found = re.search(r'name="token"\s+value="([^"]+)"', self.get("/subscribe").text)
        assert found
        self.clock.move(seconds=10)
        return found[1]

    def sign_up(self, address: str, **more):
        form = {"email": address, "area": "eastfield", "token": self.form_token(), **CHOICES, **more}
        return self.client.post("/subscribe", data=form)

    def link(self, kind: str) -> str:
        """The path of the newest link of a kind in any mail (confirm, preferences, unsubscribe)."""
        settle(self.app)
        for mail in list_mail(self.app.settings.data / "trial-mail"):
            if found := re.search(rf"http://127\.0\.0\.1:8000(/{kind}/\S+)", mail.text):
                return found[1]
        raise AssertionError(f"No mail has a {kind} link.")

    def rows(self) -> dict[str, list[tuple]]:
        """Every row of every table."""
        with self.app.database.engine.connect() as conn:
            return {t.name: [tuple(row) for row in conn.execute(select(t))] for t in metadata.sorted_tables}

    def person(self, address: str):
        with self.app.reading() as unit:
            return unit.people.by_address("email", address)


@pytest.fixture
def listen(capfd: pytest.CaptureFixture[str]) -> Callable[[], Callable[[], str]]:
    """Called, it makes the log what it is in production and gives a way to read it."""

    def start() -> Callable[[], str]:
        configure("json")
        return lambda: "".join(capfd.readouterr())

    return start


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html.partition("</head>")[2])).split())


@pytest.fixture
def empty(sqlite_app: App, clock: Clock) -> Iterator[Browser]:
    """Before the first apply."""
    with visiting(sqlite_app, clock) as found:
        yield found


@pytest.fixture(scope="session")
def applied_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which the office's three meetings are applied and published, copied for each test."""
    folder = tmp_path_factory.mktemp("applied")
    path = folder / "engage.sqlite3"
    shutil.copy(sqlite_template, path)
    office = write_office(folder / "calendars")
    app = build(settings_for(f"sqlite:///{path}", folder, office.folder), clock=Clock(NOON))
    apply(app)
    settle(app)
    app.database.close()
    return path


@pytest.fixture
def browser(applied_template: Path, clock: Clock, tmp_path: Path, office: Office) -> Iterator[Browser]:
    """With the office's three meetings applied."""
    path = tmp_path / "engage.sqlite3"
    shutil.copy(applied_template, path)
    app = build(settings_for(f"sqlite:///{path}", tmp_path, office.folder), clock=clock)
    with visiting(app, clock) as found:
        yield found
    app.database.close()


@pytest.fixture
def anywhere(app: App, clock: Clock) -> Iterator[Browser]:
    """The same once on each database."""
    with visiting(app, clock) as found:
        found.publish()
        yield found


@contextmanager
def visiting(app: App, clock: Clock) -> Iterator[Browser]:
    site = create_app(app)
    with TestClient(site, base_url=BASE, client=("127.0.0.1", 50000), follow_redirects=False) as client:
        yield Browser(app, site, client, clock)


@pytest.fixture
def port(browser):
    """The real server on a free port, in a thread of this process."""
    with server.listen("127.0.0.1", 0) as listening:
        site = server.server_of(browser.app)
        thread = threading.Thread(target=site.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        until = time.monotonic() + 10
        while not site.started and time.monotonic() < until:
            time.sleep(0.01)
        yield listening.getsockname()[1]
        site.should_exit = True
        thread.join(15)
        assert not thread.is_alive()
