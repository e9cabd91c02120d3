"""Bringing a database to the newest schema, under a lock, and telling whether it is. The steps are in migrations."""

from __future__ import annotations

import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from engage.errors import NotNow
from engage.store.unit import Database

PATIENCE = 30.0  # seconds for which other processes wait until the relay has migrated
LOCK = 0x656E67  # PostgreSQL's advisory lock for migrations


def migrate(database: Database) -> str:
    """Run the steps that are missing in one transaction and return the schema's version. Safe to run twice at once."""
    with database.engine.begin() as conn:
        if conn.dialect.name == "postgresql":  # SQLite's BEGIN IMMEDIATE is the lock
            conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        config = _config()
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
        return str(current(conn))


def check_schema(database: Database, *, patience: float = PATIENCE) -> None:
    """Wait until the schema is the newest; NotNow says what to run when it does not come."""
    until = time.monotonic() + patience
    while (problem := _problem(database)) is not None:
        if time.monotonic() > until:
            raise NotNow(problem)
        time.sleep(0.1)


def newest() -> str:
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def current(conn: Connection) -> str | None:
    return MigrationContext.configure(conn).get_current_revision()


def _problem(database: Database) -> str | None:
    if database.is_missing:
        return "There is no database yet. Run: engage migrate (or: engage up)"
    try:
        with database.engine.connect().execution_options(engage_read=True) as conn:
            version = current(conn)
    except (OperationalError, ProgrammingError, DBAPIError) as error:
        return f"The database cannot be opened: {error.orig}"
    if version is None:
        return "The database is empty. Run: engage migrate (or: engage up)"
    if version != newest():
        return f"The database has schema {version}, this engage needs {newest()}. Run: engage migrate"
    return None


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config
