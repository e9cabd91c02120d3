"""A phone on the pages: offered only where texts can be sent, proved by a code, nobody told who is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engage.app import build
from engage.channels import CHANNELS
from engage.channels.push_crypto import new_key
from engage.settings import Settings
from tests.conftest import settings_for
from tests.notify_sink import NotifySink
from tests.office import Clock, Office, settle
from tests.web.conftest import CHOICES, Browser, visiting, words

PHONE = "+447700900001"


@pytest.fixture
def sink() -> Iterator[NotifySink]:
    with NotifySink() as notify:
        yield notify


@pytest.fixture
def town(browser: Browser, sink: NotifySink, clock: Clock, tmp_path: Path, office: Office) -> Iterator[Browser]:
    """As `browser`, with text messages through the sink and mail in the trial mailbox."""
    given = {**sink.settings, "notify_email_template_id": None}
    app = build(settings_for(browser.app.settings.database, tmp_path, office.folder, **given), clock=clock)
    with visiting(app, clock) as found:
        yield found
    app.database.close()


def newest_text(town: Browser, sink: NotifySink) -> str:
    settle(town.app)
    return sink.taken[-1].personalisation["text"]


def sign_up(town: Browser, **fields: str):
    form = {"area": "eastfield", "token": town.form_token(), **CHOICES, **fields}
    return town.client.post("/subscribe", data=form)


def action(page: str) -> str:
    found = re.search(r'action="(/texts/[^"]+)"', page)
    assert found
    return found[1]


def choices(town: Browser) -> str:
    """A subscriber by e-mail with their page of choices open; its path."""
    town.sign_up("ada@example.org")
    town.client.post(town.link("confirm"))
    town.client.post("/preferences", data={"email": "ada@example.org"})
    return town.link("preferences")


def ask(town: Browser, path: str, phone: str):
    """Ask for a code; the page and its id."""
    page = town.client.post(f"{path}/texts", data={"phone": phone})
    found = re.search(r'name="asked"\s+value="([^"]+)"', page.text)
    assert found
    return page, found[1]


def test_a_channel_that_is_not_configured_is_not_offered(browser: Browser):
    """No field, no page, and a number that is sent all the same is not looked at."""
    assert 'name="phone"' not in browser.get("/subscribe").text
    assert 'name="phone"' not in browser.get("/preferences").text
    path = choices(browser)
    assert "Text messages" not in browser.text(path)
    assert browser.get(f"{path}/texts").status_code == 404
    assert sign_up(browser, phone="07700 900001").status_code == 422


def test_somebody_signs_up_with_a_phone_alone(town: Browser, sink: NotifySink):
    """The form, the code, done; a wrong code is a sentence."""
    page = sign_up(town, phone="07700 900 001")
    assert page.status_code == 200
    path = action(page.text)
    right = newest_text(town, sink)[:6]
    refused = town.client.post(path, data={"code": "12"})
    assert refused.status_code == 422
    assert "This is not the code" in words(refused.text)
    assert "Thank you" in town.client.post(path, data={"code": right}).text
    with town.app.reading() as unit:
        assert unit.people.by_address("sms", PHONE).state == "confirmed"


def test_a_phone_alone_is_confirmed_where_devices_are_alerted_too(town: Browser, sink: NotifySink, clock: Clock):
    """Those come beside e-mail, which this person does not get: they are not offered."""
    push = CHANNELS["webpush"](Settings(_env_file=None, vapid_private_key=new_key()))
    with visiting(replace(town.app, channels={**town.app.channels, "webpush": push}), clock) as both:
        path = action(sign_up(both, phone="07700 900 001").text)
        confirmed = both.client.post(path, data={"code": newest_text(both, sink)[:6]})
    assert confirmed.status_code == 200
    assert "/devices/" not in confirmed.text


def test_the_page_of_a_code_can_be_loaded_again_and_changes_nothing(town: Browser, sink: NotifySink, clock: Clock):
    """B51; after its time, or made up, it is not there."""
    path = action(sign_up(town, phone="07700 900 001").text)
    before = town.rows()
    assert town.get(path).status_code == 200
    assert town.rows() == before
    assert town.get(path + "x").status_code == 404
    clock.move(minutes=20)
    assert town.get(path).status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"phone": "07700 900 00x"}, "11 digits"),
        ({"phone": "01632 960001"}, "no such number"),
        ({"phone": "07700 900 001", "email": "ada@example.org"}, "Give either"),
        ({}, "Enter your e-mail address"),
    ],
)
def test_what_cannot_be_reached_is_said_beside_its_field(town: Browser, fields: dict[str, str], said: str):
    """And nothing is sent."""
    page = sign_up(town, **fields)
    assert page.status_code == 422
    assert said in words(page.text)


def test_a_known_a_pending_and_an_unknown_number_get_the_same_page(town: Browser, sink: NotifySink):
    """B54, S15: but for the token nothing differs, beyond the limit neither."""

    def shown(phone: str) -> str:
        return re.sub(r"/texts/[^\"]+", "", sign_up(town, phone=phone).text)

    path = action(sign_up(town, phone=PHONE).text)
    town.client.post(path, data={"code": newest_text(town, sink)[:6]})
    known = shown(PHONE)
    assert shown("07700 900 002") == shown("07700 900 002") == known
    assert {shown(PHONE) for _ in range(3)} == {known}
    assert sign_up(town, phone=PHONE, website="x").status_code == 200
    settle(town.app)
    assert sink.recipients.count(PHONE) == 3


def test_a_subscriber_adds_changes_and_removes_a_number(town: Browser, sink: NotifySink):
    """The page never shows the number itself."""
    path = choices(town)
    assert f"{path}/texts" in town.get(path).text
    page, asked = ask(town, path, "07700 900 001")
    assert "900001" not in page.text
    right = newest_text(town, sink)[:6]
    wrong = town.client.post(f"{path}/texts", data={"asked": asked, "code": "000"})
    assert (wrong.status_code, "This is not the code" in wrong.text) == (422, True)
    done = town.client.post(f"{path}/texts", data={"asked": asked, "code": right})
    assert "Your number is saved" in done.text
    assert "the number that ends in 001" in town.text(f"{path}/texts")
    gone = town.client.post(f"{path}/texts", data={"stop": "yes"})
    assert "no more text messages" in gone.text
    assert "ends in 001" not in town.text(f"{path}/texts")
    assert "Your choices" in town.text(path)


def test_somebody_elses_code_is_of_no_use(town: Browser, sink: NotifySink):
    """The id of another page's code gives the number to whoever asked there, never to who types it here."""
    path = choices(town)
    other = action(sign_up(town, phone="07700 900 002").text)
    right = newest_text(town, sink)[:6]
    _, asked = ask(town, path, "07700 900 001")
    assert town.client.post(f"{path}/texts", data={"asked": asked, "code": right}).status_code == 422
    assert "Thank you" in town.client.post(other, data={"code": right}).text


