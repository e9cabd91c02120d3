"""How the database itself is: whole, not swollen, and with a clock that agrees with ours."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from engage.store.copies import engine_of, file_of


def damage(conn: Connection) -> str | None:
    """What is broken in a SQLite file, in its own words; None when nothing is. PostgreSQL checks its pages itself."""
    if conn.dialect.name != "sqlite":
        return None
    try:
        found = str(conn.execute(text("PRAGMA quick_check(1)")).scalar_one())
    except DBAPIError as error:
        return str(error.orig)
    return None if found == "ok" else found


def clock_of(conn: Connection) -> datetime | None:
    """What the database's own machine takes the time to be; None for a file on ours."""
    if conn.dialect.name == "sqlite":
        return None
    told: datetime = conn.execute(select(func.clock_timestamp())).scalar_one()
    return told.astimezone(UTC)


def log_size(url: str) -> int:
    """Bytes of SQLite's write-ahead log, which is folded in all the time unless something keeps it from being."""
    if engine_of(url) != "sqlite":
        return 0
    path = file_of(url)
    log = path.with_name(f"{path.name}-wal")
    return log.stat().st_size if log.exists() else 0


def folder_of(url: str) -> Path | None:
    """Where the database's file lies; None for a server's."""
    return file_of(url).parent if engine_of(url) == "sqlite" else None
