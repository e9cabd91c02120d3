"""From an alert to a screen: people with a device get what cannot wait there, against a service that opens it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from engage.app import App
from engage.channels import CHANNELS
from engage.channels.push_crypto import new_key
from engage.domain.alerts import Severity
from engage.domain.notices import Item, Lane, Notice
from engage.domain.people import Wanted
from engage.settings import Settings
from engage.store.schema import attempt, consent, delivery
from engage.work import alerts, devices, people
from engage.work.looking import audit
from engage.work.notices import announce
from tests.office import add_people, apply, audit_holds, mails, meeting, settle
from tests.push_service import PushService, Subscribed
from tests.work.notices import address_all, alert, issue, states_of

EASTFIELD = Wanted(areas=("eastfield",))


@pytest.fixture
def service():
    with PushService() as found:
        yield found


@pytest.fixture
def pushing(applied: App) -> App:
    """The office at rest, with web push configured."""
    settings = Settings(_env_file=None, vapid_private_key=new_key())
    return replace(applied, channels={**applied.channels, "webpush": CHANNELS["webpush"](settings)})


def give(app: App, service: PushService, recipient_id: int, name: str = "ada") -> Subscribed:
    """The person presses the button."""
    browser = service.subscribe(app.channels["webpush"].public_key, name)
    assert devices.add(app, recipient_id, app.channels["webpush"].parse_address(browser.address))
    return browser


@pytest.fixture
def ada(pushing: App, service: PushService) -> tuple[int, Subscribed]:
    (found,) = add_people(pushing, ("ada", EASTFIELD)).values()
    return found, give(pushing, service, found)


def titles(service: PushService) -> list[str]:
    return [pushed.text["title"] for pushed in service.accepted]


def test_an_alert_is_on_the_screen_and_in_the_mailbox(pushing: App, service: PushService, ada):
    """Once each, under the alert's own page; who has no device gets the mail alone."""
    add_people(pushing, ("ben", EASTFIELD))
    issue(pushing, "a", title="Burglaries", severity=Severity.URGENT)
    settle(pushing)
    (pushed,) = service.accepted
    assert pushed.text["title"] == "Urgent: Burglaries"
    assert pushed.text["body"] == "Westmark OCS: Lock your back door tonight."
    assert pushed.text["url"] == "http://127.0.0.1:8000/alerts/a"
    assert (pushed.headers["TTL"], pushed.headers["Urgency"]) == ("86400", "high")
    assert sorted(to for to, _ in mails(pushing)) == ["ada@example.org", "ben@example.org"]
    assert service.refused == []
    audit_holds(pushing)


@pytest.mark.parametrize(("severity", "pushed"), [(Severity.URGENT, 1), (Severity.WARNING, 1), (Severity.ADVICE, 0)])
def test_advice_stays_in_the_mailbox(pushing: App, service: PushService, ada, severity, pushed):
    """The headcount by channel says so before anything is sent."""
    counted = alerts.headcount(pushing, alert(pushing, "a", severity=severity))
    issue(pushing, "a", severity=severity)
    settle(pushing)
    assert len(service.accepted) == pushed == counted.by_channel.get("webpush", 0)
    assert counted.people == len(mails(pushing)) == 1
    audit_holds(pushing)


def test_a_late_change_is_pushed_and_an_early_one_is_not(pushing: App, service: PushService, ada, office):
    """The screen is for what cannot wait until somebody reads their mail."""
    office.talks(meeting("winter-a", "2026-11-24T19:30:00"), meeting("winter-b", "2026-12-08T18:30:00"), meeting("harbour-a", "2026-12-15T18:30:00", venue="quay"))  # fmt: skip
    apply(pushing)
    settle(pushing)
    (title,) = titles(service)
    assert "winter-a" in title
    office.talks(meeting("winter-a", "2026-11-24T19:30:00"), meeting("winter-b", "2026-12-08T19:30:00"), meeting("harbour-a", "2026-12-15T18:30:00", venue="quay"))  # fmt: skip
    apply(pushing)
    settle(pushing)
    assert len(service.accepted) == 1
    assert len(mails(pushing, "ada")) == 2
    audit_holds(pushing)


def test_a_push_holds_the_late_change_only(pushing: App, service: PushService, ada):
    """One notice, two items: the mail tells both, the screen what cannot wait."""
    from datetime import timedelta

    from engage.sample_facts import SAMPLES

    facts = SAMPLES["change"]["items"][0]
    soon, later = (
        Item(id=i, lane=lane, expires_at=pushing.now + timedelta(days=1), facts={**facts, "entries": [i]})
        for i, lane in (("soon", Lane.URGENT), ("later", Lane.NORMAL))
    )
    made = Notice(
        id="change:1",
        kind="change",
        items=(soon, later),
        created_at=pushing.now,
        expires_at=pushing.now + timedelta(days=1),
    )
    with pushing.unit() as unit:
        announce(unit, made)
    address_all(pushing)
    with pushing.reading() as unit:
        rows = unit.conn.execute(
            select(delivery.c.channel, delivery.c["items"]).where(delivery.c.notice_id == "change:1")
        )
        assert {row.channel: row.items for row in rows} == {"email": None, "webpush": ["soon"]}
    audit_holds(pushing)


def test_staffs_own_choice_of_channel_goes_before_the_rule(pushing: App, service: PushService, ada):
    """`channels = ["webpush"]` in the alert's file."""
    issue(pushing, "a", severity=Severity.ADVICE, channels=("webpush",))
    settle(pushing)
    assert (len(service.accepted), mails(pushing)) == (1, [])


