"""Spreadsheets: columns by the names people give them, dates as they write them, CSV and workbooks alike."""

from __future__ import annotations

import io
import sys
import zipfile

import pytest

from engage.errors import NotNow
from engage.imports.sheet import repack
from tests.imports.samples import Cell, bring, codes, csv, entries, only, parts, refused, sheet, xlsx, zipped

pytestmark = pytest.mark.timeout(20)

ROW = "03/12/2026,18:30,20:00,Talk,Village Hall,ZZ1 4AA,Tea at six"


def times(content: str) -> list[str]:
    return [f"{e.starts_local:%Y-%m-%d %H:%M}-{e.ends_local:%H:%M}" for e in entries(bring(content, "p.csv"))]


def test_a_plain_row_is_a_meeting():
    """Venue by its name, day before month."""
    entry = only(csv(ROW), "p.csv")
    assert (entry.title, entry.venue, entry.note, entry.id) == ("Talk", "hall", "Tea at six", "talk-2026-12-03")
    assert times(csv(ROW)) == ["2026-12-03 18:30-20:00"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_spreadsheets_write_is_fine(delimiter: str, encoding: str, end: str):
    """Commas, semicolons or tabs; a byte-order mark; Windows-1252 with a sentence; any end of line."""
    text = (
        csv('03/12/2026,18:30,20:00,"Café, talk",Village Hall,,""')
        .replace(",", delimiter)
        .replace(f"é{delimiter}", "é,")
    )
    done = bring(text.replace("\n", end).encode(encoding), "p.csv")
    assert [e.title for e in entries(done)] == ["Café, talk"]
    assert ("encoding" in codes(done)) == (encoding == "cp1252")


@pytest.mark.parametrize(
    "day",
    ["03/12/2026", "3/12/26", "3.12.2026", "03-12-2026", "2026-12-03", "3 December 2026", "Thursday 3 December 2026",
     "Thu, 3rd Dec 2026", "3-Dec-26", "Thurs 3 Dec. 2026"],
)  # fmt: skip
def test_days_as_people_write_them(day: str):
    """The day comes first, except where the year does."""
    assert times(csv(f'"{day}",18:30,20:00,Talk,,,')) == ["2026-12-03 18:30-20:00"]


@pytest.mark.parametrize(
    ("start", "end"),
    [("18:30", "20:00"), ("18.30", "20.00"), ("6.30pm", "8pm"), ("6:30 PM", "8:00 PM"), ("1830", "2000"), ("18:30:00", "20:00:00"),
     ("6.30 p.m.", "8 p.m."), ("18:30hrs", "20:00h"), ("2026-12-03 18:30", "2026-12-03T20:00"), ("03/12/2026 18:30", "03/12/2026 20:00")],
)  # fmt: skip
def test_times_as_people_write_them(start: str, end: str):
    """On either clock."""
    assert times(csv(f"03/12/2026,{start},{end},Talk,,,")) == ["2026-12-03 18:30-20:00"]


def test_the_whole_moment_may_stand_in_one_column():
    """Without a column for the date."""
    assert times(csv("2026-12-03 18:30,8pm,Talk", head="When,Finish,What")) == ["2026-12-03 18:30-20:00"]
    assert times(csv("2026-12-03T18:30,2026-12-03T20:00,Talk", head="Start,End,Title")) == ["2026-12-03 18:30-20:00"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("12/25/2026,18:30,20:00,Talk,,,", "bad-date"),
        ("31/02/2026,18:30,20:00,Talk,,,", "bad-date"),
        ("soon,18:30,20:00,Talk,,,", "bad-date"),
        ("03/12/1826,18:30,20:00,Talk,,,", "bad-date"),
        (",18:30,20:00,Talk,,,", "bad-date"),
        (",,,Talk,,,", "no-date"),
        ("03/12/2026,24:30,20:00,Talk,,,", "bad-time"),
        ("03/12/2026,13pm,20:00,Talk,,,", "bad-time"),
        ("03/12/2026,6,8,Talk,,,", "bad-time"),
        ("03/12/2026,20:00,18:30,Talk,,,", "end-before-start"),
        ("03/12/2026,,20:00,Talk,,,", "no-start"),
        ("03/12/2026,18:30,12/12/2026 18:30,Talk,,,", "too-long"),
        ("03/12/2026,18:30,20:00,,,,", "no-title"),
        ("28/03/2027,01:30,,Talk,,,", "time-does-not-exist"),
        (f"03/12/2026,18:30,20:00,Talk,,,{'a' * 20_001}", "cell"),
        ("03/12/2026,18:30,20:00,Talk, with tea,Village Hall,,Tea", "columns"),
    ],
)
def test_a_row_that_cannot_be_taken_has_its_sentence(row: str, code: str):
    """With its line; the whole file is refused for it."""
    assert refused(csv(ROW, row), "p.csv").startswith(f"3 {code}: ")


