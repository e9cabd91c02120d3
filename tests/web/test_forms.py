"""What people, clumsy hands and programs send by form, and what becomes of it (SECURITY B48, B56, S14, S19)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engage.domain.notices import SUBSCRIPTION_KINDS
from engage.domain.people import Audience, Frequency, Wanted
from engage.web import choices, robots
from engage.web.forms import Form
from tests.web.conftest import BASE, CHOICES


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.org"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": BASE.replace("127", "128")},
        {"Origin": "null"},
    ],
)
def test_a_form_from_another_site_is_refused(browser, headers):
    """S14: nobody signs a visitor up from elsewhere; the page says what to do."""
    token = browser.form_token()
    before = browser.rows()
    form = {"email": "ada@example.org", "area": "harbour", "token": token, **CHOICES}
    for path in ("/subscribe", "/preferences"):
        answer = browser.client.post(path, data=form, headers=headers)
        assert answer.status_code == 403
        assert "another website" in answer.text
    assert browser.rows() == before


def test_our_own_forms_are_taken(browser):
    """From the page itself, with or without the headers that new browsers add."""
    for headers in ({"Origin": BASE}, {"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {}):
        assert browser.client.post("/preferences", data={"email": "a@example.org"}, headers=headers).status_code == 200


def test_a_form_too_large_or_of_another_kind_is_refused(browser):
    """B56: size, number of fields and type are limited, each with its own page (S21)."""
    post, form = browser.client.post, {"Content-Type": "application/x-www-form-urlencoded"}
    assert post("/subscribe", content=b"a=" + b"x" * 20_000, headers=form).status_code == 413
    assert post("/subscribe", content=b"&".join(b"a=%d" % n for n in range(500)), headers=form).status_code == 413
    assert post("/subscribe", content=(b"x" * 1000 for _ in range(40)), headers=form).status_code == 413
    assert post("/subscribe", files={"email": (None, "a@example.org")}).status_code == 415
    assert post("/subscribe", json={"email": "a@example.org"}).status_code == 415
    assert post("/subscribe", content=b"x", headers={"Content-Length": "9" * 30, **form}).status_code < 500
    assert post("/subscribe").status_code == 422


def test_every_box_may_be_ticked(browser):
    """The limit of fields leaves room for what the office's own form offers."""
    everything = {"kinds": ["meetings", "alerts", "tips", "milestones"], "topics": ["burglary", "fraud", "community"]}
    assert "Check your e-mail" in browser.sign_up("ada@example.org", **everything).text


@pytest.mark.parametrize(
    "text",
    ["", "ada", "ada@", "@example.org", "a@b@example.org", "a\r\nBcc: x@example.org", "<script>@example.org", "a@example",
     "x" * 300 + "@example.org", "ada@127.0.0.1", '"a b"@example.org', "\u202eada@exa mple.org", "a\x00@exa mple.org"],
)  # fmt: skip
def test_what_is_no_address_is_explained_beside_the_field(browser, text):
    """B48, B64: 422, a summary that links to the field, the form refilled as text, nothing stored."""
    answer = browser.sign_up(text)
    assert answer.status_code == 422
    assert 'href="#email"' in answer.text
    assert "There is a problem" in answer.text
    assert "<script>@" not in answer.text
    assert browser.rows()["recipient"] == []


def test_hidden_characters_are_taken_out_of_what_people_send(browser):
    """A pasted address with a zero-width space is that address."""
    assert browser.sign_up("\u200bada@example.org\u00a0").status_code == 200
    assert browser.person("ada@example.org") is not None


def test_a_program_that_fills_the_hidden_field_is_told_the_same_and_nothing_happens(browser):
    """S19: the honeypot."""
    honest = browser.sign_up("ada@example.org")
    robot = browser.sign_up("bot@example.org", website="https://spam.example.org")
    assert robot.content == honest.content
    assert browser.person("bot@example.org") is None


@pytest.mark.parametrize("token", ["", "x", "a.b", "a.b.c", "\u00e9"])
def test_a_form_without_its_token_is_shown_again(browser, token):
    """S19: whoever sends it must have asked for it, within a day; what was filled in stays."""
    answer = browser.sign_up("ada@example.org", token=token)
    assert answer.status_code == 422
    assert 'value="ada@example.org"' in answer.text
    assert browser.person("ada@example.org") is None


def test_an_old_form_is_shown_again(browser):
    """A tab from the day before yesterday."""
    token = browser.form_token()
    browser.clock.move(hours=25)
    assert browser.sign_up("ada@example.org", token=token).status_code == 422


def test_the_quick_wait_and_are_not_refused(browser, monkeypatch):
    """S19: a form that comes back within two seconds of being shown is answered after these."""
    waited = []

    async def sleep(seconds):
        waited.append(seconds)

    monkeypatch.setattr(robots, "sleep", sleep)
    token, shown = browser.form_token(), browser.clock.now - timedelta(seconds=10)
    form = {"email": "ada@example.org", "area": "harbour", "token": token, **CHOICES}
    for seconds, wait in ((0, [2.0]), (1, [1.0]), (2, []), (600, [])):
        waited.clear()
        browser.clock.move(shown + timedelta(seconds=seconds))
        assert browser.client.post("/subscribe", data=form).status_code == 200
        assert waited == wait
    assert browser.person("ada@example.org") is not None


