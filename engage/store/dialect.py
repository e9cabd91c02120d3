"""What differs between SQLite and PostgreSQL: connections, insert-or-ignore, upsert. Nobody else asks which it is."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    Connection,
    Engine,
    Table,
    cast,
    create_engine,
    event,
    func,
    insert,
    literal,
    make_url,
    select,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import OperationalError, TimeoutError  # noqa: A004 - a pool that stays empty
from sqlalchemy.pool import ConnectionPoolEntry

from engage.store.prepared import run_plain
from engage.store.types import canonical

BUSY_MS = 20_000  # how long a writer waits for another on SQLite
IDLE_MS = 60_000  # after which PostgreSQL ends a transaction whose process is frozen or cut off: others want its locks


def open_engine(url: str, *, durability: Literal["full", "normal"] = "full") -> Engine:
    """An engine whose transactions are safe to retry: writers take SQLite's lock at once.

    A deferred transaction that turns into a writer fails immediately whatever the busy timeout (F33), so every
    unit begins IMMEDIATE; reads begin plain. `PRAGMA synchronous` belongs to a connection, hence two engines.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(url, Path(parsed.database or ""), durability)
    # PostgreSQL always commits to disk: a crash of any backend would lose fences that were not flushed.
    return create_engine(
        parsed,
        pool_pre_ping=True,
        pool_size=5,
        max_overflow=20,
        json_serializer=canonical,
        hide_parameters=True,
        connect_args={"options": f"-c idle_in_transaction_session_timeout={IDLE_MS}"},
    )


def _sqlite(url: str, path: Path, durability: str) -> Engine:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():  # 0600 from the first byte: it holds people's addresses
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    engine = create_engine(
        url,
        pool_size=5,
        max_overflow=40,
        json_serializer=canonical,
        hide_parameters=True,  # an exception's text must not carry an address
        connect_args={"check_same_thread": False, "timeout": BUSY_MS / 1000},
    )

    @event.listens_for(engine, "connect")
    def prepare(dbapi: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        dbapi.isolation_level = None
        cursor = dbapi.cursor()
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={durability.upper()}",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_MS}",
            "cache_size=-16000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(conn: Connection) -> None:
        reading = conn.get_execution_options().get("engage_read", False)
        run_plain(conn, "BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def insert_new(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows that no unique key of the table knows yet; the others are left as they are."""
    if rows:
        conn.execute(_insert(conn, table).on_conflict_do_nothing(), list(rows))


def insert_each(
    conn: Connection, table: Table, common: Mapping[str, Any], names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """As `insert_new`, for many rows that differ in *names* only: one statement, the rows as one JSON parameter.

    SQLAlchemy takes longer over the parameters of a row than either database over the row.
    """
    if not rows:
        return
    packed: Any = literal(rows, JSON)
    cells: list[Any] = []
    if conn.dialect.name == "sqlite":
        each = func.json_each(packed).table_valued("value")
        cells += [func.json_extract(each.c.value, f"$[{n}]") for n in range(len(names))]
    else:
        each = func.json_array_elements(packed).table_valued("value")
        cells += [cast(each.c.value.op("->>")(n), table.c[name].type) for n, name in enumerate(names)]
    same = [literal(value, table.c[name].type) for name, value in common.items()]
    # SQLite needs the condition: without one it takes ON for the start of a join's.
    found = select(*same, *cells).where(each.c.value.is_not(None))
    conn.execute(_insert(conn, table).from_select([*common, *names], found).on_conflict_do_nothing())


def insert_first(conn: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert the row unless a unique key knows it; True for exactly one of those who try."""
    returning = next(iter(table.primary_key))
    return conn.execute(_insert(conn, table).on_conflict_do_nothing().returning(returning), row).first() is not None


def upsert(conn: Connection, table: Table, rows: Iterable[Mapping[str, Any]], *, only: Any = None) -> None:
    """Insert rows, or replace what stands at their primary key; with *only*, where that condition holds."""
    rows = list(rows)
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    statement = _insert(conn, table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    conn.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed, where=only), rows)


def add(conn: Connection, table: Table, rows: Iterable[Mapping[str, Any]], column: str) -> None:
    """Insert rows, or add their *column* to what stands at their primary key."""
    rows = list(rows)
    if not rows:
        return
    statement = _insert(conn, table)
    sum_ = {column: table.c[column] + statement.excluded[column]}
    keys = [key.name for key in table.primary_key]
    conn.execute(statement.on_conflict_do_update(index_elements=keys, set_=sum_), rows)


def gather_statistics(conn: Connection, *tables: Table) -> None:
    """Tell PostgreSQL's planner how much there is now; what SQLite must not guess is said in audience.

    Its own daemon looks once a minute, and until then a question about thousands of new rows takes a quadratic plan
    (measured: 2.5 s instead of 14 ms to count an audience of 6,000).
    """
    if conn.dialect.name == "postgresql":
        for table in tables:
            conn.exec_driver_sql(f"ANALYZE {table.name}")


def insert_ids(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert rows and return their new ids, in order."""
    if not rows:
        return []
    statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return list(conn.execute(statement, list(rows)).scalars())


def _insert(conn: Connection, table: Table) -> Any:
    """Only the dialect in use is imported: the other costs every process a tenth of a second."""
    return import_module(f"sqlalchemy.dialects.{conn.dialect.name}").insert(table)


def hold_lock(conn: Connection, name: str, *, shared: bool = False) -> None:
    """Wait for, and keep until the transaction ends, a lock of this name. On SQLite the one writer has it anyway."""
    if conn.dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        function = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
        conn.execute(select(function(key)))


def is_passing(error: BaseException) -> bool:
    """Whether trying again later may help: locked, full disk, connection lost. Everything else is a bug."""
    return isinstance(error, OperationalError | TimeoutError) or getattr(error, "connection_invalidated", False)
