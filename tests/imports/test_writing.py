"""What is written is TOML that says exactly what was read, under ids that last."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.domain import clock
from engage.imports.door import Imported, Order, bring_in
from engage.imports.texts import visible
from engage.imports.toml import Block, literal
from tests.imports.samples import FOLDER, TODAY, bring, codes, csv, entries, ics, only, vevent

HARD = 'Tŷ "quoted" C:\\News \'\'\' """ \\" # [x] ŵ \N{FACE WITH TEARS OF JOY} \N{FAMILY}'


def test_hard_text_survives_from_a_calendar():
    """Quotation marks, backslashes, Welsh letters, emoji, line breaks."""
    escaped = HARD.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
    entry = only(ics(vevent(f"DESCRIPTION:{escaped}\\n\\n{escaped}", f"LOCATION:{escaped}", title=escaped)))
    assert (entry.title, entry.note) == (HARD, f"{HARD}\n\n{HARD}")


def test_hard_text_survives_from_a_spreadsheet():
    """In each column that holds words."""
    cell = '"' + HARD.replace('"', '""') + '"'
    entry = only(csv(f'03/12/2026,18:30,20:00,{cell},{cell},,"{HARD.replace(chr(34), chr(34) * 2)}\nmore"'), "p.csv")
    assert (entry.title, entry.note) == (HARD, f"{HARD}\nmore")


def bring_beside(content: bytes | str, folder: dict[str, bytes], name: str = "p.csv") -> Imported:
    given = content.encode() if isinstance(content, str) else content
    return bring_in(Order(source=name, content=given, target="parish.toml"), folder, today=TODAY)


@given(st.text(max_size=80).map(visible))
def test_any_text_is_read_back_as_it_was(text: str):
    """On one line or on several, also where it begins with a break or ends with a quotation mark."""
    assert tomllib.loads(f"a = {literal(text)}\nb = 1") == {"a": text, "b": 1}


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda when: when.replace(microsecond=0)),
    st.integers(1, 7 * 24 * 60),
)
def test_times_are_read_back_as_they_were(when: datetime, minutes: int):
    """Moments, days, times of day, lengths."""
    told = {"a": when, "b": when.date(), "c": when.time(), "d": [when.date()] * 9, "e": {"x": when}}
    assert tomllib.loads("\n".join(f"{key} = {literal(value)}" for key, value in told.items())) == told
    assert clock.duration(tomllib.loads(f"a = {literal(timedelta(minutes=minutes))}")["a"]) == timedelta(
        minutes=minutes
    )


def test_positions_have_six_decimals_and_long_lists_a_line_each():
    """About ten centimetres; nobody reads 1e-05."""
    assert literal((54.5, -0.00001)) == "[54.5, -0.00001]"
    assert literal(2.0) == "2.0"
    assert literal([date(2026, 12, n) for n in range(1, 12)]).startswith("[\n    2026-12-01,\n")


def test_what_has_no_form_is_our_mistake():
    """A promise broken, not a staff's error."""
    with pytest.raises(TypeError):
        literal(time)


def test_empty_values_are_left_out_and_remarks_stand_behind():
    """A block reads like those of the samples."""
    block = Block(header="[[meeting]]", line=1)
    block.add("id", "talk", "UID 1")
    block.add("note", "")
    block.add("venue", None)
    assert block.lines() == ["[[meeting]]", 'id = "talk"                            # UID 1']


def test_the_file_says_where_it_comes_from_and_whose_it_is_now():
    """Above everything."""
    done = bring(ics(vevent()), name="Parish Diary 2026.ics")
    assert done.text is not None
    assert done.text.startswith("# PARISH DIARY 2026: brought in from Parish Diary 2026.ics.\n")
    assert "# UID 1@example.org" in done.text


def test_entries_stand_in_the_order_of_their_dates():
    """Wherever they stood; series come first."""
    done = bring(csv("05/12/2026,18:30,,C,,,", "03/12/2026,,,A,,,", "04/12/2026,18:30,,B,,,"), "p.csv")
    assert done.text is not None
    places = [done.text.index(f'title = "{title}"') for title in "ABC"]
    assert places == sorted(places)


