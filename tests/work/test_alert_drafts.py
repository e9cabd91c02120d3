"""Forms to begin with, what check says, and the test to oneself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from engage.app import App
from engage.declared.alert_file import read_alert
from engage.domain.people import Wanted
from engage.errors import NotFound, Refused
from engage.rendering import Templates
from engage.work.alert_drafts import draft, reading, send_test
from engage.work.kit import office_of
from tests.office import add_people, audit_holds, mails, settle
from tests.work.notices import alert, letter

KINDS = ["burglary", "event", "good-news", "missing-person", "road-closure", "scam"]
UNTIL = datetime(2026, 11, 26, 20)


def read(app: App, text: str):
    with app.reading() as unit:
        office = office_of(unit)
    return read_alert("a.md", text, office, channels=app.channels, now=app.now)


@pytest.mark.parametrize("kind", KINDS)
def test_every_form_becomes_an_alert_once_it_is_filled_in(sqlite_applied: App, kind: str):
    """Until then its gaps are problems with their lines; then check has nothing to say of our own words."""
    text = draft(sqlite_applied, kind, title='The "old" mill', areas=["mill-lane"], expires=UNTIL)
    problems = read(sqlite_applied, text).problems
    assert {p.code for p in problems} == {"unfilled"}
    assert all("<<" in text.splitlines()[p.line - 1] for p in problems)
    while "<<" in text:
        text = text[: text.index("<<")] + "Two men came at noon." + text[text.index(">>") + 2 :]
    found = read(sqlite_applied, text)
    assert found.problems == ()
    assert (found.alert.title, found.alert.areas, found.alert.kind) == ('The "old" mill', ("mill-lane",), kind)
    assert found.alert.expires == UNTIL.replace(tzinfo=UTC)
    assert {one.code for one in reading(sqlite_applied, found.alert).advice} <= {"urgent-long"}


def test_the_forms_are_these_and_an_office_may_add_one(tmp_path: Path):
    """A file beside ours, in the office's own folder."""
    assert Templates().alert_kinds() == KINDS
    (tmp_path / "alerts").mkdir()
    (tmp_path / "alerts" / "flood.md").write_text("+++\n+++\n")
    assert "flood" in Templates(tmp_path).alert_kinds()


def test_what_happened_takes_the_first_gap_and_topics_are_those_of_the_office(sqlite_applied: App):
    """A form's topic that the office does not have is left out."""
    text = draft(sqlite_applied, "road-closure", title="A", areas=[], expires=UNTIL, what=r"The \1 bridge is shut.")
    assert r"The \1 bridge is shut." in text
    assert "\ntopics = []" in text
    assert '\ntopics = ["burglary"]' in draft(sqlite_applied, "burglary", title="A", areas=[], expires=UNTIL)


def test_an_unknown_kind_is_answered_with_those_there_are(sqlite_applied: App):
    """And with a guess."""
    with pytest.raises(NotFound, match=r'burglary, event, .* Did you mean "burglary"\?'):
        draft(sqlite_applied, "burglry", title="A", areas=[], expires=UNTIL)


def test_a_tip_that_fits_is_offered(sqlite_applied: App):
    """In season, for its topic; none for a topic without."""
    assert reading(sqlite_applied, alert(sqlite_applied, "a", topics=("burglary",))).tip.id == "dark-nights"
    assert reading(sqlite_applied, alert(sqlite_applied, "a", topics=("community",))).tip is None


def test_the_list_of_words_that_cannot_be_read_is_said(sqlite_applied: App, tmp_path: Path):
    """The office's own copy has a slip."""
    from dataclasses import replace

    (tmp_path / "alerts").mkdir()
    (tmp_path / "alerts" / "plain-words.toml").write_text("[jargon\n")
    app = replace(sqlite_applied, templates=Templates(tmp_path))
    with pytest.raises(Refused, match=r"plain-words\.toml cannot be read"):
        reading(app, alert(app, "a"))


def test_a_test_goes_to_one_member_of_staff_and_says_so(applied: App):
    """Through the ledger; residents get nothing, and the alert is not issued. Again is another test."""
    add_people(applied, ("ada", Wanted()))
    for _ in range(2):
        notice_id = send_test(applied, alert(applied, "a"), to="editor")
        settle(applied)
    assert notice_id == "test:a:editor"
    assert mails(applied) == [("editor@example.org", "TEST, not sent to residents: Warning: Alert a")] * 2
    assert "THIS IS A TEST" in letter(applied, "editor")
    assert "Lock your back door tonight." in letter(applied, "editor")
    with applied.reading() as unit:
        assert unit.alerts.find("a") is None
    with pytest.raises(Refused, match='Did you mean "editor"'):
        send_test(applied, alert(applied, "a"), to="editr")
    audit_holds(applied)


def test_expiry_is_on_the_office_clock(sqlite_applied: App):
    """Eight in the evening in July is seven in UTC."""
    text = draft(sqlite_applied, "event", title="A", areas=[], expires=datetime(2027, 7, 1, 20), what="x")
    assert "\nexpires = 2027-07-01T20:00:00" in text
