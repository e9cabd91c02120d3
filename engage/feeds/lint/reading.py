"""A tolerant reader of iCalendar that remembers physical lines: it never raises and says what it could not read.

Made for the linter alone: `icalendar` writes our own feeds, so as a judge of them it would not be independent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from engage.feeds.lint.findings import Finding, problem

MOST_LINES = 300_000  # physical ones
MOST_ENTRIES = 5_000  # five times what calendar apps take; the rest is counted and not looked at
MOST_FAULTS = 1_000
DEEPEST = 8
MOST_VALUE = 100_000  # characters of a value that checks look at

_NAME = re.compile(r"[A-Za-z0-9-]+")
_ONE = r'(?:"[^"]*+"|[^",;:]*+)'
_PARAMETER = re.compile(rf";([A-Za-z0-9-]+)=({_ONE}(?:,{_ONE})*+)(?=[;:])")
_ENTRY = re.compile(rb"^BEGIN:VEVENT", re.MULTILINE | re.IGNORECASE)
_VALUE = re.compile(r'"([^"]*)"|([^",]+)')


@dataclass(slots=True)
class Line:
    """A content line: *number* is its first physical line; *parameters* are as written, quotes included."""

    number: int
    name: str
    parameters: dict[str, str]
    value: str
    is_sound: bool = True  # whether the parameters could be told apart

    def parameter(self, name: str) -> str:
        """The parameter's first value without quotes, or nothing."""
        found = _VALUE.search(self.parameters.get(name, ""))
        return (found[1] or found[2] or "") if found else ""


@dataclass(slots=True)
class Component:
    """BEGIN to END of one name, with its lines by their names."""

    name: str
    number: int
    lines: dict[str, list[Line]] = field(default_factory=dict)
    children: list[Component] = field(default_factory=list)

    def all(self, *names: str) -> Iterator[Line]:
        for name in names:
            yield from self.lines.get(name, ())

    def first(self, name: str) -> Line | None:
        found = self.lines.get(name)
        return found[0] if found else None

    def text(self, name: str) -> str:
        """The value of the first line of that name as written, or nothing."""
        found = self.first(name)
        return found.value if found else ""

    def named(self, *names: str) -> list[Component]:
        return [child for child in self.children if child.name in names]


@dataclass(slots=True)
class Document:
    """What was read, and what was wrong with its form."""

    calendars: list[Component] = field(default_factory=list)
    entries: int = 0
    findings: list[Finding] = field(default_factory=list)
    is_cut: bool = False  # too long: the rest was not read


def read(body: bytes) -> Document:
    """Every calendar in the body."""
    reader = _Reader()
    for number, line in _unfolded(body):
        if number > MOST_LINES or not reader.take(number, line):
            reader.cut(number, entries=len(_ENTRY.findall(body)))
            break
    return reader.finish()


def _unfolded(body: bytes) -> Iterator[tuple[int, str]]:
    """Logical lines that are not empty, with the physical line each begins at."""
    body = body.removeprefix(b"\xef\xbb\xbf")
    ending = b"\n" if b"\n" in body else b"\r"
    start, number, first = 0, 0, 0
    parts: list[bytes] = []
    while start < len(body) and number <= MOST_LINES:
        end = body.find(ending, start)
        end = len(body) if end < 0 else end
        physical, start, number = body[start:end].removesuffix(b"\r"), end + 1, number + 1
        if parts and physical.startswith((b" ", b"\t")):
            parts.append(physical[1:])
            continue
        if parts:
            yield first, b"".join(parts).decode(errors="replace")
        parts, first = ([physical] if physical else []), number
    if number > MOST_LINES:
        yield number, ""
    elif parts:
        yield first, b"".join(parts).decode(errors="replace")


class _Reader:
    """A stack of open components."""

    def __init__(self) -> None:
        self.document = Document()
        self.open: list[Component] = []

    def take(self, number: int, line: str) -> bool:
        """Read one logical line; False when the rest is not worth reading."""
        found = _content_line(number, line)
        if found is None:
            told = f"This is no line of a calendar ({_shown(line)}). A line break in a text is written as \\n."
            self._say("C68", number, told)
        elif found.name == "BEGIN":
            return self._begin(found)
        elif found.name == "END":
            self._end(found)
        elif self.open:
            if not found.is_sound:
                told = f"The parameters of {found.name} cannot be told apart. Quote a value that holds : ; or , and"
                self._say("C69", number, f"{told} write a quotation mark in it as ^'.")
            self.open[-1].lines.setdefault(found.name, []).append(found)
        else:
            self._say("C20", number, f"{found.name} stands outside of any calendar. Put it after BEGIN:VCALENDAR.")
        return True

    def cut(self, number: int, *, entries: int) -> None:
        self.document.is_cut, self.document.entries = True, entries
        self._say("C18", number, "The feed is so long or so deeply nested that it was not read beyond this line.")

    def finish(self) -> Document:
        if self.open and not self.document.is_cut:
            missing = ", ".join(f"END:{component.name}" for component in reversed(self.open))
            told = f"The feed breaks off: {missing} is missing. A part of a feed deletes the rest from calendars."
            self._say("C17", self.open[-1].number, told)
        return self.document

    def _begin(self, line: Line) -> bool:
        name = line.value.strip().upper()[:40]
        if name == "VEVENT":
            self.document.entries += 1
        component = Component(name, line.number)
        if self.open:
            self.open[-1].children.append(component)
        elif name == "VCALENDAR":
            self.document.calendars.append(component)
        else:
            self._say("C20", line.number, f"{name} stands outside of any calendar. Put it into a VCALENDAR.")
        self.open.append(component)
        return len(self.open) <= DEEPEST and self.document.entries <= MOST_ENTRIES

    def _end(self, line: Line) -> None:
        name = line.value.strip().upper()[:40]
        if self.open and self.open[-1].name == name:
            self.open.pop()
        elif name in [component.name for component in self.open]:
            left = self.open[-1]
            self._say("C17", line.number, f"END:{left.name} is missing before this line (it begins at {left.number}).")
            while self.open.pop().name != name:
                pass
        else:
            self._say("C20", line.number, f"END:{_shown(name)} ends nothing that began. Take it out.")

    def _say(self, item: str, number: int, sentence: str) -> None:
        if len(self.document.findings) < MOST_FAULTS or item == "C18":
            self.document.findings.append(problem(item, number, sentence))


def _content_line(number: int, text: str) -> Line | None:
    """The line in its parts; None when it has no name and colon. Broken parameters are passed over."""
    name = _NAME.match(text)
    if name is None or text[name.end() : name.end() + 1] not in (":", ";"):
        return None
    parameters: dict[str, str] = {}
    at = name.end()
    while found := _PARAMETER.match(text, at):
        parameters.setdefault(found[1].upper(), found[2])
        at = found.end()
    colon = text.find(":", at)
    if colon < 0:
        return None
    return Line(number, name[0].upper(), parameters, text[colon + 1 : colon + 1 + MOST_VALUE], is_sound=colon == at)


def _shown(text: str) -> str:
    """The first words of hostile text, in one line."""
    short = text if len(text) <= 40 else f"{text[:40]} …"
    return repr(short)
