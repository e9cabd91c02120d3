"""What a failure says of an address, when an address is given up, and which words end text messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engage.domain.inbox import Kind, failure, international, is_worn_out, mildest, status_in, wants_stop

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("action", "status", "words", "kind", "shown"),
    [
        ("failed", "5.1.1", "", Kind.HARD, "5.1.1"),
        ("failed", "5.1.10", "550 5.1.10 RecipientNotFound", Kind.HARD, "5.1.10"),
        ("failed", "5.1.1 (bad destination mailbox)", "", Kind.HARD, "5.1.1"),
        ("failed", "5.0.0", "smtp; 550 5.1.1 No such user", Kind.HARD, "5.1.1"),
        ("failed", "5.0.0", "smtp; 550 No such user here", Kind.HARD, "5.0.0"),
        ("failed", "5.0.0", "smtp; 550 user <ada@mail.example.org> unknown", Kind.HARD, "5.0.0"),
        ("failed", "5.0.0", "smtp; 554 delivery error", Kind.SOFT, "5.0.0"),
        ("failed", "", "550 Invalid recipient", Kind.HARD, "5.0.0"),
        ("failed", "5.1.0", "554-'5.7.1 client host blocked'", Kind.REFUSED, "5.7.1"),
        ("failed", "5.1.0", "", Kind.HARD, "5.1.0"),
        ("failed", "5.1.8", "Sender address rejected", Kind.REFUSED, "5.1.8"),
        ("failed", "5.1.7", "", Kind.REFUSED, "5.1.7"),
        ("failed", "5.2.2", "552 5.2.2 mailbox full", Kind.SOFT, "5.2.2"),
        ("failed", "5.2.1", "mailbox disabled", Kind.SOFT, "5.2.1"),
        ("failed", "5.2.3", "too large", Kind.REFUSED, "5.2.3"),
        ("failed", "5.4.1", "Access denied", Kind.SOFT, "5.4.1"),
        ("failed", "5.6.0", "bad content", Kind.REFUSED, "5.6.0"),
        ("failed", "5.7.1", "550 5.7.1 spam, user unknown to us", Kind.REFUSED, "5.7.1"),
        ("failed", "4.4.7", "message expired", Kind.SOFT, "4.4.7"),
        ("failed", "4.1.1", "user unknown", Kind.SOFT, "4.1.1"),
        ("failed", "4.7.0", "rate limited", Kind.REFUSED, "4.7.0"),
        ("delayed", "4.4.1", "timed out", Kind.DELAYED, "4.4.1"),
        ("delayed", "5.1.1", "", Kind.DELAYED, "5.1.1"),
        ("delivered", "2.0.0", "", Kind.DELIVERED, "2.0.0"),
        ("relayed", "2.1.9", "", Kind.DELIVERED, "2.1.9"),
        ("", "", "", Kind.SOFT, ""),
        ("failed", "5.0.0", "host 192.0.2.5.1.1.4 said nothing", Kind.SOFT, "5.0.0"),
    ],
)  # fmt: skip
def test_what_a_failure_says(action: str, status: str, words: str, kind: Kind, shown: str):
    """5.1.x is about the address, but for the sender's; 5.2.x and 4.x.x may pass; 5.7.x says nothing of the person."""
    assert failure(action, status, words) == (kind, shown)


@pytest.mark.parametrize("text", ["192.0.2.25", "1.5.1.1", "5.1.1.4", "5.1", "15.1.1", "5.1.1111", "5.1.1a.5.1"])
def test_addresses_of_machines_are_no_status(text: str):
    """A status stands for itself."""
    assert status_in(text) in {"", "5.1.1"} - ({"5.1.1"} if text != "5.1.1a.5.1" else set())


def test_of_several_recipients_the_mildest_counts():
    """An alias with one dead mailbox behind it is not dead."""
    assert mildest([(Kind.HARD, "5.1.1"), (Kind.SOFT, "4.2.2")]) == (Kind.SOFT, "4.2.2")
    assert mildest([(Kind.HARD, "5.1.1"), (Kind.DELIVERED, "2.0.0")]) == (Kind.DELIVERED, "2.0.0")
    assert mildest([]) == (Kind.SOFT, "")


def back(*days: float | None) -> list[datetime | None]:
    return [None if d is None else NOW - timedelta(days=d) for d in days]


@pytest.mark.parametrize(
    ("run", "given_up"),
    [
        (back(0, 2, 4, 6, 7), True),
        (back(0, 2, 4, 6), False),
        (back(0, 1, 2, 3, 6.9), False),
        (back(0, 2, 4, None, 6, 7, 9), False),
        (back(None, 0, 2, 4, 6, 7), False),
        (back(0, 2, 4, 6, 7, None), True),
        (back(), False),
    ],
)
def test_an_address_is_given_up_after_five_in_a_row_over_a_week(run: list[datetime | None], given_up: bool):
    """One that came through in between ends the run."""
    assert is_worn_out(run) == given_up


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop", " Stop. ", "STOP ALL", "STOPALL", "stop all messages please", "Please stop", "please STOP!!", "unsubscribe",
     "Can you unsubscribe me from this list", "opt out", "OPT-OUT", "optout", "I would like you to stop texting me", "End", "CANCEL",
     "Oh well, remove me", "*STOP*", "No more, STOP THIS"],
)  # fmt: skip
def test_these_words_end_text_messages(text: str):
    """Whoever asks in whatever words is heard."""
    assert wants_stop(text)


@pytest.mark.parametrize(
    "text",
    ["", "Thank you", "A black car drove off when the bus came to a stop", "unstoppable", "The meeting in Mill Lane was good",
     "🛑", "They would not quit", "x" * 50_000],
)  # fmt: skip
def test_other_words_do_not(text: str):
    """A resident who reports something stays."""
    assert not wants_stop(text)


@pytest.mark.parametrize(
    "number",
    ["07700 900123", "447700900123", "+447700900123", "0044 7700 900123", "(07700) 900-123", "+44 7700 900123"],
)
def test_a_number_has_one_spelling(number: str):
    """Providers write it as they like."""
    assert international(number) == "+447700900123"
