"""The milestone page's charts: every number in words, in a picture and in a table."""

from __future__ import annotations

import re

from engage.work.charts import chart
from tests.office import meeting, settle
from tests.web.conftest import Browser


def test_a_chart_tells_every_number_in_words() -> None:
    """The longest bar is the whole width; a year that goes on says so in words, not by its looks alone."""
    drawn = chart("c", "Meetings per year", "Year", [("2025", 40, True), ("2026", 10, False)])
    assert drawn
    assert drawn.said == "2025: 40; 2026: 10 so far."
    assert [bar.width for bar in drawn.bars] == [100.0, 25.0]
    assert chart("c", "t", "h", []) is None
    assert chart("c", "t", "h", [("2025", 0, True)]).bars[0].width == 0.0  # type: ignore[union-attr]


def test_the_page_shows_where_a_programme_met_and_where_not(browser: Browser, office) -> None:
    """A picture with a title and a description, the same as a table, and the areas that wait with their next date."""
    office.talks(
        meeting("one", "2026-11-03T18:30:00"),
        meeting("two", "2026-11-10T18:30:00"),
        meeting("next", "2026-12-15T18:30:00", venue="quay"),
    )
    browser.publish()
    settle(browser.app)
    browser.site.snapshot.refresh()
    html, text = browser.get("/milestones").text, browser.text("/milestones")
    for name, said in [("years1", "2026: 2 so far."), ("areas1", "Eastfield: 2; Harbour: 0.")]:
        assert f'aria-labelledby="{name}-title {name}-said"' in html
        assert f'<desc id="{name}-said">{said}</desc>' in html
    assert "Meetings per area as a table Area Meetings held Eastfield 2 Harbour 0" in text
    waiting = text.partition("Where we have not met for a year")[2]
    assert "Harbour None in this count Tuesday 15 December 2026" in waiting
    assert "Mill Lane None in this count Not planned yet" in waiting
    assert not re.search(r"\bEastfield\b", waiting.partition("Add the coming")[0])
    assert len(browser.get("/milestones").content) < 100_000
