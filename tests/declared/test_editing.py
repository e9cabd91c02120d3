"""Changing single values of a file and nothing else in it."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.declared.editing import NoPlace, Table, Text
from engage.imports.toml import literal

ORDER = ("id", "title", "starts", "venue", "status", "reason", "except", "move", "attendance")
FILE = """\
# The file's own words.
[calendar]
name = "Talks"        # as residents see it

# ---- meetings
[[meeting]]
id = "a"
starts  =  2026-12-03     # a bare date, blanks on both sides
except = [
    2026-12-08,  # carols
    2026-12-15,  # snow
]
[[meeting.papers]]
title = "Agenda"

# ---- the next one
[[meeting]]   # its heading
id = "b"
move = [{ from = 2026-08-11, to = 2026-08-18T19:00:00 }]
  status = "cancelled"   # rung by the hall

[[series]]
id = "s"
"""
A, B, S = Table("meeting", 0), Table("meeting", 1), Table("series", 0)


def changed(change, content=FILE):
    """The lines that went and the lines that came."""
    text = Text(content.encode())
    change(text)
    was, now = content.splitlines(), text.content.decode().splitlines()
    tomllib.loads(text.content.decode())
    return [line for line in was if line not in now], [line for line in now if line not in was]


def test_a_value_is_replaced_where_it_stands():
    """Blanks around it and the comment behind it stay: the file is its writer's."""
    assert changed(lambda text: text.set(A, "starts", "2026-12-04", order=ORDER)) == (
        ["starts  =  2026-12-03     # a bare date, blanks on both sides"],
        ["starts  =  2026-12-04     # a bare date, blanks on both sides"],
    )


def test_a_new_key_stands_below_those_that_go_before_it():
    """In the order in which the sample is written, not at the end."""
    text = Text(FILE.encode())
    text.set(A, "venue", '"hall"', order=ORDER)
    text.set(B, "attendance", "42", order=ORDER)
    text.set(S, "title", '"T"', order=ORDER)
    lines = text.content.decode().splitlines()
    assert lines[lines.index('venue = "hall"') - 1].startswith("starts")
    assert lines[lines.index("  attendance = 42") - 1].startswith("  status")
    assert lines[lines.index('title = "T"') - 1] == 'id = "s"'


def test_a_key_is_taken_out_and_its_comment_is_not():
    """The comment may be the only record of a telephone call."""
    assert changed(lambda text: text.drop(B, "status")) == (
        ['  status = "cancelled"   # rung by the hall'],
        ["# rung by the hall"],
    )
    assert changed(lambda text: text.drop(B, "venue")) == ([], [])


@pytest.mark.parametrize(
    ("table", "key", "item", "gone", "come"),
    [
        (A, "except", "2026-12-22", [], ["    2026-12-22,"]),
        (
            B,
            "move",
            "{ from = 2026-09-08, to = 2026-09-09 }",
            ["move = [{ from = 2026-08-11, to = 2026-08-18T19:00:00 }]"],
            ["move = [{ from = 2026-08-11, to = 2026-08-18T19:00:00 }, { from = 2026-09-08, to = 2026-09-09 }]"],
        ),
        (S, "except", "2026-12-22", [], ["except = [2026-12-22]"]),
    ],
)
def test_a_list_grows_in_the_way_it_is_written(table, key, item, gone, come):
    """On one line, or a line for each."""
    assert changed(lambda text: text.append(table, key, item, order=ORDER)) == (gone, come)


@pytest.mark.parametrize("list_", ["[]", "[ 1, ]", "[\n    1\n]", "[\n    1  # one\n]", "[\n    1,\n    # no more\n]"])
def test_a_list_grows_whatever_its_commas(list_):
    """A comma behind the last one is allowed and not needed; a comment may stand between."""
    content = f"[[meeting]]\nexcept = {list_}\n"
    text = Text(content.encode())
    text.append(A, "except", "2", order=ORDER)
    was, now = (tomllib.loads(part)["meeting"][0]["except"] for part in (content, text.content.decode()))
    assert now == [*was, 2]
    assert text.content.count(b"#") == content.count("#")


