"""What waits although it is due: at night, and while a notice is paused; urgent messages wait for nobody's sleep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from engage.app import App
from engage.domain.alerts import Severity
from engage.domain.people import Frequency, Wanted
from engage.errors import NotFound, Refused
from engage.store.schema import delivery
from engage.work import alerts, days, repairs, waiting
from tests.office import Clock, add_people, audit_holds, mails, settle
from tests.work.notices import address_all, advise, issue, letter, states_of, take_one

NINE_PM = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
EIGHT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def due(app: App) -> list[datetime]:
    with app.reading() as unit:
        return [row.next_at for row in unit.audits.rows() if row.state == "ready"]


def crowd(app: App, n: int = 3) -> list[int]:
    return list(add_people(app, *((f"p{i}", Wanted(kinds=("alerts",))) for i in range(n))).values())


# --- the night --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["a retry", "a dead worker", "a release by hand"])
def test_what_becomes_due_at_night_waits_for_the_morning(applied: App, clock: Clock, why: str):
    """However it became so: nobody's phone wakes them because a server was busy at nine."""
    crowd(applied, 1)
    issue(applied, "a", hours=48)
    address_all(applied)
    clock.move(NINE_PM)
    with applied.unit() as unit:
        if why == "a retry":
            unit.conn.execute(update(delivery).values(next_at=unit.now, attempts=1, last_class="greylisted"))
        elif why == "a dead worker":
            unit.ledger.claim(channel="email", lane="normal", owner="gone/1", limit=9)
            unit.ledger.release("gone/1", same_boot=True)
        else:
            unit.conn.execute(update(delivery).values(state="failed"))
    if why == "a release by hand":
        assert repairs.retry(applied, None, "alert:a") == 1
    settle(applied)
    assert (mails(applied), due(applied)) == ([], [EIGHT])
    clock.move(EIGHT)
    settle(applied)
    assert len(mails(applied)) == 1
    audit_holds(applied)


@pytest.mark.parametrize(
    ("night", "morning"),
    [
        (datetime(2026, 3, 28, 21, 30, tzinfo=UTC), datetime(2026, 3, 29, 7, 0, tzinfo=UTC)),  # clocks go forward
        (datetime(2026, 10, 24, 20, 30, tzinfo=UTC), datetime(2026, 10, 25, 8, 0, tzinfo=UTC)),  # and back
    ],
)
def test_the_morning_is_the_offices_when_the_clocks_change(applied: App, clock: Clock, night: datetime, morning: datetime):  # fmt: skip
    """Eight o'clock on the wall."""
    clock.move(night - timedelta(hours=8))
    crowd(applied, 1)
    issue(applied, "a", hours=48)
    address_all(applied)
    clock.move(night)
    settle(applied)
    assert due(applied) == [morning]


def test_urgent_messages_and_what_is_of_no_use_in_the_morning_go(applied: App, clock: Clock):
    """And service mail, which somebody is waiting for."""
    crowd(applied, 1)
    for name, more in (("now", {"severity": Severity.URGENT}), ("tonight", {"hours": 12})):
        issue(applied, name, **more)
    address_all(applied)
    clock.move(NINE_PM)
    settle(applied)
    assert len(mails(applied)) == 2


def test_a_digest_chosen_for_an_early_hour_comes_at_it(applied: App, clock: Clock):
    """Seven is night to the office and breakfast to Ada."""
    add_people(applied, ("ada", Wanted(kinds=("alerts",), frequency=Frequency.DAILY, digest_hour=7)))
    days.keep_day(applied)
    advise(applied, "a", hours=100)
    settle(applied)
    clock.move(EIGHT - timedelta(hours=1))
    settle(applied)
    assert len(mails(applied, "ada")) == 1


# --- pause and resume -------------------------------------------------------------------------------------------------


def test_a_paused_alert_stops_and_goes_on(applied: App):
    """Nothing goes meanwhile, the count comes out, and the machine comes to rest."""
    crowd(applied)
    issue(applied, "a")
    address_all(applied)
    assert waiting.pause(applied, "alert:a") == 3
    settle(applied)
    assert mails(applied) == []
    audit_holds(applied)
    assert waiting.resume(applied, "alert:a") == 3
    settle(applied)
    assert len(mails(applied)) == 3
    audit_holds(applied)


