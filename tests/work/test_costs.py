"""The month's cap on text messages: shown before an alert goes, kept by every drain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engage.app import App, build
from engage.domain.alerts import Severity
from engage.domain.costs import month
from engage.errors import Refused
from engage.work import alerts, people
from tests.conftest import settings_for
from tests.notify_sink import NotifySink
from tests.office import Clock, audit_holds, settle
from tests.work.notices import alert, issue
from tests.work.phones import counts, drain, phones, ready

LONG = "Lock your back door tonight, and tell your neighbours to lock theirs. " * 4


@pytest.fixture
def capped(applied: App, clock: Clock, sink: NotifySink, tmp_path: Path) -> Iterator[Callable[..., App]]:
    """The applied office with a cap, and a price of 2.4 pence."""
    opened: list[App] = []

    def make(cap: int | None) -> App:
        given = {**sink.settings, "sms_monthly_cap": cap, "sms_price": 2.4}
        settings = settings_for(applied.settings.database, tmp_path, applied.settings.calendars, **given)
        opened.append(build(settings, clock=clock))
        return opened[-1]

    yield make
    for app in opened:
        app.database.close()


def spent(app: App) -> int:
    with app.reading() as unit:
        return unit.house.counted(month(app.now))


def test_an_alert_shows_what_its_texts_would_cost(capped: Callable[..., App]):
    """People, fragments and pounds, with what the month leaves; nothing where nobody gets a text."""
    app = capped(100)
    assert alerts.headcount(app, alert(app, "a")).texts is None
    phones(app, 10)
    assert str(alerts.headcount(app, alert(app, "a")).texts) == "10 texts of 1 fragment: 10, about £0.24. This month's cap leaves 100."  # fmt: skip
    long = alerts.headcount(app, alert(app, "a", text=LONG)).texts
    assert (long.each, long.fragments) == (3, 30)
    assert alerts.headcount(app, alert(app, "a", channels=("email",))).texts is None


def test_an_alert_beyond_the_cap_is_refused_before_anything_goes(capped: Callable[..., App], sink: NotifySink):
    """In a sentence that says what to change; a shorter one goes."""
    app = capped(20)
    phones(app, 10)
    with pytest.raises(Refused, match=r"10 texts of 3 fragments: 30.*cap leaves 20"):
        issue(app, "a", text=LONG)
    issue(app, "a")
    settle(app)
    assert len(sink.taken) == spent(app) == 10
    with pytest.raises(Refused, match="cap leaves 10"):
        issue(app, "b", text=LONG)


def test_a_correction_is_charged_for_whoever_was_told(capped: Callable[..., App]):
    """They get it by text again, whatever they follow now."""
    app = capped(100)
    told, *_ = phones(app, 3)
    issue(app, "a")
    settle(app)
    people.leave(app, told, how="unsubscribed")
    phone = alerts.headcount(app, alert(app, "a", text="Lock your front door too.")).texts
    assert phone.people == 3


def test_an_approval_looks_at_the_cap_again(capped: Callable[..., App]):
    """Others may have used it up while it waited."""
    app = capped(10)
    phones(app, 10)
    with app.unit() as unit:
        office = unit.schedule.office()
        unit.schedule.record(
            state="applied", fingerprint="f", base_id=None, who="test", sources={}, changes=[],
            office=replace(office, guards=replace(office.guards, approve_above=5)),
        )  # fmt: skip
    assert issue(app, "a").waits
    with app.unit() as unit:
        assert unit.house.spend(month(app.now), 3)
    with pytest.raises(Refused, match="cap leaves 7"):
        alerts.approve(app, "a", by="approver")


def test_what_does_not_fit_is_parked_and_goes_when_a_person_says_so(capped: Callable[..., App], sink: NotifySink, clock: Clock):  # fmt: skip
    """The cap holds whatever was counted before; next month has its own."""
    app = capped(30)
    ready(app, 12)
    with app.unit() as unit:
        assert unit.house.spend(month(app.now), 23)
    drain(app)
    assert counts(app) == {"sent": 7, "parked": 5}
    assert (spent(app), len(sink.taken)) == (30, 7)
    audit_holds(app)
    clock.move(hours=1)
    with app.unit() as unit:
        assert unit.ledger.retry(delivery_id=None, notice_id="alert:a") == 5
    drain(app)
    assert counts(app) == {"sent": 7, "parked": 5}
    with app.unit() as unit:
        unit.house.spend(month(app.now), -5)
        unit.ledger.retry(delivery_id=None, notice_id="alert:a")
    drain(app)
    assert counts(app) == {"sent": 12}
    assert len(set(sink.recipients)) == len(sink.taken) == 12
    audit_holds(app)


def test_only_what_was_taken_costs(capped: Callable[..., App], sink: NotifySink, clock: Clock):
    """Refused, halted and cut-off texts are given back or counted once, however often they are tried."""
    app = capped(None)
    ready(app, 6, severity=Severity.URGENT)
    sink.refuse.add("+447700900000")
    sink.does.extend(["ok", "swallow", "500", "rate"])
    for _ in range(6):
        drain(app, lane="urgent")
        clock.move(minutes=5)
    assert counts(app) == {"failed": 1, "sent": 5}
    assert spent(app) == len(sink.taken) == 5


def test_what_was_in_doubt_and_then_refused_is_given_back(capped: Callable[..., App], sink: NotifySink, clock: Clock):
    """Notify knows nothing of the first attempt, and did not take the second."""
    app = capped(None)
    ready(app, 1, severity=Severity.URGENT)
    sink.refuse.add("+447700900000")
    sink.does.append("500")
    drain(app, lane="urgent")
    assert spent(app) == 1
    clock.move(minutes=5)
    drain(app, lane="urgent")
    assert counts(app) == {"failed": 1}
    assert spent(app) == 0
