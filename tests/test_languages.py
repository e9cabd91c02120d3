"""Languages: English is what it was before there were others; the others follow the Unicode CLDR."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from engage.domain import wording
from engage.languages import Language, Languages

WHEN = datetime(2026, 12, 3, 18, 30, tzinfo=UTC)
LATER = datetime(2026, 12, 3, 20, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def languages() -> Languages:
    return Languages()


@pytest.mark.parametrize("hour", range(24))
def test_english_says_days_and_times_as_ever(languages, hour):
    """Byte for byte what wording says; numbers have no separators."""
    english, when = languages.get("en"), WHEN.replace(hour=hour, minute=0)
    said = [english.day, english.short_day, english.clock, english.moment, english.short_moment]
    meant = [wording.day, wording.short_day, wording.clock, wording.moment, wording.short_moment]
    assert [say(when) for say in said] == [say(when) for say in meant]
    assert english.span(when, LATER) == wording.span(when, LATER)
    assert (english.weekdays, english.number(1204)) == (wording.DAYS, "1204")
    assert (english.direction, english.html_tag, english.name) == ("ltr", "en-GB", "English")


def test_welsh_says_them_in_welsh(languages):
    """Names of days and months, the 24-hour clock, and its own words between."""
    welsh = languages.get("cy")
    assert welsh.day(date(2026, 12, 3)) == welsh.day(WHEN) == "Dydd Iau, 3 Rhagfyr 2026"
    assert (welsh.short_day(WHEN), welsh.clock(time(9))) == ("Iau, 3 Rhag", "09:00")
    assert welsh.moment(WHEN) == "Dydd Iau, 3 Rhagfyr 2026 am 18:30"
    assert welsh.short_moment(WHEN) == "Iau, 3 Rhag 18:30"
    assert welsh.span(WHEN, LATER) == "Dydd Iau, 3 Rhagfyr 2026, 18:30 i 20:00"
    assert welsh.span(WHEN, LATER.replace(day=4)).endswith(" i Dydd Gwener, 4 Rhagfyr 2026 am 20:00")
    assert welsh.span(WHEN, None) == welsh.span(WHEN, WHEN) == welsh.moment(WHEN)
    assert (welsh.weekdays[0], welsh.weekdays[6]) == ("Dydd Llun", "Dydd Sul")
    assert (welsh.direction, welsh.html_tag, welsh.name) == ("ltr", "cy", "Cymraeg")


def test_numbers_and_plurals_are_those_of_the_language(languages):
    """Welsh mutates after two and three; thousands are parted as its readers do it. What is a text stays as it is."""
    one = "%(programme)s: %(num)s meeting to go to number %(number)s"
    many = "%(programme)s: %(num)s meetings to go to number %(number)s"
    said = [languages.get("cy").translate_many(one, many, n).split()[2] for n in (1, 2, 3, 5)]
    assert said == ["cyfarfod", "gyfarfod", "chyfarfod", "cyfarfod"]
    assert [languages.get(tag).say("%(n)s", n=12345) for tag in ("en", "cy", "de")] == ["12345", "12,345", "12.345"]
    assert languages.get("cy").say("%(n)s", n="12345") == "12345"


def test_a_language_that_reads_from_the_right_says_so(languages):
    """A region or variant that is not known reads as its language does."""
    assert [languages.get(tag).direction for tag in ("ar", "ar-XB", "ur", "pl")] == ["rtl", "rtl", "rtl", "ltr"]


def test_a_sentence_without_a_translation_is_english(languages):
    """In a language with a catalogue and in one without; the head of a catalogue is no translation of nothing."""
    assert languages.get("cy").translate("Nobody translated this.") == "Nobody translated this."
    assert languages.get("pl").say("%(count)s more", count=3) == "3 more"
    assert languages.get("cy").translate("") == ""


def test_somebody_whose_language_is_no_longer_offered_gets_the_offices(languages):
    """Imports may name any; an office may take one back."""
    assert [languages.spoken(tag, ("cy", "en")).tag for tag in ("en", "cy", "pl")] == ["en", "cy", "cy"]
    assert isinstance(languages.get("xx"), Language)
