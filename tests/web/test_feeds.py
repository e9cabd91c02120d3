"""Feeds on the wire (FEEDS C01 to C19): what calendar apps ask and get."""

from __future__ import annotations

import gzip
from email.utils import format_datetime, parsedate_to_datetime

import pytest

from engage.domain.people import Wanted
from engage.store.feeds import Published
from engage.web.accepting import prefers_jcal, takes_gzip
from engage.web.feeds import Answer
from tests.office import apply, meeting, settle

PLAIN = {"Accept-Encoding": "identity"}
FEED = "/feeds/village-talks.ics"


def fetch(browser, path=FEED, method="GET", **headers):
    """Without the encodings that the client adds by itself."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return browser.client.request(method, path, headers={**PLAIN, **named})


@pytest.mark.parametrize("accept", [None, "*/*", "text/calendar,text/plain;q=0.8,*/*;q=0.5", "text/html"])
def test_any_accept_gets_the_calendar(browser, accept):
    """C01, C02: Google sends none, Thunderbird its own; an address ending in .ics is a calendar to all."""
    answer = fetch(browser, **({"Accept": accept} if accept else {}))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.content.startswith(b"BEGIN:VCALENDAR\r\n")
    assert answer.content.endswith(b"END:VCALENDAR\r\n")
    assert int(answer.headers["content-length"]) == len(answer.content)


NEXTCLOUD = "text/calendar, application/calendar+json, application/calendar+xml"


@pytest.mark.parametrize(
    ("accept", "is_jcal"),
    [
        (NEXTCLOUD, False),
        ("application/calendar+json", True),
        ("APPLICATION/Calendar+JSON ; Charset=utf-8 ; Q=0.9, text/calendar; q=0.8", True),
        ("text/calendar;q=0.5, application/calendar+json;q=0.5", False),
        ("application/calendar+json;q=0.4, text/*;q=0.5", False),
        ("application/calendar+json, */*;q=0.1", True),
        ("application/calendar+json, */*", False),
        ("application/calendar+json;q=0.9, text/calendar;q=0.1, */*", True),
        ("application/calendar+json;q=0", False),
        ("application/calendar+json;q=x", False),
        ("application/*", False),
        ("application/json", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("", False),
        (",;,=;q=" * 500, False),
    ],
)
def test_who_prefers_jcal(accept, is_jcal):
    """C02, C73: only who names it and takes it more gladly; everybody else gets the calendar of old."""
    assert prefers_jcal(accept.encode()) is is_jcal


def test_jcal_under_the_address_of_the_calendar(browser):
    """C73: the same bytes as at .jcal, with a tag of their own; caches are told what it depends on."""
    own, usual = fetch(browser, FEED.replace(".ics", ".jcal")), fetch(browser, Accept=NEXTCLOUD)
    asked = fetch(browser, Accept="application/calendar+json")
    assert own.headers["content-type"] == asked.headers["content-type"] == "application/calendar+json"
    assert asked.content == own.content
    assert usual.headers["content-type"] == "text/calendar; charset=utf-8"
    assert own.headers["vary"] == asked.headers["vary"] == usual.headers["vary"] == "accept, accept-encoding"
    assert asked.headers["etag"] != usual.headers["etag"]
    again = fetch(browser, Accept="application/calendar+json", If_None_Match=asked.headers["etag"])
    assert (again.status_code, again.headers["vary"]) == (304, "accept, accept-encoding")
    assert fetch(browser, Accept=NEXTCLOUD, If_None_Match=asked.headers["etag"]).status_code == 200
    several = browser.client.get(
        FEED, headers=[("Accept", "text/calendar;q=0.1"), ("Accept", "application/calendar+json")]
    )
    assert several.headers["content-type"] == "application/calendar+json"


def test_a_variant_without_jcal_stays_a_calendar(browser):
    """Whoever asks for the plain address wants what it is for."""
    answer = fetch(browser, "/feeds/plain/village-talks.ics", Accept="application/calendar+json")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"


@pytest.mark.parametrize("form", ["{tag}", '"x", {tag}', "W/{tag}", '"a",W/{tag} , "b"', "*"])
def test_a_known_tag_is_not_sent_again(browser, form):
    """C07: 304 without a body and with the same tag, however the header is written."""
    tag = fetch(browser).headers["etag"]
    assert tag.startswith('"')
    answer = fetch(browser, If_None_Match=form.replace("{tag}", tag))
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    for name in ("cache-control", "vary", "last-modified"):
        assert name in answer.headers


@pytest.mark.parametrize("value", ['"other"', "unquoted", '"', "W/", ",,,", "\xff"])
def test_an_unknown_tag_gets_the_feed(browser, value):
    """What is not one of our tags is nobody's copy."""
    answer = browser.client.get(FEED, headers=[("If-None-Match", value.encode("latin-1"))])
    assert answer.status_code == 200


