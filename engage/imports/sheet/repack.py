"""A workbook measured part by part before anything else opens it: a few kilobytes of ZIP can hold gigabytes.

What is handed on holds only parts that were read here to their end, unpacked, so no reader can be surprised. Cells far
out are refused as well: calamine lays a sheet out from its first to its last cell, and one at XFD1048576 is 17 billion.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from xml.parsers import expat

from engage.imports.drafts import MOST_DRAFTS, Unreadable

LARGEST = 4 * 1024 * 1024  # bytes of the file
LARGEST_UNPACKED = 32 * 1024 * 1024
MOST_PARTS = 500
MOST_ROWS = MOST_DRAFTS + 1
MOST_COLUMNS = 100
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


def repacked(content: bytes) -> bytes:
    """The same workbook without compression, and without pictures and whatever else holds no cells."""
    if len(content) > LARGEST:
        raise Unreadable("too-large", "The workbook is larger than 4 MiB. Keep only the sheet with the meetings.")
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Unreadable(
            "old-or-locked", "This is an old .xls or a workbook with a password. Save it as .xlsx without."
        )
    try:
        return _repacked(content)
    except _BROKEN:
        raise Unreadable("damaged", "This is no workbook, or it is damaged. Save it again as .xlsx.") from None


def _repacked(content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(made, "w") as taken:
        parts = [part for part in given.infolist() if _is_wanted(part.filename)]
        if len(parts) > MOST_PARTS or len({part.filename for part in parts}) < len(parts):
            raise Unreadable("damaged", "The workbook has too many parts, or two of one name. Save it again as .xlsx.")
        room = LARGEST_UNPACKED
        for part in parts:
            with given.open(part) as file:  # reads no further than the size it declares, and checks its sum
                unpacked = file.read(min(room, part.file_size) + 1)
            room -= len(unpacked)
            if room <= 0:
                raise Unreadable(
                    "zip-bomb", "The workbook unpacks to more than 32 MiB. Keep only the sheet with the meetings."
                )
            _measure(unpacked)
            taken.writestr(zipfile.ZipInfo(part.filename), unpacked)
    return made.getvalue()


def _is_wanted(name: str) -> bool:
    """Sheets, texts, styles and what joins them; never media, macros or another program's document."""
    return name.endswith((".xml", ".rels")) and name.startswith(("xl/", "_rels/", "[Content_Types]"))


def _measure(unpacked: bytes) -> None:
    """Refuse declarations of entities, and cells further out than a list of meetings reaches."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _no_doctype
    counter = _Counter()
    parser.StartElementHandler = counter.start
    try:
        parser.Parse(unpacked, True)
    except expat.ExpatError:
        raise Unreadable("damaged", "A part of the workbook is damaged. Save it again as .xlsx.") from None


class _Counter:
    """Follows rows and cells as a reader would, also those that do not say where they stand."""

    def __init__(self) -> None:
        self._row, self._column = 0, 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "row":
            said = attributes.get("r", "")
            self._row, self._column = int(said) if said.isascii() and said.isdigit() else self._row + 1, 0
        elif local == "c":
            self._column += 1
            self._place(attributes.get("r", ""))
        if self._row > MOST_ROWS or self._column > MOST_COLUMNS:
            raise Unreadable(
                "too-many",
                f"A cell stands beyond row {MOST_ROWS:,} or column {MOST_COLUMNS}. Delete what stands far out.",
                max(self._row, 1),
            )

    def _place(self, reference: str) -> None:
        """AB12 is row 12, column 28."""
        letters = reference.rstrip("0123456789")
        digits = reference[len(letters) :]
        if letters:
            self._column = 0
            for letter in letters[:8].upper():
                self._column = self._column * 26 + ord(letter) - 64
        if digits:
            self._row = int(digits[:18])


def _no_doctype(*_: object) -> None:
    raise Unreadable("damaged", "The workbook declares entities of its own, which no spreadsheet needs.")
