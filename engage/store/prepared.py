"""Statements of the hot path: compiled once, then run by the driver itself at a tenth of the usual cost per call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from engage.store.types import Moment

Values = Mapping[str, Any]


class Prepared:
    """A statement of named parameters, none of them a list. It runs within the connection's transaction."""

    def __init__(self, statement: Select[Any] | Insert | Update | Delete) -> None:
        self._statement = statement
        self._by_dialect: dict[str, _Compiled] = {}

    def fetch(self, conn: Connection, values: Values) -> list[Any]:
        """Run it once; the rows it returns, as tuples of what the driver makes of them."""
        compiled = self._for(conn.dialect)
        with _as_ours(conn, compiled.sql):
            cursor = conn.connection.cursor()
            cursor.execute(compiled.sql, compiled.bind(values))
            found = cursor.fetchall()
            cursor.close()
        return list(found)

    def run(self, conn: Connection, rows: Sequence[Values]) -> None:
        """Run it once for each row."""
        compiled = self._for(conn.dialect)
        with _as_ours(conn, compiled.sql):
            cursor = conn.connection.cursor()
            cursor.executemany(compiled.sql, [compiled.bind(row) for row in rows])
            cursor.close()

    def _for(self, dialect: Dialect) -> _Compiled:
        found = self._by_dialect.get(dialect.name)
        if found is None:
            found = self._by_dialect[dialect.name] = _compile(self._statement, dialect)
        return found


@dataclass(frozen=True)
class _Compiled:
    """*order* is that of a driver with question marks, None for one with names; *fixed* values are the statement's."""

    sql: str
    order: tuple[str, ...] | None
    fixed: dict[str, Any]
    processors: dict[str, Callable[[Any], Any]]

    @cached_property
    def _sources(self) -> tuple[tuple[str, bool, Callable[[Any], Any] | None], ...]:
        return tuple((name, name in self.fixed, self.processors.get(name)) for name in self.order or ())

    def bind(self, values: Values) -> Any:
        """The row as the driver takes it."""
        if self.order is None:
            given = {name: p(values[name]) if (p := self.processors.get(name)) else values[name] for name in values}
            return {**self.fixed, **given}
        return [
            self.fixed[name] if is_fixed else process(values[name]) if process else values[name]
            for name, is_fixed, process in self._sources
        ]


def _compile(statement: Any, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    binds = {name: compiled.binds[name] for name in compiled.params}
    processors = {name: _processor(bind.type, dialect) for name, bind in binds.items()}
    fixed = {name: bind.value for name, bind in binds.items() if not bind.required}
    return _Compiled(
        sql=str(compiled),
        order=tuple(compiled.positiontup) if compiled.positional else None,
        fixed={name: value.value if isinstance(value, Enum) else value for name, value in fixed.items()},
        processors={name: process for name, process in processors.items() if process is not None},
    )


def _processor(type_: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What makes the driver's value of ours. A unit says its one moment many times over: that is worked out once."""
    found: Callable[[Any], Any] | None = type_.dialect_impl(dialect).bind_processor(dialect)
    return lru_cache(maxsize=16)(found) if found is not None and isinstance(type_, Moment) else found


def run_plain(conn: Connection, sql: str) -> None:
    """A statement without values that returns nothing, such as BEGIN, past all that makes statements costly."""
    with _as_ours(conn, sql):
        conn.connection.cursor().execute(sql)


@contextmanager
def _as_ours(conn: Connection, sql: str) -> Iterator[None]:
    """The driver's errors as everybody here expects them, without the values."""
    base = conn.dialect.loaded_dbapi.Error
    try:
        yield
    except base as error:
        raise DBAPIError.instance(sql, None, error, base, hide_parameters=True, dialect=conn.dialect) from error
