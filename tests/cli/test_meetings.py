"""engage meeting, as staff use it: which lines change, what is refused, what is asked."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from engage.cli import main
from tests.declared.samples import OFFICE, VENUE

TALKS = f"""\
# The talks of the Vale.
[calendar]
name = "Talks"
duration = "1h30m"

{VENUE}access = {{ step_free = true }}

# ---- single meetings

[[meeting]]
id = "spring-walk"
title = "A walk in spring"
starts = 2026-04-01T10:00:00  # was the second of April
venue = "hall"

[[meeting]]
id = "winter-talk"
title = "Policing in winter: your questions"
starts = 2026-12-03T18:30:00
ends = 2026-12-03T20:00:00
venue = "hall"  # the small room

# ---- series

[[series]]
id = "oakham"
title = "Talk in Oakham"
every = "month"
on = "second Tuesday"
at = 18:30:00
from = 2026-09-01
venue = "hall"
"""


@pytest.fixture
def talks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "office.toml").write_text(OFFICE)
    path = tmp_path / "talks.toml"
    path.write_text(TALKS)
    monkeypatch.setenv("ENGAGE_CALENDARS_DIR", str(tmp_path))
    monkeypatch.setenv("ENGAGE_DATA_DIR", str(tmp_path / "var"))
    return path


@pytest.fixture
def run(talks, monkeypatch, capsys):
    """The command at noon of 22 November 2026: its exit code, what it printed, what it said."""

    def command(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["engage", "meeting", *words])
        with (
            time_machine.travel(datetime(2026, 11, 22, 12, tzinfo=UTC), tick=False),
            pytest.raises(SystemExit) as ended,
        ):
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return command


def lines_changed(path: Path) -> list[str]:
    """What `diff` would say of the file."""
    was, now = TALKS.splitlines(), path.read_text().splitlines()
    return [f"- {line}" for line in was if line not in now] + [f"+ {line}" for line in now if line not in was]


def test_the_list_shows_what_is_to_come(run):
    """By start; with --past the newest first; as JSON with everything a script needs."""
    code, printed, _ = run("list")
    assert code == 0
    assert [line.split()[0] for line in printed.splitlines()[1:4]] == ["winter-talk", "oakham-2026-12-08", "oakham-2027-01-12"]  # fmt: skip
    assert [line.split()[0] for line in run("list", "--past")[1].splitlines()[1:3]] == ["oakham-2026-11-10", "oakham-2026-10-13"]  # fmt: skip
    found = json.loads(run("list", "--all", "--json", "--calendar", "talks")[1])
    assert found[0] == {
        "id": "spring-walk", "calendar": "talks", "title": "A walk in spring", "starts": "2026-04-01T10:00:00+01:00",
        "ends": "2026-04-01T11:30:00+01:00", "status": "confirmed", "reason": None, "venue": "hall", "areas": ["oakham"],
        "series": None, "counts": False, "attendance": None, "minutes": None,
    }  # fmt: skip


def test_a_meeting_is_called_off_by_the_beginning_of_its_id(run, talks):
    """Two lines come, none goes; what changed is shown with its place."""
    code, printed, said = run("cancel", "winter", "--reason", 'The hall is "flooded".')
    assert (code, said) == (0, "Written. A running system publishes it now; else: engage plan\n")
    assert printed == 'talks.toml:26\n+ status = "cancelled"\n+ reason = "The hall is \\"flooded\\"."\n'
    assert lines_changed(talks) == ['+ status = "cancelled"', '+ reason = "The hall is \\"flooded\\"."']


def test_a_meeting_moves_by_words_of_its_title_and_stays_as_long(run, talks):
    """Its end moves with it; the comment behind the venue is where it was."""
    assert run("move", "in WINTER", "--on", "Thursday 10 December", "--at", "7pm")[0] == 0
    assert lines_changed(talks) == [
        "- starts = 2026-12-03T18:30:00",
        "- ends = 2026-12-03T20:00:00",
        "+ starts = 2026-12-10T19:00:00",
        "+ ends = 2026-12-10T20:30:00",
    ]


def test_one_date_of_a_series_moves_in_the_series_own_list(run, talks):
    """Again: the same line, changed; its id stays that of its first date."""
    run("move", "oakham-2026-12-08", "--on", "15/12/2026")
    run("move", "oakham-2026-12", "--at", "19:00")
    assert lines_changed(talks) == ["+ move = [{ from = 2026-12-08, to = 2026-12-15T19:00:00 }]"]


def test_one_date_of_a_series_is_called_off_below_its_series(run, talks):
    """It takes a table of its own, in which the next change is made too."""
    run("cancel", "oakham-2026-12-08", "--reason", "Snow")
    assert talks.read_text() == TALKS + (
        '\n[[meeting]]\nseries = "oakham"\ndate = 2026-12-08\nstatus = "cancelled"\nreason = "Snow"\n'
    )
    code, _, said = run("cancel", "oakham-2026-12-08", "--reason", "Snow")
    assert (code, said) == (1, '"oakham-2026-12-08" is cancelled already, for that reason. Nothing was changed.\n')
    code, _, said = run("move", "oakham-2026-12-08", "--at", "19:00")
    assert said == (
        '"oakham-2026-12-08" is cancelled. To let it take place: engage meeting reinstate oakham-2026-12-08\n'
    )
    assert run("reinstate", "oakham-2026-12-08")[0] == 0
    assert 'date = 2026-12-08\nstatus = "confirmed"\n' in talks.read_text()


def test_a_date_with_its_own_hours_moves_there(run, talks):
    """Where a date says its own start, the series' list would be overruled."""
    talks.write_text(TALKS + '[[meeting]]\nseries = "oakham"\ndate = 2026-12-08\nends = 2026-12-08T21:00:00\n')
    assert run("move", "oakham-2026-12-08", "--at", "19:30")[0] == 0
    assert "date = 2026-12-08\nstarts = 2026-12-08T19:30:00\nends = 2026-12-08T22:00:00\n" in talks.read_text()


