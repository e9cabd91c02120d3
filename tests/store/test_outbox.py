"""Events and the tasks they owe: written together, done once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engage.domain.events import ROUTES, CalendarApplied, EntryChanged, Event, MeetingHeld
from engage.store.outbox import CRASHES, TRIES, read_event
from engage.store.schema import event, task
from engage.store.unit import Database
from tests.office import Clock

AGAIN = timedelta(seconds=30)


def owe(database: Database, happened: Event | None = None) -> list[int]:
    """Emit one event; the ids of its tasks."""
    with database.unit() as unit:
        (event_id,) = unit.emit(happened or MeetingHeld(entry_id="m"))
        return [row.id for row in unit.audits.tasks_of(event_id)]


def claim(database: Database, task_id: int, owner: str = "w/1"):
    with database.unit() as unit:
        return unit.tasks.claim(task_id, owner)


def state(database: Database, task_id: int) -> str:
    with database.reading() as unit:
        return unit.conn.execute(select(task.c.state).where(task.c.id == task_id)).scalar_one()


def ring(database: Database) -> list[int]:
    with database.unit() as unit:
        return [row.id for row in unit.tasks.to_ring(again_after=AGAIN)]


@pytest.mark.parametrize("happened", [CalendarApplied(plan_id=1), MeetingHeld(entry_id="m"), EntryChanged(entry_id="m", plan_id=1)])  # fmt: skip
def test_an_event_owes_one_task_per_route(database: Database, happened: Event):
    """ROUTES is the only wiring; an event nobody reacts to is still kept."""
    with database.unit() as unit:
        (event_id,) = unit.emit(happened)
        owed = unit.audits.tasks_of(event_id)
        assert tuple(row.actor for row in owed) == ROUTES[type(happened)]
        assert {row.state for row in owed} <= {"ready"}


def test_events_come_back_as_they_were_and_remember_their_cause(database: Database):
    """Tuples stay tuples; the chain leads back."""
    given = EntryChanged(entry_id="m", plan_id=3, what=("moved", "retitled"))
    with database.unit() as unit:
        (first,) = unit.emit(CalendarApplied(plan_id=3))
    with database.unit(cause_id=first) as unit:
        (second,) = unit.emit(given)
        row = unit.conn.execute(select(event).where(event.c.id == second)).one()
        assert read_event(row.name, row.body) == given
        assert [r.id for r in unit.audits.chain(second)] == [second, first]


def test_a_field_that_a_newer_writer_added_is_dropped():
    """Two versions run side by side while hosts are upgraded."""
    assert read_event("meeting.held", {"entry_id": "m", "mood": "good"}) == MeetingHeld(entry_id="m")


def test_many_threads_want_one_task_and_one_gets_it(database: Database):
    """A message delivered twice, or to everybody, is harmless."""
    (task_id,) = owe(database)
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(lambda n: claim(database, task_id, f"w/{n}"), range(8)))
    (ours,) = [one for one in taken if one is not None]
    assert ours.event == MeetingHeld(entry_id="m")
    assert (ours.actor, ours.watermark, ours.tries) == ("count_meeting", None, 0)


def test_a_task_taken_twice_is_there_once(database: Database):
    """Claimed or done, it is nobody else's."""
    (task_id,) = owe(database)
    assert claim(database, task_id)
    assert claim(database, task_id) is None
    with database.unit() as unit:
        assert not unit.tasks.finish(task_id, "w/2"), "only its owner may finish it"
        assert unit.tasks.finish(task_id, "w/1")
        assert not unit.tasks.finish(task_id, "w/1")
    assert claim(database, task_id) is None


def test_a_watermark_survives_its_owner(database: Database):
    """Whoever takes over goes on where the pages ended."""
    (task_id,) = owe(database)
    claim(database, task_id)
    with database.unit() as unit:
        assert unit.tasks.advance(task_id, "w/1", {"after": 5000})
        assert not unit.tasks.advance(task_id, "w/2", {"after": 0})
        unit.tasks.release("w/1")
    assert claim(database, task_id, "w/2").watermark == {"after": 5000}


def test_a_failed_task_waits_longer_each_time_and_is_dead_at_last(database: Database, clock: Clock):
    """Two seconds, four, eight, at most ten minutes; the error is kept for whoever looks."""
    (task_id,) = owe(database)
    pauses = []
    for n in range(1, TRIES + 1):
        assert claim(database, task_id) is not None, n
        with database.unit() as unit:
            dead = unit.tasks.put_back(task_id, "w/1", "KeyError: x" * 200)
            row = unit.conn.execute(select(task).where(task.c.id == task_id)).one()
        assert dead == (n == TRIES)
        pauses.append((row.next_at - clock()).total_seconds())
        assert claim(database, task_id) is None, "not before its pause is over"
        clock.move(row.next_at)
    assert pauses[:4] == [2, 4, 8, 16]
    assert max(pauses) == 600
    assert (row.state, row.owner, len(row.error)) == ("dead", None, 500)


def test_a_task_that_kills_its_process_three_times_is_dead(database: Database):
    """P8: a poison task does not go round for ever; others flow on."""
    poison, healthy = owe(database) + owe(database)
    for n in range(1, CRASHES + 1):
        claim(database, poison, "w/1")
        with database.unit() as unit:
            assert unit.tasks.owners("w") == {"w/1"}
            assert unit.tasks.release("w/1") == 1
            assert unit.tasks.release("w/1") == 0
        assert state(database, poison) == ("dead" if n == CRASHES else "ready")
    assert claim(database, poison) is None
    assert claim(database, healthy) is not None


def test_the_owners_of_a_process_are_its_threads_and_nobody_elses(database: Database):
    """`w1` is not the beginning of `w10/3`, and a percent sign in a name is no wildcard."""
    owners = ["w1/1", "w1/2", "w10/3", "w_/4"]
    for task_id, owner in zip([owe(database)[0] for _ in owners], owners, strict=True):
        claim(database, task_id, owner)
    with database.unit() as unit:
        assert unit.tasks.owners("w1") == {"w1/1", "w1/2"}
        assert unit.tasks.owners("w_") == {"w_/4"}


def test_a_task_is_rung_for_once_until_it_is_stale(database: Database, clock: Clock):
    """Nobody answered for half a minute: it is rung for again. What is claimed needs no bell."""
    first, second = owe(database) + owe(database)
    assert ring(database) == [first, second]
    assert ring(database) == []
    claim(database, first)
    clock.move(seconds=31)
    assert ring(database) == [second]


def test_a_lost_doorbell_is_rung_again_at_once(database: Database):
    """Redis wiped: everything still owed is rung for anew."""
    (task_id,) = owe(database)
    ring(database)
    with database.unit() as unit:
        assert unit.tasks.forget_rings() == 1
    assert ring(database) == [task_id]


def test_without_a_doorbell_ready_tasks_are_found_oldest_first(database: Database, clock: Clock):
    """Workers look for themselves; what waits for its pause is left alone."""
    first, second, third = owe(database) + owe(database) + owe(database)
    with database.unit() as unit:
        later = {"next_at": unit.now + timedelta(minutes=1)}
        unit.conn.execute(update(task).where(task.c.id == first).values(later))
    with database.reading() as unit:
        assert [row.id for row in unit.tasks.ready()] == [second, third]
        assert unit.tasks.is_anything_ready()
        assert unit.tasks.by_state() == {"ready": 3}
    clock.move(minutes=2)
    with database.reading() as unit:
        assert [row.id for row in unit.tasks.ready(limit=2)] == [second, third]
