"""Rows of SECURITY's matrix about staff's files and people files, by their number. B24 to B29 are in test_rendering."""

import time
from functools import partial

import pytest

from engage.channels.addresses import parse_email
from engage.declared.people_csv import LARGEST, read_people
from engage.declared.read import read
from tests.declared.samples import CALENDAR, MEETING, OFFICE, SERIES, TODAY, declare
from tests.domain.samples import OFFICE as PEOPLE_OFFICE

ROWS = [
    ("B1", "# nothing yet\n", "empty-file"),
    ("B2", CALENDAR + '[[meeting]]\nid = "a"\ntitle = "Your que', "unclosed-text"),
    ("B3", CALENDAR + MEETING + 'title = "Another"\n', "duplicate-key"),
    ("B4", CALENDAR + "x = " + "{ a = " * 60 + "1" + " }" * 60, "unknown-key"),
    ("B5", CALENDAR + MEETING + 'note = !!python/object/apply:os.system ["true"]\n', "toml-syntax"),
    ("B6", CALENDAR + "x = " + "[" * 100_000, "too-deep"),
    ("B7", CALENDAR + SERIES.replace("18:30:00", "18:30"), "bare-time"),
    ("B7", CALENDAR + MEETING + "attendance = 012\n", "leading-zero"),
    ("B7", CALENDAR + MEETING.replace('"winter"', "“winter”"), "curly-quotes"),
    ("B8", CALENDAR + MEETING.replace("2026-12-03", "2026-13-45"), "bad-date"),
    ("B8", CALENDAR + MEETING.replace("2026-12-03", "9999-12-03"), "bad-date"),
    ("B8", CALENDAR + MEETING.replace("2026-12-03", "0001-12-03"), "bad-date"),
    ("B9", CALENDAR + 'timezone = "GMT Standard Time"\n', "unknown-zone"),
    ("B10", CALENDAR + MEETING.replace("2026-12-03T18:30", "2027-03-28T01:30"), "time-does-not-exist"),
    ("B11", CALENDAR + MEETING + "ends = 2026-12-03T18:00:00\n", "end-before-start"),
    ("B11", CALENDAR + MEETING + 'duration = "8 days"\n', "bad-duration"),
    ("B11", CALENDAR + MEETING + 'duration = "0 min"\n', "bad-duration"),
    ("B12", CALENDAR + MEETING + MEETING, "duplicate-id"),
    ("B12", CALENDAR + MEETING + MEETING.replace('"winter"', '"WINTER"'), "duplicate-id"),
    ("B13", CALENDAR + MEETING + 'reminders = [{ before = "-1 day" }]\n', "bad-reminder"),
    ("B13", CALENDAR + MEETING + 'reminders = [{ before = "3650 days" }]\n', "bad-reminder"),
    ("B13", CALENDAR + MEETING + "reminders = [" + '{ before = "1 day" }, ' * 10_000 + "]\n", "bad-count"),
    ("B14", CALENDAR + MEETING + "remnders = []\n", "unknown-key"),
    ("B15", (CALENDAR + MEETING).encode("utf-16"), "encoding"),
    ("B15", (CALENDAR + 'x = "\0"\n').encode(), "encoding"),
    ("B15", (CALENDAR + MEETING).encode() + b'note = "\xed\xa0\x80"\n', "encoding"),
    ("B16", CALENDAR + MEETING.replace("Your questions", "Your\\r\\nBcc: x"), "line-break"),
    ("B16", CALENDAR + MEETING.replace("Your questions", "x" * 10_000), "text-length"),
    ("B17", CALENDAR + MEETING.replace("Your questions", "Your \x0b questions"), "toml-syntax"),
    ("B19", CALENDAR + MEETING + 'online = "javascript:alert(1)"\n', "bad-url"),
    ("B19", CALENDAR + MEETING + 'online = "https://169.254.169.254/latest"\n', "bad-url"),
    ("B19", CALENDAR + MEETING + f'online = "https://example.org/{"x" * 5000}"\n', "bad-url"),
    ("B20", CALENDAR + 'api_key = "x"\n', "secret"),
    ("B23", CALENDAR + MEETING + f"attendance = {'9' * 100_000}\n", "number-too-large"),
    ("B23", CALENDAR + '[[venue]]\nid = "v"\nname = "V"\narea = "vale"\ngeo = [1e999, nan]\n', "bad-type"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "content", "code"), ROWS, ids=[f"{row}-{n}" for n, (row, _, _) in enumerate(ROWS)])
def test_a_bad_calendar_is_refused_in_a_sentence_and_in_a_second(row, content, code):
    """With its place and no traceback; there is no schedule, so that the last good state stays live."""
    begun = time.process_time()
    raw = content if isinstance(content, bytes) else content.encode()
    declared = read({"office.toml": OFFICE.encode(), "talks.toml": raw}, today=TODAY)
    assert time.process_time() - begun < 5
    assert declared.schedule is None
    assert code in {problem.code for problem in declared.problems}
    assert all("Traceback" not in problem.message and len(problem.message) < 600 for problem in declared.problems)


@pytest.mark.parametrize(
    ("row", "line", "title"),
    [
        ("B16", "Your \\u202equestions\\u200b", "Your questions"),
        ("B16", "=?utf-8?q?=0d=0aBcc:x?=", "=?utf-8?q?=0d=0aBcc:x?="),
        ("B17", "Your\\u0001 questions", "Your questions"),
        ("B18", "<script>{{7*7}}{% raw %}", "<script>{{7*7}}{% raw %}"),
    ],
)
def test_a_strange_title_is_taken_literally_without_what_nobody_sees(row, line, title):
    """Whoever shows it escapes it; what would turn it round or hide in it is gone."""
    schedule = declare(MEETING.replace("Your questions", line)).schedule
    assert schedule is not None
    assert schedule.entries["winter"].title == title


