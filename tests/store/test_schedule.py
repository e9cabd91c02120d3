"""Plans and entries as published, with every revision and the bytes of each variant."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from engage.domain.calendars import Status
from engage.store.schema import revision as revisions
from engage.store.unit import Database
from tests.conftest import NOON
from tests.feeds.samples import OFFICE, campaign, meeting
from tests.store.rows import how_many, record, saved, undone


def test_there_is_no_office_before_the_first_apply(shared: Database):
    """And no base for a plan."""
    with undone(shared) as unit:
        assert (unit.schedule.office(), unit.schedule.applied_id(), unit.schedule.sources()) == (None, None, {})


def test_the_newest_applied_plan_is_in_force(shared: Database):
    """Its office comes back whole, tuples, times of day and all; a waiting plan changes nothing."""
    with undone(shared) as unit:
        record(unit)
        newer = replace(OFFICE, name="New name")
        second = record(unit, fingerprint="f2", office=newer, sources={"office.toml": "y"})
        record(unit, state="waiting", fingerprint="f3", office=replace(OFFICE, name="Not yet"))
        assert unit.schedule.applied_id() == second
        assert unit.schedule.office() == newer
        assert unit.schedule.sources() == {"office.toml": "y"}
        assert [row.fingerprint for row in unit.schedule.history()] == ["f2", "f1"]


def test_one_plan_waits_at_most(shared: Database):
    """A newer plan, waiting or applied, takes its place."""
    with undone(shared) as unit:
        record(unit, state="waiting", fingerprint="f1", waits_for=["It cancels 5."])
        record(unit, state="waiting", fingerprint="f2", waits_for=["It cancels 6."])
        assert (unit.schedule.waiting().fingerprint, unit.schedule.waiting().waits_for) == ("f2", ["It cancels 6."])
        record(unit, fingerprint="f3")
        assert unit.schedule.waiting() is None
        record(unit, state="waiting", fingerprint="f4")
        unit.schedule.supersede()
        assert unit.schedule.waiting() is None


def test_an_entry_comes_back_as_it_was_saved(shared: Database):
    """Moments, days, enumerations, tuples and nested papers included."""
    talk, week = meeting(), campaign()
    with undone(shared) as unit:
        plan_id = record(unit)
        rows = [saved(talk, sequence=2, moved_from=NOON, expected_milestone=700), saved(week)]
        unit.schedule.save(rows, plan_id=plan_id)
        assert unit.schedule.find(talk.id) == rows[0].revision
        assert unit.schedule.revisions([week.id])[0].entry == week
        assert {r.entry.id for r in unit.schedule.revisions()} == {talk.id, week.id}
        assert [r.entry.id for r in unit.schedule.revisions([week.id])] == [week.id]
        assert unit.schedule.calendars() == {talk.calendar_id, week.calendar_id}
        assert unit.schedule.find("unknown") is None
        assert isinstance(week.first_day, date)


def test_every_revision_is_kept_and_the_newest_is_current(shared: Database):
    """Nothing is ever deleted: a cancelled meeting leaves its tombstone and its history."""
    talk = meeting()
    with undone(shared) as unit:
        unit.schedule.save([saved(talk)], plan_id=record(unit))
        gone = replace(talk, status=Status.CANCELLED, starts_at=talk.starts_at + timedelta(days=1))
        before = unit.schedule.marks()
        unit.schedule.save([saved(gone, number=2)], plan_id=record(unit))
        assert unit.schedule.find(talk.id).entry == gone
        assert [(r.number, r.body["status"]) for r in unit.schedule.past_revisions(talk.id)] == [
            (1, "confirmed"),
            (2, "cancelled"),
        ]
        assert [r.number for r in unit.schedule.histories([talk.id])] == [1, 2]
        assert unit.schedule.marks() != before, "readers see that it was saved again"


def test_saving_a_revision_again_keeps_its_first_record(shared: Database):
    """A change nobody sees keeps the number: history is not rewritten."""
    talk = meeting()
    with undone(shared) as unit:
        unit.schedule.save([saved(talk)], plan_id=record(unit))
        unit.schedule.save([saved(replace(talk, reminders=()))], plan_id=record(unit))
        assert how_many(unit, revisions) == 1
