"""Finding a meeting on the start page: by place, topic and day, as a list and as a month, without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engage.app import build
from tests.conftest import NOON, settings_for
from tests.office import Clock, meeting, write_office
from tests.web.conftest import Browser, visiting, words

ONLINE = {"venue": None, "online": "https://meet.example.org/x"}


@pytest.fixture(scope="module")
def found(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A site with meetings in three places over two months; no test changes anything."""
    import shutil

    folder = tmp_path_factory.mktemp("finding")
    shutil.copy(sqlite_template, folder / "engage.sqlite3")
    office = write_office(folder / "calendars")
    office.talks(
        meeting("eastfield-burglary", "2026-12-01T18:30:00", topics=["burglary"]),
        meeting("harbour-fraud", "2026-12-03T18:30:00", venue="quay", topics=["fraud"]),
        meeting("mill-lane-fraud", "2027-01-12T18:30:00", areas=["mill-lane"], topics=["fraud"]),
        meeting("whole", "2027-01-14T18:30:00", areas=["westmark"], **ONLINE),
        meeting("held", "2026-11-04T18:30:00"),
        *(meeting(f"crowd-{n}", f"2027-02-02T1{n}:00:00", venue="quay") for n in range(6)),
    )
    app = build(settings_for(f"sqlite:///{folder / 'engage.sqlite3'}", folder, office.folder), clock=Clock(NOON))
    with visiting(app, app.database.clock) as browser:  # type: ignore[arg-type]
        browser.publish()
        yield browser
    app.database.close()


def listed(browser: Browser, query: str) -> set[str]:
    """The meetings that a search leads to, the crowd as one."""
    html = browser.get(f"/?{query}").text
    return {re.sub(r"crowd-\d", "crowd", entry) for entry in re.findall(r'href="/meetings/([a-z0-9-]+)"', html)}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"eastfield-burglary", "harbour-fraud", "mill-lane-fraud", "whole", "crowd"}),
        ("area=harbour", {"harbour-fraud", "whole", "crowd"}),
        ("area=eastfield", {"eastfield-burglary", "mill-lane-fraud", "whole"}),
        ("topic=fraud", {"harbour-fraud", "mill-lane-fraud"}),
        ("area=harbour&topic=fraud", {"harbour-fraud"}),
        ("postcode=zz3 1aa", {"harbour-fraud", "whole", "crowd"}),
        ("postcode=ZZ14AA", {"eastfield-burglary", "mill-lane-fraud", "whole"}),
        ("postcode=ZZ2 1AA", {"eastfield-burglary", "harbour-fraud", "mill-lane-fraud", "whole", "crowd"}),
        ("postcode=ZZ2 1AA&area=harbour", {"harbour-fraud", "whole", "crowd"}),
        ("from=2027-01-13", {"whole", "crowd"}),
        ("from=12/1/2027&to=13.1.2027", {"mill-lane-fraud"}),
        ("to=2026-12-02", {"eastfield-burglary"}),
        ("from=2026-12&to=2026-12", {"eastfield-burglary", "harbour-fraud"}),
        ("month=2027-01", {"mill-lane-fraud", "whole"}),
        ("from=2026-11-01&to=2026-11-30", {"held"}),
        ("view=month&month=2026-11", {"held"}),
        ("view=month&month=2027-01&topic=fraud", {"mill-lane-fraud"}),
        ("view=month&from=2026-12-02", {"harbour-fraud"}),
        ("later=2027-01-14", {"whole", "crowd"}),
    ],
)
def test_what_a_search_finds(found: Browser, query: str, expected: set[str]):
    """Place, topic and days must agree; a postcode stands for its area, longest match first (ZZ1 4 is Mill Lane)."""
    assert listed(found, query) == expected


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("postcode=QQ1 1AA", "postcode", "We do not know this postcode. Check it, or choose your area from the list."),
        ("postcode='; DROP", "postcode", "We do not know this postcode. Check it, or choose your area from the list."),
        ("postcode=ZZ2 1AA", "area", "This postcode is in more than one area. Choose yours."),
        ("postcode=ZZ3 1AA&area=eastfield", "postcode", "This postcode is not in Eastfield. Change one of the two."),
        ("area=atlantis", "area", "We do not know this area. Choose one from the list."),
        ("topic=dragons", "topic", "We do not know this topic. Choose one from the list."),
        ("from=31/2/2027", "from", "We cannot read this day. Write it as in 3/12/2026."),
        ("to=0001-01-01", "to", "We cannot read this day. Write it as in 3/12/2026."),
        ("from=2027-01-12&to=2027-01-11", "to", "This is before the first day. Choose a later one, or leave it empty."),
        ("to=2020-01-01", "to", "This day is over. To see what has been, say from which day on as well."),
    ],
)
def test_wrong_input_is_answered_beside_its_field(found: Browser, query: str, field: str, sentence: str):
    """One sentence on top, where a phone shows no field, and one beside its field; the topic chosen still holds."""
    asked = query if "topic" in query else f"{query}&topic=fraud"
    answer = found.get(f"/?{asked}")
    assert answer.status_code == 200
    assert f'id="{field}-error"' in answer.text
    assert sentence in words(answer.text)
    assert re.search(rf'aria-describedby="{field}-error"', answer.text)
    assert "<title>Error: Meetings" in answer.text
    (summary,) = re.findall(r'<div class="error-summary".*?</div>', answer.text, re.DOTALL)
    assert re.search(rf'<a href="#{field}[^"]*">{re.escape(sentence)}</a>', summary)
    if "topic=fraud" in asked:
        assert re.search(r'<option value="fraud"\s*selected', answer.text)
        assert listed(found, asked) <= {"harbour-fraud", "mill-lane-fraud"}


