"""Choosing a calendar by area and topics: one address for one choice, and the ways to subscribe to it."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.office import meeting
from tests.web.conftest import Browser


@pytest.fixture
def busy(browser: Browser, office) -> Browser:
    office.talks(
        meeting("eastfield-burglary", "2026-12-01T18:30:00", topics=["burglary"]),
        meeting("eastfield-fraud", "2026-12-02T18:30:00", topics=["fraud"]),
        meeting("harbour-fraud", "2026-12-03T18:30:00", venue="quay", topics=["fraud"]),
    )
    browser.publish()
    return browser


def uids(browser: Browser, path: str) -> set[str]:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return set(re.findall(r"^UID:([a-z-]+)@", answer.text, re.MULTILINE))


def test_a_choice_of_area_and_topics_is_one_calendar(busy: Browser):
    """The page's address holds what the choice says, as the plain one does, and any calendar app may keep it."""
    html = busy.get("/feeds?area=eastfield&topics=fraud&topics=burglary&topics=nope").text
    path = "/feeds/all/eastfield/burglary.fraud.ics"
    assert f'href="webcal://127.0.0.1:8000{path}"' in html
    assert "In and around Eastfield: Burglary, Fraud" in html
    assert "It holds 2 dates." in html
    assert (
        uids(busy, path)
        == uids(busy, path.replace("/feeds/", "/feeds/plain/"))
        == {
            "eastfield-burglary",
            "eastfield-fraud",
        }
    )
    assert uids(busy, "/feeds/all/eastfield/fraud.ics") == {"eastfield-fraud"}
    assert uids(busy, "/feeds/all/westmark/fraud.ics") == {"eastfield-fraud", "harbour-fraud"}
    assert uids(busy, "/feeds/all/harbour.ics") == {"harbour-fraud", "harbour-a"}  # which was taken out just now
    answer = busy.get(path)
    assert answer.headers["cache-control"] == "public, max-age=300, must-revalidate"
    assert busy.get(path, If_None_Match=answer.headers["etag"]).status_code == 304


@pytest.mark.parametrize(
    "path",
    ["atlantis", "eastfield/nope", "eastfield/fraud.burglary", "eastfield/fraud.fraud", "eastfield/", "eastfield/."],
)
def test_a_choice_has_one_address(busy: Browser, path: str):
    """What does not exist, and another spelling of the same, is not there: strangers cannot make us keep thousands."""
    assert busy.get(f"/feeds/all/{path}.ics").status_code == 404


def test_the_choice_is_ticked_again_and_goes_to_the_phone(busy: Browser):
    """The form keeps it, and a code opens the same page on a phone, where buttons fit that phone."""
    html = busy.get("/feeds?area=eastfield&topics=fraud").text
    assert re.search(r'value="eastfield"\s+selected', html)
    assert re.search(r'value="fraud"\s+checked', html)
    code = re.search(
        r'<img class="qr" src="([^"]+)" alt="QR code that opens this page on a phone" loading="lazy">', html
    )
    assert code
    assert unescape(code[1]) == "/feeds/code.svg?area=eastfield&topics=fraud"
    drawn = busy.get(unescape(code[1]))
    assert drawn.headers["content-type"] == "image/svg+xml; charset=utf-8"
    assert "<title>QR code that opens this page on a phone</title>" in drawn.text
    assert drawn.text != busy.get("/feeds/code.svg").text
    assert busy.get("/feeds/code.svg?area=" + "x" * 190 + "&topics=y" * 50).status_code == 404
    assert (
        'href="/feeds?area=eastfield&amp;topics=fraud">Add these dates' in busy.get("/?area=eastfield&topic=fraud").text
    )
