"""Bringing a database to the newest schema, under a lock, and telling whether it is. The steps are in migrations."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from engage.errors import NotNow
from engage.store.unit import Database

NEWEST = "0001"  # the last step in migrations/versions; a test keeps the two equal
PATIENCE = 30.0  # seconds for which other processes wait until the relay has migrated
LOCK = 0x656E67  # PostgreSQL's advisory lock for migrations


def migrate(database: Database) -> str:
    """Run the steps that are missing in one transaction and return the schema's version. Safe to run twice at once."""
    if not database.is_missing and _problem(database) is None:
        return NEWEST
    from alembic import command  # a second of imports that nobody else should pay for
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    with database.engine.begin() as conn:
        if conn.dialect.name == "postgresql":  # SQLite's BEGIN IMMEDIATE is the lock
            conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
    return NEWEST


def check_schema(database: Database, *, patience: float = PATIENCE) -> None:
    """Wait until the schema is the newest; NotNow says what to run when it does not come."""
    until = time.monotonic() + patience
    while (problem := _problem(database)) is not None:
        if time.monotonic() > until:
            raise NotNow(problem)
        time.sleep(0.1)


def _problem(database: Database) -> str | None:
    if database.is_missing:
        return "There is no database yet. Run: engage migrate (or: engage up)"
    try:
        version = _version(database)
    except ProgrammingError:  # PostgreSQL: the table that holds the version does not exist
        version = None
    except OperationalError as error:
        if "no such table" not in str(error.orig):
            return f"The database cannot be opened: {error.orig}"
        version = None
    except DBAPIError as error:
        return f"The database cannot be opened: {error.orig}"
    if version is None:
        return "The database is empty. Run: engage migrate (or: engage up)"
    if version != NEWEST:
        return f"The database has schema {version}, this engage needs {NEWEST}. Run: engage migrate"
    return None


def _version(database: Database) -> str | None:
    with database.engine.connect().execution_options(engage_read=True) as conn:
        return conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
