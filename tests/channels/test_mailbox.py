"""The trial mailbox: what would have been mailed, for the page /trial/mail."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest

from engage.channels.base import Letter
from engage.channels.mailbox import Mailbox, list_mail, read_mail
from engage.channels.message import Headings, build
from engage.domain.outcomes import Sent, TryAgain


@pytest.fixture
def mailbox(tmp_path):
    return Mailbox(tmp_path / "mail")


def put(mailbox, number, subject="Hello", to="ada@example.org", at=None):
    headings = Headings(
        from_name="A", from_address="pcc@example.org", date=datetime(2026, 1, 1, tzinfo=UTC), boundary="b"
    )
    content = build(subject, "Words\nin lines\n", "<p>Wörds</p>", headings).fill(
        {"to": to, "message_id": f"<{number}@example.org>"}
    )
    outcomes = list(mailbox.connect().send([Letter(number, to, "", content)]))
    if at is not None:
        os.utime(mailbox.folder / f"{number}.eml", (at, at))
    return outcomes


def test_a_message_is_shown_as_the_person_would_get_it(mailbox):
    """Subject, recipient, both parts and the headers in order."""
    assert put(mailbox, 7, subject="Ünusual") == [Sent("7.eml")]
    mail = read_mail(mailbox.folder, 7)
    assert (mail.id, mail.to, mail.subject) == (7, "ada@example.org", "Ünusual")
    assert mail.text == "Words\nin lines\n"
    assert "Wörds" in mail.html
    assert [name for name, _ in mail.headers][:3] == ["From", "To", "Subject"]


def test_the_newest_come_first_and_not_too_many(mailbox):
    """A trial with 13,000 residents still opens its page."""
    for number, at in ((1, 300), (2, 100), (3, 200)):
        put(mailbox, number, at=at)
    (mailbox.folder / "notes.txt").write_text("x")
    assert [mail.id for mail in list_mail(mailbox.folder)] == [1, 3, 2]
    assert [mail.id for mail in list_mail(mailbox.folder, limit=1)] == [1]


def test_an_empty_mailbox_is_no_error(mailbox):
    """Before the first message there is no folder."""
    assert list_mail(mailbox.folder) == []
    assert read_mail(mailbox.folder, 1) is None


def test_the_same_delivery_twice_is_one_message(mailbox):
    """The channel is repeatable: a resend replaces."""
    put(mailbox, 1)
    put(mailbox, 1, subject="Again")
    assert [mail.subject for mail in list_mail(mailbox.folder)] == ["Again"]


def test_messages_are_for_the_owner_only(mailbox):
    """They hold links that act for a person (SECURITY S39)."""
    put(mailbox, 1)
    assert (mailbox.folder / "1.eml").stat().st_mode & 0o077 == 0
    assert mailbox.folder.stat().st_mode & 0o077 == 0
    assert [path.name for path in mailbox.folder.iterdir()] == ["1.eml"]


def test_a_mailbox_that_cannot_be_written_is_for_later(tmp_path):
    """A full disk or a file in the way loses no message and raises nothing."""
    (tmp_path / "mail").write_text("in the way")
    assert [type(outcome) for outcome in put(Mailbox(tmp_path / "mail"), 1)] == [TryAgain]
