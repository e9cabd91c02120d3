"""The relay's decisions: moments become events, the dead are buried, and when nothing may be sent at all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engage.app import App
from engage.domain.events import MeetingHeld
from engage.domain.people import Wanted
from engage.store.handover import HOLD
from engage.store.house import Process
from engage.store.outbox import Due
from engage.store.schema import due, event
from engage.store.unit import Database
from engage.work import holds, relay
from engage.work.relay import SILENT, Sweeper
from tests.office import Clock, add_people, audit_holds, mails, settle
from tests.store.rows import claim, deliver, fence, found, notice, people
from tests.work.notices import address_all, issue

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def plan(app: App, key: str, at: timedelta = timedelta(), until: timedelta | None = None) -> None:
    with app.unit() as unit:
        last = None if until is None else unit.now + until
        unit.dues.plan([Due(key=key, at=unit.now + at, until=last, event=MeetingHeld(entry_id=key))])


def row(app: App, key: str):
    with app.reading() as unit:
        return unit.conn.execute(select(due).where(due.c.key == key)).one()


def happened(app: App) -> list[str]:
    with app.reading() as unit:
        rows = unit.conn.execute(select(event.c.body).where(event.c.name == "meeting.held").order_by(event.c.id))
        return [r.body["entry_id"] for r in rows]


# --- moments --------------------------------------------------------------------------------------------------------


def test_a_moment_becomes_its_event_once(app: App):
    """However often the relay looks, and two relays may."""
    plan(app, "k")
    assert (relay.turn_dues(app), relay.turn_dues(app)) == (1, 0)
    assert happened(app) == ["k"]
    assert (row(app, "k").state, row(app, "k").late) == ("done", False)


def test_nothing_happens_before_its_time(app: App, clock: Clock):
    """To the second."""
    plan(app, "k", HOUR)
    clock.move(minutes=59, seconds=59)
    assert relay.turn_dues(app) == 0
    clock.move(seconds=1)
    assert relay.turn_dues(app) == 1


@pytest.mark.parametrize(("minutes", "late"), [(5, False), (6, True)])
def test_what_comes_late_is_done_and_marked(app: App, clock: Clock, minutes: int, late: bool):
    """A late wake-up never drops silently."""
    plan(app, "k", until=HOUR)
    clock.move(minutes=minutes)
    relay.turn_dues(app)
    assert (row(app, "k").state, row(app, "k").late) == ("done", late)
    assert happened(app) == ["k"]


def test_what_is_past_its_use_is_expired_with_a_reason(app: App, clock: Clock):
    """And never becomes an event."""
    plan(app, "k", until=HOUR)
    clock.move(hours=1)
    relay.turn_dues(app)
    found = row(app, "k")
    assert (found.state, found.reason, found.settled_at) == ("expired", "its use had passed", clock())
    assert happened(app) == []


@pytest.mark.parametrize("values", [{"event": "meeting.forgotten"}, {"body": {"who": "knows"}}])
def test_a_moment_nobody_can_read_is_dead_and_stops_nothing_else(app: App, values: dict[str, object]):
    """P8: written by another version; those behind it come all the same."""
    plan(app, "a"), plan(app, "b")
    with app.unit() as unit:
        unit.conn.execute(update(due).where(due.c.key == "a").values(**values))
    relay.turn_dues(app)
    assert (row(app, "a").state, happened(app)) == ("dead", ["b"])


def test_a_crash_while_turning_undoes_and_repeats(app: App):
    """The event and the row that owed it are one transaction."""
    from engage import faults

    plan(app, "a"), plan(app, "b")
    with faults.armed("due-turned:2:raise"), pytest.raises(RuntimeError):
        relay.turn_dues(app)
    assert happened(app) == []
    relay.turn_dues(app)
    assert happened(app) == ["a", "b"]


# --- ringing --------------------------------------------------------------------------------------------------------


def test_drains_are_rung_for_while_their_lane_has_due_rows_the_urgent_one_first(app: App):
    """Not for halted channels, nor for channels nobody serves, nor for what waits."""
    with app.unit() as unit:
        notice(unit)
        for name, given in {
            "bulk": {"lane": "bulk"},
            "urgent": {"lane": "urgent"},
            "normal": {},
            "later": {"lane": "normal", "next_at": unit.now + HOUR},
            "pigeon": {"channel": "pigeon"},
        }.items():
            deliver(unit, people(unit, name), **given)
    assert relay.has_work(app)
    assert relay.to_ring(app).drains == (("email", "urgent"), ("email", "normal"), ("email", "bulk"))
    with app.unit() as unit:
        unit.house.halt_channel("email", until=unit.now + MINUTE, why="Busy.", failures=1)
    assert relay.to_ring(app).drains == ()


def test_a_task_for_an_unknown_actor_is_given_up(app: App):
    """A newer version wrote it; it must not keep others from being rung for."""
    plan(app, "k")
    relay.turn_dues(app)
    ((task_id, actor),) = relay.to_ring(app).tasks
    relay.give_up(app, task_id, actor)
    with app.reading() as unit:
        assert unit.tasks.by_state() == {"dead": 1}


# --- hold -----------------------------------------------------------------------------------------------------------


def last_seen(app: App, ago: timedelta) -> None:
    with app.unit() as unit:
        unit.house.put(relay.ALIVE, (unit.now - ago).isoformat())


def on_hold(app: App) -> str | None:
    with app.reading() as unit:
        return unit.house.get(HOLD)


@pytest.fixture
def overdue(applied: App) -> App:
    """A message waits for Ada."""
    add_people(applied, ("ada", Wanted()))
    issue(applied, "a", hours=240)
    address_all(applied)
    return applied


@pytest.mark.parametrize(
    ("ago", "reason"),
    [
        (timedelta(minutes=30), None),
        (timedelta(hours=24), None),
        (timedelta(hours=24, seconds=1), "overdue"),
        (timedelta(days=9), "overdue"),
        (timedelta(seconds=-59), None),
        (timedelta(minutes=-2), "clock stepped back"),
        (timedelta(days=-9), "clock stepped back"),
    ],
)
def test_a_long_silence_or_a_clock_that_stepped_back_starts_on_hold(overdue: App, ago: timedelta, reason: str | None):
    """A restored backup looks like both; small corrections of a clock do not count."""
    last_seen(overdue, ago)
    said = holds.guard_start(overdue)
    assert (said is None) == (reason is None)
    assert reason is None or reason in said
    assert on_hold(overdue) == said


def test_a_first_start_is_no_silence(app: App):
    """Nor is a long one with nothing to send."""
    assert holds.guard_start(app) is None
    last_seen(app, timedelta(days=9))
    assert holds.guard_start(app) is None


def test_on_hold_nothing_passes_the_fence_until_release(overdue: App):
    """Nobody is even rung for; then everything goes that has not expired."""
    with overdue.unit() as unit:
        relay.put_on_hold(unit, "restored backup")
        relay.put_on_hold(unit, "another reason")
    assert on_hold(overdue) == "restored backup", "the first reason is the one to look into"
    assert relay.to_ring(overdue).drains == ()
    settle(overdue)
    assert mails(overdue) == []
    with overdue.unit() as unit:
        assert relay.release(unit)
        assert not relay.release(unit)
    settle(overdue)
    assert len(mails(overdue, "ada")) == 1
    audit_holds(overdue)


def test_a_drain_that_is_rung_for_on_hold_ends_at_once(overdue: App):
    """It must not turn the same rows round and round for its slice of time."""
    from tests.work.test_deliveries import Scripted, drain

    with overdue.unit() as unit:
        relay.put_on_hold(unit, "restored backup")
    session = Scripted()
    assert drain(overdue, session).total == 0
    assert session.letters == []
    with overdue.reading() as unit:
        assert unit.audits.by_state() == {"ready": 1}


def test_the_relay_says_that_it_lives(app: App, clock: Clock):
    """What guard_start compares with, and what `status` shows."""
    relay.keep_alive(app, ME)
    clock.move(minutes=3)
    with app.reading() as unit:
        assert unit.house.last_beat("relay") == clock() - 3 * MINUTE
        assert unit.house.get(relay.ALIVE) == (clock() - 3 * MINUTE).isoformat()


# --- the sweeper ----------------------------------------------------------------------------------------------------

ME = Process(id="relay-1", role="relay", host="north", boot_id="boot-1", pid=1, threads={})
WORKER = Process(id="worker-1", role="worker", host="north", boot_id="boot-1", pid=7, threads={"deliver": 4})
ABROAD = Process(id="worker-1", role="worker", host="south", boot_id="boot-9", pid=7, threads={"deliver": 4})
BEFORE = Process(id="worker-1", role="worker", host="north", boot_id="boot-0", pid=7, threads={"deliver": 4})


class Watch:
    """A sweeper with its own steady clock, and the pids that still run."""

    def __init__(self, app: App) -> None:
        self.seconds, self.running = 0.0, {1, 7}
        self.sweeper = Sweeper(app, ME, lambda: self.seconds, lambda pid: pid in self.running)

    def after(self, seconds: float) -> int:
        self.seconds += seconds
        return self.sweeper.sweep()


@pytest.fixture
def watch(app: App) -> Watch:
    relay.keep_alive(app, ME)
    return Watch(app)


def beat(app: App, process: Process) -> None:
    with app.unit() as unit:
        unit.house.beat(process)


def alive(app: App) -> set[str]:
    with app.reading() as unit:
        return {p.id for p in unit.house.processes()}


def held_by_worker(database: Database, *, lane: str = "normal", fenced: bool = False) -> int:
    """A row in the hands of one of the worker's threads."""
    with database.unit() as unit:
        notice(unit)
        (delivery,) = deliver(unit, people(unit, "ada"), lane=lane)
    claim(database, "worker-1/3", lane=lane)
    if fenced:
        fence(database, [delivery], "worker-1/3")
    return delivery