@pytest.mark.parametrize(
    ("query", "area"),
    [("postcode=ZZ1 1AA&area=mill-lane", "Mill Lane"), ("postcode=ZZ1 4AA&area=eastfield", "Mill Lane")],
)
def test_of_a_postcode_and_an_area_the_narrower_holds(found: Browser, query: str, area: str):
    """Both together are no mistake when one lies within the other."""
    html = found.get(f"/?{query}").text
    assert f"<h1>Meetings in and around {area}</h1>" in html
    assert "error" not in html


def test_a_postcode_of_two_areas_asks_which(found: Browser):
    """The areas that share it stand there to choose from; meanwhile both are shown, and it is said so."""
    html = found.get("/?postcode=ZZ2").text
    (first,) = re.findall(r'<a href="#(area-[a-z-]+)">This postcode is in more than one area', html)
    assert f'id="{first}"' in html
    assert set(re.findall(r'type="radio"\s+value="([a-z-]+)"', html)) == {"eastfield", "harbour"}
    assert "in and around Eastfield or Harbour" in words(html)
    assert 'value="ZZ2"' in html


def test_a_search_that_finds_nothing_says_what_to_do(found: Browser):
    """Look more widely, with how much that finds; follow the area, with the form filled already."""
    html, text = found.get("/?area=harbour&topic=burglary").text, found.text("/?area=harbour&topic=burglary")
    assert "No meetings in and around Harbour about Burglary" in text
    assert 'href="/?area=harbour">8 meetings about any topic' in html
    assert 'href="/?topic=burglary">1 meeting in any area' in html
    assert 'href="/subscribe?area=harbour&amp;topics=burglary">Follow Harbour</a>' in html
    form = found.get("/subscribe?area=harbour&topics=burglary").text
    assert re.search(r'value="harbour"\s+selected', form)
    assert re.search(r'value="burglary"\s+checked', form)


def test_a_month_is_a_table_that_can_be_turned(found: Browser):
    """A caption, a heading for each weekday, links to the months beside it; a day too full leads to its list."""
    html = found.get("/?view=month&month=2027-02&area=harbour").text
    assert "<caption>February 2027</caption>" in html
    assert html.count('scope="col"') == 7
    assert '<a href="/?area=harbour&amp;view=month&amp;month=2027-01"' in html
    assert "March 2027" not in words(html)  # nothing is planned beyond, and robots would turn pages for ever
    assert 'href="/?area=harbour&amp;from=2027-02-02&amp;to=2027-02-02">2 more' in html
    days = re.findall(r'<p class="number"[^>]*>(.*?)</p>', html)
    assert [words(f"</head>{day}") for day in days][::27] == ["Monday 1 February", "Sunday 28 February"]
    assert "aria-current" in found.get("/?view=month").text.partition('aria-label="Months"')[2]


def test_a_long_month_is_cut_at_a_day(browser, office):
    """A page stays below 100 kB even where one month holds hundreds of meetings."""
    from tests.office import meeting as table

    office.talks(*(table(f"talk-{d:02}-{n}", f"2026-12-{d:02}T1{n}:00:00") for d in range(1, 29) for n in range(8)))
    browser.publish()
    page = browser.get("/")
    assert len(page.content) < 100_000
    later = re.search(r'href="(/\?later=2026-12-[0-9-]+)"', page.text)
    assert later
    first = set(re.findall(r"/meetings/talk-(\d\d)", page.text))
    second = set(re.findall(r"/meetings/talk-(\d\d)", browser.get(later[1]).text))
    assert first
    assert not first & second
    assert len(browser.get("/?view=month&month=2026-12").content) < 100_000
