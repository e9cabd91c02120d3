"""Alert files: Markdown under TOML front matter, every mistake with its line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.declared.alert_file import KEYS, LONGEST, AlertFile, read_alert
from engage.domain.alerts import Alert, Severity
from engage.domain.calendars import Office
from tests.domain.samples import NOW, OFFICE

TEXT = "Three sheds were broken into last night. **Lock yours.**"


def read(*lines: str, text: str = TEXT, name: str = "burglaries.md", office: Office = OFFICE, now: datetime = NOW) -> AlertFile:  # fmt: skip
    front = "\n".join(('title = "Burglaries in Mill Lane"', *lines))
    return read_alert(name, f"+++\n{front}\n+++\n{text}\n", office, channels=("email", "sms"), now=now)


def alert(*lines: str, **more: object) -> Alert:
    found = read(*lines, **more)
    assert found.alert is not None, "\n".join(map(str, found.problems))
    return found.alert


def only(found: AlertFile) -> tuple[int, str]:
    """The line and code of the one problem there is."""
    (problem,) = found.problems
    return problem.line, problem.code


def test_a_title_and_a_text_are_enough():
    """A warning to everybody, over in three days."""
    assert alert() == Alert(
        id="burglaries", title="Burglaries in Mill Lane", text=TEXT, severity=Severity.WARNING, expires=NOW + timedelta(days=3)
    )  # fmt: skip


def test_every_key_is_read():
    """Moments are the office's wall clock; lists keep their order."""
    found = alert(
        'kind = "alert"',
        'areas = ["mill", "south"]',
        'topics = ["burglary"]',
        'audience = ["business"]',
        'exclude = ["south"]',
        'must = ["north"]',
        'severity = "urgent"',
        "starts = 2026-07-01T09:00:00",
        "expires = 2026-07-02T18:30:00",
        "send_at = 2026-07-01T08:00:00",
        'channels = ["sms"]',
        'sender = "editor"',
        now=datetime(2026, 6, 30, tzinfo=UTC),
    )
    assert (found.areas, found.topics, found.audience, found.exclude, found.must) == (("mill", "south"), ("burglary",), ("business",), ("south",), ("north",))  # fmt: skip
    assert (found.severity, found.channels, found.sender) == (Severity.URGENT, ("sms",), "editor")
    assert [m.astimezone(UTC).isoformat() for m in (found.starts, found.expires, found.send_at)] == [
        "2026-07-01T08:00:00+00:00",
        "2026-07-02T17:30:00+00:00",
        "2026-07-01T07:00:00+00:00",
    ]


def test_one_word_will_do_where_a_list_is_meant():
    """And the same word twice is once."""
    assert alert('areas = "mill"').areas == ("mill",)
    assert alert('areas = ["mill", "mill"]').areas == ("mill",)


def test_a_date_alone_lasts_to_the_end_of_its_day():
    """A start without an hour is eight in the morning: nobody writes at midnight."""
    found = alert("starts = 2026-11-25", "expires = 2026-11-26")
    assert found.starts == datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert found.expires == datetime(2026, 11, 26, 23, 59, tzinfo=UTC)


def test_without_an_expiry_it_lasts_three_days_from_its_start():
    """Not from now."""
    assert alert("starts = 2026-11-30T09:00:00").expires == datetime(2026, 12, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "id"),
    [("alerts/Burglaries Mill Lane.md", "burglaries-mill-lane"), ("a.b.md", "a-b"), ("ÜBER!.md", "ber")],
)
def test_the_files_name_becomes_the_alerts_id(name: str, id: str):
    """And its web address: letters, digits and hyphens."""
    assert alert(name=name).id == id