def test_a_process_that_is_gone_from_our_own_boot_is_buried_at_once(app: App, watch: Watch):
    """Its pid runs no more: recovery on one host takes seconds."""
    beat(app, WORKER)
    delivery = held_by_worker(app.database)
    assert watch.after(0) == 0
    watch.running.discard(7)
    assert watch.after(5) == 1
    assert alive(app) == {"relay-1"}
    assert found(app.database, delivery).state == "ready"


@pytest.mark.parametrize("process", [ABROAD, BEFORE, WORKER])
def test_a_process_that_is_silent_for_two_minutes_is_buried(app: App, watch: Watch, process: Process):
    """On another host, from before a reboot, or hung; by our own steady clock, whatever theirs says."""
    beat(app, process)
    assert watch.after(0) == 0
    assert watch.after(SILENT) == 0
    assert watch.after(0.1) == 1
    assert alive(app) == {"relay-1"}


def test_every_observed_beat_begins_the_two_minutes_anew(app: App, watch: Watch, clock: Clock):
    """Even if the other host's clock stands in another year."""
    for _ in range(4):
        clock.move(days=-100)
        beat(app, ABROAD)
        assert watch.after(100) == 0
    assert watch.after(121) == 1


def test_a_sweeper_that_has_just_started_gives_everybody_two_minutes(app: App, clock: Clock):
    """The whole system slept: rows are old, processes are not dead."""
    beat(app, ABROAD)
    clock.move(days=3)
    watch = Watch(app)
    assert watch.after(10_000) == 0
    assert watch.after(121) == 1


