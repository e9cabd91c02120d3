"""Public pages from memory: the same to the byte as when they were made, and never one reader's for another."""

from __future__ import annotations

import gzip
import http.client
import re
import threading
from contextlib import closing
from dataclasses import replace

import pytest

from engage.rendering import OURS, Templates
from engage.web.pages import upcoming
from tests.office import OFFICE_TOML, meeting
from tests.web.conftest import visiting

HERE, THERE = ("127.0.0.1", 50000), ("192.0.2.7", 50000)
HOST = {b"host": b"127.0.0.1:8000"}
KEPT = (
    "/",
    "/?view=month",
    "/?area=eastfield&utm_source=x",
    "/meetings/winter-a",
    "/meetings/winter-a/poster",
    "/areas/eastfield",
    "/feeds",
    "/feeds/code.svg",
    "/milestones",
    "/said-and-done",
    "/alerts",
    "/embed",
    "/embed/area/eastfield",
    "/open-data",
    "/accessibility",
    "/privacy",
    "/static/engage.css",
    "/static/office.css",
    "/static/push.js",
)
FORMS = ("/subscribe", "/subscribe?area=eastfield", "/complaints")
TOKEN = re.compile(rb'(?<=name="token" value=")[^"]+')


@pytest.fixture
def live(browser, clock):
    """The same site with everybody as its public."""
    with visiting(replace(browser.app, is_live=True), clock) as found:
        yield found


def ask(connection, path, method="GET", **headers):
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    given = {name.lower(): value for name, value in answer.getheaders() if name.lower() != "date"}
    return answer.status, given, body


def poll(browser, target, *, client=HERE, is_head=False, **headers):
    """What the server writes by itself, without the pages: head and body, or None."""
    sent = {**HOST, **{name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}}
    return browser.site.poll(target.encode(), sent, client, is_head=is_head)


@pytest.mark.parametrize("accepted", ["gzip, deflate, br", ""])
def test_a_page_from_memory_is_the_page_that_was_made(port, accepted):
    """Status, headers and bytes, packed and plain, for GET and HEAD, over a real socket."""
    headers = {"Accept-Encoding": accepted} if accepted else {}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=40)) as connection:
        for path in KEPT:
            made, kept = (ask(connection, path, **headers) for _ in range(2))
            assert made == kept, path
            assert made[0] == 200
            assert ("content-encoding" in made[1]) == bool(accepted)
            assert int(made[1]["content-length"]) == len(made[2])
            status, given, body = ask(connection, path, "HEAD", **headers)
            assert (status, given, body) == (200, made[1], b"")


def test_the_server_answers_what_is_kept_by_itself(browser):
    """The second time no route is looked up and no thread is asked; another address, method or state is none of that."""
    for path in (*KEPT, *FORMS):
        assert poll(browser, path) is None
        page = browser.get(path).content
        head, body = poll(browser, path)
        assert (head.status, TOKEN.sub(b"", body)) == (200, TOKEN.sub(b"", page)), path
    assert poll(browser, "/?area=harbour") is None
    assert poll(browser, "/", client=THERE, host="evil.example.org") is None


def test_what_is_packed_is_the_page(browser):
    """A tenth of the bytes for a phone on a slow line; forms are packed with the token of whoever asks."""
    for path in ("/", "/subscribe"):
        plain = browser.get(path, Accept_Encoding="identity").content
        head, packed = poll(browser, path, accept_encoding="gzip")
        assert TOKEN.sub(b"", gzip.decompress(packed)) == TOKEN.sub(b"", plain)
        assert b"content-encoding: gzip\r\n" in head.raw
        assert b"content-length: %d\r\n" % len(packed) in head.raw
        assert len(packed) < len(plain) / 2


def test_each_reader_gets_a_form_of_their_own_from_memory(browser):
    """The token says since when the form lies open, so it is made as it is sent and may be sent back."""
    browser.get("/subscribe")
    tokens = []
    for _ in range(2):
        browser.clock.move(seconds=10)
        tokens.append(TOKEN.search(poll(browser, "/subscribe")[1])[0].decode())
    assert tokens[0] != tokens[1]
    form = {"email": "ada@example.org", "area": "eastfield", "kinds": "meetings", "token": tokens[1]}
    browser.clock.move(seconds=10)
    assert browser.client.post("/subscribe", data=form).status_code == 200


def test_an_edit_is_in_the_next_answer(browser, office):
    """The state in memory changes, and nothing of before it is answered any more."""
    browser.get("/")
    assert poll(browser, "/") is not None
    office.talks(meeting("quite-new", "2026-12-20T18:30:00"))
    browser.publish()
    assert poll(browser, "/") is None
    assert "quite-new" in browser.get("/").text
    assert b"quite-new" in poll(browser, "/")[1]