def test_a_pause_before_the_fan_out_holds_what_it_writes(applied: App):
    """Rows that come later are put aside as well; other alerts flow on."""
    ids = crowd(applied)
    issue(applied, "a")
    take_one(applied, "announce_alert")
    waiting.pause(applied, "alert:a")
    issue(applied, "b")
    settle(applied)
    assert sorted(states_of(applied, ids[0])) == ["parked", "sent"]
    assert waiting.resume(applied, "alert:a") == 3
    settle(applied)
    assert states_of(applied, ids[0]) == ["sent", "sent"]


def test_a_digest_does_without_what_is_paused_and_takes_it_later(applied: App, clock: Clock):
    """No empty envelope meanwhile."""
    ids = add_people(applied, ("ada", Wanted(kinds=("alerts",), frequency=Frequency.DAILY)))
    days.keep_day(applied)
    advise(applied, "a", hours=100)
    settle(applied)
    waiting.pause(applied, "alert:a")
    clock.move(EIGHT + timedelta(hours=1))
    settle(applied)
    assert (mails(applied), states_of(applied, ids["ada"])) == ([], ["reserved"])
    waiting.resume(applied, "alert:a")
    clock.move(hours=1)
    settle(applied)
    assert "Alert a" in letter(applied, "ada")
    audit_holds(applied)


def test_resuming_at_night_waits_and_closes_what_has_expired(applied: App, clock: Clock):
    """One alert of use tomorrow, one not."""
    (who,) = crowd(applied, 1)
    issue(applied, "a", hours=48), issue(applied, "b", hours=5)
    address_all(applied)
    waiting.pause(applied, "alert:a"), waiting.pause(applied, "alert:b")
    clock.move(NINE_PM)
    assert (waiting.resume(applied, "alert:a"), waiting.resume(applied, "alert:b")) == (1, 0)
    settle(applied)
    assert sorted(states_of(applied, who)) == ["expired", "ready"]
    assert due(applied) == [EIGHT]


@pytest.mark.parametrize("how", ["withdrawn", "corrected"])
def test_what_is_put_aside_is_cancelled_with_its_version(applied: App, how: str):
    """A withdrawn alert leaves nothing that waits for a decision; a correction goes instead, once."""
    ids = crowd(applied)
    issue(applied, "a")
    address_all(applied)
    waiting.pause(applied, "alert:a")
    if how == "withdrawn":
        alerts.withdraw(applied, "a", who="editor")
    else:
        issue(applied, "a", title="Better")
    settle(applied)
    assert states_of(applied, ids[0]) == (["cancelled"] if how == "withdrawn" else ["cancelled", "sent"])
    assert len(mails(applied)) == (0 if how == "withdrawn" else 3)
    audit_holds(applied)


def test_pausing_what_cannot_be_paused_is_answered(applied: App):
    """Unknown, paused twice, not paused, withdrawn."""
    crowd(applied)
    with pytest.raises(NotFound):
        waiting.pause(applied, "alert:a")
    issue(applied, "a")
    address_all(applied)
    with pytest.raises(Refused, match="not paused"):
        waiting.resume(applied, "alert:a")
    waiting.pause(applied, "alert:a")
    with pytest.raises(Refused, match="already"):
        waiting.pause(applied, "alert:a")
    alerts.withdraw(applied, "a", who="editor")
    with pytest.raises(Refused, match="withdrawn"):
        waiting.resume(applied, "alert:a")


# --- retrying only failures -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("only_failed", "again"), [(True, {"failed", "dead"}), (False, {"failed", "dead", "ambiguous", "parked"})])  # fmt: skip
def test_only_the_failures_can_be_sent_again(applied: App, only_failed: bool, again: set[str]):
    """What may have arrived, or was put aside, stays; what was sent always does."""
    ids = dict(zip(("failed", "dead", "ambiguous", "parked", "sent"), crowd(applied, 5), strict=True))
    issue(applied, "a")
    address_all(applied)
    with applied.unit() as unit:
        for state, who in ids.items():
            unit.conn.execute(update(delivery).where(delivery.c.recipient_id == who).values(state=state))
    assert repairs.retry(applied, None, "alert:a", only_failed=only_failed) == len(again)
    assert {state for state, who in ids.items() if states_of(applied, who) == ["ready"]} == again
    settle(applied)
    assert len(mails(applied)) == len(again)
