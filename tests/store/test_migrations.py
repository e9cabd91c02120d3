"""Migrations: what they make is what the code believes in."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from engage.errors import NotNow
from engage.store import migrations
from engage.store.migrate import NEWEST, check_schema, migrate
from engage.store.schema import metadata
from engage.store.unit import Database
from tests.conftest import NOON, _create, _named


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without a single table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bare.sqlite3'}"
    uri, name = request.getfixturevalue("postgres"), f"bare{uuid4().hex}"
    _create(uri, f"CREATE DATABASE {name}")
    return _named(uri, name)


@pytest.fixture
def bare(bare_url: str) -> Iterator[Database]:
    opened = Database(bare_url, lambda: NOON)
    yield opened
    opened.close()


def test_the_steps_yield_exactly_the_declared_tables(database: Database):
    """Tables, columns, types, keys and indexes: alembic finds nothing to add, drop or change."""
    with database.engine.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn, opts={"compare_type": True}), metadata) == []


def test_the_newest_step_is_the_one_that_processes_ask_for():
    """Its name is written down, so that nobody must load alembic to compare it."""
    assert ScriptDirectory(str(Path(migrations.__file__).parent)).get_current_head() == NEWEST


def test_migrating_twice_changes_nothing(database: Database):
    """Every start of the relay migrates."""
    assert migrate(database) == migrate(database) == NEWEST


def test_two_processes_that_migrate_at_once_both_find_the_newest_schema(bare_url: str):
    """One waits for the other's lock and then has nothing to do; neither fails."""
    barrier = Barrier(2)

    def run(_: int) -> str:
        database = Database(bare_url, lambda: NOON)
        barrier.wait(10)
        try:
            return migrate(database)
        finally:
            database.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(run, range(2))) == [NEWEST] * 2


def test_a_step_that_fails_leaves_no_table_behind(bare: Database, monkeypatch: pytest.MonkeyPatch):
    """All steps run in one transaction, on SQLite too: a crash half-way is as if nothing had run."""

    upgrade = command.upgrade

    def breaks(*given: object) -> None:
        upgrade(*given)
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(command, "upgrade", breaks)
    with pytest.raises(RuntimeError):
        migrate(bare)
    assert inspect(bare.engine).get_table_names() == []


def test_a_process_that_finds_no_schema_says_what_to_run(bare: Database):
    """Only some commands create a database; the others wait, then say it in a sentence."""
    with pytest.raises(NotNow, match="engage migrate"):
        check_schema(bare, patience=0)
    migrate(bare)
    check_schema(bare, patience=0)


def test_a_schema_of_another_version_is_named(database: Database):
    """An old engage must not write into a newer schema."""
    with database.engine.begin() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NotNow, match=f"9999.*{NEWEST}"):
        check_schema(database, patience=0)


def test_looking_for_a_database_makes_no_empty_file(tmp_path: Path):
    """`engage status` in the wrong folder must not leave a file that later looks like a database."""
    path = tmp_path / "none.sqlite3"
    database = Database(f"sqlite:///{path}", lambda: NOON)
    with pytest.raises(NotNow, match="no database yet"):
        check_schema(database, patience=0)
    assert not path.exists()
