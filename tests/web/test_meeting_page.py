"""A meeting's page as residents use it: to find the way, to look back, to tell others, to print."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

import pytest

from engage.app import build
from engage.web.qr import qr
from engage.work import typesetting
from tests.conftest import NOON, settings_for
from tests.office import Clock, meeting, write_office
from tests.web.conftest import BASE, Browser, visiting, words

DONE = '{ id = "locks", topic = "burglary", raised = "Sheds are broken into", outcome = "Locks were fitted", on = 2026-11-10 }'
OPEN = '{ id = "calls", topic = "fraud", raised = "Scam calls every day" }'
PLAIN = '{ id = "light", raised = "It is dark", outcome = "Lamps <b>stand</b>" }'


@pytest.fixture(scope="module")
def past(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Meetings with concerns behind, and others ahead; no test changes anything."""
    folder = tmp_path_factory.mktemp("past")
    shutil.copy(sqlite_template, folder / "engage.sqlite3")
    office = write_office(folder / "calendars")
    office.talks(
        meeting("held-hall", "2026-11-04T18:30:00", attending=["chief-constable"]) + f"concerns = [{DONE}, {OPEN}]\n",
        meeting("held-lane", "2026-11-03T18:30:00", venue=None, areas=["mill-lane"]) + f"concerns = [{PLAIN}]\n",
        meeting(
            "ahead-hall", "2026-12-01T18:30:00", online="https://meet.example.org/x", attending=["chief-constable"]
        ),
        meeting("ahead-quay", "2026-12-03T18:30:00", venue="quay"),
        meeting("off", "2026-12-04T18:30:00", status="cancelled", reason="Snow.", attending=["chief-constable"]),
        meeting("wordy", "2026-12-05T18:30:00", title="Wide " * 39 + "end", note="x" * 2000),
    )
    app = build(settings_for(f"sqlite:///{folder / 'engage.sqlite3'}", folder, office.folder), clock=Clock(NOON))
    with visiting(app, app.database.clock) as browser:  # type: ignore[arg-type]
        browser.publish()
        yield browser
    app.database.close()


def test_a_meeting_says_who_comes_and_where_it_is(past: Browser):
    """A map by coordinates or, where there are none, by the address; no request goes there by itself."""
    assert "Who will be there Chief constable" in past.text("/meetings/ahead-hall")
    assert 'href="https://www.openstreetmap.org/?mlat=54.50000' in past.get("/meetings/ahead-hall").text
    quay = past.get("/meetings/ahead-quay").text
    assert 'href="https://www.openstreetmap.org/search?query=Quay%2C%20Harbour%2C%20ZZ3%201AA"' in quay


def test_who_came_is_said_of_what_is_over(past: Browser):
    """Nobody is announced to a meeting that was held, or that will not be."""
    assert "Who was there Chief constable" in past.text("/meetings/held-hall")
    assert "Who was to be there Chief constable" in past.text("/meetings/off")


def test_a_printed_meeting_says_where_changes_are_told(past: Browser):
    """Paper does not follow; links to programs are not on it, and no address is written twice."""
    html = past.get("/meetings/ahead-hall").text
    assert f'<p class="paper">Dates can change. Before you set off, look here: {BASE}/meetings/ahead-hall</p>' in html
    assert '<a class="address" href="https://meet.example.org/x"' in html
    assert "Dates can change" not in past.get("/meetings/held-hall").text
    assert re.search(r'<p class="instead quiet">\s+Other formats', html)


def test_what_was_said_and_done_stands_on_both_meetings(past: Browser):
    """On the meeting where it was said, and on later ones at its place or in its area; not on others'."""
    own = past.text("/meetings/held-hall")
    assert (
        "Sheds are broken into What we did Locks were fitted Outcome on Tuesday 10 November 2026. About Burglary."
        in own
    )
    assert "Scam calls every day Still open We are following this up." in own
    later = past.text("/meetings/ahead-hall").partition("Said and done after earlier meetings")[2]
    assert "Raised on Wednesday 4 November 2026 at Talk held-hall (Eastfield)." in later
    assert "Lamps <b>stand</b>" in later  # Mill Lane lies within Eastfield; and markup is text
    assert "earlier meetings" not in past.text("/meetings/ahead-quay")
    assert 'href="/said-and-done?area=eastfield"' in past.get("/meetings/ahead-hall").text


def test_a_meeting_is_told_to_others(past: Browser):
    """A mail begun in the person's own program, an address to copy, a poster; not for what is off or over."""
    html = past.get("/meetings/ahead-hall").text
    mail = unquote(re.search(r'href="(mailto:[^"]*subject[^"]*)"', html)[1].replace("&amp;", "&"))
    when = "Tuesday 1 December 2026, 6:30pm to 8pm"
    address = "http://127.0.0.1:8000/meetings/ahead-hall"
    assert mail == f"mailto:?subject=Talk ahead-hall, {when}&body=Talk ahead-hall\r\n{when}\r\n\r\n{address}"
    assert f'value="{address}"' in html
    assert 'href="/meetings/ahead-hall/poster"' in html
    for path in ("/meetings/off", "/meetings/held-hall"):
        assert "Tell others" not in past.text(path)


