"""The drain over a real GOV.UK Notify on loopback: nothing lost, nothing doubled, limits kept. The sink is the judge."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from engage.app import App, build
from engage.domain.alerts import Severity
from engage.store.schema import address
from engage.work import relay
from tests.conftest import settings_for
from tests.notify_sink import NotifySink
from tests.office import Clock, audit_holds
from tests.work.notices import address_all, issue
from tests.work.phones import counts, drain, phones, ready


@pytest.fixture
def texting(applied: App, clock: Clock, sink: NotifySink, tmp_path):
    """The applied office, with text messages through the sink."""
    settings = settings_for(applied.settings.database, tmp_path, applied.settings.calendars, **sink.settings)
    built = build(settings, clock=clock)
    yield built
    built.database.close()


def told_once(sink: NotifySink, n: int) -> None:
    assert Counter(sink.recipients) == {f"+4477009{i:05}": 1 for i in range(n)}


def test_everybody_gets_one_text(texting: App, sink: NotifySink):
    """The short form, plain, with our own reference."""
    ready(texting, 30)
    assert drain(texting).sent == 30
    told_once(sink, 30)
    assert {t.personalisation["text"] for t in sink.taken} == {
        "Westmark OCS: Lock your back door tonight. http://127.0.0.1:8000/alerts/a Reply STOP to end."
    }
    assert len({t.reference for t in sink.taken}) == 30
    assert sink.most > 1
    audit_holds(texting)


@pytest.mark.parametrize("severity", list(Severity))
def test_doubt_is_settled_by_asking_and_doubles_nothing(texting: App, sink: NotifySink, clock: Clock, severity: Severity):  # fmt: skip
    """F54, on every lane: accepted and not answered, refused with 500, cut off; all told once in the end."""
    ready(texting, 12, severity=severity)
    sink.does.extend(["swallow", "ok", "500", "500-taken", "ok", "html"])
    drain(texting, lane=severity.lane.value)
    assert counts(texting) == {"sent": 8, "ready": 4}
    clock.move(seconds=59)
    assert drain(texting, lane=severity.lane.value).total == 0
    for _ in range(3):
        clock.move(minutes=2)
        drain(texting, lane=severity.lane.value)
    assert counts(texting) == {"sent": 12}
    told_once(sink, 12)
    audit_holds(texting)


@pytest.mark.parametrize("status", [403, 429, 500])
def test_a_look_up_that_is_refused_does_not_end_the_doubt(texting: App, sink: NotifySink, clock: Clock, status: int):
    """A halt or no answer: the next try must ask again, not post."""
    ready(texting, 1)
    sink.does.append("swallow")
    drain(texting)
    clock.move(minutes=5)
    sink.blind = status
    drain(texting)
    sink.blind = 0
    clock.move(minutes=10)
    drain(texting)
    assert counts(texting) == {"sent": 1}
    told_once(sink, 1)


def test_what_a_killed_worker_had_handed_over_is_asked_for(texting: App, sink: NotifySink, clock: Clock):
    """F4: killed after Notify accepted and before we noted it; found by reference, on every lane."""
    ready(texting, 3)
    with texting.unit() as unit:
        claimed = unit.ledger.claim(channel="sms", lane="normal", owner="gone/1", limit=3)
        unit.ledger.fence([c.id for c in claimed], "gone/1")
    from engage.work.letters import Composer

    letters = Composer(texting).compose(claimed).letters
    session = texting.channels["sms"].connect()
    list(session.send([letters[claimed[0].id]]))
    session.close()
    with texting.unit() as unit:
        unit.ledger.release("gone/1", same_boot=True, findable=texting.findable)
    assert counts(texting) == {"ready": 3}
    assert drain(texting).total == 0
    clock.move(seconds=61)
    while drain(texting).total:
        pass
    assert counts(texting) == {"sent": 3}
    assert sink.look_ups == 3
    told_once(sink, 3)
    audit_holds(texting)


def test_what_a_thread_had_handed_over_when_it_failed_is_asked_for(texting: App):
    """It is given back as a killed worker's is, and nobody is left in doubt who can be asked for."""
    ready(texting, 2)
    with texting.unit() as unit:
        claimed = unit.ledger.claim(channel="sms", lane="normal", owner="failed/1", limit=2)
        unit.ledger.fence([c.id for c in claimed], "failed/1")
    relay.orphaned(texting, "failed/1")
    assert counts(texting) == {"ready": 2}
    assert drain(texting).total == 0, "before Notify has had time to know"


