"""The page before a meeting: what was raised, told and counted there before."""

from __future__ import annotations

import pytest

from engage.app import App
from engage.domain.people import Wanted
from engage.errors import NotFound
from engage.work.briefs import as_html, as_markdown, gather
from tests.office import Clock, Office, add_people, apply, meeting, settle
from tests.work.notices import Toml, issue

RAISED = Toml(
    '[{ id = "c1", topic = "burglary", raised = "Back doors on Mill Lane" }, '
    '{ id = "c2", raised = "A <b>dark</b> path", outcome = "A lamp since May", on = 2026-11-20 }]'
)


@pytest.fixture
def visited(sqlite_applied: App, office: Office) -> App:
    """The hall was visited twice, the harbour once; a third visit to the hall is to come."""
    office.talks(
        meeting("first", "2026-09-08T18:30:00", attendance=Toml("31")),
        meeting("second", "2026-11-10T18:30:00", concerns=RAISED),
        meeting("off", "2026-11-17T18:30:00", status="cancelled"),
        meeting("quay", "2026-11-12T18:30:00", venue="quay", attendance=Toml("99")),
        meeting("next", "2026-12-08T18:30:00", title="Talk *next*"),
    )
    apply(sqlite_applied)
    settle(sqlite_applied)
    return sqlite_applied


def test_a_page_tells_what_whoever_goes_must_know(visited: App, clock: Clock):
    """Of this venue and area and no other: concerns, attendance, alerts since the last visit, tips."""
    add_people(visited, ("ada", Wanted(area="mill-lane", kinds=("tips", "meetings"), topics=("community", "burglary"))))
    add_people(visited, ("ben", Wanted(area="harbour", kinds=("tips", "meetings"), areas=("harbour",))))
    issue(visited, "here", title="Vans in Eastfield")
    issue(visited, "there", title="Boats", areas=("harbour",))
    clock.move(days=1)  # Tuesday at ten: the tip of the week
    settle(visited)
    text = as_markdown(gather(visited, "next"))
    assert text.startswith("# Talk \\*next\\*\n\n**Tuesday 8 December 2026, 6:30pm to 8pm**\n")
    for line in (
        "1 person follows meetings here.",
        "- Tue 10 Nov: Back doors on Mill Lane (Burglary)",
        r"- Tue 10 Nov: A \<b\>dark\</b\> path **A lamp since May**",
        "- Tuesday 10 November 2026, Village Hall: nobody counted",
        "- Tuesday 8 September 2026, Village Hall: 31 came",
        "## Alerts since Tuesday 10 November 2026",
        "- Mon 23 Nov: Vans in Eastfield (warning)",
        "- Leave a light on: 1 person",
    ):
        assert line in text
    for other in ("99 came", "Boats", "Talk off", "17 November"):
        assert other not in text


def test_a_first_meeting_says_that_nothing_is_known(visited: App):
    """Every section is there all the same."""
    text = as_markdown(gather(visited, "first"))
    for said in ("None is open.", "Nothing new.", "This is the first meeting here.", "## Alerts so far", "None yet."):
        assert said in text


def test_it_is_a_page_to_print_as_well(visited: App):
    """What people typed is text in it."""
    page = as_html(visited, gather(visited, "next"))
    assert "<h1>Talk *next*</h1>" in page
    assert "<h2>Open concerns</h2>" in page
    assert "&lt;b&gt;dark&lt;/b&gt;" in page
    assert "<b>" not in page


def test_an_unknown_meeting_is_answered_with_a_guess(visited: App):
    """Or with the way to find it."""
    with pytest.raises(NotFound, match='Did you mean "second"'):
        gather(visited, "secnd")
    with pytest.raises(NotFound, match="engage meeting list"):
        gather(visited, "zzzzzz")