def test_every_kind_and_choice_has_words():
    """A new kind of subscription needs a question before it can be offered."""
    assert set(choices.KINDS) == set(SUBSCRIPTION_KINDS)
    assert set(choices.AUDIENCES) == set(Audience)
    assert set(choices.FREQUENCIES) == set(Frequency)


def read(browser, **fields):
    form = Form.of(**{"kinds": ["tips"], **fields})
    return choices.read_signup(form, browser.site.snapshot.shown.office)


def test_a_postcode_finds_the_area(browser):
    """The longest match wins, spaces and case do not matter."""
    for postcode, area in (("zz1 4aa", "mill-lane"), ("ZZ1 1AA", "eastfield"), ("ZZ31AA", "harbour")):
        answers = read(browser, postcode=postcode)
        assert (answers.wanted.area, answers.wanted.areas, answers.mistakes) == (area, (area,), {})
        assert answers.wanted.postcode == postcode.upper()


def test_a_postcode_of_several_areas_asks(browser):
    """The form comes back with these areas; choosing one settles it and keeps the postcode."""
    answers = read(browser, postcode="ZZ2 1AA")
    assert [area.id for area in answers.among] == ["eastfield", "harbour"]
    assert list(answers.mistakes) == ["area"]
    answers = read(browser, postcode="ZZ2 1AA", area="harbour")
    assert (answers.wanted.area, answers.wanted.postcode, answers.mistakes) == ("harbour", "ZZ2 1AA", {})
    page = browser.sign_up("ada@example.org", postcode="ZZ2 1AA", area="")
    assert page.status_code == 422
    assert 'type="radio" value="harbour"' in " ".join(page.text.split())
    assert 'href="#area-eastfield"' in page.text
    assert browser.sign_up("ada@example.org", postcode="ZZ2 1AA", area="harbour").status_code == 200


@pytest.mark.parametrize("postcode", ["", "XX1 1XX", "ZZ1 1AA; DROP", "\u0661\u0662", "Z" * 100, "<b>"])
def test_an_unknown_postcode_is_explained(browser, postcode):
    """The list of areas is the way out."""
    answers = read(browser, postcode=postcode)
    assert list(answers.mistakes) == ["postcode"]
    assert answers.wanted.area is None


def test_a_chosen_area_forgets_a_postcode_elsewhere(browser):
    """What is not needed is not kept."""
    assert read(browser, postcode="ZZ3 1AA", area="mill-lane").wanted.postcode is None


@pytest.mark.parametrize(
    ("fields", "day", "hour"),
    [
        ({"day": "6", "hour": "20"}, 6, 20),
        ({"day": "7", "hour": "24"}, 0, 9),
        ({"day": "-1", "hour": "\u0663"}, 0, 9),
        ({}, 0, 9),
    ],
)
def test_days_and_hours_outside_the_clock_fall_back(browser, fields, day, hour):
    """Only a tampered form can say so."""
    wanted = read(browser, area="harbour", **fields).wanted
    assert (wanted.digest_day, wanted.digest_hour) == (day, hour)


def test_choices_that_do_not_exist_are_dropped(browser):
    """A topic that was removed while the form lay open."""
    answers = read(browser, area="harbour", topics=["burglary", "gone"], kinds=["tips", "spam"], audience="king")
    assert (answers.wanted.topics, answers.wanted.kinds) == (("burglary",), ("tips",))
    assert answers.wanted.audience is Audience.RESIDENT
    assert read(browser, area="harbour", kinds=["spam"]).mistakes == {"kinds": "Choose at least one kind of message."}


def test_preferences_keep_home_and_language(browser):
    """The form does not ask for them, so it must not change them."""
    before = Wanted(area="harbour", postcode="ZZ3 1AA", language="cy", areas=("harbour",))
    form = Form.of(kinds=["tips"], areas=["eastfield", "nope"])
    wanted = choices.read_preferences(form, browser.site.snapshot.shown.office, before).wanted
    assert (wanted.area, wanted.postcode, wanted.language, wanted.areas) == ("harbour", "ZZ3 1AA", "cy", ("eastfield",))


def test_a_filled_form_reads_back_as_it_was(browser):
    """What the preferences page shows is what it saves."""
    office = browser.site.snapshot.shown.office
    wanted = Wanted(
        kinds=("meetings",), areas=("harbour",), topics=("fraud",), frequency=Frequency.WEEKLY, digest_day=3, digest_hour=18,
        audience=Audience.WATCH, area="harbour",
    )  # fmt: skip
    assert choices.read_preferences(choices.filled(wanted), office, wanted).wanted == wanted
