"""Fetching the files of a folder."""

import os
import re
from pathlib import Path

import pytest

from engage.declared.folder import fetch, read_folder
from engage.errors import NotFound
from tests.declared.samples import CALENDAR, MEETING, OFFICE, TODAY


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "calendars"
    folder.mkdir()
    (folder / "office.toml").write_text(OFFICE)
    (folder / "talks.toml").write_text(CALENDAR + MEETING)
    return folder


def test_every_toml_file_is_read_and_what_editors_leave_is_not(folder):
    """Emacs, Word and vim put files beside the one they write."""
    for name in (
        ".#talks.toml",
        "~$talks.toml",
        "talks.toml~",
        "#talks.toml#",
        ".talks.toml.swp",
        "notes.txt",
        ".toml",
    ):
        (folder / name).write_text("not TOML")
    (folder / "old.toml").mkdir()
    sources, problems = fetch(folder)
    assert sorted(sources) == ["office.toml", "talks.toml"]
    assert problems == ()
    declared = read_folder(folder, today=TODAY)
    assert declared.schedule is not None
    assert set(declared.schedule.entries) == {"winter"}


def test_a_link_out_of_the_folder_is_refused_and_one_inside_is_not(folder, tmp_path):
    """Otherwise a link could publish any file of the machine."""
    (tmp_path / "secret.toml").write_text('password = "x"')
    (folder / "leak.toml").symlink_to(tmp_path / "secret.toml")
    (folder / "again.toml").symlink_to(folder / "talks.toml")
    sources, problems = fetch(folder)
    assert "leak.toml" not in sources
    assert "again.toml" in sources
    assert [(problem.file, problem.code) for problem in problems] == [("leak.toml", "outside-folder")]
    assert read_folder(folder, today=TODAY).schedule is None


@pytest.mark.parametrize("name", ["nowhere.toml", "circle.toml"])
def test_a_link_that_leads_nowhere_is_a_problem(folder, name):
    """Leaving the file out in silence would cancel its meetings."""
    (folder / name).symlink_to(folder / ("circle.toml" if name == "circle.toml" else "gone"))
    _, (problem,) = fetch(folder)
    assert (problem.file, problem.code) == (name, "unreadable")


def test_a_pipe_does_not_block(folder):
    """Opening one would wait for a writer for ever."""
    os.mkfifo(folder / "pipe.toml")
    _, (problem,) = fetch(folder)
    assert problem.code == "not-a-file"


def test_a_large_file_is_not_read_to_its_end(folder):
    """Four megabytes are the limit; the problem stands beside those of the other files."""
    with (folder / "large.toml").open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    (folder / "talks.toml").write_text(CALENDAR + MEETING + "vneue = 1\n")
    declared = read_folder(folder, today=TODAY)
    assert [(problem.file, problem.code) for problem in declared.problems] == [
        ("large.toml", "file-too-large"),
        ("talks.toml", "unknown-key"),
    ]


def test_a_venue_of_a_file_that_cannot_be_had_is_not_called_unknown(folder, tmp_path):
    """One cause, one problem."""
    (tmp_path / "venues.toml").write_text('[calendar]\nname = "V"\n[[venue]]\nid = "hall"\nname = "H"\narea = "vale"\n')
    (folder / "venues.toml").symlink_to(tmp_path / "venues.toml")
    (folder / "talks.toml").write_text(CALENDAR + MEETING + 'venue = "hall"\n')
    assert [problem.code for problem in read_folder(folder, today=TODAY).problems] == ["outside-folder"]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    """The person who typed the path can act on it."""
    with pytest.raises(NotFound, match=r"There is no folder .*nowhere"):
        fetch(tmp_path / "nowhere")


@pytest.mark.parametrize("folder", ["calendars", "tests/sample_office"])
def test_our_own_samples_are_without_a_problem(folder):
    """The sample is complete and passes its own check; that minutes are due comes with the days."""
    declared = read_folder(Path(__file__).parents[2] / folder, today=TODAY)
    assert [problem for problem in declared.problems if problem.code != "no-minutes"] == []
    assert declared.schedule is not None
    assert declared.schedule.entries


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[2] / "calendars").glob("*.toml")), ids=lambda p: p.name)
def test_every_key_of_a_sample_is_explained_in_it(path):
    """By a note on its line, above it, or by its name in one of the file's notes: staff read no manual."""
    lines = path.read_text().splitlines()
    notes = " ".join(line.partition("#")[2] for line in lines)
    places: dict[str, list[int]] = {}
    for number, line in enumerate(lines):
        for key in re.findall(r"(?:^|[{,])\s*([\w-]+)\s*=(?!=)", line.partition("#")[0]):
            places.setdefault(key, []).append(number)
    assert [
        key
        for key, numbers in places.items()
        if not re.search(rf"\b{key}\b", notes)
        and not any("#" in lines[number] or lines[number - 1].startswith("#") for number in numbers)
    ] == []