def test_it_never_buries_itself(app: App, watch: Watch):
    """However long its own row stands still."""
    assert watch.after(0) == 0
    assert watch.after(10_000) == 0
    assert alive(app) == {"relay-1"}


@pytest.mark.parametrize(
    ("process", "fenced", "lane", "becomes"),
    [
        (WORKER, False, "normal", "ready"),
        (WORKER, True, "normal", "ambiguous"),
        (WORKER, True, "urgent", "ready"),
        (ABROAD, False, "normal", "ready"),  # its disk is its own: what it committed is there
        (BEFORE, False, "normal", "ambiguous"),  # our reboot may have lost the fence that followed the claim
    ],
)
def test_what_the_dead_held_is_sorted_out(
    app: App, watch: Watch, process: Process, fenced: bool, lane: str, becomes: str
):
    """And the task it was at is owed again."""
    beat(app, process)
    delivery = held_by_worker(app.database, lane=lane, fenced=fenced)
    plan(app, "k")
    relay.turn_dues(app)
    with app.unit() as unit:
        (task_id,) = [t.id for t in unit.tasks.ready()]
        assert unit.tasks.claim(task_id, "worker-1/2")
    watch.after(0), watch.after(121)
    assert found(app.database, delivery).state == becomes
    assert found(app.database, delivery).crashes == 1
    with app.reading() as unit:
        assert unit.tasks.by_state() == {"ready": 1}


def test_a_process_that_stops_properly_charges_nobody_a_crash(app: App):
    """It buries itself: what it held goes again."""
    beat(app, WORKER)
    delivery = held_by_worker(app.database)
    with app.unit() as unit:
        relay.bury(unit, "worker-1", same_boot=True, crashed=False)
    assert (found(app.database, delivery).state, found(app.database, delivery).crashes) == ("ready", 0)
