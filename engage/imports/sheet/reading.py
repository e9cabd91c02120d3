"""Rows -> drafts, and a sentence for every row that cannot be taken: the door of this folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from engage.imports.drafts import MOST_DRAFTS, Bad, Draft, Notes, Tally, Unreadable
from engage.imports.sheet.cells import Cell, text_of
from engage.imports.sheet.columns import columns_of
from engage.imports.sheet.comma import csv_rows
from engage.imports.sheet.rows import draft_of
from engage.imports.sheet.workbook import xlsx_rows

_SAYINGS = {
    "no-time": "{n} without a start time: written as whole days. Give a time to those that are meetings.",
    "no-end": "{n} without an end: taken as two hours.",
}


def read_csv(content: bytes, *, ours: ZoneInfo, today: date, notes: Notes) -> tuple[str, list[Draft]]:
    """A CSV file has no name of its own; its times are the office's."""
    del ours, today
    return "", _drafts(csv_rows(content, notes), notes)


def read_xlsx(content: bytes, *, ours: ZoneInfo, today: date, notes: Notes) -> tuple[str, list[Draft]]:
    """The first sheet that holds anything."""
    del ours, today
    return "", _drafts(xlsx_rows(content, notes), notes)


def _drafts(rows: Iterable[tuple[int, Sequence[Cell]]], notes: Notes) -> list[Draft]:
    columns: dict[int, str] = {}
    width = 0
    drafts: list[Draft] = []
    tally = Tally()
    for number, (line, cells) in enumerate(rows):
        if number > MOST_DRAFTS:
            raise Unreadable("too-many", f"The file has more than {MOST_DRAFTS:,} rows. Split it.", line)
        if not columns:
            columns, width = columns_of([text_of(cell) for cell in cells], line, notes), len(cells)
            continue
        try:
            drafts.append(draft_of(_row(cells, columns, width), line, tally))
        except Bad as bad:
            notes.bad(line, bad.code, str(bad))
    _say(tally, notes)
    return drafts


def _row(cells: Sequence[Cell], columns: dict[int, str], width: int) -> dict[str, Cell]:
    """The cells by column; a row may be short at its end. A comma without quotation marks shifts all that follow."""
    if any(text_of(cell) for cell in cells[width:]):
        message = (
            "This row has more cells than the first line names. A text that holds the separator needs quotation marks."
        )
        raise Bad("columns", message)
    return {column: cells[place] for place, column in columns.items() if place < len(cells)}


def _say(tally: Tally, notes: Notes) -> None:
    for code, saying in _SAYINGS.items():
        for line, _, number in tally.of(code):
            notes.look(line, code, saying.format(n="1 row" if number == 1 else f"{number:,} rows"))
    for line, fault, number in tally.of("link"):
        often = "" if number == 1 else f" ({number:,} times)"
        notes.look(line, "link", f"A link was left out{often}: it {fault}")
