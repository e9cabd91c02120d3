"""The rows of a CSV file with their line numbers. A workbook's are in workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from engage.imports.decoding import decoded
from engage.imports.drafts import Notes, Unreadable

LARGEST = 4 * 1024 * 1024
MOST_COLUMNS = 100


def csv_rows(content: bytes, notes: Notes) -> Iterator[tuple[int, list[str]]]:
    """Each row at the line on which it begins; empty ones are left out."""
    if len(content) > LARGEST:
        raise Unreadable("too-large", "The file is larger than 4 MiB. Split it.")
    if content[:4] == b"PK\x03\x04":
        raise Unreadable("not-csv", "This is a workbook, not CSV: give its name the ending .xlsx.")
    text = decoded(content, notes)
    if text.lstrip()[:1] == "<":
        raise Unreadable("not-csv", "This is a web page, not CSV: download the table itself.")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line = 1
    csv.field_size_limit(max(csv.field_size_limit(), LARGEST))
    try:
        for cells in reader:
            if len(cells) > MOST_COLUMNS:
                raise Unreadable(
                    "columns", f"This row has {len(cells):,} cells; at most {MOST_COLUMNS} are read.", line
                )
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        message = f"The row cannot be read ({error}). Look for a missing quotation mark."
        raise Unreadable("quotes", message, line) from None


def _delimiter(text: str) -> str:
    """What the first line has most of outside of quotation marks."""
    head = next((line for line in text.split("\n") if line.strip()), "")
    bare = "".join(head.split('"')[::2])
    return max(",;\t", key=bare.count)
