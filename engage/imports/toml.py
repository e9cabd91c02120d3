"""Values as TOML that a person likes to read, as in calendars/*.toml. Which keys there are is decided in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

Kinds = type | tuple[type, ...]


@dataclass(kw_only=True)
class Block:
    """One `[[table]]` with the line of the source it comes from, and comments above it."""

    header: str
    line: int
    pairs: list[tuple[str, str, str]] = field(default_factory=list)
    above: tuple[str, ...] = ()

    def add(self, key: str, value: object, comment: str = "") -> None:
        """A key with its value; what is None or an empty text is left out."""
        if value is None or value == "":
            return
        self.pairs.append((key, literal(value), comment))

    def add_all(self, values: Mapping[str, object]) -> None:
        """Keys with their values; that a single entry or a series is confirmed goes without saying."""
        for key, value in values.items():
            usual = key == "status" and value == "confirmed" and "series" not in (told for told, _, _ in self.pairs)
            self.add(key, None if usual else value)

    def lines(self) -> list[str]:
        """Comments, header and keys; remarks behind values stand in one column where they can."""
        told = [*(f"# {line}".rstrip() for line in self.above), self.header]
        for key, value, comment in self.pairs:
            said = f"{key} = {value}"
            told += (f"{said:<38} # {comment}" if comment else said).split("\n")
        return told


def literal(value: object) -> str:
    """A value as TOML writes it; of a text of several lines each stands on its own."""
    form = next((form for kind, form in _FORMS if isinstance(value, kind)), None)
    if form is None:
        raise TypeError(f"{type(value).__name__} has no form in our files")
    return form(value)


def _text(text: str) -> str:
    if "\n" not in text:
        return f'"{_escaped(text)}"'
    body = "\n".join(_escaped(line) for line in text.split("\n"))
    return f'"""\n{body}"""'


def _listed(items: Sequence[str]) -> str:
    """On one line while it fits, else an item a line."""
    flat = f"[{', '.join(items)}]"
    return flat if len(flat) <= 100 else "\n".join(["[", *(f"    {item}," for item in items), "]"])


def _escaped(text: str) -> str:
    r"""Backslash and quotation mark get a backslash, what nobody can see its number."""
    told = text.replace("\\", "\\\\").replace('"', '\\"')
    return "".join(c if c.isprintable() or ord(c) > 0x9F else f"\\u{ord(c):04X}" for c in told)


def _length(length: timedelta) -> str:
    """1h30m, 2h, 45m; a minute at least."""
    hours, minutes = divmod(max(int(length.total_seconds()) // 60, 1), 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "")


# The first kind that fits: a datetime is also a date, and True is also a number.
_FORMS: tuple[tuple[Kinds, Callable[[Any], str]], ...] = (
    (str, _text),
    (bool, lambda value: "true" if value else "false"),
    (int, str),
    (float, lambda value: f"{value:.6f}".rstrip("0").ljust(3, "0")),
    (datetime, lambda value: f"{value:%Y-%m-%dT%H:%M:%S}"),
    ((date, time), lambda value: value.isoformat()),
    (timedelta, lambda value: f'"{_length(value)}"'),
    (dict, lambda value: f"{{ {', '.join(f'{key} = {literal(item)}' for key, item in value.items())} }}"),
    ((list, tuple), lambda value: _listed([literal(item) for item in value])),
)


def joined(blocks: Iterable[Sequence[str]]) -> str:
    return "\n\n".join("\n".join(lines) for lines in blocks) + "\n"