def test_only_those_at_this_machine_are_shown_the_way_to_trial_mail(browser):
    """Whether somebody sits here is part of what is asked; a proxy in between makes it somebody elsewhere."""
    browser.get("/")
    assert b"/trial/mail" in poll(browser, "/")[1]
    assert poll(browser, "/", x_forwarded_for="192.0.2.1") is None
    assert poll(browser, "/", client=THERE) is None
    assert "/trial/mail" not in browser.get("/", X_Forwarded_For="192.0.2.1").text
    assert b"/trial/mail" not in poll(browser, "/", x_forwarded_for="192.0.2.1")[1]
    assert b"/trial/mail" not in poll(browser, "/", client=THERE)[1]


def test_a_reader_of_another_language_is_not_answered_in_the_first(browser, office):
    """By the browser's header as by the address."""
    office.write("office.toml", OFFICE_TOML.replace("[[area]]", 'languages = ["en", "cy"]\n[[area]]', 1))
    browser.publish()
    browser.get("/")
    assert poll(browser, "/", accept_language="cy-GB,en;q=0.5") is None
    browser.get("/", Accept_Language="cy")
    assert b'<html lang="cy">' in poll(browser, "/", accept_language="cy-GB,en;q=0.5")[1]
    assert b'<html lang="en-GB">' in poll(browser, "/", accept_language="fr")[1]
    assert b"vary: Accept-Language, Accept-Encoding\r\n" in poll(browser, "/")[0].raw


def test_a_browser_that_has_the_page_is_told_so(live):
    """304 by its tag until the page says something else; a form and a rehearsal's page are never kept elsewhere."""
    first = live.get("/", Accept_Encoding="gzip")
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "public, max-age=60"
    assert first.headers["vary"] == "Accept-Encoding"
    head, body = poll(live, "/", if_none_match=tag, accept_encoding="gzip")
    assert (head.status, body) == (304, b"")
    assert live.get("/", If_None_Match=tag, Accept_Encoding="gzip").status_code == 304
    assert poll(live, "/", if_none_match='"other"', accept_encoding="gzip")[0].status == 200
    assert poll(live, "/", if_modified_since="Sun, 01 Jan 2040 00:00:00 GMT")[0].status == 200
    form = live.get("/subscribe")
    assert "etag" not in form.headers
    assert form.headers["cache-control"] == "no-store"


def test_a_page_of_the_rehearsal_is_kept_nowhere_else(browser):
    """Its banner differs from reader to reader."""
    answer = browser.get("/")
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


def test_an_address_of_kilobytes_is_not_remembered(browser):
    """It leads to the page that others get as well; what a stranger hangs to it takes no memory."""
    for size, is_kept in ((200, True), (7_000, False)):
        address = f"/?area=eastfield&x={'a' * size}"
        assert browser.get(address).status_code == 200
        assert (poll(browser, address) is not None) == is_kept


def test_pages_of_the_offices_own_are_made_apart(browser, clock, tmp_path, monkeypatch):
    """Ours take milliseconds and are made on the spot; what others write may take longer, and feeds do not wait for it."""
    made_in = []
    real = upcoming.options
    monkeypatch.setattr(
        upcoming, "options", lambda *a, **k: made_in.append(threading.current_thread().name) or real(*a, **k)
    )
    own = tmp_path / "own"
    with visiting(replace(browser.app, templates=Templates(own)), clock) as office:
        office.get("/")
        (own / "web").mkdir(parents=True)
        office.get("/?view=month")
        on_the_spot, apart = made_in
    assert not on_the_spot.startswith("pages")
    assert apart.startswith("pages")
    assert not Templates(OURS).has_own_pages


def test_what_failed_is_not_kept(browser, office):
    """A page that was not there is looked for again, and is there as soon as it is published."""
    for _ in range(2):
        assert browser.get("/meetings/quite-new").status_code == 404
        assert poll(browser, "/meetings/quite-new") is None
    office.talks(meeting("quite-new", "2026-12-20T18:30:00"))
    browser.publish()
    assert browser.get("/meetings/quite-new").status_code == 200


def test_answers_from_memory_are_counted_and_sampled_for_the_log(browser, listen):
    """Path, status and time of one in a hundred, nothing of the query; all of them are in the metrics."""
    browser.get("/?area=eastfield")
    read = listen()
    for _ in range(150):
        poll(browser, "/?area=eastfield")
    said = read()
    assert said.count('"path": "/", "status": 200') == said.count('"sampled": 100') == 2
    assert "eastfield" not in said
    assert 'engage_pages_from_memory_total{status="200"} 150' in browser.get("/metrics").text
