"""engage alert new, check, test and engage history, undo, as typed: what they print and with which code they end."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from engage.app import App
from engage.domain.people import Wanted
from tests import processes
from tests.office import Office, add_people, apply, mails, meeting, settle
from tests.processes import Done


@pytest.fixture
def office_app(sqlite_app: App) -> App:
    apply(sqlite_app)
    settle(sqlite_app)
    return sqlite_app


def engage(app: App, *words: str, **more: str) -> Done:
    settings = app.settings
    given = {
        "ENGAGE_DATA_DIR": str(settings.data),
        "ENGAGE_CALENDARS_DIR": str(settings.calendars),
        "ENGAGE_DATABASE_URL": settings.database,
    }
    return processes.run(*words, environment={**given, **more})


def test_an_alert_from_its_form_to_the_test_in_ones_own_mailbox(office_app: App, tmp_path: Path):
    """Begun, found to have gaps, filled in, judged, and mailed to oneself."""
    path = tmp_path / "van.md"
    begun = engage(
        office_app, "alert", "new", "burglary", "--title", "Thefts from vans", "--area", "eastfield", "--to", f"{path}"
    )
    assert (begun.code, begun.out) == (0, f"{path}\n")
    again = engage(office_app, "alert", "new", "burglary", "--title", "T", "--area", "eastfield", "--to", f"{path}")
    assert (again.code, again.err.strip()) == (1, f"{path} is there already. Name another with --to.")
    gaps = engage(office_app, "alert", "check", f"{path}")
    assert gaps.code == 1
    assert "van.md:15:1: Write this down, or take it out: <<What happened" in gaps.out
    path.write_text(path.read_text().replace("<<What happened, where and when, in two sentences>>", "An ASB hotspot."))
    text = engage(office_app, "alert", "check", f"{path}").out
    for said in ('"ASB" (', '"hotspot" (', "Reading age:", "E-mail:", "Tip that fits: Leave a light on."):
        assert said in text
    found = json.loads(engage(office_app, "alert", "check", "--json", f"{path}").out)
    assert [one["code"] for one in found["advice"]] == ["jargon"]
    assert found["tip"]["id"] == "dark-nights"
    assert engage(office_app, "alert", "test", f"{path}", "--to", "editor").code == 0
    settle(office_app)
    assert mails(office_app) == [("editor@example.org", "TEST, not sent to residents: Warning: Thefts from vans")]


def test_a_preview_opens_as_one_page_and_says_where_it_is(office_app: App, tmp_path: Path):
    """The e-mail as it looks, every channel's text, and what the website says; it needs nothing else."""
    path = tmp_path / "van.md"
    said = ("--title", "Thefts from vans & cars", "--area", "eastfield", "--what", "Two vans were opened.")
    engage(office_app, "alert", "new", "burglary", *said, "--to", f"{path}")
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    browser.chmod(0o700)
    done = engage(office_app, "alert", "preview", f"{path}", "--browser", BROWSER=f"{browser} %s")
    page = Path(done.out.strip())
    assert (page, done.code, done.err) == (office_app.settings.data / "preview-van.html", 0, "")
    assert (tmp_path / "opened").read_text().strip() == page.as_uri()
    text = page.read_text()
    assert 'srcdoc="&lt;!DOCTYPE html&gt;' in text
    assert "Preview: Thefts from vans &amp; cars" in text
    assert "<p>Two vans were opened.</p>" in text
    assert not re.search(r"<(link|script|img)\b", text)
    lonely = engage(office_app, "alert", "preview", f"{path}", "--browser", BROWSER="nothing-of-that-name %s", PATH="")
    assert (lonely.out, lonely.err) == (done.out, "No browser was found here: open that file yourself.\n")


def test_an_alert_is_looked_at_and_corrected_by_its_name(office_app: App, tmp_path: Path):
    """How far it has gone; a correction of what was never issued is a slip, not a new alert."""
    add_people(office_app, ("ada", Wanted()))
    path = tmp_path / "van.md"
    said = ("--title", "Thefts from vans", "--area", "eastfield", "--what", "Two vans were opened.", "--to", f"{path}")
    engage(office_app, "alert", "new", "burglary", *said, "--expires", "2027-11-25T20:00")
    never = engage(office_app, "alert", "correct", f"{path}", "--no-wait")
    assert (never.code, 'No alert "van" was issued' in never.err) == (1, True)
    assert engage(office_app, "alert", "show", "van").err.startswith('There is no alert "van".')
    engage(office_app, "alert", "send", f"{path}", "--by", "editor", "--no-wait")
    settle(office_app)
    shown = engage(office_app, "alert", "show", "van").out
    assert shown.startswith("van, version 1: issued, submitted by editor\n1 message planned: 1 ")
    path.write_text(path.read_text().replace("Two vans", "Three vans"))
    assert engage(office_app, "alert", "correct", f"{path}", "--by", "editor", "--no-wait").code == 0
    found = json.loads(engage(office_app, "alert", "show", "van", "--json").out)
    assert (found["version"], found["sending"]["planned"]) == (2, 0)


def test_what_is_missing_is_named_where_nobody_can_answer(office_app: App):
    """An option, or the kinds there are."""
    assert engage(office_app, "alert", "new", "scam").err.startswith("Say --title:")
    missing = engage(office_app, "alert", "new", "nonsense", "--title", "T", "--area", "eastfield")
    assert missing.code == 1
    assert "good-news, missing-person" in missing.err
    assert engage(office_app, "alert", "new", "scam", "--title", "T", "--area", "eastfeld").err.endswith(
        'Did you mean "eastfield"?\n'
    )


def test_history_and_undo(office_app: App, office: Office):
    """The difference is shown before it is taken back; with unsaved changes it is a sentence and code 1."""
    before = (office.folder / "village-talks.toml").read_text()
    office.write("village-talks.toml", before + meeting("extra", "2027-02-02T18:30:00"))
    assert engage(office_app, "apply").code == 0
    one = json.loads(engage(office_app, "history", "2", "--json").out)
    assert ([c["entry_id"] for c in one["changes"]], '+id = "extra"' in one["difference"]) == (["extra"], True)
    assert '+ "Talk extra"  (extra)  added' in engage(office_app, "history", "2").out
    assert '-id = "extra"' in engage(office_app, "undo", "--dry-run").out
    office.write("village-talks.toml", before)
    refused = engage(office_app, "undo")
    assert (refused.code, "village-talks.toml: there are changes" in refused.err) == (1, True)
    office.write("village-talks.toml", before + meeting("extra", "2027-02-02T18:30:00"))
    done = engage(office_app, "undo")
    assert (done.code, '-id = "extra"' in done.out) == (0, True)
    assert (office.folder / "village-talks.toml").read_text() == before
