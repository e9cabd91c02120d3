"""How a plan reads: what is to come first, what a number means, and no complaints of old about a new change."""

from __future__ import annotations

from pathlib import Path

from engage.app import App, build
from engage.cli.plans import as_lines
from engage.domain.people import Wanted
from engage.work.calendars import propose_folder
from engage.work.health import differences
from tests.conftest import offset_to_noon, settings_for
from tests.office import Office, add_people, apply, meeting, settle
from tests.processes import run

A, B = meeting("winter-a", "2026-11-24T18:30:00"), meeting("winter-b", "2026-12-08T18:30:00")


def lines_of(app: App, office: Office) -> list[str]:
    proposal = propose_folder(app, office.folder)
    return as_lines(proposal, differences(app, proposal), now=app.now)


def test_the_first_plan_says_that_it_is_the_first(sqlite_app: App, office: Office):
    """Nobody is told, and no feed is counted as if it had been there."""
    lines = lines_of(sqlite_app, office)
    assert "  No feed is published yet. The running system (engage up) makes them of what is applied." in lines
    assert "People who would be told: 0 (nothing was applied before, so nobody expects anything else)" in lines


def test_feeds_that_no_worker_has_made_yet_are_not_counted(sqlite_app: App, office: Office):
    """Applied and not published: `then 1 entry` would be wrong."""
    apply(sqlite_app)
    office.talks(A, B)
    assert any("No feed is published yet" in line for line in lines_of(sqlite_app, office))
    settle(sqlite_app)
    assert "  feed all.ics: ~1, then 3 entries" in lines_of(sqlite_app, office)


def test_what_is_to_come_stands_before_what_is_past_where_not_all_is_shown(sqlite_app: App, office: Office):
    """A first plan has years of meetings in it."""
    past = [meeting(f"past-{n}", f"2026-10-{n + 1:02}T10:00:00") for n in range(30)]
    ahead = [meeting(f"ahead-{n}", f"2027-01-{n + 1:02}T10:00:00") for n in range(30)]
    office.talks(*past, *ahead)
    lines = [line for line in lines_of(sqlite_app, office) if line.startswith("  +")]
    assert "(ahead-0)" in lines[0]
    assert sum("(ahead-" in line for line in lines) == 30
    assert "Fri 1 Jan 2027 10am" in lines[0]


def test_a_meeting_that_becomes_the_milestone_is_said_to_be_renumbered(sqlite_app: App, office: Office):
    """695 were held: the fifth from now is number 700."""
    days = [meeting(f"m-{n}", f"2026-12-{n + 1:02}T18:30:00") for n in range(6)]
    office.talks(*days)
    apply(sqlite_app)
    office.talks(meeting("new", "2026-11-25T18:30:00"), *days)
    lines = lines_of(sqlite_app, office)
    assert any(line.endswith('"Talk m-3"  (m-3)  renumbered: number 700 now') for line in lines)
    assert any(line.endswith('"Talk m-4"  (m-4)  renumbered: no milestone any more') for line in lines)
    assert "village-talks: 695 held; number 700 is expected on Fri 4 Dec 2026 (before: Sat 5 Dec 2026)" in lines
    office.talks(days[0])
    (last,) = [line for line in lines_of(sqlite_app, office) if line.startswith("village-talks: ")]
    assert last.startswith("village-talks: 695 held; number 700 comes after the last one in the files (before: ")


def test_a_change_by_command_can_be_looked_at_first(sqlite_app: App, office: Office):
    """While the system runs a saved file is published at once: `--dry-run` says who would be told, and saves nothing."""
    add_people(sqlite_app, ("ada", Wanted()))
    apply(sqlite_app)
    before = (office.folder / "village-talks.toml").read_bytes()
    given = {
        "ENGAGE_DATA_DIR": f"{sqlite_app.settings.data}",
        "ENGAGE_CALENDARS_DIR": f"{office.folder}",
        "ENGAGE_DATABASE_URL": sqlite_app.settings.database,
        "ENGAGE_NOW_OFFSET": offset_to_noon(),
    }
    done = run("meeting", "cancel", "winter-b", "--reason", "Snow", "--dry-run", environment=given)
    assert '  - Tue 8 Dec 2026 6:30pm  "Talk winter-b"  (winter-b)  cancelled' in done.out
    assert "People who would be told: 1\n" in done.out
    assert done.err == "Nothing was written (--dry-run).\n"
    assert (office.folder / "village-talks.toml").read_bytes() == before


def test_warnings_are_counted_where_nothing_is_wrong(sqlite_app: App, office: Office):
    """They may be about meetings long past; `engage check` shows them."""
    office.talks(meeting("new-year", "2027-01-01T18:30:00"), meeting("other", "2027-01-01T19:00:00"))
    lines = lines_of(sqlite_app, office)
    assert lines[0].endswith(" in the files. To read them: engage check")
    assert not any("warning:" in line for line in lines)


def test_commands_find_nothing_changed_beside_a_system_on_another_port(sqlite_app: App, office: Office, tmp_path: Path):
    """Every link would differ, and every entry with it; the two would take turns in publishing."""
    settings = settings_for(sqlite_app.settings.database, tmp_path, office.folder)
    settings.address_file.write_text("http://127.0.0.1:9000\n")
    url = settings.database
    served = build(
        settings_for(url, tmp_path, office.folder, base_url="http://127.0.0.1:9000"), clock=sqlite_app.database.clock
    )
    apply(served)
    command = build(settings, clock=sqlite_app.database.clock)
    assert lines_of(command, office)[-1] == "No changes."
    served.database.close()
    command.database.close()
