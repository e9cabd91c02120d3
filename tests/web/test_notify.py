"""`/hooks/notify`: only with the token, only JSON, always an answer; what follows is decided in work."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from engage.app import build
from engage.domain.people import Wanted
from tests.conftest import settings_for
from tests.office import Clock, Office, add_people, settle
from tests.web.conftest import Browser, visiting
from tests.work.coming_back import counts, newest, suppressions
from tests.work.notices import issue

TOKEN = "a-token-of-some-length"
OLDER = "an-older-token-of-some-length"
RIGHT = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
RECEIPT = {
    "id": "740e5834-3a29-46b4-9a6f-16142fde533a", "reference": "1", "to": "ada@example.org", "status": "permanent-failure",
    "created_at": "2026-11-23T12:00:00.000000Z", "completed_at": None, "notification_type": "email", "template_version": 1,
}  # fmt: skip
TEXT = {
    "id": "b51f638b-4295-46e0-a06e-cd41eee7c33b", "source_number": "447700900123", "destination_number": "07700900111",
    "message": "STOP", "date_received": "2026-11-23T12:00:00.000000Z",
}  # fmt: skip


@pytest.fixture
def told(app, clock: Clock) -> Iterator[Browser]:
    """With a token, and an alert sent to Ada; once on each database."""
    folder, url = app.settings.calendars, app.settings.database
    made = build(settings_for(url, folder.parent, folder, notify_callback_token=f"{TOKEN}, {OLDER},"), clock=clock)
    with visiting(made, clock) as found:
        found.publish()
        add_people(made, ("ada", Wanted(kinds=("alerts",))))
        issue(made, "a")
        settle(made)
        yield found
    made.database.close()


@pytest.fixture
def hook(browser: Browser, clock: Clock, tmp_path, office: Office) -> Iterator[Browser]:
    """With a token, on SQLite, and nothing sent."""
    made = build(
        settings_for(browser.app.settings.database, tmp_path, office.folder, notify_callback_token=TOKEN), clock=clock
    )
    with visiting(made, clock) as found:
        yield found
    made.database.close()


def post(browser: Browser, body: object, **headers: str):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return browser.client.post("/hooks/notify", content=content, headers={**RIGHT, **headers})


def test_a_failure_for_good_ends_messages_to_the_address(told: Browser):
    """Once, however often Notify says it; the log says neither address nor token (B63)."""
    body = {**RECEIPT, "reference": str(newest(told.app))}
    assert [post(told, body).status_code for _ in range(3)] == [200, 200, 200]
    assert (suppressions(told.app), counts(told.app)) == (["bounced"], {"hard": 1})


def test_stop_in_a_text_message_is_heard(told: Browser):
    """It comes without a cookie, from another site."""
    answer = post(told, TEXT, origin="https://www.example.com", **{"sec-fetch-site": "cross-site"})
    assert answer.status_code == 200
    assert (suppressions(told.app), counts(told.app)) == (["left"], {"stop": 1})


def test_nothing_private_is_logged(hook: Browser, listen):
    """Neither the number, nor the address, nor the words, nor the token, in whatever goes wrong."""
    log = listen()
    post(hook, TEXT)
    post(hook, {**TEXT, "id": "2", "message": "canary words"})
    post(hook, RECEIPT)
    post(hook, {**RECEIPT, "to": 5})
    post(hook, TEXT, authorization="Bearer canary-token-of-mine")
    post(hook, b'{"source_number": "447700900123", ')
    lines = log()
    assert "reply taken in" in lines
    for private in ("900123", "ada", "anary", TOKEN, "STOP"):
        assert private not in lines


@pytest.mark.parametrize("status", ["delivered", "temporary-failure", "technical-failure", "sending", "", "x"])
def test_other_statuses_end_nothing(told: Browser, status: str):
    """They are answered all the same."""
    assert post(told, {**RECEIPT, "reference": str(newest(told.app)), "status": status}).status_code == 200
    assert suppressions(told.app) == []


def test_an_older_token_holds_while_they_are_changed(told: Browser):
    """Both are accepted while the setting names both (S55)."""
    assert [post(told, TEXT, authorization=f"Bearer {token}").status_code for token in (TOKEN, OLDER)] == [200, 200]


def test_an_older_token_holds_no_longer_than_that(hook: Browser):
    """The setting names the new one only."""
    assert post(hook, TEXT, authorization=f"Bearer {OLDER}").status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer x", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"bearer {TOKEN[:-1]}", "Bearer \u00e9"])  # fmt: skip
def test_without_the_token_nothing_is_read(told: Browser, header: str):
    """Refused, and no row changed (B63)."""
    before = told.rows()
    answer = told.client.post(
        "/hooks/notify",
        content=json.dumps(TEXT),
        headers=[("authorization", header.encode("latin-1")), ("content-type", "application/json")],
    )
    assert answer.status_code == 401
    assert told.rows() == before


def test_without_the_setting_the_page_is_not_there(browser: Browser):
    """Also with a token."""
    assert post(browser, TEXT).status_code == 404
    assert browser.get("/hooks/notify").status_code == 404


def test_looking_shows_nothing(hook: Browser):
    """Whether it is set up is nobody's business."""
    assert hook.get("/hooks/notify").status_code == 404


