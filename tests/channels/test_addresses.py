"""E-mail addresses as people type them, and as the ledger spells them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.channels.addresses import parse_email
from engage.channels.base import ADDRESS
from engage.errors import Refused


@pytest.mark.parametrize(
    ("typed", "spelled"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  Ada@Example.ORG \n", "ada@example.org"),
        ("ada+news@mail.example.org", "ada+news@mail.example.org"),
        ("o'neil@example.org", "o'neil@example.org"),
        ("ada@bücher.example.org", "ada@xn--bcher-kva.example.org"),
        ("ada@XN--BCHER-KVA.example.org", "ada@xn--bcher-kva.example.org"),
        ("ada@straße.example.org", "ada@xn--strae-oqa.example.org"),
    ],
)
def test_an_address_has_one_spelling(typed, spelled):
    """Lower case, domain in A-labels (IDNA 2008): told once holds over every way to type it."""
    assert parse_email(typed) == spelled
    assert parse_email(spelled) == spelled


@pytest.mark.parametrize(
    "typed",
    ["", "ada", "@example.org", "ada@", "ada@b", "alice@example.org@evil.example.org", '"a> <b"@example.org',
     "ada@[127.0.0.1]", "ada@127.0.0.1", "a" * 65 + "@example.org", "a@" + "b." * 130 + "org", "ada@-example.org",
     "ada@exa_mple.org", "ada..b@example.org", ".ada@example.org", "ada.@example.org", "ada @example.org",
     "ada@example.org, ben@example.org", "ada@example.org\r\nBcc: ben@example.org", "Ada <ada@example.org>",
     "ådå@example.org", "=?utf-8?q?x?=@example.org", "ada@exa\u202emple.org", "ada@example.org\x00", "ada@.example.org",
     "ada@example..org", "ada@ü" + "x" * 70 + ".example.org", "ada@\ud800.example.org"],
)  # fmt: skip
def test_what_is_no_address_is_refused_in_a_sentence(typed):
    """Nothing is guessed or cut: the person types again (SECURITY B48)."""
    with pytest.raises(Refused) as refused:
        parse_email(typed)
    assert str(refused.value).endswith(".") or "example.org" in str(refused.value)


@given(st.text(max_size=40))
def test_whatever_is_typed_is_an_address_or_a_sentence(text):
    """No other exception, and what passes is safe in a command and in a header."""
    try:
        address = parse_email(text)
    except Refused:
        return
    assert ADDRESS.fullmatch(address)
    assert address.isascii()


@pytest.mark.parametrize("text", ["a" * 100_000, "a." * 50_000 + "@", "a@" + "a-" * 50_000, "a@" + "a." * 50_000 + "!"])
def test_a_very_long_text_is_refused_at_once(text):
    """The pattern is linear: 100 kB in less than 100 ms (SECURITY S52)."""
    started = time.perf_counter()
    with pytest.raises(Refused):
        parse_email(text)
    ADDRESS.fullmatch(text)
    assert time.perf_counter() - started < 5
