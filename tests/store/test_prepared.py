"""Prepared statements: the same as SQLAlchemy would run, within the same transaction, with errors as everybody expects them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from engage.store.prepared import Prepared
from engage.store.schema import lease
from engage.store.unit import Database
from tests.conftest import NOON

COLUMNS = ("name", "holder", "until")
ADD = Prepared(insert(lease).values({name: bindparam(name) for name in COLUMNS}))
ROWS = [{"name": f"n{n}", "holder": "o", "until": NOON + timedelta(hours=n)} for n in range(3)]


def test_rows_written_are_read_as_usual(database: Database):
    """Moments included, which are text in one engine and time stamps in the other."""
    with database.unit() as unit:
        ADD.run(unit.conn, ROWS)
        ADD.run(unit.conn, [])
    with database.reading() as unit:
        found = unit.conn.execute(select(lease).order_by(lease.c.name)).all()
        assert [{name: row._mapping[name] for name in COLUMNS} for row in found] == ROWS


def test_values_of_the_statement_and_of_the_call_come_together(database: Database):
    """And what it returns comes back."""
    now = bindparam("_now", type_=lease.c.until.type)
    take = Prepared(
        update(lease).where(lease.c.holder == "o", lease.c.until <= now).values(holder="mine").returning(lease.c.name)
    )
    with database.unit() as unit:
        ADD.run(unit.conn, ROWS)
        assert sorted(take.fetch(unit.conn, {"_now": NOON + timedelta(hours=1)})) == [("n0",), ("n1",)]
        assert take.fetch(unit.conn, {"_now": NOON + timedelta(hours=1)}) == []


def test_it_belongs_to_the_unit(database: Database):
    """What the unit undoes is undone; the driver's errors are SQLAlchemy's, and tell no values."""
    with pytest.raises(IntegrityError) as raised, database.unit() as unit:
        ADD.run(unit.conn, ROWS)
        ADD.run(unit.conn, [{**ROWS[0], "holder": "canary@example.org"}])
    assert "canary" not in str(raised.value)
    with database.reading() as unit:
        assert unit.conn.execute(select(lease)).all() == []