HOSTILE = {
    "nothing": b"", "text": b"hello", "cut off": b'{"id": "1", ', "a list": b"[]", "null": b"null", "nested": b"[" * 16_000,
    "deep": b'{"a":' * 3000, "a number": b"9" * 10_000, "no id": b'{"status": "delivered"}', "an id that is none": b'{"id": "a b", "status": "x"}',
    "an id alone": b'{"id": "1"}', "latin": b'{"id": "\xe9"}', "no message": b'{"id": "1", "source_number": "07700900123"}',
    "numbers": b'{"id": 1, "source_number": 2, "message": 3}', "zeros": b"\0" * 100,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_nonsense_is_refused(hook: Browser, name: str):
    """With 400, never 500; nothing changes (B63)."""
    before = hook.rows()
    assert post(hook, HOSTILE[name]).status_code == 400
    assert hook.rows() == before


@pytest.mark.parametrize(
    "more",
    [{"reference": None}, {"reference": "\ud800"}, {"reference": "9" * 400}, {"reference": ["1"]}, {"to": "\ud800@\ud800"}, {"to": ""},
     {"status": "\ud800"}, {"reference": "1'; DROP TABLE inbox;--"}, {"to": "ada@example.org\r\nBcc: x@example.org"}],
)  # fmt: skip
def test_odd_values_are_answered(told: Browser, more: dict[str, object]):
    """They prove nothing, and break nothing."""
    body = {**RECEIPT, "reference": str(newest(told.app)), **more}
    assert post(told, body).status_code == 200
    assert suppressions(told.app) == []


@pytest.mark.parametrize("number", ["", "\ud800", "+", "x" * 5000, "447700900123\r\nX: y", "canary"])
def test_odd_numbers_are_answered(hook: Browser, number: str):
    """Somebody's provider may write anything."""
    assert post(hook, {**TEXT, "source_number": number}).status_code == 200


def test_too_much_is_refused(hook: Browser):
    """Above 16 KiB nothing is read to its end (B63)."""
    assert post(hook, {**TEXT, "message": "x" * 16_384}).status_code == 413
    assert post(hook, b"x" * 5_000_000).status_code == 413


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "text/plain", "", "multipart/form-data; boundary=x"]
)
def test_only_json_is_taken(hook: Browser, kind: str):
    """What a form on another website could send is none."""
    assert post(hook, TEXT, **{"content-type": kind}).status_code == 415
    assert post(hook, TEXT, **{"content-type": "application/json; charset=utf-8"}).status_code == 200


def test_no_other_page_takes_posts_from_elsewhere(hook: Browser):
    """The exception is for this address alone."""
    elsewhere = {"origin": "https://evil.example.org", "sec-fetch-site": "cross-site"}
    for path in ("/subscribe", "/preferences", "/hooks", "/hooks/notifyx"):
        assert hook.client.post(path, data={"x": "y"}, headers=elsewhere).status_code == 403
    assert post(hook, TEXT, **elsewhere).status_code == 200
