"""What a new day deletes, as the privacy page promises: one table rules both."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from engage.app import App
from engage.domain.complaints import Complaint
from engage.domain.events import DayStarted
from engage.domain.people import Wanted
from engage.domain.retention import RULES, period
from engage.store.feeds import Poll
from engage.store.people import digest_of
from engage.store.retention import PURGES
from engage.store.schema import (  # fmt: skip
    address,
    attempt,
    consent,
    inbox,
    phone_code,
    poll,
    recipient,
    signup,
    subscription,
    suppression,
    tally,
)
from engage.work import people, retention
from tests.conftest import NOON
from tests.office import Clock, add_people, settle
from tests.work.notices import issue

KEPT = {rule.key: rule.kept for rule in RULES}


def clean(app: App) -> None:
    with app.unit() as unit:
        unit.emit(DayStarted(day=unit.now.date().isoformat()))
    settle(app)


def count(app: App, table, *which) -> int:
    with app.reading() as unit:
        return unit.conn.execute(select(func.count()).select_from(table).where(*which)).scalar_one()


def test_every_rule_with_a_time_has_somebody_who_deletes():
    """And nobody deletes what the table does not name."""
    assert {rule.key for rule in RULES if rule.kept is not None} == set(PURGES)


@pytest.mark.parametrize(
    ("days", "said"), [(1, "1 day"), (7, "7 days"), (28, "28 days"), (92, "3 months"), (365, "12 months"), (396, "13 months")]
)  # fmt: skip
def test_lengths_read_as_people_say_them(days: int, said: str):
    """Every length of the table."""
    assert period(timedelta(days=days)) == said


def test_a_sign_up_that_nobody_confirmed_goes_with_its_address(applied: App, clock: Clock):
    """After a week, for good; the same person may sign up again, and one who confirmed stays."""
    for name in ("ben", "ada"):
        people.sign_up(applied, "email", f"{name}@example.org", Wanted(postcode="ZZ1 4AA"), network="n")
    with applied.reading() as unit:
        rows = {row.recipient_id: row.id for row in unit.conn.execute(select(signup))}
        ada = unit.people.by_address("email", "ada@example.org").id
    people.confirm(applied, rows[ada])
    clock.move(days=6)
    clean(applied)
    assert count(applied, signup) == 2
    clock.move(days=1, seconds=1)
    clean(applied)
    assert count(applied, signup) == 0
    with applied.reading() as unit:
        assert unit.people.by_address("email", "ben@example.org") is None
        assert unit.people.by_address("email", "ada@example.org").state == "confirmed"
        assert unit.conn.execute(select(func.count()).where(recipient.c.postcode.is_not(None))).scalar_one() == 1
    assert people.sign_up(applied, "email", "ben@example.org", Wanted(), network="n")


def test_whoever_waits_for_the_answer_to_a_complaint_is_not_forgotten(applied: App, clock: Clock):
    """Their address is a pending person's too."""
    with applied.unit() as unit:
        unit.people.add([("email", "cy@example.org", Wanted())], state="pending")
        digest = digest_of(unit.house.secret("address"), "email", "cy@example.org")
        unit.complaints.add("C-1", Complaint(about="details", text="x", email="cy@example.org"), digest=digest)
    clock.move(days=30)
    clean(applied)
    with applied.reading() as unit:
        assert unit.people.by_address("email", "cy@example.org") is not None


def test_an_address_goes_four_weeks_after_its_owner_left_and_stays_barred(applied: App, clock: Clock):
    """S46 and S48: only the digest is left, and it still bars; others are not touched."""
    ids = add_people(applied, ("ada", Wanted(area="mill-lane", postcode="ZZ1 4AA")), ("ben", Wanted()))
    people.leave(applied, ids["ada"], how="link")
    for days, is_there in ((27, True), (1.01, False)):
        clock.move(days=days)
        clean(applied)
        with applied.reading() as unit:
            assert (unit.people.by_address("email", "ada@example.org") is not None) is is_there
    with applied.reading() as unit:
        row = unit.people.find(ids["ada"])
        assert (row.area, row.postcode, row.state) == (None, None, "left")
        assert unit.people.by_address("email", "ben@example.org") is not None
    assert count(applied, suppression) == 1
    assert count(applied, address) == count(applied, address, address.c.hmac.is_not(None))