def test_a_correction_and_a_withdrawal_replace_what_was_shown(pushing: App, service: PushService, ada):
    """The same topic and tag: a screen shows how it stands now."""
    issue(pushing, "a", title="Burglaries")
    settle(pushing)
    alerts.withdraw(pushing, "a", who="editor")
    settle(pushing)
    assert titles(service) == ["Warning: Burglaries", "Withdrawn: Burglaries"]
    assert len({pushed.text["tag"] for pushed in service.accepted}) == 1
    assert service.shown() == ["ada"]


def test_a_browser_that_is_gone_ends_the_device_and_nothing_else(pushing: App, service: PushService, ada):
    """The person stays subscribed, by mail; the next alert plans no push."""
    person, browser = ada
    service.forget(browser)
    issue(pushing, "a")
    settle(pushing)
    assert not devices.has_one(pushing, person)
    assert sorted(states_of(pushing, person, "alert:a")) == ["failed", "sent"]
    issue(pushing, "b")
    settle(pushing)
    assert states_of(pushing, person, "alert:b") == ["sent"]
    assert service.asked == 1
    give(pushing, service, person)
    issue(pushing, "c")
    settle(pushing)
    assert len(service.accepted) == 1
    audit_holds(pushing)


@pytest.mark.parametrize("end", [devices.stop, people.forget, lambda app, who: people.leave(app, who, how="link")])
def test_after_stopping_or_leaving_nothing_is_pushed(pushing: App, service: PushService, ada, end):
    """Even what was planned before."""
    person, _ = ada
    issue(pushing, "a")
    address_all(pushing)
    end(pushing, person)
    settle(pushing)
    assert service.asked == 0
    audit_holds(pushing)


def test_what_is_in_doubt_goes_again_and_shows_up_once(pushing: App, service: PushService, ada, clock):
    """Even a warning, which by mail would wait for a person's decision."""
    person, _ = ada
    service.hang_up.extend(["after", "after"])
    issue(pushing, "a")
    settle(pushing)
    assert sorted(states_of(pushing, person, "alert:a")) == ["ready", "sent"]
    clock.move(minutes=5)
    settle(pushing)
    assert states_of(pushing, person, "alert:a") == ["sent", "sent"]
    assert (len(service.accepted), service.shown()) == (3, ["ada"])


def test_a_busy_service_is_left_alone_for_as_long_as_it_says(pushing: App, service: PushService, ada, clock):
    """And the mail is not held up."""
    service.answers.append((429, {"Retry-After": "600"}))
    issue(pushing, "a")
    settle(pushing)
    clock.move(minutes=9)
    settle(pushing)
    assert (service.asked, len(mails(pushing))) == (1, 1)
    clock.move(minutes=2)
    settle(pushing)
    assert (service.asked, service.shown()) == (2, ["ada"])
    assert service.accepted[0].headers["TTL"] == str(24 * 3600 - 11 * 60)


def test_a_mail_server_that_is_away_holds_up_no_push(pushing: App, service: PushService, ada, clock):
    """F58: a halt is one channel's; the mail goes when it is over."""
    with pushing.unit() as unit:
        unit.house.halt_channel("email", until=clock.now + timedelta(hours=1), why="It is away.", failures=1)
    issue(pushing, "a")
    settle(pushing)
    assert (service.shown(), mails(pushing)) == (["ada"], [])
    clock.move(hours=1)
    settle(pushing)
    assert (len(service.accepted), len(mails(pushing))) == (1, 1)


def test_a_stranger_s_endpoint_stops_nobody_else(pushing: App, service: PushService, ada):
    """Refused keys, five in a row: the sixth person is told."""
    crowd = add_people(pushing, *((f"p{n}", EASTFIELD) for n in range(6)))
    for name, person in crowd.items():
        give(pushing, service, person, name)
    service.answers.extend([(403, {})] * 6)
    issue(pushing, "a")
    settle(pushing)
    assert len(service.shown()) == 1
    with pushing.reading() as unit:
        assert unit.house.halted("webpush") is None


def test_without_the_key_devices_are_left_out(pushing: App, applied: App, service: PushService, ada):
    """An office that stops web push plans no rows that nothing would send."""
    issue(applied, "a")
    settle(applied)
    assert states_of(applied, ada[0], "alert:a") == ["sent"]
    assert [r for r in audit(applied) if not r.is_equal] == []


def test_the_evidence_says_what_was_agreed_and_no_log_or_attempt_holds_an_address(
    pushing: App, service: PushService, ada, capfd
):
    """One row for each device, none for pressing twice; errors name the service's answer only."""
    person, browser = ada
    devices.add(pushing, person, browser.address)
    service.answers.extend([(500, {}), (400, {})])
    issue(pushing, "a")
    issue(pushing, "b")
    settle(pushing)
    with pushing.reading() as unit:
        (row,) = unit.conn.execute(select(consent).where(consent.c.channel == "webpush")).all()
        whys = unit.conn.execute(select(attempt.c.why)).scalars().all()
    assert "late changes to meetings on this device" in row.wording
    assert {why for why in whys if why} == {"The push service answered 500.", "The push service answered 400."}
    said = "".join(capfd.readouterr())
    assert "delivery not sent" in said
    for secret in (browser.endpoint, browser.fields["p256dh"], browser.fields["auth"], service.origin):
        assert secret not in said
