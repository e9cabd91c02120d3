"""Bytes of a file -> its text and its tables, or the sentence that helps. What the tables mean is read elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import tomli

from engage.declared.findings import Findings
from engage.declared.mistakes import explain

LARGEST = 4 * 1024 * 1024  # bytes of one file
_DEEPEST = 16  # dotted names; tomli walks them again for each key
_REPAIRS = 25
_EFFORT = 500_000  # characters read again after repairs: a file of a megabyte is read twice, not 25 times
_PLACE = re.compile(r"\(at (?:line (\d+), column (\d+)|end of document)\)$")
_NAME = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_DEEP = re.compile(rf"^[ \t]*\[?\[?[ \t]*{_NAME}(?:[ \t]*\.[ \t]*{_NAME}){{{_DEEPEST}}}", re.MULTILINE)
_LONG_NUMBER = re.compile(r"\d[\d_]{400}")
_HOW = "In Notepad choose File, Save as, Encoding: UTF-8."


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file as text with Unix line ends and without byte-order mark. *tables* is None when it is no TOML at all.

    *repaired* is the text the tables were read from, line for line the same as *text* but for plain mistakes.
    """

    text: str
    repaired: str
    tables: dict[str, Any] | None


def parse(file: str, content: bytes, findings: Findings) -> Source:
    """Read one file. After a mistake whose meaning is plain, such as 18:30, reading goes on with what was meant."""
    text = _text(file, content, findings)
    if text is None:
        return Source(text="", repaired="", tables=None)
    tables, repaired = _tables(file, text, findings)
    return Source(text=text, repaired=repaired, tables=tables)


def _text(file: str, content: bytes, findings: Findings) -> str | None:
    if len(content) > LARGEST:
        findings.problem_at(
            file, (1, 1), "file-too-large", "The file is larger than 4 MiB. Split it into two calendars."
        )
        return None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or content[1:2] == b"\0" or content[:1] == b"\0":
        findings.problem_at(file, (1, 1), "encoding", f"The file is saved as UTF-16, not as UTF-8. {_HOW}")
        return None
    content = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        before = content[: error.start].decode()
        point = before.count("\n") + 1, len(before) - before.rfind("\n")
        findings.problem_at(file, point, "encoding", f"This letter is not in UTF-8. {_HOW}")
        return None
    if (place := text.find("\0")) >= 0:
        findings.problem_at(file, _point(text, place), "encoding", "The file holds a NUL character: it is damaged.")
        return None
    return text


def _point(text: str, place: int) -> tuple[int, int]:
    return text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)


def _tables(file: str, text: str, findings: Findings) -> tuple[dict[str, Any] | None, str]:
    """The tables, and the text as it was probably meant, from which they were read."""
    if deep := _DEEP.search(text):
        findings.problem_at(file, _point(text, deep.start()), "too-deep", "This name has too many dots.")
        return None, text
    for _ in range(min(_REPAIRS, 1 + _EFFORT // (len(text) + 1)) + 1):
        try:
            return tomli.loads(text), text
        except RecursionError:
            findings.problem_at(file, _deepest(text), "too-deep", "Brackets are nested too deeply here.")
            return None, text
        except tomli.TOMLDecodeError as error:
            repaired = _mistake(file, text, str(error), findings)
        except ValueError:  # int() refuses numbers of more than 4,300 digits
            long = _LONG_NUMBER.search(text)
            point = _point(text, long.start()) if long else (1, 1)
            findings.problem_at(file, point, "number-too-large", "This number is too large.")
            return None, text
        if repaired is None:
            break
        text = repaired
    return None, text


def _mistake(file: str, text: str, said: str, findings: Findings) -> str | None:
    """Report what tomli stumbled over; the text with that line repaired, when its meaning is plain."""
    lines = text.split("\n")
    place = _PLACE.search(said)
    if place and place[1]:
        row, column = min(int(place[1]), len(lines)) - 1, int(place[2]) - 1
    else:
        row = max((n for n, line in enumerate(lines) if line.strip()), default=0)
        column = len(lines[row])
    mistake = explain(said, lines, row, column)
    findings.problem_at(file, (row + 1, mistake.column), mistake.code, mistake.message)
    if mistake.repaired is None:
        return None
    return "\n".join([*lines[:row], mistake.repaired, *lines[row + 1 :]])


def _deepest(text: str) -> tuple[int, int]:
    """Where brackets are open twenty deep for the first time."""
    depth = 0
    for found in re.finditer(r"[\[\]{}]", text):
        depth += 1 if found[0] in "[{" else -1
        if depth == 20:
            return _point(text, found.start())
    return 1, 1
