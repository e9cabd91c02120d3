"""The complaints form (SECURITY S49): taken from anybody, kept once, refused politely, never in a log."""

from __future__ import annotations

import re

import pytest

from engage.domain.complaints import AN_HOUR, LONGEST
from engage.web import robots
from engage.work import complaints
from tests.office import settle
from tests.web.conftest import BASE, words

GIVEN = {"about": "messages", "text": "Too many.", "answer": "email", "email": "ada@example.org", "name": "Ada"}


def token(browser) -> str:
    found = re.search(r'name="token"\s+value="([^"]+)"', browser.get("/complaints").text)
    assert found
    browser.clock.move(seconds=10)
    return found[1]


def send(browser, **given: str):
    return browser.client.post("/complaints", data={"token": token(browser), **GIVEN, **given})


def kept(browser):
    return complaints.listed(browser.app, closed=True)


def test_a_complaint_is_taken_and_its_reference_shown(anywhere):
    """At once, with the day by which a person answers and the regulator's name; nothing of it in the address."""
    answer = send(anywhere, text="First line.\r\n\r\nSecond   line.")
    assert answer.status_code == 200
    (one,) = kept(anywhere)
    text = words(answer.text)
    assert one.reference in text
    assert "by Wednesday 23 December 2026" in text
    assert "Information Commissioner's Office" in text
    assert (one.about, one.text, one.name, one.email) == (
        "messages",
        "First line.\n\nSecond line.",
        "Ada",
        "ada@example.org",
    )
    assert answer.headers["cache-control"] == "no-store"


def test_name_and_address_are_free(browser):
    """Nobody must say who they are; what the chosen answer does not need is not kept. By telephone the 30 days hold too."""
    assert "You hear from" not in words(send(browser, name="", answer="none").text)
    sent = send(browser, answer="other", reach="01632 960123")
    assert "You hear from a person here by Wednesday 23 December 2026" in words(sent.text)
    nobody, by_phone = sorted(kept(browser), key=lambda one: one.answer_by, reverse=True)
    assert (nobody.name, nobody.email, nobody.reach) == (None, None, None)
    assert (by_phone.email, by_phone.reach) == (None, "01632 960123")


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"about": ""}, "about-details", "Choose what it is about."),
        ({"about": "king"}, "about-details", "Choose what it is about."),
        ({"text": "  "}, "text", "Say what happened."),
        ({"text": "x" * (LONGEST["text"] + 1)}, "text", "This has 4,001 characters. Shorten it to 4,000"),
        ({"name": "x" * 201}, "name", "This has 201 characters."),
        ({"answer": "fax"}, "answer-email", "Choose how we should answer."),
        ({"email": ""}, "email", "Enter your e-mail address."),
        ({"email": "a@b@c"}, "email", ""),
        ({"answer": "other"}, "reach", "Give your telephone number or your postal address."),
        ({"answer": "other", "reach": "x" * 301}, "reach", "This has 301 characters."),
        ({"token": "x"}, "send", "This form was open for a long time."),
        ({"website": "https://spam.example.org"}, "send", "A hidden field was filled in"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(browser, given, field, sentence):
    """422, a summary that links to the field, what was typed still there, no row (B48, B56, S19)."""
    answer = send(browser, **given)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text
    assert sentence in words(answer.text)
    assert f">{given.get('text', GIVEN['text']).strip()}</textarea>" in answer.text
    assert kept(browser) == []


def test_hostile_words_are_shown_as_words(browser):
    """B18, B64: escaped in the form, kept as typed, without hidden characters."""
    nasty = "</textarea><script>alert(1)</script>{{7*7}}\u202e\x00'); DROP TABLE complaint;--"
    answer = send(browser, text=nasty, about="")
    assert "<script>" not in answer.text
    assert "{{7*7}}" in answer.text
    send(browser, text=nasty)
    assert kept(browser)[0].text == "</textarea><script>alert(1)</script>{{7*7}}'); DROP TABLE complaint;--"


def test_a_form_too_large_is_refused(browser):
    """B56: 16 KiB and thirty fields, as every form here."""
    assert browser.client.post("/complaints", data={"text": "x" * 20_000}).status_code == 413
    assert browser.client.post("/complaints", data={f"f{n}": "x" for n in range(500)}).status_code == 413
    assert browser.client.post("/complaints", json={"text": "x"}).status_code == 415


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example.org"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_site_cannot_complain_for_a_visitor(browser, headers):
    """S14, B57."""
    form = {"token": token(browser), **GIVEN}
    assert browser.client.post("/complaints", data=form, headers=headers).status_code == 403
    assert browser.client.post("/complaints", data=form, headers={"Origin": BASE}).status_code == 200
    assert len(kept(browser)) == 1


def test_too_many_from_one_network_are_told_so(browser):
    """S16: 429 with the office's address and the words still there, for none may be lost unseen."""
    for n in range(AN_HOUR):
        assert send(browser, text=f"{n}").status_code == 200
    answer = send(browser, text="One more")
    assert answer.status_code == 429
    assert "or write to ocs@example.org" in words(answer.text)
    assert "One more</textarea>" in answer.text
    assert len(kept(browser)) == AN_HOUR


def test_the_page_is_the_same_for_known_and_unknown_addresses(browser):
    """S15, B54: nobody learns who subscribes; only the reference differs."""
    browser.sign_up("ada@example.org")
    browser.client.post(browser.link("confirm"))
    answers = [send(browser, email=f"{name}@example.org") for name in ("ada", "zoe")]
    said = {re.sub(r"C-\w{4}-\w{4}", "REFERENCE", answer.text) for answer in answers}
    assert len(said) == 1
    assert len({tuple(sorted((k, v) for k, v in a.headers.items() if k != "content-length")) for a in answers}) == 1


def test_sending_the_same_form_again_is_one_complaint(browser):
    """A reload, a double click."""
    form = {"token": token(browser), **GIVEN}
    first, again = (browser.client.post("/complaints", data=form) for _ in range(2))
    assert first.content == again.content
    assert len(kept(browser)) == 1


def test_the_quick_wait(browser, monkeypatch):
    """S19: a form that comes back within two seconds is answered after these."""
    waited = []

    async def sleep(seconds):
        waited.append(seconds)

    monkeypatch.setattr(robots, "sleep", sleep)
    form = {"token": token(browser), **GIVEN}
    browser.clock.move(seconds=-9)
    assert browser.client.post("/complaints", data=form).status_code == 200
    assert waited == [1.0]


def test_no_log_holds_what_was_written(browser, listen):
    """S33: neither words, name, address nor telephone number, also when the form is shown again."""
    heard = listen()
    told = {"text": "canary-words", "name": "canary-name", "email": "canary@example.org", "reach": "canary-street"}
    send(browser, **told)
    send(browser, **told, about="")
    send(browser, **{**told, "answer": "other"})
    settle(browser.app)
    said = heard() + browser.get("/metrics").text
    assert "request answered" in said
    assert "canary" not in said


def test_the_form_is_offered_on_every_page(browser):
    """S49: a link in the footer, the regulator named, and 30 days promised."""
    assert 'href="/complaints"' in browser.get("/").text
    text = browser.text("/complaints")
    assert "within 30 days" in text
    assert "Information Commissioner's Office" in text
    assert "complaint" in browser.text("/privacy")
