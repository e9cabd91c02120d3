"""How days and times are said."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from engage.domain import slots, wording


@pytest.mark.parametrize(
    ("hour", "minute", "said"),
    [(18, 30, "6:30pm"), (18, 0, "6pm"), (12, 0, "midday"), (0, 0, "midnight"), (0, 5, "12:05am"), (12, 1, "12:01pm")],
)
def test_a_time_is_said_without_12am_or_12pm(hour, minute, said):
    """Noon and midnight are named, because 12am and 12pm are misread."""
    assert wording.clock(datetime(2026, 12, 3, hour, minute)) == said


def test_a_day_is_said_in_full():
    """Day of the week, day, month in words, year: nobody has to guess which number is the month."""
    assert wording.day(date(2026, 12, 3)) == "Thursday 3 December 2026"
    assert wording.short_day(date(2026, 12, 3)) == "Thu 3 Dec"


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (datetime(2026, 12, 3, 20), "Thursday 3 December 2026, 6:30pm to 8pm"),
        (datetime(2026, 12, 4, 1), "Thursday 3 December 2026 at 6:30pm to Friday 4 December 2026 at 1am"),
        (None, "Thursday 3 December 2026 at 6:30pm"),
    ],
)
def test_a_span_says_the_day_once(ends, said):
    """Unless it ends on another day."""
    assert wording.span(datetime(2026, 12, 3, 18, 30), ends) == said


def test_a_token_is_letters_and_digits_only():
    """No escaping and no transfer encoding can touch or split it."""
    assert all(token.isalnum() and token.isascii() for token in slots.TOKENS.values())


def test_a_plain_text_is_filled_in_one_pass():
    """A value that reads as another slot is not filled again."""
    text = f"{slots.token('why')} {slots.token('action_url')}"
    assert slots.fill(text, {"why": slots.token("action_url"), "action_url": "u"}) == f"{slots.token('action_url')} u"