def test_b11_a_meeting_in_the_past_is_history():
    """It is taken, and nobody is told of it: what is due for it lies behind us."""
    declared = declare(MEETING.replace("2026-12-03", "2017-12-03"))
    assert declared.schedule is not None
    assert declared.problems == ()


@pytest.mark.parametrize("how", ["crlf", "tabs", "mark"])
def test_b15_what_windows_writes_is_fine(how):
    """Three habits of its editors."""
    text = (CALENDAR + MEETING).replace("\n", "\r\n" if how == "crlf" else "\n")
    text = ("\ufeff" if how == "mark" else "") + text.replace(" = ", "\t=\t" if how == "tabs" else " = ")
    assert declare(talks=text).problems == ()


def test_b21_a_link_out_of_the_folder_is_refused(tmp_path):
    """Its text would become public."""
    from engage.declared.folder import fetch

    folder = tmp_path / "calendars"
    folder.mkdir()
    (tmp_path / "passwd").write_text("x")
    (folder / "leak.toml").symlink_to(tmp_path / "passwd")
    (folder / "up.toml").symlink_to("../passwd")
    sources, problems = fetch(folder)
    assert (sources, [problem.code for problem in problems]) == ({}, ["outside-folder"] * 2)


HEAD = "email,phone,area,consent_at,consent_source,consent_wording"
ADA = "ada@example.org,,mill,2024-05-31,fair,I agree."
LONG = "a" * 250
PEOPLE = [
    ("B43", ADA, {"no-consent"}),
    ("B43", f"{HEAD}\n{ADA}".replace(",", "|"), {"unknown-column", "no-consent"}),
    ("B43", f"{HEAD}\n{ADA}".encode("utf-16"), {"encoding"}),
    ("B43", f"{HEAD}\n{ADA}é".encode("cp1252"), {"encoding"}),
    ("B44", "email,area\nada@example.org,mill", {"no-consent"}),
    ("B47", f"{HEAD}\nada@example.org,,mill,2024-05-31,fair,{'x' * 1_000_000}", {"cell", "quotes"}),
    ("B47", ",".join(f"c{n}" for n in range(10_000)) + "\n", {"columns"}),
    ("B47", f'{HEAD}\nada@example.org,,mill,2024-05-31,fair,"I agree', {"quotes"}),
    ("B47", f"{HEAD}\nada@example.org,,mill,2024-05-31,fair,I\0agree", {"encoding"}),
    ("B47", b"x" * (LARGEST + 1), {"too-large"}),
    *(("B48", f"{HEAD}\n{address},,mill,2024-05-31,fair,I agree.", {"email"})
      for address in ("alice@example.org@evil.example", '"""a> <b""@evil.example"', "a@b", "a@[127.0.0.1]", f"{LONG}@example.org")),
    ("B50", b"PK\x03\x04\x14\x00\x06\x00", {"not-csv"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "content", "codes"), PEOPLE, ids=[f"{row}-{n}" for n, (row, _, _) in enumerate(PEOPLE)]
)
def test_a_bad_people_file_is_refused_whole(row, content, codes):
    """Nobody of it is taken, and each sentence names its line."""
    begun = time.process_time()
    raw = content if isinstance(content, bytes) else content.encode()
    found = read_people("people.csv", raw, PEOPLE_OFFICE, parse_email=parse_email)
    assert time.process_time() - begun < 2
    assert found.people == ()
    assert codes & {problem.code for problem in found.problems}
    assert len(found.problems) <= 200


def test_b43_semicolons_are_what_excel_writes():
    """Here, where the comma may be a decimal point."""
    raw = f"{HEAD}\n{ADA}".replace(",", ";").encode()
    assert len(read_people("people.csv", raw, PEOPLE_OFFICE, parse_email=parse_email).people) == 1


def test_b45_one_address_in_three_spellings_is_one_person():
    """Capitals in the domain and blanks around it make no second one."""
    rows = "\n".join(ADA.replace("ada@example.org", said) for said in ("ada@example.org", "ada@EXAMPLE.org", " ada@example.org "))  # fmt: skip
    found = read_people("people.csv", f"{HEAD}\n{rows}".encode(), PEOPLE_OFFICE, parse_email=parse_email)
    assert [person.address for person in found.people] == ["ada@example.org"]


@pytest.mark.parametrize("cell", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)"])
def test_b46_a_formula_is_text(cell):
    """Kept letter by letter as the evidence that it is."""
    raw = f"{HEAD}\nada@example.org,,mill,2024-05-31,{cell},I agree.".encode()
    (person,) = read_people("people.csv", raw, PEOPLE_OFFICE, parse_email=parse_email).people
    assert person.consent_source == cell


@pytest.mark.parametrize(
    ("given", "taken"),
    [("0044 7700 900123", True), ("07700 900123", True), ("09012 345678", False), ("+49 30 1234567", False), ("call me", False)],
)  # fmt: skip
def test_b49_only_mobile_numbers_of_the_country_are_taken(given, taken):
    """In one spelling, E.164; premium, foreign and words are refused with their line."""
    from engage.channels.phones import parse_phone

    raw = f"{HEAD}\n,{given},mill,2024-05-31,fair,I agree.".encode()
    found = read_people(
        "people.csv", raw, PEOPLE_OFFICE, parse_email=parse_email, parse_phone=partial(parse_phone, invented=True)
    )
    assert [person.address for person in found.people] == ["+447700900123"] * taken
    assert [problem.line for problem in found.problems] == [2] * (not taken)
