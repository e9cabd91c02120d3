"""Looking at the whole: status, the recount, and the chain behind an id."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from engage.app import App
from engage.domain.people import Frequency, Wanted
from engage.errors import NotFound
from engage.work import looking, people
from tests.office import Clock, Office, add_people, apply, meeting, settle
from tests.work.notices import address_all, advise, issue


@pytest.fixture
def busy(applied: App, office: Office) -> App:
    """Three people, an alert that is sent, advice that is reserved, and a meeting that moved."""
    app = applied
    cast = add_people(app, ("ada", Wanted()), ("ben", Wanted(frequency=Frequency.DAILY)), ("cy", Wanted()))
    people.leave(app, cast["cy"], how="link")
    issue(app, "a"), advise(app, "b")
    settle(app)
    office.talks(meeting("winter-a", "2026-11-24T19:30:00"))
    apply(app)
    settle(app)
    return app


def test_status_holds_what_was_promised_and_is_json(busy: App, clock: Clock):
    """DESIGN.md section 8 names the keys."""
    found = json.loads(json.dumps(looking.status(busy)))
    assert found["meetings_held"] == 695
    assert found["next_milestone"] == {"count": 700, "remaining": 5, "projected_on": None, "projected_entry": None}
    assert found["programmes"]["village-talks"]["meetings_held"] == 695
    assert found["subscribers"] == {"confirmed": 2, "pending": 0, "left": 1}
    assert sum(found["deliveries"].values()) == found["deliveries"]["sent"] + found["deliveries"]["reserved"]
    assert (found["on_hold"], found["oldest_pending_s"], found["relay_beat_age_s"]) == (None, None, None)
    assert found["mode"] == "trial"


def test_status_before_anything_was_applied_is_empty_and_no_error(app: App):
    """An operator looks first."""
    found = looking.status(app)
    assert (found["office"], found["meetings_held"], found["programmes"], found["waiting_plan"]) == (None, None, {}, None)  # fmt: skip


def test_the_oldest_pending_row_is_told_in_seconds(busy: App, clock: Clock):
    """What a monitor alarms on; what waits for its hour is not overdue."""
    issue(busy, "c")
    address_all(busy)
    clock.move(seconds=90)
    assert looking.status(busy)["oldest_pending_s"] == 90.0


@pytest.mark.ledger_broken("a row is taken away, which the recount must find")
def test_the_recount_finds_a_row_that_is_missing_or_too_many(busy: App):
    """P1, and that the audit can fail at all."""
    assert all(r.is_equal for r in looking.audit(busy))
    for planned in (1, 3):
        with busy.unit() as unit:
            unit.notices.plan("alert:a", 1, planned)
        wrong = [r for r in looking.audit(busy) if not r.is_equal]
        assert [(r.notice_id, r.planned, sum(r.rows.values())) for r in wrong] == [("alert:a", planned, 2)]


def test_a_trace_leads_from_an_entry_to_its_letters(busy: App):
    """File -> revision -> event -> tasks -> notice -> deliveries."""
    text = "\n".join(looking.trace(busy, "winter-a"))
    for part in ("entry winter-a", "revision 2", "moved", "event", "entry.changed", "notice change:2", "2 sent"):
        assert part in text, part


def test_a_trace_of_a_delivery_shows_its_attempts(busy: App):
    """And what it was about, without a single address."""
    with busy.reading() as unit:
        (row, *_) = unit.audits.rows(notice_id="alert:a")
    text = "\n".join(looking.trace(busy, str(row.id)))
    assert "attempt 1" in text
    assert "alert.issued" in text
    assert "@" not in text


@pytest.mark.parametrize("given", ["nothing", "999999", ""])
def test_an_id_that_nobody_knows_says_what_to_give(busy: App, given: str):
    """A sentence, not an empty page."""
    with pytest.raises(NotFound):
        looking.trace(busy, given)


def test_status_says_how_each_channel_is(applied: App, clock: Clock):
    """Closed, open until a moment, and half-open once that has come."""

    def now() -> tuple[str, str | None]:
        found = looking.status(applied)["circuits"]["email"]
        return found["state"], found["until"]

    assert now() == ("closed", None)
    with applied.unit() as unit:
        unit.house.halt_channel("email", until=unit.now + timedelta(minutes=1), why="It was full.", failures=1)
    assert now() == ("open", "2026-11-23T12:01:00+00:00")
    assert looking.status(applied)["halted"] == {"email": "It was full."}
    clock.move(minutes=1)
    assert now() == ("half-open", None)
