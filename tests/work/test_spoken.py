"""Days and hours as staff type them."""

from contextlib import suppress
from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.domain import wording
from engage.errors import Refused
from engage.work import spoken

TODAY = date(2026, 11, 22)  # a Sunday


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-12-08", (2026, 12, 8)),
        ("8/12/2026", (2026, 12, 8)),
        ("8.12.26", (2026, 12, 8)),
        ("8 December", (2026, 12, 8)),
        ("8th of December", (2026, 12, 8)),
        ("Tuesday 8 December", (2026, 12, 8)),
        ("tues 8 dec", (2026, 12, 8)),
        ("Tuesday, 8 December 2026", (2026, 12, 8)),
        ("December 8", (2026, 12, 8)),
        ("Dec 8, 2026", (2026, 12, 8)),
        ("8/12", (2026, 12, 8)),
        ("8 January", (2027, 1, 8)),
        ("22 November", (2026, 11, 22)),
        ("21 November", (2027, 11, 21)),
        ("29 February", (2028, 2, 29)),
        ("Tuesday", (2026, 11, 24)),
        ("today", (2026, 11, 22)),
        ("Tomorrow", (2026, 11, 23)),
        ("1 March 2026", (2026, 3, 1)),
    ],
)
def test_a_day_is_read_as_people_write_it(said, meant):
    """Without a year it is the next one, today included."""
    assert spoken.day(said, today=TODAY) == date(*meant)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("Monday 8 December", '"Monday 8 December" does not fit: Tuesday 8 December 2026 is no Monday.'),
        ("Sunday", "Today is Sunday. Write today, or the date: Sunday 29 November 2026."),
        ("next Tuesday", '"next Tuesday" is understood in two ways. Write the date, such as Sunday 22 November 2026.'),
        ("08-12-26", '"08-12-26" may begin with its day or with its year. Write the year in full: 2026-12-08.'),
        ("26-12-08", '"26-12-08" may begin with its day or with its year. Write the year in full: 2026-12-08.'),
        ("31/11", '"31/11" is a date that no calendar has.'),
        ("12/31", '"12/31" is a date that no calendar has. The day comes first: 25/12/2026.'),
        ("8 Decembre", '"8 Decembre" names no month. Did you mean "december"?'),
        ("soon", '"soon" is no date such as 03/12/2026 or 2026-12-03. Or write it in words, such as Sunday 22 November 2026.'),
        ("8/12/2026 18:30", '"8/12/2026 18:30" holds an hour as well. Say the day here and the hour by itself.'),
        ("8/12/1826", "The year is 1826; it must be from 1990 to 2100."),
    ],
)  # fmt: skip
def test_a_day_that_is_not_plain_is_refused_with_what_to_write(said, sentence):
    """A meeting on the wrong day is worse than a question."""
    with pytest.raises(Refused) as refused:
        spoken.day(said, today=TODAY)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("said", "meant"),
    [("18:30", (18, 30)), ("6.30pm", (18, 30)), ("6:30 PM", (18, 30)), ("6pm", (18, 0)), ("1830", (18, 30)),
     ("09:05", (9, 5)), ("9am", (9, 0)), ("midday", (12, 0)), ("12.15pm", (12, 15)), ("00:00", (0, 0)), ("10:30", (10, 30))],
)  # fmt: skip
def test_an_hour_is_read_as_people_write_it(said, meant):
    """On the clock of 24 hours or with am and pm."""
    assert spoken.hour(said) == time(*meant)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("6:30", 'Is "6:30" in the morning or in the evening? Write 06:30 or 6.30pm.'),
        ("6", 'Is "6" in the morning or in the evening? Write 06:00 or 6pm.'),
        ("12pm", '"12pm" is read in two ways. Write 12:00 for midday, 00:00 for the first minute of a day.'),
        ("24:00", '"24:00" is read in two ways. Write 12:00 for midday, 00:00 for the first minute of a day.'),
        ("25:10", '"25:10" is a time that no clock shows.'),
        ("half past six", '"half past six" is no time of day such as 18:30 or 6.30pm.'),
    ],
)
def test_an_hour_that_may_be_either_half_of_the_day_is_refused(said, sentence):
    """Nobody meets at 6:30 in the morning, and nobody wants to guess."""
    with pytest.raises(Refused) as refused:
        spoken.hour(said)
    assert str(refused.value) == sentence


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_every_day_is_understood_as_we_say_it(day):
    """What we print may be typed back."""
    assert spoken.day(wording.day(day), today=TODAY) == day


@given(st.text(max_size=30))
def test_whatever_is_typed_is_understood_or_refused(said):
    """Never a traceback."""
    for read in (lambda: spoken.day(said, today=TODAY), lambda: spoken.hour(said)):
        with suppress(Refused):
            read()