def test_a_meeting_is_added_between_its_neighbours(run, talks):
    """Its id is made of its title and day, and free."""
    words = [
        "add",
        "--title",
        "Ask “us”",
        "--calendar",
        "talks",
        "--on",
        "2026-06-01",
        "--at",
        "18:30",
        "--venue",
        "ha",
    ]
    code, _, said = run(*words)
    assert (code, said.splitlines()[-1]) == (0, "The meeting's id is ask-us-2026-06-01.")
    block = '[[meeting]]\nid = "ask-us-2026-06-01"\ntitle = "Ask “us”"\nstarts = 2026-06-01T18:30:00\nvenue = "hall"\n'
    assert talks.read_text() == TALKS.replace('\n[[meeting]]\nid = "winter', f'\n{block}\n[[meeting]]\nid = "winter')
    assert run(*words)[2].splitlines()[-1] == "The meeting's id is ask-us-2026-06-01-2."


def test_a_meeting_is_not_added_to_the_history_at_the_end_of_a_file(run, talks):
    """What is to come stands above what was; a new one belongs to its next neighbour."""
    past = """
# ---- history

[[meeting]]
id = "long-ago"
title = "The first talk"
starts = 2026-08-01T10:00:00
venue = "hall"
"""
    talks.write_text(talks.read_text() + past)
    assert (
        run(
            "add", "--calendar", "talks", "--title", "New", "--on", "1 December 2026", "--at", "10am", "--venue", "hall"
        )[0]
        == 0
    )
    text = talks.read_text()
    assert text.index('id = "winter-talk"') < text.index('id = "new-2026-12-01"') < text.index("# ---- history")