def test_a_name_without_any_letter_is_a_problem():
    """It would have no address."""
    assert only(read(name="!!!.md")) == (1, "name")


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ('area = ["mill"]', "unknown-key", 'Did you mean "areas"?'),
        ('areas = ["mil"]', "unknown-area", 'Did you mean "mill"?'),
        ('topics = ["burglry"]', "unknown-topic", 'Did you mean "burglary"?'),
        ('audience = ["residents"]', "unknown-audience", 'Did you mean "resident"?'),
        ('exclude = ["moon"]', "unknown-area", "moon"),
        ('must = ["moon"]', "unknown-area", "moon"),
        ('channels = ["pigeon"]', "unknown-channel", "pigeon"),
        ("areas = 7", "list", '["force"]'),
        ("areas = [7]", "list", "areas"),
        ('severity = "urgnt"', "severity", 'Did you mean "urgent"?'),
        ("severity = 3", "severity", "advice, warning, urgent"),
        ('starts = "tomorrow"', "moment", "without quotes"),
        ("starts = 18:30:00", "moment", "without quotes"),
        ("expires = 2026-11-22T12:00:00", "expired", "over before it begins"),
        ("expires = 2026-11-23T12:00:00", "expired", "over before it begins"),
        ("send_at = 2026-03-29T01:30:00", "no-such-time", "clocks go forward"),
    ],
)
def test_a_mistake_is_said_with_its_line_and_what_to_do(line: str, code: str, says: str):
    """Line 3: the line after the title."""
    found = read(line)
    assert found.alert is None
    (problem,) = found.problems
    assert (problem.line, problem.code) == (3, code)
    assert says in problem.message
    assert problem.text == line


def test_every_mistake_is_said_at_once():
    """In order of their lines."""
    found = read('areas = ["x"]', 'severity = "y"', "starts = true", text="")
    assert [p.line for p in found.problems] == [3, 4, 5, 6]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "front-matter"),
        ("Just a text.", "front-matter"),
        ("+++\ntitle = 'x'\n", "front-matter"),
        ("Hello\n+++\ntitle = 'x'\n+++\ntext", "front-matter"),
        ("+++\ntitle = \n+++\ntext", "toml"),
        ("+++\ntitle = 'a'\ntitle = 'b'\n+++\ntext", "toml"),
        ("+++\n+++\ntext", "no-title"),
        ("+++\ntitle = ''\n+++\ntext", "no-title"),
        ("+++\ntitle = 7\n+++\ntext", "no-title"),
        ("+++\ntitle = 'a'\n+++\n  \n", "no-text"),
        (f"+++\ntitle = '{'a' * 121}'\n+++\ntext", "title-length"),
        (f"+++\ntitle = 'a'\n+++\n{'a' * (LONGEST + 1)}", "too-long"),
    ],
)
def test_a_file_that_is_no_alert_says_why(content: str, code: str):
    """One sentence, and no alert."""
    found = read_alert("a.md", content, OFFICE, channels=("email",), now=NOW)
    assert found.alert is None
    assert only(found)[1] == code


def test_broken_toml_is_pointed_at_in_the_file_not_in_the_front_matter():
    """Counted from the file's first line."""
    assert only(read("= 3")) == (3, "toml")
    assert only(read('severity = "urgent"', "areas = [mill]")) == (4, "toml")


def test_windows_editors_are_fine():
    """A byte-order mark, CRLF, blanks behind the marks."""
    text = "\ufeff+++ \r\ntitle = 'Burglaries'\r\n+++\r\nLock up.\r\n"
    found = read_alert("a.md", text, OFFICE, channels=("email",), now=NOW)
    assert (found.alert.title, found.alert.text) == ("Burglaries", "Lock up.")


def test_a_text_may_hold_a_line_of_plus_signs():
    """Only the first two marks count."""
    assert alert(text="One.\n\n+++\n\nTwo.").text == "One.\n\n+++\n\nTwo."


def test_no_control_character_gets_into_a_subject():
    """Nor one that turns the direction of writing."""
    found = read_alert("a.md", '+++\ntitle = "A\\nB\\u202eC"\n+++\ntext', OFFICE, channels=("email",), now=NOW)
    assert found.alert.title == "A B C"


@given(
    st.text(max_size=200),
    st.lists(st.sampled_from(["+++", "title = 'a'", "areas = [", "expires = 1", "x"]), max_size=8),
)
def test_whatever_a_file_holds_nothing_is_raised(text: str, lines: list[str]):
    """Either an alert or problems."""
    for content in (text, "\n".join([*lines, text]), "\n".join(["+++", *lines, "+++", text])):
        found = read_alert("a.md", content, OFFICE, channels=("email",), now=NOW)
        assert (found.alert is None) == any(p.severity == "problem" for p in found.problems)


def test_the_keys_are_those_the_project_promised():
    """FILES and DESIGN name them; adding is fine."""
    promised = "title kind areas topics audience exclude must severity starts expires send_at channels sender"
    assert set(promised.split()) <= set(KEYS)
    assert Path(__file__).exists()