def test_same_title_and_day_are_numbered():
    """The earlier keeps the plain id."""
    done = bring(csv("03/12/2026,20:00,21:00,Talk,,,", "03/12/2026,18:30,20:00,Talk,,,"), "p.csv")
    assert [(e.id, f"{e.starts_local:%H}") for e in entries(done)] == [
        ("talk-2026-12-03", "18"),
        ("talk-2026-12-03-2", "20"),
    ]


def test_ids_do_not_meet_those_of_the_folder():
    """Neither a meeting's nor those a series will ever make."""
    series = (
        '\n[[series]]\nid = "clinic"\ntitle = "x"\nevery = "week"\non = "Monday"\nat = 18:30:00\nfrom = 2026-01-01\n'
    )
    more = '\n[[meeting]]\nid = "talk-2026-12-03"\ntitle = "y"\nstarts = 2026-12-03T10:00:00\n'
    text = FOLDER["village-talks.toml"] + (series + more).encode()
    content = csv("03/12/2026,18:30,20:00,Talk,,,", "07/02/2028,18:30,20:00,Clinic,,,")
    done = bring_beside(content, {**FOLDER, "village-talks.toml": text})
    assert done.text is not None
    assert 'id = "talk-2026-12-03-2"' in done.text
    assert 'id = "clinic-extra-2028-02-07"' in done.text
    weekly = bring_beside(
        ics(vevent("RRULE:FREQ=WEEKLY", title="Talk")), {**FOLDER, "village-talks.toml": text}, "x.ics"
    )
    assert weekly.text is not None
    assert 'id = "talk-2"' in weekly.text


def test_a_long_title_is_cut_and_still_has_an_id():
    """200 characters of title, 80 of id."""
    done = bring(csv(f"03/12/2026,18:30,20:00,{'Long ' * 80},,,{'a ' * 3000}"), "p.csv")
    (entry,) = entries(done)
    assert "cut" in codes(done)
    assert len(entry.note or "") <= 2000
    assert len(entry.title) <= 200
    assert len(entry.id) <= 80


def test_a_title_that_is_a_word_of_the_systems_gets_another_id():
    """`all` is a feed."""
    done = bring(ics(vevent("RRULE:FREQ=WEEKLY", title="All")))
    assert done.text is not None
    assert 'id = "all-2"' in done.text


def test_an_address_in_a_note_is_pointed_out():
    """Notes are published."""
    assert "mail-in-note" in codes(bring(csv("03/12/2026,18:30,20:00,Talk,,,Ask jo@example.org"), "p.csv"))


def test_a_folder_with_a_mistake_must_be_put_right_first():
    """Nobody can say which venues and ids there are."""
    done = bring_beside(
        csv("03/12/2026,18:30,20:00,Talk,,,"), {**FOLDER, "village-talks.toml": b"[calendar]\nnmae = 1\n"}
    )
    assert done.text is None
    assert {p.file for p in done.problems} == {"village-talks.toml"}


def test_what_our_own_check_finds_is_said_of_the_source():
    """Warnings as well: the doubled hour."""
    done = bring(csv("24/10/2026,18:30,20:00,Talk,,,", "25/10/2026,01:30,03:00,Night,,,"), "p.csv")
    assert [(p.file, p.line) for p in done.warnings if p.code == "time-happens-twice"] == [("p.csv", 3)]


def test_the_calendar_is_called_as_asked():
    """By --name, by --calendar, by its own name or its file's."""
    told = bring(ics(vevent(), head="X-WR-CALNAME:Own\\, name\r\n"))
    assert told.text is not None
    assert 'name = "Own, name"' in told.text
    asked = bring(ics(vevent()), name="x_y.ics", calendar_id="watch", target="Watch Group.toml")
    assert asked.text is not None
    assert 'id = "watch"\nname = "X y"' in asked.text
    named = bring(ics(vevent(), head="X-WR-CALNAME:Own\r\n"), calendar_id="parish")
    assert named.text is not None
    assert "[calendar]\nname" in named.text, "an id that the file's name says already is not repeated"