def test_a_series_is_added_in_the_words_of_the_file(run, talks):
    """Below the other series; its first dates say whether it was understood."""
    code, printed, said = run(
        "add", "--calendar", "talks", "--title", "Coffee in Oakham", "--every", "month", "--on", "first Monday", "--at", "10am",
        "--from", "1 January 2027", "--until", "31 December 2027", "--venue", "hall",
    )  # fmt: skip
    assert code == 0
    assert "12 dates: Mon 4 Jan 2027 10am, Mon 1 Feb 2027 10am, Mon 1 Mar 2027 10am and so on." in said
    assert [line for line in printed.splitlines() if line.startswith("+ ") and line != "+ "] == [
        "+ [[series]]", '+ id = "coffee-in-oakham"', '+ title = "Coffee in Oakham"', '+ every = "month"',
        '+ on = "first Monday"', "+ at = 10:00:00", "+ from = 2027-01-01", "+ until = 2027-12-31", '+ venue = "hall"',
    ]  # fmt: skip
    assert talks.read_text().index('id = "oakham"') < talks.read_text().index('id = "coffee-in-oakham"')
    twice = run("add", "--calendar", "talks", "--title", "Coffee in Oakham", "--every", "week", "--on", "Tuesday and Thursday", "--at", "9am",
                "--venue", "hall", "--dry-run")  # fmt: skip
    assert '+ id = "coffee-in-oakham-2"' in twice[1]
    assert '+ on = ["Tuesday", "Thursday"]' in twice[1]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--every", "month", "--on", "second Teusday"), 1, "second Teusday"),
        (("--every", "fortnight", "--on", "Tuesday"), 1, "fortnight"),
        (("--every", "month"), 2, "Say --on: which day"),
        (("--until", "1 May 2027", "--on", "1 April 2027"), 2, "say --every too"),
    ],
)
def test_a_series_that_cannot_be_is_refused_in_a_sentence(run, talks, words, code, sentence):
    """And nothing is written."""
    ended, _, said = run("add", "--calendar", "talks", "--title", "T", "--at", "10am", "--venue", "hall", *words)
    assert (ended, lines_changed(talks)) == (code, [])
    assert sentence in said


def test_what_was_held_and_what_was_not_is_said_afterwards(run, talks):
    """Not before: a meeting to come is called off, and one that is over is recorded as not held."""
    assert run("unheld", "spring", "--reason", "Nobody had the key")[0] == 0
    assert lines_changed(talks) == ['+ status = "not-held"', '+ reason = "Nobody had the key"']
    assert run("held", "spring")[0] == 0
    assert talks.read_text() == TALKS
    assert "To call it off: engage meeting cancel" in run("unheld", "winter", "--reason", "x")[2]
    assert "If it did not take place: engage meeting unheld" in run("cancel", "spring", "--reason", "x")[2]
    assert run("held", "winter")[2] == '"winter-talk" is not over yet. A meeting counts as held by itself.\n'
    assert run("held", "spring")[2] == '"spring-walk" counts as held already. Nothing was changed.\n'


def test_attendance_and_minutes_are_recorded(run, talks):
    """Of a date of a series as well; of what is to come they cannot be."""
    assert run("attendance", "spring", "42", "--minutes", "https://example.org/m.pdf")[0] == 0
    assert lines_changed(talks) == ["+ attendance = 42", '+ minutes = "https://example.org/m.pdf"']
    run("attendance", "oakham-2026-10", "17")
    assert talks.read_text().endswith('[[meeting]]\nseries = "oakham"\ndate = 2026-10-13\nattendance = 17\n')
    assert "nobody has attended it yet" in run("attendance", "winter", "3")[2]
    assert run("attendance", "spring", "-5")[0] == 2
    assert "is no number of people: write it in figures" in run("attendance", "spring", "many")[2]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("cancel", "wintre-talk", "--reason", "x"), 1, 'There is no meeting "wintre-talk". Did you mean "winter-talk"? To see them: engage meeting list'),
        (("cancel", "A walk in sprnig", "--reason", "x"), 1, 'There is no meeting "A walk in sprnig". Did you mean "spring-walk"? To see them: engage meeting list'),
        (("cancel", "winter-talk"), 2, "Say --reason: why, as you would say it to somebody at the door."),
        (("cancel",), 2, "Say MEETING: which meeting: its id or words of its title."),
        (("move", "winter-talk"), 2, "Say --on or --at: the new day."),
        (("move", "winter-talk", "--at", "6:30"), 1, 'Is "6:30" in the morning or in the evening? Write 06:30 or 6.30pm.'),
        (("move", "winter-talk", "--at", "18:30"), 1, '"winter-talk" is on Thursday 3 December 2026 at 6:30pm already. Nothing was changed.'),
        (("add",), 2, "Say --calendar: which calendar it belongs to."),
        (("add", "--calendar", "tlaks"), 1, '"tlaks" is not known: which calendar it belongs to. Did you mean "talks"?'),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_sentence(run, talks, words, code, sentence):
    """With the exit code of its kind, and the file as it was."""
    assert run(*words)[::2] == (code, f"{sentence}\n")
    assert talks.read_text() == TALKS


