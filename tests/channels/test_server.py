"""ENGAGE_SMTP_URL, read strictly."""

from __future__ import annotations

import pytest

from engage.channels.server import Security, Server
from engage.errors import SettingsError


@pytest.mark.parametrize(
    ("url", "port", "security"),
    [
        ("smtp://127.0.0.1:2525", 2525, Security.PLAIN),
        ("smtp://localhost", 25, Security.PLAIN),
        ("smtp://[::1]:2525", 2525, Security.PLAIN),
        ("smtp://localhost?starttls=required", 587, Security.STARTTLS),
        ("smtp://mail.example.org", 587, Security.STARTTLS),
        ("smtp://u:p@mail.example.org:2587?starttls=required", 2587, Security.STARTTLS),
        ("smtps://u:p@mail.example.org", 465, Security.IMPLICIT),
        ("smtp://mail.example.org?starttls=never", 25, Security.PLAIN),
        ("smtp://mail.example.org?helo=engage.example.org", 587, Security.STARTTLS),
    ],
)
def test_off_loopback_encryption_is_the_rule(url, port, security):
    """Only `starttls=never` turns it off, and only without a password."""
    server = Server.parse(url)
    assert (server.port, server.security) == (port, security)


@pytest.mark.parametrize(
    "url",
    ["", "mail.example.org", "http://mail.example.org", "smtp://", "smtp://mail.example.org:port", "smtp://h/path",
     "smtp://h?starttls=maybe", "smtp://h?tls=1", "smtp://u:p@mail.example.org?starttls=never", "smtp://h?helo=a%0d%0ab",
     "smtp://[::1"],
)  # fmt: skip
def test_a_url_that_cannot_be_meant_is_a_sentence_for_the_operator(url):
    """Found at the start, not at the first alert."""
    with pytest.raises(SettingsError, match="ENGAGE_SMTP_URL"):
        Server.parse(url)


def test_user_and_password_may_hold_any_character():
    """Percent-encoded in the URL, never in the repr."""
    server = Server.parse("smtps://pcc%40example.org:p%40ss%2Fword@mail.example.org")
    assert (server.user, server.password) == ("pcc@example.org", "p@ss/word")
    assert "p@ss" not in repr(server)
