"""What files for machines say of themselves comes from office.toml: the language in which staff write, and the licence."""

from __future__ import annotations

import json
import re

import pytest

from tests.office import OFFICE_TOML, settle
from tests.web.conftest import Browser
from tests.work.notices import issue

CREATIVE = "https://creativecommons.org/licenses/by/4.0/"


def office_toml(more: str) -> str:
    return OFFICE_TOML.replace('colour = "#00703c"', f'colour = "#00703c"\n{more}')


def languages(browser: Browser) -> dict[str, str]:
    """Format -> the language that it names."""
    structured = re.search(
        r'<script type="application/ld\+json">(.*?)</script>', browser.get("/meetings/winter-a").text
    )
    assert structured
    atoms = {path: browser.get(path).text for path in ("/feeds/village-talks.atom", "/alerts.atom")}
    cap = re.search("<language>([^<]+)", browser.get("/alerts/sheds.cap.xml").text)
    return {
        "json": browser.get("/feeds/village-talks.json").json()["language"],
        "structured": json.loads(structured[1])["inLanguage"],
        "cap": cap[1] if cap else "",
        **{path: found[1] for path, text in atoms.items() if (found := re.search(r'xml:lang="([^"]+)"', text))},
    }


@pytest.mark.parametrize(("written", "told"), [('["en", "cy"]', "en-GB"), ('["cy", "en"]', "cy")])
def test_every_format_names_the_language_of_the_office(browser: Browser, office, written: str, told: str) -> None:
    """The first of those it names; feeds follow when it changes."""
    assert browser.get("/feeds/village-talks.json").json()["language"] == "en-GB"
    issue(browser.app, "sheds")
    office.write("office.toml", office_toml(f"languages = {written}"))
    browser.publish()
    settle(browser.app)
    found = languages(browser)
    assert len(found) == 5
    assert set(found.values()) == {told}


def test_another_licence_is_named_wherever_the_data_is(browser: Browser, office) -> None:
    """The Open Government Licence is that of the public sector in Britain; an office elsewhere has its own."""
    usual = browser.get("/open-data/meetings.json").json()
    assert usual["licence"] == "Open Government Licence v3.0"
    assert usual["licence_url"].endswith("/open-government-licence/version/3/")
    office.write("office.toml", office_toml(f'licence = {{ name = "CC BY 4.0", url = "{CREATIVE}" }}'))
    browser.publish()
    for path in ("/open-data/meetings.json", "/open-data/milestones.json", "/embed/area/eastfield.json"):
        told = browser.get(path).json()
        assert (told["licence"], told["licence_url"]) == ("CC BY 4.0", CREATIVE)
    page = browser.get("/open-data").text
    assert f'<a rel="license" href="{CREATIVE}">CC BY 4.0</a>' in page
    assert "Open Government" not in page
