"""Where in a TOML file a value stands."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from engage.declared.positions import locate

TEXT = """\
# a note
[office]
name = "Vale"

[[meeting]]
id = "a"
papers = [{ title = "Agenda", url = "x" }, { title = "Plan" }]

[[meeting]]
id = "b"
"quoted key" = 1
place.hall.name = "é"
[meeting.access]
step_free = true
"""


def at(path, *, key=False, text=TEXT):
    return locate(text, [(tuple(path), key)])[0]


def test_a_value_and_its_key_stand_apart():
    """Line and column count from 1, columns in characters."""
    assert at(["office", "name"]) == (3, 8)
    assert at(["office", "name"], key=True) == (3, 1)


def test_elements_of_lists_and_inline_tables_are_found():
    """Inside `[[meeting]]` as well, which most libraries cannot say."""
    assert at(["meeting", 0, "papers", 0, "url"]) == (7, 37)
    assert at(["meeting", 0, "papers", 1]) == (7, 44)
    assert at(["meeting", 1, "id"]) == (10, 6)


def test_quoted_and_dotted_keys_are_found():
    """`[meeting.access]` under `[[meeting]]` means the newest meeting."""
    assert at(["meeting", 1, "quoted key"], key=True) == (11, 1)
    assert at(["meeting", 1, "place", "hall", "name"]) == (12, 19)
    assert at(["meeting", 1, "access", "step_free"]) == (14, 13)


def test_what_does_not_exist_stands_where_it_should_be():
    """A missing key is the table's problem; an empty path is the file's."""
    assert at(["meeting", 1, "title"]) == (9, 1)
    assert at(["meeting", 7, "title"]) == (5, 1)
    assert at([]) == (1, 1)


def test_columns_count_characters():
    """An é has two bytes and one column."""
    assert at(["b"], key=True, text='"é" = 1\nb = 1\n') == (2, 1)
    assert at(["é", "x"], text='"é" = { ü = "é", x = 1 }\n'.replace("ü", '"ü"')) == (1, 24)


NAMES = st.text(min_size=1, max_size=6)
VALUES = st.recursive(
    st.integers(-9, 9) | st.booleans() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


def _quoted(text):
    escaped = "".join(c if c.isalnum() and c.isprintable() else f"\\U{ord(c):08X}" for c in text)
    return f'"{escaped}"'


def _inline(value):
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case str():
            return _quoted(value)
        case list():
            return f"[ {', '.join(map(_inline, value))} ]"
    return f"{{ {', '.join(f'{_quoted(k)} = {_inline(v)}' for k, v in value.items())} }}"


def _leaves(value, path=()):
    if isinstance(value, dict | list):
        for part, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(inner, (*path, part))
    else:
        yield path, value


@given(st.lists(st.dictionaries(NAMES, VALUES, max_size=3), min_size=1, max_size=3))
def test_every_place_found_holds_the_value(tables):
    """Reading on from the place gives the value that tomllib read."""
    lines = [
        line
        for table in tables
        for line in ["[[meeting]]", *(f"{_quoted(k)} = {_inline(v)}" for k, v in table.items())]
    ]
    text = "\n".join(lines)
    assert tomllib.loads(text) == {"meeting": tables}
    leaves = list(_leaves({"meeting": tables}))
    for (line, column), (_, value) in zip(locate(text, [(path, False) for path, _ in leaves]), leaves, strict=True):
        assert lines[line - 1][column - 1 :].startswith(_inline(value))
