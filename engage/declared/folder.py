"""Fetches the files of a folder. What they mean is read in read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from engage.declared.read import Declared, read
from engage.declared.syntax import LARGEST
from engage.domain.problems import Problem
from engage.errors import NotFound


def read_folder(folder: Path, *, today: date) -> Declared:
    """What the files of a folder declare; NotFound when there is no such folder."""
    sources, problems = fetch(folder)
    return read(sources, today=today, found=problems)


def fetch(folder: Path) -> tuple[dict[str, bytes], tuple[Problem, ...]]:
    """The bytes of each `*.toml` by name, and the files that could not be had.

    A file that is there and cannot be read is a problem: leaving it out would cancel all its meetings.
    """
    if not folder.is_dir():
        raise NotFound(f"There is no folder {folder}. Name the folder that holds office.toml and the calendars.")
    sources, problems = {}, []
    for path in sorted(folder.iterdir()):
        if not _is_ours(path):
            continue
        got = _fetch(path, folder.resolve())
        if isinstance(got, bytes):
            sources[path.name] = got
        else:
            problems.append(got)
    return sources, tuple(problems)


def _is_ours(path: Path) -> bool:
    """False for what editors leave behind while they write: .#x.toml, ~$x.toml, x.toml~, #x.toml#."""
    name = path.name
    return name.lower().endswith(".toml") and not name.startswith((".", "~", "#")) and not path.is_dir()


def _fetch(path: Path, folder: Path) -> bytes | Problem:
    try:
        if not path.resolve(strict=True).is_relative_to(folder):
            return _problem(
                path, "outside-folder", "This file is a link that leads out of the folder. Put a copy here."
            )
        if not path.is_file():
            return _problem(path, "not-a-file", "This is not an ordinary file.")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, RuntimeError) as error:  # a link that leads in circles is a RuntimeError before Python 3.13
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it cannot be opened"
        return _problem(path, "unreadable", f"This file cannot be read: {reason.lower()}.")
    return content


def _problem(path: Path, code: str, message: str) -> Problem:
    return Problem(file=path.name, line=1, column=1, code=code, message=message)
