"""The house's own bookkeeping: values, counters, leases, beats, halts, limits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import select

from engage.store.house import Process
from engage.store.schema import tally
from engage.store.unit import Database
from tests.office import Clock

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def lease(database: Database, holder: str) -> bool:
    with database.unit() as unit:
        return unit.house.hold_lease("calendars", holder, for_=MINUTE)


def test_a_value_is_kept_replaced_and_dropped(database: Database):
    """Dropping what is not there says so."""
    with database.unit() as unit:
        unit.house.put("hold", "a")
        unit.house.put("hold", "b")
        assert unit.house.get("hold") == "b"
        assert unit.house.drop("hold")
        assert not unit.house.drop("hold")
        assert unit.house.get("hold") is None


def test_a_secret_is_made_once_even_by_threads_at_once(database: Database):
    """Digests of addresses must be comparable for ever: whoever is first decides."""

    def secret(_: int) -> bytes:
        with database.unit() as unit:
            return unit.house.secret("address")

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(secret, range(8)))) == 1
    with database.unit() as unit:
        assert unit.house.secret("other") != unit.house.secret("address")


def test_a_counter_rises_by_one_from_nothing(database: Database):
    """Web processes poll them all with one query."""
    with database.unit() as unit:
        assert unit.house.counted("feeds") == 0
        assert [unit.house.count_up("feeds") for _ in range(3)] == [1, 2, 3]
        unit.house.count_up("schedule")
        assert unit.house.counters() == {"feeds": 3, "schedule": 1}


def test_a_lease_is_held_by_one_renewed_by_its_holder_and_lost_when_it_runs_out(database: Database, clock: Clock):
    """Two hosts watch one folder: only one of them applies it."""
    assert lease(database, "north")
    assert not lease(database, "south")
    clock.move(seconds=50)
    assert lease(database, "north"), "its holder renews it"
    clock.move(seconds=50)
    assert not lease(database, "south"), "renewed: it runs from the last time"
    clock.move(seconds=10)
    assert lease(database, "south")
    assert not lease(database, "north")
    with database.unit() as unit:
        unit.house.drop_lease("calendars", "north")  # not its own any more
        assert unit.house.holder("calendars") == "south"
        unit.house.drop_lease("calendars", "south")
        assert unit.house.holder("calendars") is None


def test_of_many_that_ask_at_once_one_gets_the_lease(database: Database):
    """The conditional update decides."""
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda n: lease(database, f"host-{n}"), range(8))) == 1


def test_a_beat_is_a_number_that_rises(database: Database, clock: Clock):
    """The sweeper watches for change, not for the clock; a process that ends takes its row with it."""
    me = Process(id="p", role="relay", host="h", boot_id="b", pid=7, threads={"tasks": 4})
    for _ in range(3):
        with database.unit() as unit:
            unit.house.beat(me)
        clock.move(seconds=10)
    with database.unit() as unit:
        (row,) = unit.house.processes()
        assert (row.beat, row.threads, row.pid) == (3, {"tasks": 4}, 7)
        assert unit.house.last_beat("relay") == unit.now - timedelta(seconds=10)
        assert unit.house.last_beat("worker") is None
        unit.house.bury("p")
        assert unit.house.processes() == []


def test_a_halted_channel_says_until_when_and_why(database: Database):
    """One row per channel; resuming takes it away."""
    with database.unit() as unit:
        unit.house.halt_channel("email", until=unit.now + MINUTE, why="Too many connections.", failures=1)
        unit.house.halt_channel("email", until=unit.now + HOUR, why="Still.", failures=2)
        row = unit.house.halted("email")
        assert (row.until, row.why, row.failures) == (unit.now + HOUR, "Still.", 2)
        assert unit.house.halted("sms") is None
        unit.house.resume_channel("email")
        assert unit.house.halted("email") is None


def test_one_of_all_tries_a_channel_whose_halt_is_over(database: Database, clock: Clock):
    """For a while: if nothing is heard of it, another one may."""
    with database.unit() as unit:
        unit.house.halt_channel("email", until=unit.now + MINUTE, why="Down.", failures=1)
        assert not unit.house.take_probe("email", until=unit.now + HOUR), "the halt is not over"
        assert not unit.house.take_probe("sms", until=unit.now + HOUR), "there is none"
    clock.move(minutes=1)
    with database.unit() as unit:
        tries = [unit.house.take_probe("email", until=unit.now + MINUTE) for _ in range(3)]
        assert tries == [True, False, False]
    clock.move(minutes=1)
    with database.unit() as unit:
        assert unit.house.take_probe("email", until=unit.now + MINUTE)


def count(database: Database, key: str, slot: timedelta = HOUR) -> int:
    with database.unit() as unit:
        return unit.house.count_in_slot("signup", key, slot=slot)


def test_counting_begins_anew_with_each_slot_and_for_each_key(database: Database, clock: Clock):
    """Limits live in the database: a wiped Redis lifts none of them. Slots are whole hours, whoever asks."""
    assert [count(database, "192.0.2.1") for _ in range(3)] == [1, 2, 3]
    assert count(database, "192.0.2.2") == 1
    clock.move(minutes=59)
    assert count(database, "192.0.2.1") == 4
    clock.move(minutes=1)
    assert count(database, "192.0.2.1") == 1


def test_old_slots_are_swept_away(database: Database, clock: Clock):
    """Network addresses are kept for two slots at most."""
    count(database, "192.0.2.1")
    clock.move(hours=2)
    count(database, "192.0.2.2")
    with database.reading() as unit:
        assert list(unit.conn.execute(select(tally.c.key)).scalars()) == ["192.0.2.2"]


def test_threads_count_every_one(database: Database):
    """Ten requests at once are ten."""
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(lambda _: count(database, "192.0.2.1"), range(10))) == list(range(1, 11))
