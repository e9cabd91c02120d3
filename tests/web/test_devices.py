"""Alerts on a device, on the wire: the page, its one script, what browsers send and what nobody may."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from engage.channels import CHANNELS
from engage.channels.push_crypto import new_key
from engage.domain.people import Wanted
from engage.settings import Settings
from engage.web import create_app
from engage.web.gate import masked
from engage.web.pages.devices import POLICY
from engage.work import devices, people
from tests.office import add_people, mails, settle
from tests.push_service import PushService
from tests.web.conftest import Browser, visiting, words
from tests.work.notices import issue

EASTFIELD = Wanted(areas=("eastfield",))
BUTTON = "Get alerts on this device"


@pytest.fixture
def service():
    with PushService() as found:
        yield found


def with_push(app, **settings: object):
    channel = CHANNELS["webpush"](Settings(_env_file=None, vapid_private_key=new_key(), **settings))
    return replace(app, channels={**app.channels, "webpush": channel})


@pytest.fixture
def pushing(browser, clock):
    """The site with web push configured."""
    with visiting(with_push(browser.app), clock) as found:
        yield found


@pytest.fixture
def ada(pushing) -> int:
    return add_people(pushing.app, ("ada", EASTFIELD))["ada"]


def page_of(browser: Browser, person: int) -> str:
    return browser.app.links.device(person, browser.app.now).removeprefix(browser.app.base_url)


def subscribed(browser: Browser, service: PushService, name: str = "ada"):
    return service.subscribe(browser.app.channels["webpush"].public_key, name)


def test_a_resident_gets_an_alert_on_their_device_and_stops_it(anywhere, clock, service):
    """From signing up to the screen, by the links and buttons there are."""
    with visiting(with_push(anywhere.app), clock) as site:
        site.site.snapshot.refresh()
        site.sign_up("ada@example.org")
        confirmed = site.client.post(site.link("confirm")).text
        page = re.search(r'href="http://127\.0\.0\.1:8000(/devices/[^"]+)"', confirmed)[1]
        shown = site.get(page).text
        assert BUTTON in shown
        assert "Stop alerts" not in shown

        device = subscribed(site, service)
        assert f'data-key="{device.sender}"' in shown
        added = site.client.post(page, data=device.fields)
        assert "This device will show our alerts" in added.text
        issue(site.app, "a", title="Burglaries")
        settle(site.app)
        assert [pushed.text["title"] for pushed in service.accepted] == ["Warning: Burglaries"]

        assert "One device gets them now" in site.text(page)
        assert "have stopped" in site.client.post(page, data={"stop": "yes"}).text
        issue(site.app, "b")
        settle(site.app)
        assert (len(service.accepted), len(mails(site.app, "ada"))) == (1, 3)


def test_the_page_of_choices_leads_there(pushing, ada):
    """And the page of privacy says what is kept."""
    choices = pushing.app.links.preferences(ada, pushing.app.now).removeprefix(pushing.app.base_url)
    page = re.search(r'href="http://127\.0\.0\.1:8000(/devices/[^"]+)"', pushing.get(choices).text)[1]
    assert BUTTON in pushing.text(page)
    assert "Where your browser takes alerts" in pushing.text("/privacy")


def test_without_a_key_nothing_is_offered(browser):
    """No button, no page, no word on privacy."""
    person = add_people(browser.app, ("ada", EASTFIELD))["ada"]
    assert browser.get(page_of(browser, person)).status_code == 404
    assert browser.client.post(page_of(browser, person), data={"stop": "yes"}).status_code == 404
    choices = browser.app.links.preferences(person, browser.app.now).removeprefix(browser.app.base_url)
    for path in (choices, "/privacy"):
        assert "device" not in browser.text(path)


def test_without_javascript_the_page_explains_itself(pushing, ada):
    """The button is hidden until the script has seen that it can work; stopping needs none."""
    devices.add(pushing.app, ada, "a-device")
    html = pushing.get(page_of(pushing, ada)).text
    assert re.search(r'<form id="push-start"[^>]* hidden>', html)
    assert re.search(r'<form id="push-stop" method="post">', html)
    assert "needs JavaScript" in words(html)


def test_the_script_is_ours_and_only_here(pushing, ada):
    """No inline script, no other page that may run one, nothing that may be fetched."""
    answer = pushing.get(page_of(pushing, ada))
    policy = answer.headers["content-security-policy"]
    assert policy == POLICY
    assert "unsafe" not in policy
    assert "connect-src" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    (script,) = re.findall(r"<script[^>]*>(.*?)</script>", answer.text)
    assert script == ""
    assert not re.search(r"\son\w+=", answer.text)
    source = re.search(r'<script src="([^"]+)" defer>', answer.text)[1]
    found = pushing.get(source)
    assert found.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in found.headers["cache-control"]
    for path in ("/", "/subscribe", "/privacy", "/preferences"):
        assert "script-src" not in pushing.get(path).headers["content-security-policy"]


def test_the_worker_covers_the_site_and_may_load_nothing(pushing):
    """At the root, because its place is its scope; asked for anew, so that a mended one arrives."""
    answer = pushing.get("/push-worker.js")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["cache-control"] == "no-cache"
    assert "showNotification" in answer.text
    for dangerous in ("fetch(", "importScripts", "eval("):
        assert dangerous not in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"endpoint": "http://10.0.0.1/push/x"}, {"endpoint": "https://169.254.169.254/x"}, {"endpoint": "https://evil.example.org/x"},
        {"endpoint": ""}, {"endpoint": "https://fcm.googleapis.com/" + "x" * 5000}, {"endpoint": "file:///etc/passwd"},
        {"p256dh": "x"}, {"auth": "x" * 900}, {"key": ""}, {"p256dh": '","endpoint":"https://evil.example.org/'},
    ],
)  # fmt: skip
def test_a_hostile_device_is_refused_and_changes_nothing(pushing, service, ada, changes):
    """B61, B62: 400 with a sentence; too long is refused, not cut to something else."""
    before = pushing.rows()
    answer = pushing.client.post(page_of(pushing, ada), data={**subscribed(pushing, service).fields, **changes})
    assert answer.status_code == 400
    assert "There is a problem" in words(answer.text)
    assert "evil" not in answer.text
    assert pushing.rows() == before


def test_the_longest_endpoint_arrives_whole(pushing, ada, service):
    """Windows has the longest; other fields of other forms stay short."""
    long = "https://fcm.googleapis.com/" + "x" * 997
    assert len(long) == 1024
    fields = {**subscribed(pushing, service).fields, "endpoint": long}
    assert pushing.client.post(page_of(pushing, ada), data=fields).status_code == 200
    with pushing.app.reading() as unit:
        assert long in unit.devices.of(ada)


def test_another_purposes_token_opens_nothing(pushing, ada, service):
    """Nor does one that is forged, old, or of somebody who left."""
    links, now = pushing.app.links, pushing.app.now
    device = subscribed(pushing, service).fields
    tokens = {links.token(purpose, ada, now) for purpose in ("manage", "unsubscribe", "confirm")} | {"x", "a.b.c"}
    own = links.token("device", ada, now)
    for token in tokens:
        assert pushing.client.post(f"/devices/{token}", data=device).status_code == 400
    assert pushing.client.post(f"/preferences/{own}", data={"leave": "yes"}).status_code == 400
    assert pushing.client.post(f"/unsubscribe/{own}").status_code == 400
    pushing.clock.move(minutes=31)
    assert pushing.client.post(f"/devices/{own}", data=device).status_code == 400
    fresh = page_of(pushing, ada)
    people.leave(pushing.app, ada, how="link")
    assert pushing.get(fresh).status_code == pushing.client.post(fresh, data=device).status_code == 400
    assert not devices.has_one(pushing.app, ada)


def test_one_cannot_stop_or_read_anothers_device(pushing, ada, service):
    """The link says whose; the page never shows where it goes."""
    ben = add_people(pushing.app, ("ben", EASTFIELD))["ben"]
    device = subscribed(pushing, service)
    answer = pushing.client.post(page_of(pushing, ada), data=device.fields)
    assert device.endpoint not in answer.text
    pushing.client.post(page_of(pushing, ben), data={"stop": "yes"})
    assert devices.has_one(pushing.app, ada)
    assert "One device gets them now" not in pushing.text(page_of(pushing, ben))


def test_the_log_shows_neither_link_nor_device(pushing, ada, service, listen):
    """S9, S33."""
    device = subscribed(pushing, service)
    page = page_of(pushing, ada)
    read = listen()
    pushing.client.post(page, data=device.fields)
    said = read()
    assert "/devices/[token]" in said
    for secret in (page.rpartition("/")[2], device.endpoint, device.fields["auth"]):
        assert secret not in said
    assert masked("/DEVICES/abc") == "/devices/[token]"


def test_in_live_mode_loopback_is_nobodys_push_service(browser, clock, service):
    """What tests may do, the internet may not."""
    app = with_push(browser.app, mode="live")
    person = add_people(app, ("ada", EASTFIELD))["ada"]
    with TestClient(create_app(app), base_url="http://127.0.0.1:8000", client=("127.0.0.1", 1)) as client:
        device = service.subscribe(app.channels["webpush"].public_key)
        assert client.post(page_of(Browser(app, None, client, clock), person), data=device.fields).status_code == 400