def test_months_that_come_first_are_named_as_the_reason():
    """An export of an American Outlook: nobody guesses the twelfths."""
    assert "The day comes first: 25/12/2026" in refused(csv("12/25/2026,18:30,20:00,Talk,,,"), "p.csv")


def test_good_rows_can_be_taken_without_the_bad():
    """`skip_bad`; the rest is listed, also what only our own check finds."""
    done = bring(
        csv(ROW, "soon,,,Talk,,,", "28/03/2027,01:30,,Gap,,,", ROW.replace("03/12", "04/12")), "p.csv", skip_bad=True
    )
    assert [e.id for e in entries(done)] == ["talk-2026-12-03", "talk-2026-12-04"]
    assert [(p.line, p.code) for p in done.problems] == [(3, "bad-date"), (4, "time-does-not-exist")]
    assert done.counts["left_out"] == 2


def test_nothing_good_is_nothing_written():
    """Even when the bad may be skipped."""
    assert bring(csv("soon,,,Talk,,,"), "p.csv", skip_bad=True).text is None


def test_outlooks_own_columns_are_known():
    """Whole days end at the next midnight; people are left out and said; the private is refused."""
    head = ('"Subject","Start Date","Start Time","End Date","End Time","All day event","Reminder on/off","Reminder Date",'
            '"Meeting Organizer","Required Attendees","Categories","Description","Location","Private","Show time as"')  # fmt: skip
    talk = '"Talk","03/12/2026","18:30:00","03/12/2026","20:00:00","False","True","03/12/2026","Jo Doe","jo@example.org","Fraud;Red","Tea","Village Hall","False","2"'
    week = '"Week","07/12/2026","00:00:00","12/12/2026","00:00:00","True","False","","","","","","","False","3"'
    done = bring(csv(talk, week, head=head), "p.csv")
    assert [(e.title, str(e.first_day), str(e.last_day)) for e in entries(done)] == [
        ("Talk", "None", "None"), ("Week", "2026-12-07", "2026-12-11"),
    ]  # fmt: skip
    assert entries(done)[0].topics == ("fraud",)
    assert done.text is not None
    assert "jo@" not in done.text
    assert "Meeting Organizer, Required Attendees" in str(done.warnings)
    private = talk.replace('"False","2"', '"True","2"')
    assert refused(csv(private, head=head), "p.csv").startswith("2 private")


@pytest.mark.parametrize(
    ("said", "status"),
    [("Confirmed", "confirmed"), ("", "confirmed"), ("TBC", "tentative"), ("provisional", "tentative"), ("Canceled", "cancelled"), ("not held", "not-held")],
)  # fmt: skip
def test_statuses(said: str, status: str):
    """In the words people use."""
    assert (
        only(csv(f"03/12/2026,18:30,20:00,Talk,{said}", head="date,start,end,title,status"), "p.csv").status == status
    )


def test_a_status_nobody_knows_is_refused():
    """A cancelled meeting must not be announced because of a slip."""
    says = refused(csv("03/12/2026,18:30,20:00,Talk,canceld", head="date,start,end,title,status"), "p.csv")
    assert 'Did you mean "canceled"?' in says


