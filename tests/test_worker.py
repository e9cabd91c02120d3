"""What a worker process does about itself: rows of a thread that failed do not wait until it happens to be called again."""

from __future__ import annotations

import pytest

from actors import boot, deliveries
from actors.registry import REACTIONS
from actors.worker import clear_up
from engage import faults
from engage.app import App
from engage.domain.people import Wanted
from engage.store.house import Process
from tests.office import Office, add_people, apply, mails, settle
from tests.work.notices import address_all, issue


@pytest.fixture
def running(sqlite_app: App, office: Office) -> boot.Running:
    """A worker's inside over an office with one subscriber."""
    apply(sqlite_app)
    settle(sqlite_app)
    add_people(sqlite_app, ("ada", Wanted(kinds=("alerts",))))
    process = Process(id="worker-1", role="worker", host="test", boot_id="test", pid=0, threads={})
    return boot.remember(boot.Running(app=sqlite_app, process=process))


def test_a_task_whose_thread_failed_is_given_back(running: boot.Running):
    """A failure whose end could not be written, as on a full disk, leaves the task claimed by a living process."""
    issue(running.app, "a")
    with running.app.reading() as unit:
        (owed,) = unit.tasks.ready()
    with faults.armed("task-claimed:1:raise"), pytest.raises(RuntimeError):
        REACTIONS[owed.actor](owed.id)
    clear_up(running)
    with running.app.reading() as unit:
        assert [row.id for row in unit.tasks.ready()] == [owed.id]
    assert running.orphaned == []


def test_rows_whose_thread_failed_before_the_fence_go_again(running: boot.Running):
    """Nobody is charged a crash, and the lane needs no other message to set it free."""
    issue(running.app, "a")
    address_all(running.app)
    boot.remember(running)
    with faults.armed("claimed:1:raise"), pytest.raises(RuntimeError):
        deliveries.drain("email", "normal")
    clear_up(running)
    with running.app.reading() as unit:
        assert unit.audits.by_state() == {"ready": 1}
        assert [row.crashes for row in unit.audits.rows()] == [0]
    deliveries.drain("email", "normal")
    assert len(mails(running.app, "ada")) == 1


def test_a_thread_that_failed_works_on_under_another_name(running: boot.Running):
    """So that setting its old rows free cannot touch what it is at now."""
    with running.working() as first:
        pass
    with running.working() as same, pytest.raises(ZeroDivisionError), running.working() as failed:
        _ = 1 / 0
    with running.working() as next_:
        pass
    assert first == same == failed != next_
    assert running.orphaned == [failed]


def test_a_process_ends_although_it_cannot_write_that_down(running: boot.Running):
    """The relay buries it like a dead one; an operator's wish is no error."""
    with boot.last_words(), running.app.unit() as unit:
        unit.conn.exec_driver_sql("DROP TABLE process")
        unit.house.bury(running.process.id)
    with pytest.raises(KeyboardInterrupt), boot.last_words():
        raise KeyboardInterrupt
