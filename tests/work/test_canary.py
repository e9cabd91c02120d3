"""The daily message to ourselves: sent, read back, told; and counted nowhere."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engage.app import App
from engage.channels.mailbox import list_mail
from engage.domain.people import Wanted
from engage.work import alerts, days
from engage.work.canary import checks
from engage.work.checks import of_canary
from engage.work.looking import status
from engage.work.relay import put_on_hold
from tests.office import Clock, Office, add_people, apply, audit_holds, mails, settle
from tests.work.notices import alert, issue

MORNING = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


@pytest.fixture
def ready(app: App, office: Office) -> App:
    office.talks()
    apply(app)
    days.keep_day(app)
    settle(app)
    app.clock.move(MORNING.replace(hour=0, minute=1))
    days.keep_day(app)
    settle(app)
    return app


def let(app: App, **by: float) -> str:
    """Time passes; the state of the e-mail check, if there is one."""
    app.clock.move(**by)
    settle(app)
    with app.reading() as unit:
        return next((check.state for check in checks(app, unit)), "none")


def test_a_message_to_ourselves_is_sent_and_found_every_morning(ready: App, clock: Clock):
    """At half past eight; a quarter of an hour later status says that it arrived."""
    clock.move(MORNING)
    assert let(ready, minutes=-1) == "none"
    assert let(ready, minutes=1) == "waiting"
    assert let(ready, minutes=15) == "arrived"
    (mail,) = [m for m in list_mail(ready.settings.data / "trial-mail") if "canary" in m.to]
    found = status(ready)["canary"]["email"]
    assert mail.subject == f"Delivery check {found['token']}"
    assert of_canary(ready)["email"].is_right
    audit_holds(ready)
    clock.move(hours=26)
    finding = of_canary(ready)["email"]
    assert not finding.is_right, "it arrived, but nothing was sent since"


def test_what_has_not_arrived_in_two_hours_is_missing(ready: App, clock: Clock):
    """Nothing went out: on hold, say. Then the next morning's arrives."""
    with ready.unit() as unit:
        put_on_hold(unit, "the drill")
    clock.move(MORNING)
    assert let(ready) == "waiting"
    assert let(ready, minutes=15) == "waiting"
    assert let(ready, hours=2) == "missing"
    finding = of_canary(ready)["email"]
    assert not finding.is_right
    assert "engage trace canary:email:2026-11-24" in finding.sentence
    with ready.unit() as unit:
        unit.house.drop("hold")
    for hours in (15, 6):
        clock.move(hours=hours)
        days.keep_day(ready)
        settle(ready)
    clock.move(MORNING.replace(day=25))
    assert let(ready) == "waiting"
    assert let(ready, minutes=15) == "arrived"


def test_a_mailbox_that_cannot_be_read_is_said_so(ready: App, clock: Clock):
    """It is no proof of anything."""
    clock.move(MORNING)
    settle(ready)
    folder = ready.settings.data / "trial-mail"
    folder.rename(folder.with_name("aside"))
    folder.write_text("not a folder")
    assert let(ready, minutes=15) == "unread"
    said = of_canary(ready)["email"].sentence
    assert said.endswith("could not be looked for. The trial mailbox cannot be read: Not a directory.")
    assert status(ready)["end_to_end"] == {"email": said}


def test_the_canary_is_nobody(ready: App, clock: Clock):
    """In no audience, no headcount, no count of subscribers."""
    add_people(ready, ("ada", Wanted()))
    clock.move(MORNING)
    settle(ready)
    assert status(ready)["subscribers"] == {"confirmed": 1, "pending": 0, "left": 0}
    assert alerts.headcount(ready, alert(ready, "a")).people == 1
    assert issue(ready, "a").people == 1
    settle(ready)
    assert [to for to, _ in mails(ready)] == ["ada@example.org"]
    with ready.reading() as unit:
        assert unit.people.counts_by("frequency") == {"immediate": 1}


def test_the_same_morning_twice_sends_one(ready: App, clock: Clock):
    """A doubled task finds its notice written."""
    from engage.domain.events import CanaryDue
    from engage.work.canary import send_canary

    clock.move(MORNING)
    settle(ready)
    with ready.unit() as unit:
        send_canary(ready, unit, CanaryDue(day="2026-11-24"))
    settle(ready)
    assert len([m for m in list_mail(ready.settings.data / "trial-mail") if "canary" in m.to]) == 1
    assert let(ready, minutes=15) == "arrived"
