"""Every apply is on record with its source text, and the last one can be taken back."""

from __future__ import annotations

import pytest

from engage.app import App
from engage.domain.people import Wanted
from engage.errors import NotFound, Refused, Waiting
from engage.work import calendars
from engage.work.past import past, prepare_undo, undo
from engage.work.plans import Applied
from tests.office import TALKS_HEAD, Clock, Office, add_people, apply, mails, meeting, settle

A = meeting("winter-a", "2026-11-24T18:30:00")
MOVED = meeting("winter-a", "2026-11-24T19:30:00")


def back(app: App, *, to: int | None = None, confirm: str | None = None) -> Applied:
    folder = app.settings.calendars
    return undo(app, folder, prepare_undo(app, folder, to=to), who="ada", confirm=confirm)


def talks(office: Office) -> str:
    return (office.folder / "village-talks.toml").read_text()


def test_history_says_who_when_and_what_of_one_plan(applied: App, office: Office, clock: Clock):
    """Its changes, and the lines of the files that differ from the plan before."""
    clock.move(hours=1)
    office.write("village-talks.toml", talks(office).replace("2026-11-24T18:30:00", "2026-11-24T19:30:00"))
    done = apply(applied)
    found = past(applied, done.plan_id)
    assert (found.who, found.state, found.at, found.fingerprint) == ("test", "applied", clock.now, done.fingerprint)
    assert [(c["entry_id"], c["what"]) for c in found.changes] == [("winter-a", ["moved"])]
    changed = [line for line in found.difference if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert changed == ["-starts = 2026-11-24T18:30:00", "+starts = 2026-11-24T19:30:00"]
    with pytest.raises(NotFound):
        past(applied, 999)


def test_undo_puts_files_and_schedule_back_and_tells_people(applied: App, office: Office, clock: Clock):
    """Told of the change, they are told of its end; the relay that sees the files finds nothing to do."""
    add_people(applied, ("ada", Wanted()))
    before = talks(office)
    office.write("village-talks.toml", before.replace("2026-11-24T18:30:00", "2026-11-24T19:30:00"))
    apply(applied)
    settle(applied)
    clock.move(minutes=5)
    done = back(applied)
    settle(applied)
    assert talks(office) == before
    assert len(mails(applied, "ada")) == 2
    with applied.reading() as unit:
        assert unit.schedule.find("winter-a").entry.starts_local.hour == 18
        assert unit.schedule.history()[0].who == "ada"
    seen = calendars.apply_folder(applied, office.folder, who="saved file")
    assert (seen.plan_id, seen.changes) == (done.plan_id, 0)


def test_undoing_an_undo_brings_it_again_and_any_plan_can_be_gone_back_to(sqlite_applied: App, office: Office):
    """Twice is back where one was."""
    first, second = talks(office), TALKS_HEAD + f"\n{A}"
    office.write("village-talks.toml", second)
    apply(sqlite_applied)
    back(sqlite_applied)
    assert talks(office) == first
    back(sqlite_applied)
    assert talks(office) == second
    back(sqlite_applied, to=1)
    assert talks(office) == first


def test_unsaved_changes_stop_an_undo(sqlite_applied: App, office: Office):
    """In a sentence that names the file; even a comment would be lost, and a file nobody applied."""
    office.talks(A)
    apply(sqlite_applied)
    office.write("village-talks.toml", talks(office) + "# call the hall\n")
    office.write("new.toml", '[calendar]\nname = "New"\n')
    with pytest.raises(Refused, match=r"new\.toml, village-talks\.toml: there are changes that were never applied"):
        back(sqlite_applied)
    assert "# call the hall" in talks(office)


def test_a_file_that_came_with_the_plan_goes_with_it_and_returns(sqlite_applied: App, office: Office):
    """Its text stays with the plan."""
    text = '[calendar]\nname = "New"\n[[deadline]]\nid = "grant"\ntitle = "Grant"\ncloses = 2027-02-16T12:00:00\n'
    office.write("new.toml", text)
    apply(sqlite_applied)
    back(sqlite_applied)
    assert not (office.folder / "new.toml").exists()
    back(sqlite_applied)
    assert (office.folder / "new.toml").read_text() == text


def test_an_undo_that_cancels_many_waits_like_any_other(sqlite_applied: App, office: Office):
    """Nothing is written, nobody is asked; the fingerprint does it."""
    before = talks(office)
    office.write(
        "village-talks.toml",
        before + "".join(f"\n{meeting(f'm{n}', f'2027-03-{n + 1:02}T18:30:00')}" for n in range(9)),
    )
    apply(sqlite_applied)
    full = talks(office)
    with pytest.raises(Waiting, match=r"It cancels 9 coming entries .* engage undo --confirm \w{12}") as waits:
        back(sqlite_applied)
    assert talks(office) == full
    with sqlite_applied.reading() as unit:
        assert unit.schedule.waiting() is None
    back(sqlite_applied, confirm=str(waits.value).split()[-1])
    assert talks(office) == before


def test_there_may_be_nothing_to_undo(sqlite_applied: App):
    """The first apply has nothing before it; a plan that never was applied is none to go back to."""
    with pytest.raises(NotFound, match="nothing to undo"):
        back(sqlite_applied)
    with pytest.raises(NotFound):
        back(sqlite_applied, to=77)