def test_area_topics_and_links_have_columns():
    """By id or by name; what is unknown is left out and said."""
    head = "Date,Start,End,Title,Borough,Topics,Online,Website"
    done = bring(
        csv('03/12/2026,18:30,20:00,Talk,Harbour,"Fraud; burglary, love",https://meet.example.org/1,www', head=head),
        "p.csv",
    )
    (entry,) = entries(done)
    assert (entry.areas, entry.topics, entry.online) == (
        ("harbour",),
        ("fraud", "burglary"),
        "https://meet.example.org/1",
    )
    assert codes(done) == ["link", "no-topic"]


def test_a_meeting_without_an_end_lasts_two_hours_and_one_without_a_time_the_day():
    """Each is said once, with how many there are."""
    done = bring(csv("03/12/2026,18:30,,Talk,,,", "04/12/2026,18:30,,Talk,,,", "05/12/2026,,,Fair,,,"), "p.csv")
    assert [e.length.total_seconds() / 3600 for e in entries(done)] == [2, 2, 24]
    assert {"no-end", "no-time"} <= set(codes(done))
    assert "2 rows without an end" in str(done.warnings)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (csv(ROW, head="Date,Start,End,Name of it,Venue,Postcode,Notes"), "no-column"),
        (csv(ROW, head="Colour,Start time of bus,End,Title,Venue,Postcode,Notes"), "no-column"),
        (csv(ROW, head="Date,Start,End,Title,Title,Postcode,Notes"), "column-twice"),
        (csv(ROW) + '04/12/2026,18:30,20:00,"Talk', "quotes"),
        (csv(ROW) + ROW + "," * 200, "columns"),
        (csv(ROW).encode("utf-16"), "encoding"),
        (csv(ROW).encode() + b"\0", "encoding"),
        (csv(ROW).encode() + b"caf\x81", "encoding"),
        (b"PK\x03\x04...", "not-csv"),
        ("<table><tr>", "not-csv"),
        ("Date,Title\n", "empty"),
        ("", "empty"),
        ("a" * (4 * 1024 * 1024 + 1), "too-large"),
        (csv(*[ROW] * 5001), "too-many"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_reason(content: str | bytes, code: str):
    """Before any row is read."""
    assert refused(content, "p.csv").split()[1] == f"{code}:"


def test_a_cell_that_looks_like_a_formula_is_only_text():
    """`=HYPERLINK(...)` stays what it is; our exports escape it."""
    assert (
        only(csv('03/12/2026,18:30,20:00,"=HYPERLINK(""https://x"")",,,'), "p.csv").title == '=HYPERLINK("https://x")'
    )


# --- workbooks ------------------------------------------------------------------------------------------------------

HEAD: list[Cell] = ["Date", "Start", "End", "Title", "Venue"]


def test_a_workbook_with_real_dates_and_times():
    """46359 is 3 December 2026 in Excel's calendar; half a day is noon."""
    entry = only(
        xlsx([HEAD, ["d46359", "t0.7708333333333334", "t0.8333333333333334", "Talk", "Village Hall"]]), "p.xlsx"
    )
    assert (f"{entry.starts_local:%Y-%m-%d %H:%M}", f"{entry.ends_local:%H:%M}") == ("2026-12-03 18:30", "20:00")
    assert entry.venue == "hall"


def test_a_workbook_may_hold_text_and_gaps():
    """Rows are named by their number in the sheet, empty ones above and between included."""
    rows: list[list[Cell]] = [[], HEAD, [], ["3 Dec 2026", "6.30pm", "8pm", "Talk", None], ["soon", "", "", "Talk", ""]]
    assert refused(xlsx(rows), "p.xlsx").startswith("5 bad-date")


def test_numbers_and_switches_in_cells_are_text():
    """1830 is a time of day, 2026 a title."""
    entry = only(xlsx([[*HEAD, "All day"], ["d46359", 1830.0, 2000.0, 2026.0, True, False]]), "p.xlsx")
    assert (entry.title, f"{entry.starts_local:%H:%M}") == ("2026", "18:30")


def test_only_the_first_sheet_with_anything_is_read():
    """And which were not is said."""
    done = bring(xlsx([], [HEAD, ["d46359", "t0.75", "t0.8", "Talk", ""]], [["other"]]), "p.xlsx")
    assert [e.title for e in entries(done)] == ["Talk"]
    assert 'Only the first sheet, "sheet2", was read; not "sheet3".' in str(done.warnings)


def test_an_empty_workbook_is_empty():
    """No sheet holds anything."""
    assert refused(xlsx([]), "p.xlsx").startswith("1 empty")


@pytest.mark.parametrize("reference", ["XFD1048576", "A1048576", "ZZZZZZ1", "CW1", "A" + "9" * 5000])
@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_cell_far_out_is_refused_before_the_sheet_is_laid_out(reference: str, quote: str):
    """calamine lays out every cell from the first to the last: 17 billion of them."""
    bomb = parts([HEAD])
    bomb["xl/worksheets/sheet1.xml"] = sheet([HEAD]).replace("<c ", f"<c r = {quote}{reference}{quote} ", 1)
    assert refused(zipped(bomb), "p.xlsx").split()[1] == "too-many:"


def test_rows_and_cells_that_do_not_say_where_they_stand_are_counted():
    """A sheet may leave the numbers out."""
    for rows in ("<row/>" * 5002, f'<row r="1">{"<c/>" * 101}</row>', '<row r="999999999999"/>'):
        bomb = parts([HEAD])
        bomb["xl/worksheets/sheet1.xml"] = sheet([]).replace("<sheetData>", f"<sheetData>{rows}")
        assert refused(zipped(bomb), "p.xlsx").split()[1] == "too-many:"


def test_a_zip_bomb_is_measured_before_it_is_read():
    """40 MiB of blanks in 40 KiB; and the same claiming to be small."""
    bomb = zipped(parts([HEAD]) | {"xl/sharedStrings.xml": f"<sst>{' ' * 40 * 1024 * 1024}</sst>"})
    assert len(bomb) < 100_000
    assert refused(bomb, "p.xlsx").split()[1] == "zip-bomb:"
    at = bomb.rindex(b"xl/sharedStrings.xml") - 46 + 24
    lying = bomb[:at] + (100).to_bytes(4, "little") + bomb[at + 4 :]
    assert refused(lying, "p.xlsx").split()[1] == "damaged:"


def test_what_is_handed_on_holds_only_what_was_measured():
    """No pictures, no macros, no document of another program beside the sheets."""
    made = repack.repacked(
        zipped(parts([HEAD]) | {"xl/media/1.png": "x", "xl/vbaProject.bin": "x", "content.xml": "<x/>"})
    )
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        assert sorted(book.namelist()) == sorted(parts([HEAD]))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old-or-locked"),
        (b"Date,Title", "damaged"),
        (b"PK\x03\x04" + b"\0" * 100, "damaged"),
        (zipped({"xl/workbook.xml": "<workbook"}), "damaged"),
        (zipped({"xl/workbook.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><workbook/>"}), "damaged"),
        (zipped({f"xl/{n}.xml": "<a/>" for n in range(501)}), "damaged"),
        (zipped({"readme.txt": "hello"}), "damaged"),
        (b"PK" * (2 * 1024 * 1024 + 1), "too-large"),
    ],
)  # fmt: skip
def test_what_is_no_workbook_is_refused(content: bytes, code: str):
    """Old, locked, damaged or made to hurt: no entities of its own either (S24)."""
    assert refused(content, "p.xlsx").split()[1] == f"{code}:"


def test_two_parts_of_one_name_are_refused():
    """Two readers would take two different ones."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as book:
        book.writestr("xl/workbook.xml", "<a/>")
        with pytest.warns(UserWarning, match="Duplicate name"):
            book.writestr("xl/workbook.xml", "<b/>")
    assert refused(made.getvalue(), "p.xlsx").startswith("1 damaged")


def test_without_the_reader_of_workbooks_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    """The extra `import` is optional."""
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(NotNow, match=r"pip install 'engage\[import\]'"):
        bring(xlsx([HEAD]), "p.xlsx")
