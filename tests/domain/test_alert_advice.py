"""What a colleague would say of an alert: reading age, jargon, what to do, areas, expiry, length."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engage.domain.alert_advice import PlainWords, advise, says_what_to_do
from engage.domain.alerts import Alert, Severity
from engage.domain.readability import reading_age, syllables

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLAIN = PlainWords(
    jargon={"MO": "how they do it", "in the vicinity of": "near", "ASB": "noise"}, verbs={"lock", "call"}
)
EASY = "Thieves came to Mill Lane last night. They took tools from vans. Lock your van. Take your tools in. Call 101."
HARD = (
    "Individuals unknown to this constabulary subsequently perpetrated opportunistic acquisitive criminality "
    "notwithstanding considerable investigative deterrence, necessitating precautionary residential fortification measures."
    " Notwithstanding considerable deterrence, unidentified individuals perpetrated opportunistic criminality."
)


def codes(text: str = EASY, *, segments: int | None = 1, **given: object) -> list[str]:
    usual: dict[str, object] = {
        "areas": ("mill-lane",),
        "expires": NOW + timedelta(days=1),
        "title": "Thefts from vans",
    }
    made = Alert(id="a", text=text, **{**usual, **given})
    return [one.code for one in advise(made, text, PLAIN, segments=segments, root="Westmark", now=NOW)]


def test_a_good_alert_is_left_alone():
    """Nobody reads warnings that are always there."""
    assert codes() == []
    assert codes(segments=None) == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"text": HARD + " Lock it."}, "reading-age"),
        ({"text": EASY + " Seen in the vicinity of the shop."}, "jargon"),
        ({"title": "ASB in Mill Lane"}, "jargon"),
        ({"text": "Thieves came to Mill Lane last night."}, "no-action"),
        ({"areas": ()}, "no-area"),
        ({"expires": NOW + timedelta(days=15)}, "expires-late"),
        ({"severity": Severity.URGENT, "expires": NOW + timedelta(days=3)}, "urgent-long"),
        ({"segments": 3}, "long-text"),
        ({"title": "T" * 61}, "long-title"),
    ],
)
def test_each_thing_is_pointed_out(given: dict[str, object], code: str):
    """Alone."""
    assert codes(**given) == [code]


def test_expiry_counts_from_the_start():
    """An event in three weeks that holds for a day is not too long."""
    starts = NOW + timedelta(days=21)
    assert codes(starts=starts, expires=starts + timedelta(days=1)) == []


def test_abbreviations_count_in_capitals_only():
    """`mo` is part of nobody's jargon, and words within words are none."""
    assert codes(EASY + " Half a mo. The MOT is due.") == []
    assert codes(EASY + " Their MO is known.") == ["jargon"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Lock your door.", True),
        ("Thieves came. Please lock your door.", True),
        ("What to do:\n- Lock your door", True),
        ("If you saw them, call 101.", True),
        ("The lock was broken.", False),
        ("", False),
    ],
)
def test_what_to_do_begins_with_a_verb(text: str, says: bool):
    """At the start of a sentence or of a point."""
    assert says_what_to_do(text, PLAIN.verbs) is says


@pytest.mark.parametrize(
    ("word", "n"),
    [("door", 1), ("take", 1), ("burglary", 3), ("people", 2), ("locked", 1), ("wanted", 2), ("houses", 2), ("the", 1)],
)
def test_syllables_are_heard_not_written(word: str, n: int):
    """A silent e is none."""
    assert syllables(word) == n


def test_reading_age_is_the_grade_and_five():
    """Flesch-Kincaid: 0.39 words a sentence + 11.8 syllables a word - 15.59. Links are no words, and few words no text."""
    text = "The cat sat on the mat. " * 5
    assert reading_age(text) == round(max(0.39 * 6 + 11.8 - 15.59, 0) + 5, 1)
    assert reading_age(text + "https://www.example.org/a-very-long-address") == reading_age(text)
    assert reading_age("Too short to say.") is None
    assert (reading_age(EASY) or 99) < 9
    assert (reading_age(HARD) or 0) > 18
