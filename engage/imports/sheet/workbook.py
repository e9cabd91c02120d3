"""The rows of an .xlsx workbook. It is a ZIP of XML, so it is measured before anything reads it: see repack."""

from __future__ import annotations

import io
from collections.abc import Iterator

from engage.errors import NotNow
from engage.imports.drafts import Notes, Unreadable
from engage.imports.sheet.cells import Cell, text_of
from engage.imports.sheet.repack import repacked
from engage.imports.texts import one_line


def xlsx_rows(content: bytes, notes: Notes) -> Iterator[tuple[int, list[Cell]]]:
    """Each row that holds anything, with its number in the sheet."""
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        raise NotNow(
            "Reading .xlsx needs the package python-calamine: pip install 'engage[import]'. "
            "Or save the sheet as CSV UTF-8 and import that."
        ) from None
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(repacked(content)))
        sheets = [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names]
    except (CalamineError, ValueError, OSError) as error:
        raise Unreadable(
            "damaged", f"The workbook cannot be read ({one_line(str(error), 80)}). Save it again."
        ) from None
    full = [(name, rows) for name, rows in sheets if any(text_of(cell) for row in rows for cell in row)]
    if len(full) > 1:
        others = ", ".join(f'"{one_line(name, 30)}"' for name, _ in full[1:8])
        notes.look(1, "sheets", f'Only the first sheet, "{one_line(full[0][0], 30)}", was read; not {others}.')
    for number, row in enumerate(full[0][1] if full else [], start=1):
        if any(text_of(cell) for cell in row):
            yield number, list(row)