def test_a_bare_hash_is_not_a_tag(browser):
    """C07: the tag is the quoted text; pretalx compares the wrong one and never answers 304."""
    assert fetch(browser, If_None_Match=fetch(browser).headers["etag"].strip('"')).status_code == 200


def test_not_modified_since(browser):
    """C08: equal or later dates get 304, earlier or broken ones the feed; If-None-Match wins over it."""
    first = fetch(browser)
    modified = first.headers["last-modified"]
    moment = parsedate_to_datetime(modified)
    assert fetch(browser, If_Modified_Since=modified).status_code == 304
    assert fetch(browser, If_Modified_Since=format_datetime(moment.replace(year=2030), usegmt=True)).status_code == 304
    assert fetch(browser, If_Modified_Since=format_datetime(moment.replace(year=2020), usegmt=True)).status_code == 200
    for broken in ("yesterday", "Mon, 99 Foo 2026 00:00:00 GMT", "0", "Mon, 23 Nov 2026 12:00:00 -9999"):
        assert fetch(browser, If_Modified_Since=broken).status_code == 200
    assert fetch(browser, If_Modified_Since=modified, If_None_Match='"other"').status_code == 200


def test_gzip_only_when_asked_with_a_tag_of_its_own(browser):
    """C11: forced gzip broke Outlook; each coding has its own tag, and either is recognised."""
    plain, zipped = fetch(browser), fetch(browser, Accept_Encoding="gzip, deflate, br")
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.content == plain.content  # the client unpacks it
    assert zipped.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'
    assert plain.headers["vary"] == zipped.headers["vary"] == "accept, accept-encoding"
    for encoding in ("identity", "gzip"):
        for tag in (plain.headers["etag"], zipped.headers["etag"]):
            answer = fetch(browser, Accept_Encoding=encoding, If_None_Match=tag)
            assert (answer.status_code, answer.headers["etag"]) == (304, tag)


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        (b"gzip", True),
        (b"GZIP", True),
        (b"gzip;q=0", False),
        (b"gzip; q=0.5, identity", False),
        (b"*", True),
        (b"*;q=0", False),
        (b"br, *;q=0.1", True),
        (b"identity", False),
        (b"deflate", False),
        (b"gzip;q=x", False),
        (b"", False),
        (b"x" * 5000, False),
    ],
)
def test_what_accept_encoding_means(header, taken):
    """RFC 9110 12.5.3: a weight of zero refuses, and nothing is said by a name we do not know."""
    assert bool(takes_gzip(header)) is taken


def test_head_is_get_without_the_body(browser):
    """C12."""
    get, head = fetch(browser), fetch(browser, method="HEAD")
    assert head.content == b""
    assert {**get.headers} == {**head.headers}
    assert fetch(browser, method="HEAD", If_None_Match=get.headers["etag"]).status_code == 304


def test_headers_for_caches_robots_and_browsers(browser):
    """C10, C14, C19: cacheable, found by calendar apps but not by search engines, shown inline under its name."""
    headers = fetch(browser, "/feeds/village-talks/area/eastfield.ics").headers
    assert headers["cache-control"] == "public, max-age=300, must-revalidate"
    assert headers["x-robots-tag"] == "noindex"
    assert headers["content-disposition"] == 'inline; filename="village-talks-area-eastfield.ics"'
    assert headers["x-content-type-options"] == "nosniff"
    robots = browser.get("/robots.txt").text
    assert "/feeds" not in robots
    assert "Disallow: /\n" not in robots