def test_a_value_inside_a_list_of_tables_is_replaced():
    """The second move of one date is the first one, changed."""
    gone, come = changed(lambda text: text.set_within(B, "move", 0, "to", "2026-08-25"))
    assert come == [gone[0].replace("2026-08-18T19:00:00", "2026-08-25")]


def test_a_new_table_stands_below_another_and_what_belongs_to_that():
    """Not between a meeting and its papers, nor between a comment and the meeting below it."""
    text = Text(FILE.encode())
    text.insert(["[[meeting]]", 'id = "n"'], below=A)
    lines = text.content.decode().splitlines()
    place = lines.index('id = "n"')
    assert lines[place - 3 : place + 3] == [
        'title = "Agenda"',
        "",
        "[[meeting]]",
        'id = "n"',
        "",
        "# ---- the next one",
    ]
    text.insert(["[[meeting]]", 'id = "z"'], below=None)
    assert text.content.decode().endswith('id = "s"\n\n[[meeting]]\nid = "z"\n')


@pytest.mark.parametrize("ending", ["", "\n", "\n\n\n"])
def test_a_file_without_a_line_end_at_its_end_is_no_trap(ending):
    """The new line does not run into the last one."""
    text = Text(('[[meeting]]\nid = "a"' + ending).encode())
    text.set(A, "title", '"T"', order=ORDER)
    text.insert(["[[meeting]]", 'id = "b"'], below=A)
    assert tomllib.loads(text.content.decode())["meeting"] == [{"id": "a", "title": "T"}, {"id": "b"}]


def test_windows_line_ends_and_a_byte_order_mark_stay():
    """Notepad's own: a file of mixed line ends shows as one line there."""
    content = b"\xef\xbb\xbf" + FILE.replace("\n", "\r\n").encode()
    text = Text(content)
    text.set(A, "title", '"""\nTwo\nlines"""', order=ORDER)
    text.append(A, "except", "2026-12-22", order=ORDER)
    text.drop(B, "status")
    text.insert(["[[meeting]]", 'id = "n"'], below=None)
    assert text.content.startswith(b"\xef\xbb\xbf# The file's own words.\r\n")
    assert text.content.replace(b"\r\n", b"").count(b"\n") == 0
    tomllib.loads(text.content.decode("utf-8-sig"))


def test_a_mark_before_the_first_key_is_not_part_of_it():
    """A file may begin with its first table."""
    text = Text(b'\xef\xbb\xbf[[meeting]]\nid = "a"\n')
    text.set(A, "id", '"b"', order=ORDER)
    assert text.content == b'\xef\xbb\xbf[[meeting]]\nid = "b"\n'


@pytest.mark.parametrize("content", ["meeting = [{ id = 'a' }]", "[meeting]\nid = 'a'", "[[meetings]]"])
def test_what_has_no_place_is_refused(content):
    """Rather than written where it means something else."""
    with pytest.raises(NoPlace):
        Text(content.encode()).set(A, "title", "1", order=ORDER)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.dictionaries(st.sampled_from(ORDER), TEXTS), min_size=1, max_size=4), st.data())
def test_one_value_changes_and_no_other(tables, data):
    """Whatever the texts hold: quotation marks, brackets, line ends, letters of four bytes."""
    lines = [line for table in tables for line in ("[[meeting]]", *(f"{k} = {literal(v)}  # {k}" for k, v in table.items()))]  # fmt: skip
    number = data.draw(st.integers(0, len(tables) - 1))
    key, value = data.draw(st.sampled_from(ORDER)), data.draw(TEXTS)
    text = Text("\n".join(lines).encode())
    text.set(Table("meeting", number), key, literal(value), order=ORDER)
    tables[number][key] = value
    assert tomllib.loads(text.content.decode()) == {"meeting": tables}
    text.drop(Table("meeting", number), key)
    del tables[number][key]
    assert tomllib.loads(text.content.decode()) == {"meeting": tables}
