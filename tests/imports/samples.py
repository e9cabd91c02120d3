"""A small office, and hands that write foreign calendars and bring them in."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from xml.sax.saxutils import escape

from engage.declared.read import read
from engage.domain.calendars import Entry
from engage.imports.door import Imported, Order, bring_in
from tests.office import OFFICE_TOML, TALKS_HEAD, TIPS_TOML, meeting

TODAY = date(2026, 11, 23)
FOLDER = {
    "office.toml": OFFICE_TOML.encode(),
    "tips.toml": TIPS_TOML.encode(),
    "village-talks.toml": (TALKS_HEAD + meeting("winter", "2026-12-08T18:30:00")).encode(),
}
LONDON = "DTSTART;TZID=Europe/London:20261201T183000"
UNTIL_EIGHT = "DTEND;TZID=Europe/London:20261201T200000"


def vevent(
    *lines: str, uid: str = "1@example.org", start: str = LONDON, title: str = "Talk", end: str = UNTIL_EIGHT
) -> str:
    """A VEVENT; empty arguments leave their line out."""
    told = [f"UID:{uid}" if uid else "", start, end, f"SUMMARY:{title}" if title else "", *lines]
    return "\r\n".join(["BEGIN:VEVENT", *filter(None, told), "END:VEVENT", ""])


def ics(*vevents: str, head: str = "") -> bytes:
    """A whole file around VEVENTs."""
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{head}{''.join(vevents)}END:VCALENDAR\r\n".encode()


def bring(content: bytes | str, name: str = "parish.ics", **order: object) -> Imported:
    """What comes of a file beside the small office's own."""
    given = content.encode() if isinstance(content, str) else content
    order.setdefault("target", "parish.toml")
    return bring_in(Order(source=name, content=given, **order), FOLDER, today=TODAY)


def entries(done: Imported, target: str = "parish.toml") -> list[Entry]:
    """The entries that the written file declares, in the order of their start."""
    assert done.text is not None, "\n".join(map(str, done.problems))
    declared = read({**FOLDER, target: done.text.encode()}, today=TODAY)
    assert declared.schedule is not None, "\n".join(map(str, declared.problems))
    ours = [e for e in declared.schedule.entries.values() if e.calendar_id == target.removesuffix(".toml")]
    return sorted(ours, key=lambda e: (e.starts_at, e.id))


def only(content: bytes | str, name: str = "parish.ics", **order: object) -> Entry:
    """The one entry of a file that yields one."""
    (entry,) = entries(bring(content, name, **order))
    return entry


def refused(content: bytes | str, name: str = "parish.ics") -> str:
    """The one sentence with which a file is refused, with its place."""
    done = bring(content, name)
    assert done.text is None
    (problem,) = done.problems
    return f"{problem.line} {problem.code}: {problem.message}"


def codes(done: Imported) -> list[str]:
    """What a person is asked to look at, by code."""
    return sorted(p.code for p in done.warnings)


def csv(*rows: str, head: str = "Date,Start,End,Title,Venue,Postcode,Notes") -> str:
    return "\n".join((head, *rows)) + "\n"


Cell = str | float | bool | None
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_DOC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def parts(*sheets: Sequence[Sequence[Cell]]) -> dict[str, str]:
    """The parts of a workbook. A text is text; a number with a letter before it has a format: d1.5 date, t0.5 time."""
    names = [f"sheet{n}" for n in range(1, len(sheets) + 1)]
    rels = (
        "".join(f'<Relationship Id="{n}" Type="{_DOC}/worksheet" Target="worksheets/{n}.xml"/>' for n in names)
        + f'<Relationship Id="styles" Type="{_DOC}/styles" Target="styles.xml"/>'
    )
    return {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_RELS}"><Relationship Id="1" Type="{_DOC}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOC}"><sheets>'
        + "".join(f'<sheet name="{n}" sheetId="{i}" r:id="{n}"/>' for i, n in enumerate(names, start=1))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELS}">{rels}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="20"/></cellXfs></styleSheet>',
        **{f"xl/worksheets/{n}.xml": sheet(rows) for n, rows in zip(names, sheets, strict=True)},
    }  # fmt: skip


def sheet(rows: Sequence[Sequence[Cell]]) -> str:
    told = "".join(f'<row r="{n}">{"".join(map(_cell, row))}</row>' for n, row in enumerate(rows, start=1))
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{told}</sheetData></worksheet>'


def _cell(cell: Cell) -> str:
    if cell is None:
        return "<c/>"
    if isinstance(cell, str) and cell[:1] in "dt" and cell[1:].replace(".", "").isdigit():
        return f'<c s="{"dt".index(cell[0]) + 1}"><v>{cell[1:]}</v></c>'
    if isinstance(cell, str):
        return f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
    return f'<c t="b"><v>{int(cell)}</v></c>' if isinstance(cell, bool) else f"<c><v>{cell}</v></c>"


def zipped(members: dict[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in members.items():
            book.writestr(name, content)
    return made.getvalue()


def xlsx(*sheets: Sequence[Sequence[Cell]]) -> bytes:
    """A workbook with these sheets."""
    return zipped(parts(*sheets))
