"""Reacting: a task's work and its end are one transaction; a failure puts it back, whatever it wrote is undone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from engage.app import App
from engage.domain.events import MeetingHeld
from engage.errors import NotNow
from engage.store.outbox import CRASHES, TRIES
from engage.store.schema import task
from engage.store.unit import Unit
from engage.work.tasks import OUTDATED_AT_MOST, Outdated, react
from tests.office import Clock

ME = "worker-1/1"


@pytest.fixture
def owed(app: App) -> int:
    with app.unit() as unit:
        (event_id,) = unit.emit(MeetingHeld(entry_id="m"))
        return unit.audits.tasks_of(event_id)[0].id


def row(app: App, task_id: int) -> Any:
    with app.reading() as unit:
        return unit.conn.execute(select(task).where(task.c.id == task_id)).one()


def note(_app: App, unit: Unit, event: Any) -> None:
    unit.house.count_up(f"did {event.entry_id}")


def did(app: App, name: str = "did m") -> int:
    with app.reading() as unit:
        return unit.house.counted(name)


def test_a_reaction_runs_once_however_often_it_is_called_for(app: App, owed: int):
    """dramatiq may deliver a message twice; polls and rings overlap."""
    assert [react(app, owed, f"w/{n}", note) for n in range(3)] == [True, False, False]
    assert did(app) == 1
    assert row(app, owed).state == "done"


def test_what_a_reaction_emits_is_caused_by_its_event(app: App, owed: int):
    """`trace` follows the chain back."""
    causes = []

    def look(_app: App, unit: Unit, _event: Any) -> None:
        causes.append(unit.cause_id)

    react(app, owed, ME, look)
    assert causes == [row(app, owed).event_id]


def test_a_reaction_that_fails_leaves_nothing_behind_and_is_tried_again(app: App, owed: int, clock: Clock):
    """Its rows are undone with it; the pause is the database's."""

    def fail(app_: App, unit: Unit, event: Any) -> None:
        note(app_, unit, event)
        raise KeyError("ada@example.org")

    assert not react(app, owed, ME, fail)
    found = row(app, owed)
    assert (did(app), found.state, found.tries, found.owner) == (0, "ready", 1, None)
    assert "ada@example.org" not in found.error, "an exception's text may hold an address"
    assert not react(app, owed, ME, note), "not before its pause is over"
    clock.move(seconds=2)
    assert react(app, owed, ME, note)
    assert did(app) == 1


def test_our_own_sentences_are_kept_for_whoever_looks(app: App, owed: int):
    """They are written for people and hold nothing private."""

    def fail(*_: Any) -> None:
        raise NotNow("No calendar has been applied yet.")

    react(app, owed, ME, fail)
    assert row(app, owed).error == "No calendar has been applied yet."


def test_a_reaction_that_always_fails_is_dead_at_last(app: App, owed: int, clock: Clock):
    """Twelve tries; after that a person must look."""

    def fail(*_: Any) -> None:
        raise ValueError

    for _ in range(TRIES + 3):
        react(app, owed, ME, fail)
        clock.move(hours=1)
    assert (row(app, owed).state, row(app, owed).tries) == ("dead", TRIES)


def test_a_paged_reaction_goes_on_where_it_was(app: App, owed: int):
    """Each page commits its rows with its watermark."""
    seen = []

    def page(_app: App, unit: Unit, given: tuple[Any, int | None]) -> int | None:
        _, watermark = given
        seen.append(watermark)
        unit.house.count_up("page")
        if watermark == 2 and seen.count(2) == 1:
            raise ValueError("a crash on the third page")
        return (watermark or 0) + 1 if (watermark or 0) < 4 else None

    assert not react(app, owed, ME, page, paged=True)
    assert (row(app, owed).watermark, did(app, "page")) == (2, 2)
    app.clock.move(seconds=2)
    assert react(app, owed, "w/2", page, paged=True)
    assert seen == [None, 1, 2, 2, 3, 4]
    assert did(app, "page") == 5


def test_work_for_a_task_that_somebody_took_over_is_undone(app: App, owed: int):
    """We were frozen and given up for dead: the other one's work counts, not ours."""

    def stolen(app_: App, unit: Unit, event: Any) -> None:
        unit.tasks.release(ME)
        note(app_, unit, event)

    assert react(app, owed, ME, stolen)
    assert did(app) == 0
    assert row(app, owed).state in {"ready", "claimed"}


def test_a_task_left_by_an_earlier_failure_of_the_same_thread_is_given_back(app: App, owed: int):
    """The database was away when its end should have been written."""
    with app.unit() as unit:
        unit.tasks.claim(owed, ME)
    assert react(app, owed, ME, note)
    assert row(app, owed).crashes == 0


def test_a_preparation_is_made_before_anybody_is_kept_waiting_and_anew_when_outdated(app: App, owed: int):
    """Reading and rendering take long; writing does not."""
    prepared = []

    def prepare(_app: App, event: Any) -> int:
        prepared.append(event)
        return len(prepared)

    def swap(_app: App, unit: Unit, given: int) -> None:
        unit.house.count_up("swapped")
        if given < 3:
            raise Outdated

    assert react(app, owed, ME, swap, prepare=prepare)
    assert prepared == [MeetingHeld(entry_id="m")] * 3
    assert did(app, "swapped") == 1


def test_a_preparation_that_is_always_outdated_is_tried_again_later(app: App, owed: int):
    """Staff save and save: others get their turn."""
    prepared = []

    def outdated(*_: Any) -> None:
        raise Outdated

    assert not react(app, owed, ME, outdated, prepare=lambda *_: prepared.append(1))
    assert len(prepared) == OUTDATED_AT_MOST
    assert row(app, owed).state == "ready"


def test_a_process_that_dies_at_a_task_three_times_leaves_it_dead(app: App, owed: int):
    """P8."""
    from engage import faults

    for _ in range(CRASHES):
        with faults.armed("task-claimed:1:raise"), pytest.raises(RuntimeError):
            react(app, owed, ME, note)
        with app.unit() as unit:
            unit.tasks.release(ME)
    assert row(app, owed).state == "dead"
    assert not react(app, owed, ME, note)
