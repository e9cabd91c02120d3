"""Following a concern on the website: by e-mail, confirmed as a sign-up is, or by one press of somebody known."""

from __future__ import annotations

import re

import pytest

from tests.office import meeting, settle
from tests.web.conftest import Browser

PATH = "/meetings/held/concerns/light"
OTHER = '{ id = "quay", raised = "Boats are loud" }'


def publish(browser: Browser, office, outcome: str = "") -> None:
    done = f', outcome = "{outcome}"' if outcome else ""
    light = f'concerns = [{{ id = "light", topic = "burglary", raised = "The crossing is <dark>"{done} }}]\n'
    office.talks(
        meeting("held", "2026-11-04T18:30:00") + light,
        meeting("far", "2026-11-05T18:30:00", venue="quay") + f"concerns = [{OTHER}]\n",
    )
    browser.publish()


@pytest.fixture
def site(browser: Browser, office) -> Browser:
    publish(browser, office)
    return browser


def ask(browser: Browser, address: str, **more: str):
    token = browser.form_token()
    return browser.client.post(PATH, data={"email": address, "token": token, **more})


def subjects(browser: Browser, address: str) -> list[str]:
    from tests.office import mails

    return [subject for to, subject in mails(browser.app) if to == address]


def test_a_stranger_follows_by_double_opt_in(site: Browser, office):
    """The link on the page, the form, one mail, a button; then the outcome, and nothing else."""
    assert f'href="{PATH}"' in site.get("/meetings/held").text
    assert f'href="{PATH}"' in site.get("/said-and-done").text
    assert "The crossing is <dark>" in site.text(PATH)
    assert ask(site, "ada@example.org").status_code == 200
    confirm = site.link("confirm")
    assert site.person("ada@example.org").state == "pending"
    assert "You get nothing else by this" in site.text(confirm)
    confirmed = site.client.post(confirm).text
    assert confirmed.count("We will tell you what comes of it") == 2, "the title says it too"
    assert "You will get" not in confirmed
    publish(site, office, "Two lamps.")
    settle(site.app)
    assert subjects(site, "ada@example.org")[-1] == "What came of it: The crossing is <dark>"
    assert "Tell me what comes of it" not in site.text("/meetings/held")


def test_wrong_answers_are_mended_beside_their_field(site: Browser):
    """An address that is none, and a form that lay for too long; nobody is written to."""
    answer = ask(site, "nobody")
    assert answer.status_code == 422
    assert 'id="email-error"' in answer.text
    stale = site.client.post(PATH, data={"email": "ada@example.org", "token": "old"})
    assert stale.status_code == 422
    assert "open for a long time" in stale.text
    assert ask(site, "robot@example.org", website="x").status_code == 200
    settle(site.app)
    assert subjects(site, "ada@example.org") == subjects(site, "robot@example.org") == []
    assert site.get("/meetings/held/concerns/none").status_code == 404


def test_a_subscriber_keeps_every_choice(site: Browser):
    """Somebody known confirms as a stranger would, and what they chose before stays."""
    site.sign_up("ada@example.org", kinds=["tips"])
    site.client.post(site.link("confirm"))
    ask(site, "ada@example.org")
    site.client.post(site.link("confirm"))
    with site.app.reading() as unit:
        wanted = unit.subscriptions.wanted(site.person("ada@example.org"))
    assert (wanted.kinds, wanted.areas, wanted.concerns) == (("tips",), ("eastfield",), ("held/light",))


def test_one_press_follows_and_one_ends_it(site: Browser):
    """With a link to the preferences: open concerns of one's own areas, each with a button; no others."""
    site.sign_up("ada@example.org")
    site.client.post(site.link("confirm"))
    site.client.post("/preferences", data={"email": "ada@example.org"})
    page = site.link("preferences")
    html = site.get(page).text
    assert 'name="follow" value="held/light"' in html
    assert "Boats are loud" not in html
    followed = site.client.post(page, data={"follow": "held/light"}).text
    assert 'name="unfollow" value="held/light"' in followed
    assert 'name="follow"' not in followed
    assert 'name="follow" value="held/light"' in site.client.post(page, data={"unfollow": "held/light"}).text
    assert site.client.post(page, data={"follow": "x/y"}).status_code == 200


def test_who_only_follows_is_not_taken_for_somebody_who_wants_everything(site: Browser):
    """No kind and no area is ticked, and the page says so."""
    ask(site, "ada@example.org")
    site.client.post(site.link("confirm"))
    site.client.post("/preferences", data={"email": "ada@example.org"})
    html = site.get(site.link("preferences")).text
    assert "and nothing else. Choose below if you want more." in html
    fields = re.findall(r"<input[^>]*checked[^>]*>", html)
    assert not [field for field in fields if 'name="kinds"' in field or 'name="areas"' in field]
