"""Whatever bytes a folder holds, reading it answers with problems and never with a traceback."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from engage.declared.positions import locate
from engage.declared.read import read
from tests.declared.samples import CALENDAR, MEETING, OFFICE, PROGRAMME, SERIES, TODAY, VENUE

WHOLE = (CALENDAR + PROGRAMME + VENUE + MEETING + SERIES).encode()
SAMPLES = [WHOLE, *(path.read_bytes() for path in sorted(Path("calendars").glob("*.toml")))]
WORDS = st.sampled_from(
    ["calendar", "meeting", "series", "campaign", "deadline", "venue", "programme", "id", "title", "starts", "ends", "date",
     "every", "on", "at", "from", "to", "until", "except", "move", "rrule", "reminders", "before", "areas", "geo", "office",
     "area", "within", "guards", "quiet_hours", "closes", "milestones", "opening", "concerns", "silence", "[x]", "é"]
)  # fmt: skip
SCALARS = st.sampled_from(
    ["1", "-1", "0", "1e999", "nan", "true", '""', '"a"', '"hall"', '"second Tuesday"', '"month"', '"year"', '"FREQ=DAILY"',
     '"1 day"', "2026-12-03", "2026-12-03T18:30:00", "2026-12-03T18:30:00Z", "1990-01-01", "2100-12-31", "2024-02-29",
     "18:30:00", "18:30", "“x”", '"Europe/London"', "[]", "{}", '"2026-12-03"', '"99999999999 days"', "9" * 5000]
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(WORDS, inner, max_size=3).map(
            lambda table: f"{{{', '.join(f'{key} = {value}' for key, value in table.items())}}}"
        )
    ),
    max_leaves=5,
)
LINES = st.one_of(
    WORDS.map(lambda word: f"[{word}]"),
    WORDS.map(lambda word: f"[[{word}]]"),
    st.tuples(WORDS, VALUES).map(lambda pair: f"{pair[0]} = {pair[1]}"),
)


def check(**sources):
    declared = read({f"{stem}.toml": content for stem, content in sources.items()}, today=TODAY)
    assert (declared.schedule is None) == any(problem.severity == "problem" for problem in declared.problems)
    assert list(declared.problems) == sorted(declared.problems)
    for problem in declared.problems:
        assert problem.line >= 1
        assert problem.column >= 1
        assert "Traceback" not in str(problem)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes(office, talks):
    """Random bytes as office, tips and calendar."""
    check(office=office, talks=talks, tips=talks)


@given(st.text(max_size=200))
def test_any_text(text):
    """Random text, alone and inside a good file."""
    check(office=OFFICE.encode(), talks=text.encode("utf-8", "surrogatepass"))
    check(office=OFFICE.encode(), talks=WHOLE + text.encode("utf-8", "surrogatepass") + WHOLE)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SAMPLES), st.floats(0, 1), st.binary(max_size=3))
def test_samples_cut_short_or_damaged(sample, where, junk):
    """What an interrupted save or a broken disk leaves."""
    place = int(len(sample) * where)
    check(office=OFFICE.encode(), talks=sample[:place])
    check(office=OFFICE.encode(), talks=sample[:place] + junk + sample[place + len(junk) :])
    check(office=sample[place:], talks=WHOLE)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=14), st.booleans())
def test_any_tables(lines, is_office):
    """Random TOML of the words that mean something to us, in all the wrong places."""
    text = "\n".join(lines).encode()
    check(office=text if is_office else OFFICE.encode(), talks=WHOLE if is_office else WHOLE + b"\n" + text)
    check(office=OFFICE.encode(), talks=text, tips=text)


@given(st.text(max_size=60), st.lists(st.text(max_size=4) | st.integers(0, 3), max_size=4).map(tuple))
def test_any_place_in_any_text(text, path):
    """Even where there is no such place and no such TOML."""
    (line, column) = locate(text, [(path, True)])[0]
    assert line >= 1
    assert column >= 1
