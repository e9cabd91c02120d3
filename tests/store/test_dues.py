"""Moments in the future: each becomes one event, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import select

from engage.domain.events import MeetingHeld
from engage.store.outbox import Due, read_event
from engage.store.schema import due
from engage.store.unit import Database
from tests.office import Clock

HOUR = timedelta(hours=1)


def planned(database: Database, key: str, *, hours: float = 0, entry_id: str = "m", arm: bool = False) -> None:
    with database.unit() as unit:
        item = Due(key=key, at=unit.now + hours * HOUR, event=MeetingHeld(entry_id=entry_id))
        unit.dues.arm(item) if arm else unit.dues.plan([item])


def come(database: Database) -> list[str]:
    with database.reading() as unit:
        return [row.key for row in unit.dues.come()]


def settled(database: Database, key: str, state: str = "done") -> bool:
    with database.unit() as unit:
        return unit.dues.settle(key, state=state)


def row(database: Database, key: str):
    with database.reading() as unit:
        return unit.conn.execute(select(due).where(due.c.key == key)).one()


def test_moments_come_in_order_of_time_and_never_early(database: Database, clock: Clock):
    """Two at one moment come in order of their keys, on every database."""
    for key, hours in (("late", 2), ("b", 1), ("a", 1), ("far", 9)):
        planned(database, key, hours=hours)
    assert come(database) == []
    clock.move(hours=2)
    assert come(database) == ["a", "b", "late"]
    with database.reading() as unit:
        assert unit.dues.oldest_waiting() == clock() - HOUR
        (first, *_) = unit.dues.come(limit=1)
        assert read_event(first.event, first.body) == MeetingHeld(entry_id="m")


def test_two_relays_settle_a_moment_once(database: Database):
    """The row count of the conditional update decides who emits its event."""
    planned(database, "k")
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: settled(database, "k"), range(8))) == 1
    assert come(database) == []
    assert row(database, "k").settled_at is not None


def test_planning_a_known_moment_again_keeps_what_became_of_it(database: Database):
    """A tip week that was done is not done again because somebody saved a file."""
    planned(database, "tip:2026-11-24")
    settled(database, "tip:2026-11-24")
    planned(database, "tip:2026-11-24", hours=1)
    assert row(database, "tip:2026-11-24").state == "done"
    assert come(database) == []


def test_planning_a_waiting_moment_again_keeps_it(database: Database, clock: Clock):
    """The same key is the same moment."""
    planned(database, "k", hours=1)
    planned(database, "k", hours=5)
    assert row(database, "k").at == clock() + HOUR


def test_a_cancelled_moment_that_is_planned_again_waits_again(database: Database):
    """Staff type a wrong hour, save, and put it right: the reminder for the first hour must come after all."""
    planned(database, "reminder:m:1 day:20261124T1830", hours=1)
    with database.unit() as unit:
        unit.dues.drop(["reminder:m:1 day:20261124T1830"], "the entry changed")
    planned(database, "reminder:m:1 day:20261124T1830", hours=1)
    found = row(database, "reminder:m:1 day:20261124T1830")
    assert (found.state, found.reason, found.settled_at) == ("waiting", None, None)


def test_arming_a_moment_starts_it_anew_whatever_became_of_it(database: Database, clock: Clock):
    """A meeting that is extended is held later; a milestone flips again."""
    planned(database, "held:m", arm=True)
    settled(database, "held:m")
    planned(database, "held:m", hours=2, arm=True)
    found = row(database, "held:m")
    assert (found.state, found.at, found.settled_at) == ("waiting", clock() + 2 * HOUR, None)


def test_dropping_touches_only_what_waits(database: Database):
    """What was done stays done; more keys than one statement takes are dropped in batches."""
    keys = [f"k{n:04}" for n in range(1200)]
    with database.unit() as unit:
        unit.dues.plan(Due(key=k, at=unit.now, event=MeetingHeld(entry_id="m")) for k in keys)
    settled(database, "k0000")
    with database.unit() as unit:
        unit.dues.drop(keys, "the entry changed")
        assert unit.dues.waiting_keys("k") == set()
        assert len(unit.dues.keys("k")) == 1200
    assert row(database, "k0000").state == "done"
    assert (row(database, "k1199").state, row(database, "k1199").reason) == ("cancelled", "the entry changed")


def test_a_prefix_with_wildcards_matches_itself_only(database: Database):
    """`reminder:a_b:` must not find `reminder:axb:`."""
    for key in ("reminder:a_b:1", "reminder:axb:1"):
        planned(database, key)
    with database.reading() as unit:
        assert unit.dues.waiting_keys("reminder:a_b:") == {"reminder:a_b:1"}
