"""Our meetings on other websites: one small page may be framed, and nothing else."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from engage.web import ROUTES
from engage.web.pages.embed import FRAMED
from engage.web.pages.open_data import MEETINGS
from tests.office import OFFICE_TOML, meeting
from tests.web.test_safety import concrete


def test_no_page_but_the_small_one_may_be_framed(browser):
    """S11: every route there is, whatever its answer; a page that is added later is refused in frames too."""
    framed = set()
    for path in sorted({route.path for route in ROUTES}):
        policy = browser.get(concrete(path)).headers["content-security-policy"]
        (ancestors,) = re.findall(r"frame-ancestors ([^;]+)", policy)
        if ancestors != "'none'":
            framed.add((path, ancestors))
    assert framed == {("/embed/area/{area_id}", "*")}


@pytest.mark.parametrize(
    "path", ["/embed/area/none", "/embed/area/%00", "/embed/area/<script>", "/embed/area/none.json"]
)
def test_an_area_that_does_not_exist_is_not_framed_either(browser, path):
    """The page that says so is an ordinary one."""
    answer = browser.get(path)
    assert answer.status_code == 404
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text


def test_the_small_page_shows_the_next_meetings_of_an_area(browser, office):
    """Those near it, first what comes first, what is cancelled says so; neighbours' are not there."""
    office.talks(
        meeting("a", "2026-12-01T18:30:00"),
        meeting("b", "2026-12-02T18:30:00", areas=["mill-lane"], status="cancelled", reason="Flood"),
        meeting("c", "2026-12-03T18:30:00", venue="quay"),
    )
    browser.publish()
    text = browser.text("/embed/area/mill-lane")
    assert "Next meetings in and around Mill Lane" in text
    assert text.index("Talk a") < text.index("Talk b")
    assert "Cancelled" in text
    assert "Talk c" not in text
    assert "Talk c" in browser.text("/embed/area/westmark")


def test_the_small_page_names_both_its_languages(browser, office):
    """An office that writes Welsh: its titles are read out as Welsh, our words as English."""
    office.write("office.toml", OFFICE_TOML.replace("colour", 'languages = ["cy", "en"]\ncolour'))
    office.talks(meeting("a", "2026-12-01T18:30:00"))
    browser.publish()
    html = browser.get("/embed/area/mill-lane").text
    assert '<html lang="en-GB">' in html
    assert '<h1>Next meetings in and around <span lang="cy">Mill Lane</span></h1>' in html
    assert re.search(r'<a href="[^"]+/meetings/a"[^>]+ lang="cy">Talk a</a>', html)


def test_the_small_page_acts_on_nothing(browser):
    """S8, S11: no form, no script, no cookie; its links open outside of the frame and tell nobody who asked."""
    answer = browser.get("/embed/area/eastfield")
    assert '<html lang="en-GB">' in answer.text
    assert [len(re.findall(f"<{name}[ >]", answer.text)) for name in ("h1", "main", "title")] == [1, 1, 1]
    assert not re.search(r"<form|<script|<button|<input|\son\w+=|\sstyle=", answer.text)
    assert "form-action 'none'" in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers
    links = re.findall(r"<a ([^>]+)>", answer.text)
    assert links
    assert all('target="_blank"' in link and 'rel="noopener"' in link for link in links)
    assert all("http://127.0.0.1:8000/" in link for link in links)


def test_it_stays_small(browser, office):
    """Size: a frame has room for a few, JSON for some more."""
    office.talks(*(meeting(f"day-{n}", f"2027-{1 + n // 25:02}-{1 + n % 25:02}T18:30:00") for n in range(70)))
    browser.publish()
    assert browser.get("/embed/area/eastfield").text.count('class="card') == FRAMED + 1  # the list itself
    assert len(json.loads(browser.get("/embed/area/eastfield.json").content)["meetings"]) == 50


def test_an_area_with_nothing_ahead_says_so(browser, office):
    """An empty frame would look broken."""
    office.talks()
    browser.publish()
    assert "Nothing is planned here at the moment" in browser.text("/embed/area/harbour")


def test_the_same_as_json_for_any_page(browser):
    """CORS, conditional; the keys are those of the open data."""
    answer = browser.get("/embed/area/eastfield.json")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    found = json.loads(answer.content)
    assert found["area"] == {"id": "eastfield", "name": "Eastfield", "url": "http://127.0.0.1:8000/areas/eastfield"}
    assert [one["id"] for one in found["meetings"]] == ["winter-a", "winter-b"]
    assert list(found["meetings"][0]) == MEETINGS
    assert browser.get("/embed/area/eastfield.json", If_None_Match=answer.headers["etag"]).status_code == 304
    dated = {"If_Modified_Since": answer.headers["last-modified"]}
    assert browser.get("/embed/area/eastfield.json", **dated).status_code == 304
    browser.clock.move(days=2)
    later = browser.get("/embed/area/eastfield.json", **dated)
    assert [one["id"] for one in json.loads(later.content)["meetings"]] == ["winter-b"]


def test_a_council_is_told_how(browser):
    """The snippet to copy names the chosen area; what does not exist falls back on the whole."""
    html = unescape(browser.get("/embed?area=harbour").text)
    assert '<iframe src="http://127.0.0.1:8000/embed/area/harbour"' in html
    assert "http://127.0.0.1:8000/embed/area/harbour.json" in html
    assert "/embed/area/westmark" in browser.get("/embed?area=<script>").text
    assert "/embed?area=eastfield" in browser.get("/areas/eastfield").text
    assert "/embed" in browser.get("/open-data").text