def test_evidence_goes_after_thirteen_months_and_the_ledger_still_comes_out(applied: App, clock: Clock):
    """Attempts, replies, ended choices and consent of those who left; deliveries stay, or nobody could count."""
    ids = add_people(applied, ("ada", Wanted()), ("ben", Wanted()))
    issue(applied, "a")
    settle(applied)
    with applied.unit() as unit:
        for who in ids.values():
            unit.people.record_consent([{"recipient_id": who, "channel": "email", "given_at": unit.now, "source": "f", "wording": "w"}])  # fmt: skip
        first = unit.audits.rows(notice_id="alert:a")[0].id
        unit.conn.execute(insert(inbox), {"digest": "d", "kind": "soft", "delivery_id": first, "status": "", "received_at": unit.now})  # fmt: skip
    people.leave(applied, ids["ada"], how="link")
    subscribed = count(applied, subscription)
    clock.move(days=395)
    clean(applied)
    old = attempt.c.delivery_id <= first
    assert min(count(applied, attempt, old), count(applied, inbox)) > 0
    assert (count(applied, consent), count(applied, subscription)) == (2, subscribed)
    clock.move(days=2)
    clean(applied)
    assert (count(applied, attempt, old), count(applied, inbox)) == (0, 0)
    assert (count(applied, consent), count(applied, subscription)) == (1, subscribed - 1)


def test_counters_codes_and_polls_go_by_themselves(applied: App, clock: Clock):
    """From which network a form came, codes for numbers, who asked for calendars, mail that belonged to nothing."""
    (ada,) = add_people(applied, ("ada", Wanted())).values()
    with applied.unit() as unit:
        unit.house.count_in_slot("signup", "192.0.2.1", slot=timedelta(hours=1))
        unit.phones.add_code("c", "+447700900123", holder_id=ada, asker_id=None)
        unit.feeds.count_polls({Poll(unit.now.date().isoformat(), "all.ics", "Google", 200): 1})
        unit.conn.execute(insert(inbox), {"digest": "stray", "kind": "unproven", "status": "", "received_at": unit.now})
    lengths = ((tally, "networks"), (phone_code, "codes"), (poll, "polls"), (inbox, "strays"))
    assert [count(applied, table) for table, _ in lengths] == [1, 1, 1, 1]
    for table, key in lengths:
        clock.move(to=NOON + KEPT[key])
        clean(applied)
        assert count(applied, table) == 1, key
        clock.move(days=1, seconds=1)
        with applied.unit() as unit:
            assert unit.retention.purge(key, unit.now - KEPT[key], 10) == 1
        assert count(applied, table) == 0, key


def test_pages_are_small_and_all_of_them_are_done(applied: App, clock: Clock, monkeypatch: pytest.MonkeyPatch):
    """Seven rows in pages of two: a task that is interrupted goes on at the rule it was at."""
    monkeypatch.setattr(retention, "PAGE", 2)
    with applied.unit() as unit:
        for n in range(7):
            unit.conn.execute(insert(inbox), {"digest": f"{n}", "kind": "unproven", "status": "", "received_at": unit.now})  # fmt: skip
    clock.move(days=93)
    at = [rule.key for rule in retention.TIMED].index("strays")
    seen = []
    watermark: dict[str, int] | None = {"rule": at}
    while watermark == {"rule": at}:
        with applied.unit() as unit:
            watermark = retention.forget_old(applied, unit, (DayStarted(day="2027-02-24"), watermark))
        seen.append(count(applied, inbox))
    assert seen == [5, 3, 1, 0]
    clean(applied)
    with applied.reading() as unit:
        assert retention.last(unit) == "2027-02-24"
