"""How many fragments a text is: exactly as networks count them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.domain.fragments import downgraded, fragments, is_gsm


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 459, 3),
        ("£" * 160, 1),
        ("€" * 80, 1),  # two places each
        ("€" * 81, 2),
        ("€" * 153, 3),  # 306 places, and yet: one of 153 stays empty in each part
        ("€" * 152, 2),  # 76 to a part
        ("\n" * 160, 1),
        ("ŵ" * 70, 1),
        ("ŵ" * 71, 2),
        ("ŵ" * 134, 2),
        ("ŵ" * 135, 3),
        ("🚨" * 35, 1),
        ("🚨" * 36, 2),
        ("🚨" * 66, 2),  # 33 to a part: a character is not cut in two
        ("🚨" * 67, 3),
        ("a" * 69 + "ŵ", 1),
        ("a" * 160 + "ŵ", 3),  # one letter beyond the alphabet costs all the others
        ("`", 1),
    ],
)
def test_networks_charge_by_the_fragment(text: str, parts: int):
    """3GPP TS 23.038 and 23.040: 160 alone, 153 in company; 70 and 67 beyond the alphabet."""
    assert fragments(text) == parts


@given(st.text(max_size=400))
def test_a_fragment_holds_what_a_fragment_can(text: str):
    """Never fewer than the places need, never more than one place wasted in each."""
    parts = fragments(text)
    if is_gsm(text):
        places = sum(2 if c in "^{}\\[~]|€\f" else 1 for c in text)
        assert places <= (160 if parts == 1 else 153 * parts)
        assert parts == 1 or places > 152 * (parts - 1)
    else:
        places = len(text.encode("utf-16-le", "surrogatepass")) // 2
        assert places <= (70 if parts == 1 else 67 * parts)
        assert parts == 1 or places > 66 * (parts - 1)


def test_typographers_signs_do_not_cost_a_fragment():
    """They say the same on a phone; a Welsh letter has no other spelling and stays."""
    written = "\u201cDon\u2019t\u201d \u2013 it\u2019s\u2026\u00a0now"
    assert downgraded(written) == "\"Don't\" - it's... now"
    assert is_gsm(downgraded(written))
    assert downgraded("Tŷ") == "Tŷ"