def test_several_that_are_meant_are_named(run):
    """Those to come first; for what is recorded afterwards, the newest past one."""
    lines = run("cancel", "oakham", "--reason", "x")[2].splitlines()
    assert lines[0].startswith('"oakham" may be any of ')
    assert lines[1] == "  oakham-2026-12-08  Tuesday 8 December 2026 at 6:30pm  Talk in Oakham"
    assert run("attendance", "oakham", "3")[2].splitlines()[1].startswith("  oakham-2026-11-10  ")


def test_a_change_that_would_not_check_is_not_made(run, talks):
    """The sentence of the check, and the file as it was."""
    code, _, said = run("add", "--title", "T", "--calendar", "talks", "--on", "1/6", "--at", "18:30", "--topic", "x", "--venue", "hall")  # fmt: skip
    assert code == 1
    assert said.startswith("That would not be right, so nothing was changed:\ntalks.toml:")
    assert 'There is no topic "x" in office.toml.' in said
    assert talks.read_text() == TALKS


def test_files_with_problems_are_mended_first(run, talks):
    """Nothing would come of a change until then."""
    talks.write_text(TALKS + "attendence = 3\n")
    code, _, said = run("cancel", "winter", "--reason", "x")
    assert code == 1
    assert said.startswith("The files have problems, so nothing was changed. Mend them first:\ntalks.toml:")


def test_a_dry_run_shows_the_lines_and_writes_none(run, talks):
    """For those who want to look first. Without a database there is nobody who could be told."""
    code, printed, said = run("cancel", "winter", "--reason", "x", "--dry-run")
    assert (code, said) == (0, "Nothing was written (--dry-run).\n")
    assert printed.endswith('+ reason = "x"\n')
    assert talks.read_text() == TALKS


def test_on_a_terminal_what_is_missing_is_asked(talks):
    """Choices with numbers, and the question again after an answer that cannot be."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "engage", "meeting", "add"]
    environment = {**os.environ, "TERM": "dumb"}
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, close_fds=True)
    os.close(theirs)
    shown = ""
    dialogue = [
        ("belongs to [talks]: ", ""),
        ("residents: ", "Ask us"),
        ('December": ', "Monday 8 December 2026"),
        ("is no Monday", "8 December 2026"),
        ("6.30pm: ", "18:30"),
        ("--area) [hall]: ", "1"),
        ("id is ask-us-2026-12-08", None),
    ]
    try:
        for wanted, answer in dialogue:
            deadline = time.monotonic() + 60
            while wanted not in shown:
                assert time.monotonic() < deadline, shown
                if select.select([ours], [], [], 1)[0]:
                    shown += os.read(ours, 4096).decode()
            if answer is not None:
                shown = ""
                os.write(ours, f"{answer}\n".encode())
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert 'id = "ask-us-2026-12-08"' in talks.read_text()


def test_tab_completes_calendars_and_meetings(talks, monkeypatch, capsys):
    """As the shell asks for it, through typer's own."""
    for words, offered in (("engage meeting cancel wint", "winter-talk"), ("engage meeting add --calendar ta", "talks"), ("engage mee", "meeting")):  # fmt: skip
        monkeypatch.setenv("_ENGAGE_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
        monkeypatch.setattr(sys, "argv", ["engage"])
        with time_machine.travel(datetime(2026, 11, 22, 12, tzinfo=UTC), tick=False), pytest.raises(SystemExit):
            main()
        assert capsys.readouterr().out.split() == [offered]