def test_a_poster_has_what_a_passer_by_needs(past: Browser):
    """What, when, where, how to get in, whom to ask, and a code whose name says where it leads."""
    html, text = past.get("/meetings/ahead-hall/poster").text, past.text("/meetings/ahead-hall/poster")
    for fact in (
        "Talk ahead-hall",
        "Tuesday 1 December 2026, 6:30pm to 8pm",
        "Village Hall 1 Green Street, Eastfield ZZ1 4AA",
        "step-free, hearing loop",
        "127.0.0.1:8000/meetings/ahead-hall",
        "Questions? Westmark OCS, ocs@example.org, 01632 960001",
    ):
        assert fact in text
    assert 'role="img"' in html
    assert "<title>QR code that leads to http://127.0.0.1:8000/meetings/ahead-hall</title>" in html
    assert "style=" not in html
    assert "Cancelled" in past.text("/meetings/off/poster")
    assert past.get("/meetings/none/poster").status_code == past.get("/meetings/none/poster.pdf").status_code == 404


def test_an_address_too_long_for_a_code_is_left_without():
    """A phone could not read it from a wall; the poster still says it in words."""
    assert "<svg" in qr("https://example.org/" + "a" * 400, "t")
    assert qr("https://example.org/" + "a" * 600, "t") == ""


@pytest.mark.skipif(find_spec("typst") is None, reason="the extra `posters` is not installed")
@pytest.mark.parametrize("entry", ["ahead-hall", "off", "wordy"])
def test_a_poster_as_pdf_is_one_page(past: Browser, entry: str):
    """However long the words; tagged, in English, and with the title that readers announce."""
    answer = past.get(f"/meetings/{entry}/poster.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert re.findall(rb"/Type /Pages\s.*?/Count (\d+)", answer.content, re.DOTALL) == [b"1"]
    assert b"/StructTreeRoot" in answer.content
    assert b"/Lang" in answer.content
    assert f'href="/meetings/{entry}/poster.pdf"' in past.get(f"/meetings/{entry}/poster").text


def test_without_typst_there_is_no_pdf_and_no_link(browser: Browser, monkeypatch: pytest.MonkeyPatch):
    """The page to print is always there."""
    monkeypatch.setattr(typesetting, "has_pdf", lambda: False)
    page = browser.get("/meetings/winter-a/poster")
    assert page.status_code == 200
    assert "poster.pdf" not in page.text
    assert browser.get("/meetings/winter-a/poster.pdf").status_code == 404


def test_what_was_said_and_done_by_area_and_topic(past: Browser):
    """The newest outcome first; open ones are counted, and shown when asked for."""
    text = past.text("/said-and-done")
    assert "3 concerns were raised: 2 have an outcome, 1 is still open ." in text
    assert text.index("Locks were fitted") < text.index("Lamps") < text.index("Scam calls")
    assert "2 concerns were raised about" not in text
    lane = past.text("/said-and-done?area=mill-lane")
    assert "1 concern was raised in Mill Lane: 1 has an outcome, none is still open." in lane
    fraud = past.text("/said-and-done?topic=fraud&state=open")
    assert "Scam calls" in fraud
    assert "Locks" not in fraud
    assert "Nothing is recorded here yet" in past.text("/said-and-done?area=harbour")
    assert "None of them" in past.text("/said-and-done?area=mill-lane&state=open")


@pytest.mark.parametrize(
    "query", ["area=nope&topic=nope&state=nope&page=nope", "page=0", "page=99999", "page=-1", "x=%00"]
)
def test_strange_questions_are_answered_with_everything(past: Browser, query: str):
    """What does not exist asks for nothing."""
    assert "3 concerns were raised" in past.text(f"/said-and-done?{query}")


def test_many_concerns_are_paged_below_100_kb(browser: Browser, office):
    """Twenty a page, each of the longest texts there may be."""
    long = "word " * 399
    table = ", ".join(
        f'{{ id = "c{n}", raised = "{n} {long}", outcome = "{long}", on = 2026-11-{n % 20 + 1:02} }}' for n in range(45)
    )
    office.talks(meeting("winter-a", "2026-11-04T18:30:00") + f"concerns = [{table}]\n")
    browser.publish()
    pages = [browser.get(f"/said-and-done?page={n}") for n in (1, 2, 3)]
    assert all(len(page.content) < 100_000 for page in pages)
    shown = [set(re.findall(r'id="c-winter-a-c(\d+)"', page.text)) for page in pages]
    assert [len(one) for one in shown] == [20, 20, 5]
    assert len(set.union(*shown)) == 45
    assert 'href="/said-and-done?page=2">Older' in pages[0].text
    assert 'href="/said-and-done">Newer' in pages[1].text
    assert words(pages[2].text).count("Older ones") == 0