def test_the_link_to_the_choices_comes_by_text(town: Browser, sink: NotifySink):
    """For who has a phone alone; an unknown number gets the same page and no text."""
    town.client.post(action(sign_up(town, phone=PHONE).text), data={"code": newest_text(town, sink)[:6]})
    known = town.client.post("/preferences", data={"phone": "07700900001"})
    found = re.search(r"(/preferences/\S+)", newest_text(town, sink))
    assert found
    assert "Your choices" in town.text(found[1])
    assert town.client.post("/preferences", data={"phone": "07700 900 009"}).text == known.text
    assert town.client.post("/preferences", data={"phone": "12"}).status_code == 422
    settle(town.app)
    assert "+447700900009" not in sink.recipients


def test_an_old_link_shows_nothing(town: Browser, clock: Clock):
    """As for the choices themselves."""
    path = choices(town)
    clock.move(minutes=40)
    assert town.get(f"{path}/texts").status_code == 400
    assert town.client.post(f"{path}/texts", data={"phone": PHONE}).status_code == 400


def test_no_number_and_no_code_reaches_the_log(town: Browser, sink: NotifySink, listen):
    """S33: signing up, adding, sending and refusing, with the log as in production."""
    read = listen()
    path = choices(town)
    _, asked = ask(town, path, "07700 900 001")
    right = newest_text(town, sink)[:6]
    town.client.post(f"{path}/texts", data={"asked": asked, "code": right})
    sink.refuse.add("+447700900005")
    sign_up(town, phone="07700 900 005")
    settle(town.app)
    said = read()
    assert "delivery not sent" in said
    for secret in ("7700900001", "7700900005", "900 001", right, asked):
        assert secret not in said
