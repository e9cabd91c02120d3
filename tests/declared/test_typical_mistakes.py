"""What new members of staff type, and what they are told: one golden file holds both, readable from top to bottom."""

import re
from pathlib import Path

import pytest

from engage.declared.read import read
from tests.declared.samples import CALENDAR, OFFICE, TODAY

GOLDEN = Path(__file__).parent / "golden" / "mistakes.txt"
SECTION = re.compile(
    r"^== (?P<title>.+?)(?: \(saved as (?P<encoding>[\w-]+)\))?\n(?P<typed>.*?)^-- engage says\n",
    re.MULTILINE | re.DOTALL,
)
HEAD = CALENDAR.count("\n")  # lines of talks.toml above what is typed


def sections() -> list[tuple[str, str, str, str]]:
    """(title, encoding, what is typed, what is said) of each."""
    text = GOLDEN.read_text(encoding="utf-8")
    found = list(SECTION.finditer(text))
    ends = [*(following.start() for following in found[1:]), len(text)]
    return [
        (one["title"], one["encoding"] or "utf-8", one["typed"], text[one.end() : end].strip("\n"))
        for one, end in zip(found, ends, strict=True)
    ]


@pytest.mark.parametrize(("title", "encoding", "typed", "told"), sections(), ids=[title for title, *_ in sections()])
def test_a_typical_mistake_is_answered_with_place_and_remedy(title, encoding, typed, told):
    """Line, column, the line itself with a caret under the place, and what to write."""
    content = (CALENDAR + typed).encode(encoding)
    problems = read({"office.toml": OFFICE.encode(), "talks.toml": content}, today=TODAY).problems
    assert "\n".join(map(str, problems)) == told
    assert len(problems) == 1
    assert problems[0].line > HEAD
    assert problems[0].severity == "problem"


def test_the_file_holds_all_of_them():
    """Each under a name of its own."""
    titles = [title for title, *_ in sections()]
    assert len(titles) == len(set(titles)) >= 25