def test_an_empty_feed_is_a_feed(browser):
    """C16: 200 and a whole calendar."""
    answer = fetch(browser, "/feeds/village-talks/topic/fraud.ics")
    assert answer.status_code == 200
    assert b"BEGIN:VTIMEZONE" in answer.content
    assert b"BEGIN:VEVENT" not in answer.content


def test_an_unknown_feed_is_a_page_that_says_so(browser):
    """404 in words, never an empty calendar."""
    answer = fetch(browser, "/feeds/nothing.ics")
    assert answer.status_code == 404
    assert "Page not found" in answer.text


def test_query_strings_are_ignored(browser):
    """C15: calendar apps add what they like."""
    assert fetch(browser, FEED + "?nocache=1&x[]=2").content == fetch(browser).content


def test_a_new_revision_is_served_and_an_unchanged_feed_keeps_its_tag(browser, office):
    """C09, C17: only feeds whose bytes changed get a new tag, and each is whole."""
    talks, harbour = fetch(browser), fetch(browser, "/feeds/village-talks/area/harbour.ics")
    office.talks(
        meeting("winter-a", "2026-11-24T19:00:00"),
        meeting("winter-b", "2026-12-08T18:30:00"),
        meeting("harbour-a", "2026-12-15T18:30:00", venue="quay"),
    )
    apply(browser.app)
    settle(browser.app)
    assert fetch(browser).headers["etag"] == talks.headers["etag"] or browser.site.snapshot.refresh() is False
    browser.site.snapshot.refresh()
    changed = fetch(browser)
    assert changed.headers["etag"] != talks.headers["etag"]
    assert b"20261124T190000" in changed.content
    assert fetch(browser, "/feeds/village-talks/area/harbour.ics").headers["etag"] == harbour.headers["etag"]


def test_a_feed_that_no_longer_exists_is_gone(browser, office):
    """A topic that leaves office.toml takes its feed along."""
    assert fetch(browser, "/feeds/village-talks/topic/fraud.ics").status_code == 200
    text = (office.folder / "office.toml").read_text()
    office.write("office.toml", text.replace('[[topic]]\nid = "fraud"\nname = "Fraud"\n', ""))
    tips = (office.folder / "tips.toml").read_text()
    office.write("tips.toml", tips.replace('"fraud"', '"burglary"'))
    browser.publish()
    assert fetch(browser, "/feeds/village-talks/topic/fraud.ics").status_code == 404
    assert fetch(browser).status_code == 200


def test_polls_are_counted_and_cost_no_query(browser):
    """Feeds and pages answer while every query fails."""
    browser.site.snapshot.stop()
    browser.app.database.close()
    browser.app.database.__dict__["engine"] = None  # any query would raise
    try:
        assert fetch(browser).status_code == 200
        assert fetch(browser, If_None_Match="*").status_code == 304
        pages = (
            "/",
            "/meetings/winter-a",
            "/areas/harbour",
            "/feeds",
            "/milestones",
            "/alerts",
            "/meetings/winter-a.ics",
        )
        for path in (*pages, "/privacy", "/subscribe", "/readyz"):
            assert browser.get(path).status_code == 200, path
    finally:
        del browser.app.database.__dict__["engine"]
    assert browser.site.snapshot.feeds.polls.total == {("other", 200): 1, ("other", 304): 1}


def test_personal_data_is_never_in_a_public_feed(browser):
    """A subscriber changes nothing in what everybody sees."""
    before = fetch(browser).content
    with browser.app.unit() as unit:
        unit.people.add([("email", "ada@example.org", Wanted(area="harbour"))], state="confirmed")
    browser.publish()
    assert fetch(browser).content == before


def test_bytes_are_those_of_the_store(clock):
    """An answer is composed once and never rendered: both bodies are what was published."""
    body = b"BEGIN:VCALENDAR\r\n" * 50
    published = Published(
        path="all.ics",
        media_type="text/calendar; charset=utf-8",
        gzipped=gzip.compress(body, mtime=0),
        size=len(body),
        etag="abc",
        signature="s",
        modified_at=clock.now,
        entries=1,
        left_out=0,
        version=1,
    )
    answer = Answer(published, [])
    assert answer.choose(b"", b"", b"", head=False)[1] == body
    assert answer.choose(b"", b"", b"gzip", head=False)[1] is published.gzipped
    assert answer.choose(b"", b"", b"", head=True)[1] == b""
