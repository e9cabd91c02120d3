"""The bounce mailbox over a real connection: what is read, what is marked, and what a bad server can do to us."""

from __future__ import annotations

import ssl
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from engage.channels.imap import ReturnMailbox
from engage.channels.mime import LARGEST
from engage.errors import NotNow, SettingsError
from engage.testing import self_made_certificate
from tests.imap_server import ImapServer


@pytest.fixture
def server() -> Iterator[ImapServer]:
    with ImapServer() as running:
        running.mails = {3: b"Subject: three\r\n\r\nx", 1: b"Subject: one\r\n\r\nx"}
        yield running


def look(server: ImapServer, **given: object) -> list[bytes]:
    """Read and mark everything."""
    mailbox = ReturnMailbox.parse(server.url)
    for name, value in given.items():
        setattr(mailbox, name, value)
    return read_all(mailbox)


def read_all(mailbox: ReturnMailbox) -> list[bytes]:
    found = []
    with mailbox.opened() as session:
        for uid in session.unread(100):
            found.append(session.read(uid))
            session.mark_read(uid)
    return found


def test_unread_mails_are_read_oldest_first_and_marked(server: ImapServer):
    """Once marked they do not come again; looking alone marks nothing."""
    assert look(server) == [server.mails[1], server.mails[3]]
    assert server.seen == {1, 3}
    assert look(server) == []
    assert server.commands[-1] == "LOGOUT"


def test_what_is_read_and_not_marked_comes_again(server: ImapServer):
    """A process that dies in between loses nothing."""
    mailbox = ReturnMailbox.parse(server.url)
    with mailbox.opened() as session:
        session.read(session.unread(100)[0])
    assert server.seen == set()
    with mailbox.opened() as session:
        assert session.unread(1) == [1]


def test_no_more_of_a_mail_is_read_than_is_of_use(server: ImapServer):
    """The rest is the letter it returns."""
    server.mails = {1: b"x" * (3 * LARGEST)}
    assert list(map(len, look(server))) == [LARGEST]


def test_a_mail_that_has_gone_is_nothing(server: ImapServer):
    """Somebody deleted it between two commands."""
    with ReturnMailbox.parse(server.url).opened() as session:
        server.mails.clear()
        assert session.read(1) == b""


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ("garbage", "does not speak IMAP|cannot be reached"),
        ("refuse LOGIN", "refused our user or password"),
        ("refuse SELECT", "has no folder of that name"),
        ("refuse SEARCH", "did not do what it was asked for"),
        ("refuse FETCH", "did not do what it was asked for"),
        ("refuse STORE", "did not do what it was asked for"),
        ("hang up CAPABILITY", "cannot be reached"),
        ("hang up LOGIN", "cannot be reached"),
        ("hang up SEARCH", "cannot be reached"),
        ("hang up FETCH", "cannot be reached"),
        ("numbers", "did not do what it was asked for"),
    ],
)
def test_whatever_breaks_is_said_in_our_words(server: ImapServer, trouble: str, said: str):
    """The server's own quote addresses."""
    server.trouble = trouble
    with pytest.raises(NotNow, match=said) as raised:
        look(server)
    assert "@" not in str(raised.value)


def test_a_server_that_sends_too_much_is_left(server: ImapServer):
    """50 MB where 1 MiB was asked for are not kept, and the other mails are read before it the next time."""
    server.trouble, server.for_uid = "endless", 1
    mailbox = ReturnMailbox.parse(server.url)
    tracemalloc.start()
    try:
        with pytest.raises(NotNow, match="connection broke"):
            read_all(mailbox)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()
    assert server.seen == set()
    with pytest.raises(NotNow):
        read_all(mailbox)
    assert server.seen == {3}
    server.trouble = ""
    assert read_all(mailbox) == [server.mails[1]]


@pytest.mark.parametrize("trouble", ["drip", "silent", "flood"])
def test_a_slow_or_endless_server_is_left_in_time(server: ImapServer, trouble: str):
    """The time is for the whole look, not for each byte."""
    server.trouble = trouble
    server.mails = {1: b"x" * 1000}
    began = time.monotonic()
    with pytest.raises(NotNow, match="cannot be reached"):
        look(server, seconds=1.0)
    assert time.monotonic() - began < 40


def test_nobody_there_is_said_too(server: ImapServer):
    """A port that is closed."""
    mailbox = ReturnMailbox.parse(server.url)
    server.__exit__()
    with pytest.raises(NotNow, match="cannot be reached"), mailbox.opened():
        pass


def test_encryption_is_checked(tmp_path):
    """A certificate that nobody vouches for is refused; with it as an authority all is well."""
    certificate = self_made_certificate(tmp_path)
    with ImapServer(certificate) as server:
        server.mails = {1: b"x"}
        with pytest.raises(NotNow, match="cannot be trusted"):
            look(server)
        assert look(server, context=ssl.create_default_context(cafile=certificate)) == [b"x"]


@pytest.mark.parametrize(
    "url",
    ["", "imaps://", "imaps://host/INBOX", "imaps://user@host", "https://user:pass@host", "imaps://user:pass@host:x", "imaps://user:pass@",
     "imaps://us%0D%0Aer:pass@host", "imaps://user:p%00ss@host", "imaps://user:pass@host/IN%0ABOX", "imaps://user:pass@host/x?a=b"],
)  # fmt: skip
def test_a_wrong_setting_says_how_it_is_written(url: str):
    """And never repeats the password."""
    with pytest.raises(SettingsError, match="is written imaps://"):
        ReturnMailbox.parse(url)


def test_a_password_is_not_sent_in_the_open():
    """Off this machine, encryption is the rule."""
    with pytest.raises(SettingsError, match="unencrypted"):
        ReturnMailbox.parse("imap://user:secret@mail.example.org/INBOX")
    mailbox = ReturnMailbox.parse("imaps://user%40example.org:s%2Fx@mail.example.org/Returned%20mail")
    assert (mailbox.host, mailbox.port, mailbox.folder) == ("mail.example.org", 993, "Returned mail")
    assert (mailbox.user, mailbox.password) == ("user@example.org", "s/x")
    assert "s/x" not in repr(mailbox)
    assert ReturnMailbox.parse("imaps://u:p@h.example.org").folder == "INBOX"