def test_the_rate_is_shared_by_all_workers(texting: App, sink: NotifySink, clock: Clock):
    """2,700 a minute and a burst of 135: no minute sees more than 3,000, urgent ones never find the bucket empty."""
    ready(texting, 300)
    assert drain(texting).sent == 135 - 67
    assert drain(texting).sent == 0
    clock.move(seconds=1)
    assert drain(texting).sent == 45
    with texting.unit() as unit:
        assert unit.rates.allowed(texting.channels["sms"].rate, 100, is_urgent=True) == 67
    clock.move(minutes=1)
    assert drain(texting).sent == 68
    audit_holds(texting)


@pytest.mark.parametrize(("does", "pause"), [("rate:7", timedelta(seconds=7)), ("rate", timedelta(seconds=15))])
def test_slowing_down_halts_for_everybody_and_charges_nobody(texting: App, sink: NotifySink, clock: Clock, does: str, pause: timedelta):  # fmt: skip
    """F52: as long as Notify says; then everything goes."""
    ready(texting, 20)
    sink.does.extend(["ok", does])
    done = drain(texting)
    assert done.halted
    with texting.reading() as unit:
        assert unit.house.halted("sms").until == clock.now + pause
        assert {row.attempts for row in unit.audits.rows(state="ready", notice_id="alert:a")} == {0}
    assert drain(texting).total == 0
    clock.move(seconds=pause.total_seconds())
    drain(texting)
    assert counts(texting) == {"sent": 20}
    told_once(sink, 20)


def test_the_daily_limit_halts_until_midnight_in_utc(texting: App, sink: NotifySink):
    """F53; however often it is met."""
    ready(texting, 3)
    sink.does.append("day")
    drain(texting)
    with texting.reading() as unit:
        assert unit.house.halted("sms").until == datetime(2026, 11, 24, tzinfo=UTC)


def test_a_wrong_clock_or_key_halts_and_fails_nobody(texting: App, sink: NotifySink, clock: Clock):
    """F55: growing pauses, an end as soon as one is taken."""
    ready(texting, 5)
    sink.does.extend(["403"] * 4)
    drain(texting)
    assert set(counts(texting)) == {"ready"}
    clock.move(minutes=1)
    drain(texting)
    assert counts(texting) == {"sent": 5}
    told_once(sink, 5)


def test_a_refused_number_fails_alone(texting: App, sink: NotifySink):
    """The others go on; nobody is suppressed for what Notify's words may or may not mean."""
    ready(texting, 3)
    sink.refuse.add("+447700900001")
    drain(texting)
    assert counts(texting) == {"sent": 2, "failed": 1}
    with texting.reading() as unit:
        assert unit.people.suppressed("sms") == set()
    audit_holds(texting)


def test_texts_are_for_what_is_urgent_or_for_whom_has_nothing_else(texting: App):
    """One row per person and channel: Ada has a mailbox too, Ben has not; corrections follow the ledger."""
    ada, ben = phones(texting, 2)
    with texting.unit() as unit:
        row = {"recipient_id": ada, "channel": "email", "address": "ada@example.org", "hmac": "h"}
        unit.conn.execute(insert(address), {**row, "verified_at": unit.now})
    issue(texting, "a", severity=Severity.WARNING)
    issue(texting, "b", severity=Severity.URGENT)
    address_all(texting)
    assert rows(texting, "alert:a") == {(ada, "email"), (ben, "sms")}
    assert rows(texting, "alert:b") == {(ada, "email"), (ada, "sms"), (ben, "sms")}
    audit_holds(texting)


def rows(app: App, notice_id: str) -> set[tuple[int, str]]:
    with app.reading() as unit:
        return {(row.recipient_id, row.channel) for row in unit.audits.rows(notice_id=notice_id)}
