"""Notices, alerts and what programmes counted: versions are kept, each told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from engage.domain.notices import service
from engage.store.notices import ALERTS
from engage.store.programmes import Milestone
from engage.store.unit import Database, Unit
from tests.conftest import NOON
from tests.store.rows import notice, undone
from tests.store.test_schedule import record, saved

from tests.feeds.samples import meeting  # isort: skip


def test_a_notice_version_is_written_once_and_comes_back(shared: Database):
    """The same moment has the same id: a repeat says so and changes nothing."""
    with undone(shared) as unit:
        first = notice(unit)
        assert unit.notices.find("alert:a", 1) == first
        assert not unit.notices.add(replace(first, kind="tip"), event_id=None)
        assert unit.notices.find("alert:a", 1).kind == "alert"
        assert unit.notices.add(replace(first, version=2), event_id=None)
        assert unit.notices.latest("alert:a") == 2
        assert (unit.notices.latest("none"), unit.notices.find("alert:a", 3)) == (0, None)
        mail = service("confirm", "confirm:1", recipient_id=7, now=NOON, facts={"signup_id": "s"})
        unit.notices.add(mail, event_id=None)
        assert unit.notices.find("confirm:1", 1) == mail


def test_superseding_withdraws_earlier_versions_only(shared: Database):
    """Nothing of them passes the fence any more; the new one stands."""
    with undone(shared) as unit:
        for version in (1, 2, 3):
            notice(unit, version=version)
        unit.notices.supersede("alert:a", 3)
        assert [row.state for row in unit.notices.versions("alert:a")] == ["withdrawn", "withdrawn", "ready"]


def test_the_headcount_and_the_end_of_the_fan_out_are_kept(shared: Database):
    """Only addressed notices are audited."""
    with undone(shared) as unit:
        notice(unit), notice(unit, "alert:b")
        unit.notices.plan("alert:a", 1, 13_000)
        assert unit.audits.addressed() == []
        unit.notices.addressed("alert:a", 1)
        assert [(r.id, r.planned) for r in unit.audits.addressed()] == [("alert:a", 13_000)]


def test_the_reminders_of_an_entry_are_found_by_its_id(shared: Database):
    """`talk` does not find those of `talk-2`, nor another kind's."""
    with undone(shared) as unit:
        for name in ("reminder:talk:1 day:x", "reminder:talk:2 hours:x", "reminder:talk-2:1 day:x"):
            notice(unit, name, kind="reminder")
        notice(unit, "change:7", kind="change")
        assert sorted(unit.notices.of_entry("talk", "reminder")) == ["reminder:talk:1 day:x", "reminder:talk:2 hours:x"]


def alert(unit: Unit, version: int, *, id: str = "a", state: str = "waiting") -> None:
    unit.alerts.add(id, version, state=state, who="ada", source=f"text {version}", body={"id": id})


def test_a_waiting_alert_is_issued_once(shared: Database):
    """Two approvers press at once: the second finds it issued. Web processes see each change."""
    with undone(shared) as unit:
        alert(unit, 1)
        seen = unit.house.counted(ALERTS)
        assert unit.alerts.issue("a", 1, approved_by="ben")
        assert not unit.alerts.issue("a", 1, approved_by="cy")
        row = unit.alerts.find("a")
        assert (row.state, row.approved_by, row.issued_at) == ("issued", "ben", unit.now)
        assert unit.house.counted(ALERTS) > seen


def test_the_public_sees_the_newest_version_that_was_issued(shared: Database):
    """A correction that waits for approval is not theirs yet; one never issued never is."""
    with undone(shared) as unit:
        alert(unit, 1), alert(unit, 1, id="b")
        unit.alerts.issue("a", 1, approved_by=None)
        alert(unit, 2)
        assert [(r.id, r.version) for r in unit.alerts.published()] == [("a", 1)]
        assert sorted((r.id, r.version) for r in unit.alerts.list()) == [("a", 2), ("b", 1)]
        unit.alerts.issue("a", 2, approved_by=None)
        unit.alerts.close("a", 2, "corrected")
        assert [(r.id, r.version, r.source) for r in unit.alerts.published()] == [("a", 2, "text 2")]
        assert unit.alerts.find("a", 1).state == "corrected"
        alert(unit, 3, state="withdrawn")
        assert [(r.id, r.version, r.state) for r in unit.alerts.published()] == [("a", 3, "withdrawn")]


def test_counted_meetings_are_in_order_of_their_end_then_id(shared: Database):
    """The N-th meeting is the same on every host; what was not held after all does not count."""
    with undone(shared) as unit:
        plan_id = record(unit)
        for id, hours in (("b", 1), ("a", 1), ("c", 0), ("d", 2)):
            unit.schedule.save([saved(replace(meeting(), id=id))], plan_id=plan_id)
            unit.programmes.mark(id, "talks", NOON + timedelta(hours=hours), state="held", silent=id == "c")
        unit.programmes.mark("d", "talks", NOON, state="unheld")
        assert unit.programmes.held_in_order("talks") == ["c", "a", "b"]
        assert unit.programmes.held_count("talks") == 3
        assert unit.programmes.states("talks") == {"a": "held", "b": "held", "c": "held", "d": "unheld"}
        assert (unit.programmes.state_of("d"), unit.programmes.state_of("e")) == ("unheld", None)
        assert unit.programmes.held_count("other") == 0


def test_a_milestone_comes_back_as_it_was_saved(shared: Database):
    """By number; saving again replaces."""
    first = Milestone(calendar_id="talks", number=700, reached=True, entry_id=None, told="reached", version=1)
    with undone(shared) as unit:
        unit.programmes.save([first, replace(first, number=650, told="nothing", version=0)])
        unit.programmes.save([replace(first, reached=False, told="withdrawn", version=2, approach_told=True)])
        found = unit.programmes.milestones("talks")
        assert list(found) == [650, 700]
        assert found[700] == replace(first, reached=False, told="withdrawn", version=2, approach_told=True)
