"""Units: one transaction, one now, and what readers and writers do to one another."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from engage.domain.events import MeetingHeld
from engage.store import dialect
from engage.store.migrate import migrate
from engage.store.schema import event, lease, task
from engage.store.unit import Database
from tests.conftest import fresh_database
from tests.office import Clock
from tests.store.rows import Undo, how_many, undone


def test_leaving_a_unit_with_an_exception_undoes_everything(database: Database):
    """Rows and events alike: nobody reacts to what did not happen."""
    with pytest.raises(Undo), database.unit() as unit:
        unit.house.put("a", "1")
        unit.emit(MeetingHeld(entry_id="m"))
        raise Undo
    with database.reading() as unit:
        assert unit.house.get("a") is None
        assert how_many(unit, event) == how_many(unit, task) == 0


def test_now_stands_still_within_a_unit(database: Database, clock: Clock):
    """Whatever one decision writes carries one moment."""
    with database.unit() as unit:
        before = unit.now
        clock.move(hours=1)
        assert unit.now == before
    with database.unit() as unit:
        assert unit.now == before + timedelta(hours=1)


def test_a_reader_does_not_wait_for_a_writer(database: Database):
    """While a writer holds its lock (BEGIN IMMEDIATE on SQLite) a reading unit answers with the state before."""
    with database.unit() as unit:
        unit.house.put("a", "old")
    wrote, read = Event(), Event()

    def write() -> None:
        with database.unit() as unit:
            unit.house.put("a", "new")
            wrote.set()
            assert read.wait(10), "the reader waited for the writer"

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        assert wrote.wait(10)
        with database.reading() as unit:
            assert unit.house.get("a") == "old"
        read.set()
        writing.result()
    with database.reading() as unit:
        assert unit.house.get("a") == "new"


def test_a_writer_does_not_wait_for_a_reader(database: Database):
    """A reading unit that stays open holds nobody up and, on SQLite, sees one moment throughout."""
    with database.reading() as looking:
        before = looking.house.get("a")
        with database.unit() as unit:
            unit.house.put("a", "1")
        if database.engine.dialect.name == "sqlite":
            assert looking.house.get("a") == before
    with database.reading() as unit:
        assert unit.house.get("a") == "1"


def test_two_writers_take_turns(database: Database):
    """Eight threads look at a counter and count it up: no update is lost, none fails as locked (F33)."""

    def count(_: int) -> None:
        for _ in range(10):
            with database.unit() as unit:
                unit.house.counted("n")  # SQLite's deferred transactions fail at once when a reader turns writer
                unit.house.count_up("n")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(8)))
    with database.reading() as unit:
        assert unit.house.counted("n") == 80


def test_a_naive_moment_is_refused(shared: Database):
    """The store holds UTC; a moment without a zone could be anything."""
    with undone(shared) as unit:
        statement = lease.insert()
        with pytest.raises(StatementError, match="needs a time zone"):
            unit.conn.execute(statement, {"name": "l", "holder": "a", "until": datetime(2026, 11, 23)})


def test_a_moment_comes_back_as_the_same_instant_in_utc(shared: Database):
    """Whatever zone it was given in, to the microsecond."""
    given = datetime(2026, 11, 23, 14, 30, 1, 234567, tzinfo=timezone(timedelta(hours=2)))
    with undone(shared) as unit:
        unit.conn.execute(lease.insert(), {"name": "l", "holder": "a", "until": given})
        (stored,) = unit.conn.execute(lease.select().with_only_columns(lease.c.until)).scalars()
        assert stored == given
        assert stored.utcoffset() == timedelta()


def test_rows_must_refer_to_rows(database: Database):
    """Foreign keys hold on both databases; SQLite enforces them per connection."""
    with pytest.raises(IntegrityError), database.unit() as unit:
        unit.conn.execute(task.insert(), {"event_id": 99, "actor": "a", "state": "ready", "next_at": unit.now})


def test_sqlite_is_flushed_fully_where_people_are_answered_and_normally_in_the_settle_loop(tmp_path: Path):
    """`PRAGMA synchronous` belongs to a connection: 2 is FULL, 1 is NORMAL; both write ahead."""
    database = Database(f"sqlite:///{tmp_path / 'db.sqlite3'}", lambda: datetime.now().astimezone())
    try:
        for units, level in ((nullcontext(database.unit), 2), (database.fast_units(), 1)):
            with units as unit_of, unit_of() as unit:
                assert unit.conn.execute(text("PRAGMA synchronous")).scalar() == level
                assert unit.conn.execute(text("PRAGMA journal_mode")).scalar() == "wal"
                assert unit.conn.execute(text("PRAGMA foreign_keys")).scalar() == 1
    finally:
        database.close()


def test_fast_units_share_a_connection_and_stand_alone(database: Database):
    """Each commits or undoes by itself; a broken one leaves the next one whole."""
    with database.fast_units() as unit_of:
        with unit_of() as first:
            first.house.put("a", "1")
        with pytest.raises(Undo), unit_of() as second:
            second.house.put("b", "2")
            raise Undo
        with unit_of() as third:
            assert (third.house.get("a"), third.house.get("b")) == ("1", None)
            assert third.conn is first.conn


def test_the_database_file_is_for_its_owner_only(tmp_path: Path):
    """It holds people's addresses; so do the write-ahead log beside it and the folder around it."""
    folder = tmp_path / "data"
    database = Database(f"sqlite:///{folder / 'db.sqlite3'}", lambda: datetime.now().astimezone())
    migrate(database)
    try:
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
        assert set(modes.values()) == {0o600}, modes
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    finally:
        database.close()


def test_a_process_that_freezes_within_a_unit_stops_nobody_for_ever(
    request: pytest.FixtureRequest, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    """PostgreSQL keeps the locks of a client that does not move for as long as it is connected, unless told not to.

    Found by `make faults`: one frozen worker kept the relay from beating. SQLite's one lock cannot be taken away.
    """
    monkeypatch.setattr(dialect, "IDLE_MS", 300)
    url = fresh_database(request, "postgresql", tmp_path)
    frozen, other = Database(url, clock), Database(url, clock)
    with pytest.raises(DBAPIError), frozen.unit() as unit:
        unit.house.put("key", "frozen")
        with other.unit() as waiting:
            waiting.house.put("key", "other")
        unit.house.put("key", "woken too late")
    with other.reading() as unit:
        assert unit.house.get("key") == "other"
    frozen.close(), other.close()


def test_many_rows_that_are_alike_are_written_as_they_are_read(database: Database):
    """One statement with the rows inside it, on both engines; what a unique key knows is left as it is."""
    common = {"at": datetime(2026, 11, 23, 12, tzinfo=UTC), "cause_id": None}
    rows = [(7, "meeting.held", {"entry_id": 'a "b" \u00e4'}), (8, "day.started", [1, [2]]), (7, "again", {})]
    with database.unit() as unit:
        dialect.insert_each(unit.conn, event, common, ("id", "name", "body"), rows)
        dialect.insert_each(unit.conn, event, common, ("id", "name", "body"), [(8, "other", {})])
        dialect.insert_each(unit.conn, event, common, ("id", "name", "body"), [])
    with database.reading() as unit:
        found = unit.conn.execute(event.select().order_by(event.c.id)).all()
    assert [(row.id, row.name, row.body) for row in found] == rows[:2]
    assert {(row.at, row.cause_id) for row in found} == {(common["at"], None)}
