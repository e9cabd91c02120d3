"""The page behind an approver's link (S1, S4, S8, S9, S54; B51, B52): looking changes nothing, pressing decides once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engage.domain.people import Wanted
from engage.web.gate import masked
from tests.office import OFFICE_TOML, add_people, mails, meeting, settle
from tests.work.notices import issue

STRICT = "\n[guards]\napprove_above = 0\n"


@pytest.fixture
def waiting(browser, office):
    """An alert waits, and the approver has the link, whose path this is."""
    office.write("office.toml", OFFICE_TOML + STRICT)
    browser.publish()
    add_people(browser.app, ("ada", Wanted(area="mill-lane")))
    issue(browser.app, "a", title="Thefts from <b>vans</b>")
    return browser.link("approve")


def test_looking_shows_everything_and_changes_nothing(browser, waiting):
    """S1, B51: scanners open links, in every way there is."""
    before = browser.rows()
    text = browser.text(waiting)
    for said in (
        "Thefts from <b>vans</b>",
        "Sample Editor",
        "1 people would get it.",
        "Mill Lane",
        "E-mail",
        "Lock your back door",
    ):
        assert said in text
    for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"):
        browser.client.request(method, waiting)
    assert browser.rows() == before
    assert "<b>vans" not in browser.get(waiting).text


def test_approving_decides_once(browser, waiting):
    """S54, B52: the first works, the second says so."""
    answer = browser.client.post(waiting, data={"decision": "approve", "seen": "1"})
    assert answer.status_code == 200
    settle(browser.app)
    assert len(mails(browser.app, "ada")) == 1
    again = browser.client.post(waiting, data={"decision": "approve", "seen": "1"})
    assert again.status_code == 410
    assert "approved by Sample Approver" in again.text
    assert browser.get(waiting).status_code == 410
    settle(browser.app)
    assert len(mails(browser.app, "ada")) == 1


def test_declining_takes_a_reason(browser, waiting):
    """Nobody gets it."""
    assert browser.client.post(waiting, data={"decision": "decline", "reason": "Wrong street"}).status_code == 200
    settle(browser.app)
    assert mails(browser.app, "ada") == []
    assert [s for _, s in mails(browser.app, "editor")] == ["Declined: Thefts from <b>vans</b>"]


@pytest.mark.parametrize(
    "form", [{}, {"decision": "perhaps"}, {"decision": "approve"}, {"decision": "approve", "seen": "x"}]
)
def test_what_is_neither_yes_nor_no_decides_nothing(browser, waiting, form):
    """An empty POST from a mail program, and a yes from somebody who saw far fewer people."""
    add_people(browser.app, *((f"p{n}", Wanted()) for n in range(20)))
    before = browser.rows()
    assert browser.client.post(waiting, data=form).status_code in {200, 409}
    assert browser.rows() == before


def test_a_link_that_is_forged_old_or_for_something_else_decides_nothing(browser, waiting):
    """S4: every character counts, another purpose's token is none, three days are its time."""
    app, token = browser.app, waiting.rpartition("/")[2]
    other = app.links.token("manage", "alert|a|1|x|approver", app.now)
    old = app.links.token("approve", "alert|a|1|x|approver", datetime(2026, 1, 1, tzinfo=UTC))
    before = browser.rows()
    for bad in (f"{token[:-1]}{'A' if token[-1] != 'A' else 'B'}", other, old, "x"):
        for answer in (
            browser.get(f"/approve/{bad}"),
            browser.client.post(f"/approve/{bad}", data={"decision": "approve"}),
        ):
            assert answer.status_code == 400
    assert browser.rows() == before


def test_somebody_who_may_not_decide_is_told_so(browser, waiting, office):
    """The right was taken away after the link was mailed."""
    office.write("office.toml", OFFICE_TOML.replace('"write", "approve"', '"write"') + STRICT)
    browser.publish()
    assert browser.get(waiting).status_code == 403
    assert browser.client.post(waiting, data={"decision": "approve", "seen": "1"}).status_code == 403


def test_the_address_is_a_secret(browser, waiting, listen):
    """S8, S9: neither stored, indexed nor told to others, and masked in the log."""
    heard = listen()
    headers = browser.get(waiting).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-robots-tag"] == "noindex"
    token = waiting.rpartition("/")[2]
    assert "request answered" in (said := heard())
    assert token not in said
    assert masked(waiting) == "/approve/[token]"
    assert masked(f"//Approve//{token}") == "//approve//[token]"


def test_a_plan_is_approved_by_its_link(browser, office):
    """Its changes and the difference of the files are shown; then it is public."""
    from engage.work import calendars

    office.talks(*(meeting(f"m{n}", f"2027-01-{n + 10}T18:30:00") for n in range(8)))
    browser.publish()
    office.talks(meeting("m7", "2027-01-17T18:30:00"))
    calendars.apply_folder(browser.app, office.folder, who="saved file")
    browser.clock.move(minutes=2)
    path = browser.link("approve")
    text = browser.text(path)
    assert "It cancels 7 coming entries" in text
    assert "Talk m0" in text
    assert '-id = "m0"' in text
    assert browser.client.post(path, data={"decision": "approve", "seen": "0"}).status_code == 200
    browser.site.snapshot.refresh()
    assert "Talk m0" not in browser.text("/")
