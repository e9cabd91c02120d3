"""engage calendar import, as its users run it: what it prints, what it writes, how it ends."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from engage.cli import main
from engage.declared.folder import read_folder
from tests.imports.samples import FOLDER, TODAY, csv, ics, vevent, xlsx

GOOD = csv("03/12/2026,18:30,20:00,Talk,Village Hall,,", "10/12/2026,18:30,,Walk,Village Hall,,")
BAD = csv("03/12/2026,18:30,20:00,Talk,Village Hall,,", "soon,18:30,,Walk,Village Hall,,")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "calendars"
    made.mkdir()
    for name, content in FOLDER.items():
        (made / name).write_bytes(content)
    return made


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command in the folder above the calendars, with a file of that name and content there."""
    monkeypatch.chdir(folder.parent)
    monkeypatch.setenv("ENGAGE_CALENDARS_DIR", str(folder))
    monkeypatch.setenv("COLUMNS", "200")

    def command(name: str, content: str | bytes | None, *options: str) -> Done:
        if content is not None:
            Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
        monkeypatch.setattr(sys, "argv", ["engage", "calendar", "import", name, *options])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Done(int(ended.value.code or 0), printed.out, printed.err)

    return command


def test_a_good_file_is_written_and_counted(run: Run, folder: Path):
    """Into the calendars folder, under its own name; the folder stays sound."""
    done = run("Parish Talks.csv", GOOD)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"2 meetings written to {folder}/parish-talks.toml; 1 thing to look at:\n"
        "Parish Talks.csv:3:1: warning: 1 row without an end: taken as two hours.\n"
    )
    schedule = read_folder(folder, today=TODAY).schedule
    assert schedule is not None
    assert schedule.entries["walk-2026-12-10"].calendar_id == "parish-talks"


def test_a_bad_row_stops_everything_unless_it_may_be_skipped(run: Run, folder: Path):
    """Exit 1 and nothing written; with --skip-bad the rest is, and the row is listed."""
    stopped = run("p.csv", BAD)
    assert stopped.returncode == 1
    assert stopped.stdout.startswith('p.csv:3:1: "soon" is no date such as')
    assert "Nothing was written. To leave out what cannot be taken: --skip-bad." in stopped.stderr
    assert not (folder / "p.toml").exists()
    skipped = run("p.csv", None, "--skip-bad")
    assert skipped.returncode == 0
    assert 'p.csv:3:1: "soon"' in skipped.stdout
    assert "1 meeting written to" in skipped.stdout


def test_nothing_is_ever_overwritten(run: Run, folder: Path):
    """Neither a calendar nor what merely lies there."""
    assert run("p.csv", GOOD).returncode == 0
    written = (folder / "p.toml").read_bytes()
    again = run("p.csv", GOOD.replace("Talk", "Other"))
    assert again.returncode == 1
    assert "is there already and is not overwritten" in again.stderr
    assert (folder / "p.toml").read_bytes() == written
    elsewhere = folder.parent / "mine.toml"
    elsewhere.write_text("mine")
    assert run("p.csv", GOOD, "--into", "./mine.toml").returncode == 1
    assert elsewhere.read_text() == "mine"


@pytest.mark.parametrize("options", [["--into", "-"], ["--dry-run"]])
def test_it_can_be_printed_instead(run: Run, folder: Path, options: list[str]):
    """The file alone on stdout, everything else on stderr."""
    done = run("p.ics", ics(vevent("RRULE:FREQ=WEEKLY;COUNT=3")), *options)
    assert done.returncode == 0
    assert done.stdout.startswith("# P: brought in from p.ics.\n")
    assert done.stdout.endswith('duration = "1h30m"\n')
    assert done.stderr.startswith("1 series in the file above; ")
    assert not (folder / "p.toml").exists()


def test_the_target_and_its_id_may_be_chosen(run: Run, folder: Path):
    """A name means the calendars folder, a path means the path."""
    assert run("p.csv", GOOD, "--into", "watch.toml", "--name", "Street watch").returncode == 0
    assert 'name = "Street watch"' in (folder / "watch.toml").read_text()
    there = run("p.csv", GOOD, "--into", str(folder.parent / "Out Here.toml"), "--calendar", "out-here")
    assert there.returncode == 0
    assert 'id = "out-here"' in (folder.parent / "Out Here.toml").read_text()


def test_a_workbook_is_read_too(run: Run, folder: Path):
    """With the extra installed, as in our own environment."""
    book = xlsx([["Date", "Start", "Title"], ["d46359", "t0.75", "Talk"]])
    assert run("p.xlsx", book).returncode == 0
    assert "starts = 2026-12-03T18:00:00" in (folder / "p.toml").read_text()


def test_json_is_one_document(run: Run, folder: Path):
    """Written, refused or printed."""
    done = json.loads(run("p.csv", GOOD, "--json").stdout)
    assert (done["written"], done["meetings"], done["problems"]) == (str(folder / "p.toml"), 2, [])
    assert [w["code"] for w in done["warnings"]] == ["no-end"]
    refused = run("q.csv", BAD, "--json")
    told = json.loads(refused.stdout)
    assert (refused.returncode, told["written"]) == (1, None)
    assert {k: told["problems"][0][k] for k in ("file", "line", "code")} == {
        "file": "q.csv",
        "line": 3,
        "code": "bad-date",
    }
    assert "toml" in json.loads(run("r.csv", GOOD, "--json", "--dry-run").stdout)


@pytest.mark.parametrize(
    ("name", "content", "options", "code", "says"),
    [
        ("p.pdf", "x", [], 2, "must end in .ics, .csv, .xlsx"),
        ("p.csv", None, [], 1, "There is no file p.csv."),
        ("p.csv", GOOD, ["--into", "p.txt"], 2, "must end in .toml"),
        ("p.csv", GOOD, ["--into", "tips.toml"], 2, "tips.toml is no calendar"),
        ("office.csv", GOOD, [], 2, "office.toml is no calendar"),
        ("p.csv", GOOD, ["--into", "My Talks.toml"], 2, "Or say --calendar."),
        ("p.csv", GOOD, ["--into", "nowhere/p.toml"], 3, "cannot be written"),
        ("p.csv", GOOD, ["--calendar", "village-talks", "--into", "x.toml"], 1, "1 problem. Nothing was written."),
        ("p.csv", GOOD, ["--calendar", "Not An Id"], 2, "small letters, digits and hyphens"),
    ],
)
def test_how_it_ends_when_it_cannot(run: Run, name: str, content: str | None, options: list[str], code: int, says: str):
    """1 for the input, 2 for the command, 3 for the machine."""
    done = run(name, content, *options)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)
    assert says in " ".join(done.stderr.replace("\N{BOX DRAWINGS LIGHT VERTICAL}", " ").split())


def test_a_folder_that_cannot_be_read_whole_is_put_right_first(run: Run, folder: Path):
    """A link out of the folder, a file with a mistake: their sentences, and nothing written."""
    (folder / "broken.toml").write_text("[calendar\n")
    done = run("p.csv", GOOD)
    assert done.returncode == 1
    assert "broken.toml:1:" in done.stdout
    assert not (folder / "p.toml").exists()
