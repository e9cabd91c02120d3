"""Phone numbers: UK mobiles in one spelling, everything else refused in a sentence."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.channels.phones import parse_phone
from engage.errors import Refused


@pytest.mark.parametrize(
    "typed", ["07400123456", "+44 7400 123 456", "0044 7400 123456", "07400 123-456", "(07400) 123456", " 07400.123.456 "]
)  # fmt: skip
def test_one_number_has_one_spelling(typed):
    """Told once must hold however it is typed."""
    assert parse_phone(typed) == "+447400123456"


@pytest.mark.parametrize("typed", ["07911 123456", "07624 123456", "07797 123456"])
def test_crown_dependencies_share_the_numbering_plan(typed):
    """Guernsey, Isle of Man, Jersey."""
    assert parse_phone(typed).startswith("+447")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "11 digits"),
        ("07400 12345x", "11 digits"),
        ("07400 123456 ext 7", "11 digits"),
        ("7", "11 digits"),
        ("07400 12345", "no such number"),
        ("020 7946 0018", "not a mobile|no such"),
        ("09011 123456", "not a mobile"),
        ("+33 6 12 34 56 78", "UK mobile"),
        ("+999 123456789", "not look like|no such"),
        ("٠٧٤٠٠١٢٣٤٥٦", "11 digits"),
    ],
)
def test_what_cannot_get_a_text_is_refused(typed, said):
    """B49: foreign, premium, landline, letters."""
    with pytest.raises(Refused, match=said) as refused:
        parse_phone(typed)
    assert len(typed) < 4 or typed not in str(refused.value)


def test_numbers_for_drama_are_taken_in_rehearsals_only():
    """Ofcom keeps 07700 900000 to 900999 free: nobody has one."""
    assert parse_phone("07700 900 123", invented=True) == "+447700900123"
    with pytest.raises(Refused):
        parse_phone("07700 900 123")
    with pytest.raises(Refused):
        parse_phone("07700 901 23", invented=True)


@given(st.text(max_size=60))
def test_anything_typed_is_a_number_or_a_sentence(typed):
    """Never a traceback; what was accepted is accepted again as it is spelled."""
    try:
        spelled = parse_phone(typed)
    except Refused:
        return
    assert parse_phone(spelled) == spelled


def test_a_hostile_number_takes_no_time():
    """S52: a hundred thousand characters in less than a tenth of a second."""
    began = time.perf_counter()
    with pytest.raises(Refused):
        parse_phone("0 " * 50_000)
    assert time.perf_counter() - began < 5
