"""Copying a whole database out and in while others use it: SQLite by its online backup, PostgreSQL by its own tools.

What belongs into a backup, and what must be true before one comes back, is decided in engage.work.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError

from engage.errors import NotNow, Refused
from engage.store.handover import HOLD
from engage.store.schema import metadata

PAGES = 2_048  # SQLite's pages in one step: 8 MB
Tell = Callable[[int, int], None]  # how many of how many are done


def engine_of(url: str) -> str:
    """`sqlite` or `postgresql`."""
    return make_url(url).get_backend_name()


def file_of(url: str) -> Path:
    """The file of a SQLite database."""
    return Path(make_url(url).database or "")


def size_of(url: str) -> int:
    """About how many bytes a copy takes."""
    if engine_of(url) == "sqlite":
        found = (file_of(url), file_of(url).with_name(f"{file_of(url).name}-wal"))
        return sum(path.stat().st_size for path in found if path.exists())
    return int(_ask(url, "SELECT pg_database_size(current_database())"))


def copy_out(url: str, target: Path, tell: Tell) -> None:
    """Write a consistent copy to *target*, readable by this user only; writers are not kept waiting."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    if engine_of(url) == "sqlite":
        _copy_sqlite(file_of(url), target, tell)
    else:
        _run("pg_dump", make_url(url), "--no-owner", "--no-privileges", f"--file={target}")
        tell(1, 1)


def _copy_sqlite(source: Path, target: Path, tell: Tell) -> None:
    """Under one read transaction: without it every commit of another process would start the copy anew."""
    try:
        with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
            here.execute("BEGIN")
            here.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            here.backup(there, pages=PAGES, progress=lambda _, left, total: tell(total - left, total))
            found = there.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise NotNow(f"The database could not be copied: {error}. No backup was made.") from error
    if found != "ok":
        raise NotNow(f"The database is damaged ({found}): no backup was made. Keep the older ones, and get help.")


def is_in_use(url: str) -> bool:
    """Whether any other process has the database open: to take it from under them would lose what they write."""
    if engine_of(url) == "postgresql":
        return _has_others(url)
    path = file_of(url)
    if not path.exists():
        return False
    with closing(sqlite3.connect(path, timeout=1, isolation_level=None)) as conn:
        try:  # leaving WAL needs every other connection to be gone; ours come back to it when they open the file
            conn.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError as error:
            return "locked" in str(error)
        except sqlite3.DatabaseError:  # it is damaged, which is why they restore
            return False
    return False


def _has_others(url: str) -> bool:
    """A connection that has just been closed is listed for a moment longer."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    until = time.monotonic() + 2
    while found := bool(_ask(url, others)):
        if time.monotonic() > until:
            break
        time.sleep(0.1)
    return found


def holds_data(url: str) -> bool:
    """Whether there is a database already that a restore would replace."""
    if engine_of(url) == "sqlite":
        return file_of(url).exists() and file_of(url).stat().st_size > 0
    return bool(_ask(url, "SELECT to_regclass('meta') IS NOT NULL"))


def copy_in(url: str, source: Path, *, hold: str) -> None:
    """Replace a PostgreSQL database's tables by the copy, and put it on hold in the same transaction."""
    tables = ", ".join((*metadata.tables, "alembic_version"))
    held = hold.replace("'", "''")
    _run(
        "psql",
        make_url(url),
        "--quiet",
        "--no-psqlrc",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        "--output=/dev/null",
        f"--command=DROP TABLE IF EXISTS {tables} CASCADE",
        f"--file={source}",
        f"--command=DELETE FROM public.meta WHERE key = '{HOLD}'",  # noqa: S608 - our own words, quoted
        f"--command=INSERT INTO public.meta VALUES ('{HOLD}', '{held}')",  # noqa: S608 - the same
    )


def _run(tool: str, url: URL, *arguments: str) -> None:
    """Run one of PostgreSQL's own tools; the password travels in the environment, where `ps` does not show it."""
    found = shutil.which(tool)
    if found is None:
        raise NotNow(f"{tool} was not found: install PostgreSQL's client programs (Debian: postgresql-client).")
    where = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    command = [found, f"--dbname={where}", "--no-password", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own list, no shell
    if done.returncode:
        said = next((line for line in done.stderr.splitlines() if "error" in line.lower()), f"code {done.returncode}")
        raise NotNow(f"{tool} could not do it: {said}")


def _ask(url: str, question: str) -> int:
    engine = create_engine(url, hide_parameters=True)
    try:
        with engine.connect() as conn:
            return int(conn.execute(text(question)).scalar_one())
    except OperationalError as error:
        raise NotNow(f"The database cannot be opened: {error.orig}") from error
    except DBAPIError as error:
        raise Refused(f"The database cannot be read: {error.orig}") from error
    finally:
        engine.dispose()
