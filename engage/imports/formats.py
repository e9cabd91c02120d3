"""What can be brought in, by the end of a file's name. A format reads bytes into drafts; the door does the rest."""

from __future__ import annotations

from datetime import date
from typing import Protocol
from zoneinfo import ZoneInfo

from engage.imports.drafts import Draft, Notes
from engage.imports.ics.reading import read_ics
from engage.imports.sheet.reading import read_csv, read_xlsx

LARGEST = 4 * 1024 * 1024  # bytes of a source; a format may take less


class Format(Protocol):
    """Reads a file: its own name (or nothing) and its drafts. Raises Unreadable when it cannot be trusted."""

    def __call__(self, content: bytes, *, ours: ZoneInfo, today: date, notes: Notes) -> tuple[str, list[Draft]]: ...


FORMATS: dict[str, Format] = {".ics": read_ics, ".csv": read_csv, ".xlsx": read_xlsx}
