"""How commands print: results on stdout, one JSON document with --json, everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:  # everything else is imported when a command runs: `engage --help` stays fast
    from engage.app import App
    from engage.domain.calendars import Entry

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def opened() -> App:
    """The App of this command, from the settings."""
    from engage.app import build
    from engage.log import configure
    from engage.settings import Settings

    settings = Settings.read()
    configure(settings.log_format)
    return build(settings)


def document(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def say(text: str) -> None:
    """A line for the person at the terminal that is not the result."""
    print(text, file=sys.stderr)


def many(n: int, one: str, more: str | None = None) -> str:
    """`1 person`, `1,200 people`."""
    return f"{n:,} {one if n == 1 else more or f'{one}s'}"


def when(entry: Entry) -> str:
    """`Thu 3 Dec 2026 6:30pm`, or the first of whole days."""
    from engage.domain.wording import clock, short_day

    day = entry.first_day or entry.starts_local
    return f"{short_day(day)} {day.year}" + ("" if entry.first_day else f" {clock(entry.starts_local)}")


def table(rows: Iterable[Sequence[object]], head: Sequence[str]) -> None:
    """Aligned columns; nothing but text, so that it can be piped."""
    texts = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[n]) for row in texts) for n in range(len(head))]
    for row in texts:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def who() -> str:
    """The account at the keyboard, for the record of who applied or issued what."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no account in a container
        return "command line"
