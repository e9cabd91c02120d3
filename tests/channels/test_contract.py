"""What every channel promises, asked of each in CHANNELS against the real thing it talks to."""

from __future__ import annotations

import inspect

import pytest

from engage.channels import CHANNELS, serving
from engage.channels.base import Letter
from engage.channels.mailbox import list_mail
from engage.domain.outcomes import Sent
from engage.errors import Refused, SettingsError
from engage.settings import Settings
from engage.testing import SmtpSink


@pytest.fixture
def sinks(tmp_path):
    """Per channel: the settings that point it at its sink, and what the sink took, as recipients."""
    with SmtpSink() as smtp:
        box = Settings(_env_file=None, data_dir=tmp_path)
        yield {
            "email": (
                Settings(_env_file=None, data_dir=tmp_path, smtp_url=smtp.url),
                lambda: [accepted.to for accepted in smtp.accepted],
            ),
            "mailbox": (box, lambda: [mail.to for mail in reversed(list_mail(tmp_path / "trial-mail"))]),
        }


@pytest.fixture(params=CHANNELS)
def channel(request, sinks):
    """One channel with its sink's log."""
    settings, took = sinks[request.param]
    return CHANNELS[request.param](settings), took


def letters(first, last):
    return [
        Letter(n, f"r{n}@example.org", "", b"To: r%d@example.org\r\nMessage-ID: <%d@a>\r\n\r\nx\r\n" % (n, n))
        for n in range(first, last + 1)
    ]


def test_each_letter_gets_one_outcome_and_arrives_once(channel):
    """In order, over one session, in as many calls as the caller likes."""
    email, took = channel
    session = email.connect()
    outcomes = [*session.send(letters(1, 3)), *session.send([]), *session.send(letters(4, 4))]
    session.close()
    assert [type(outcome) for outcome in outcomes] == [Sent] * 4
    assert sorted(took()) == [f"r{n}@example.org" for n in range(1, 5)]


def test_outcomes_come_as_they_are_known(channel):
    """`send` is a generator: what is known can be settled before the rest is sent."""
    email, took = channel
    session = email.connect()
    sending = session.send(letters(1, 5))
    assert inspect.isgenerator(sending)
    assert type(next(sending)) is Sent
    assert took()[0] == "r1@example.org"
    assert len(took()) < 5
    sending.close()
    session.close()


def test_a_session_may_be_closed_unused_and_twice(channel):
    """Nothing is opened before the first letter."""
    session = channel[0].connect()
    session.close()
    session.close()


def test_a_repeatable_channel_reaches_the_person_once(channel):
    """Where `repeatable` is said, it holds; where it is not, a repeat would be a duplicate."""
    email, took = channel
    session = email.connect()
    list(session.send(letters(1, 1)))
    list(session.send(letters(1, 1)))
    session.close()
    assert len(took()) == (1 if email.repeatable else 2)


def test_a_channel_says_what_it_carries(channel):
    """Its texts are the long or the short ones, its addresses have one spelling."""
    email, _ = channel
    assert email.name in CHANNELS
    assert email.form in {"long", "short"}
    assert email.parse_address(" Ada@Example.org ") == "ada@example.org"
    with pytest.raises(Refused):
        email.parse_address("nobody")


def test_trial_mode_without_a_mail_server_uses_the_trial_mailbox(tmp_path):
    """With one, it is used; off loopback only for the addresses allowed."""
    assert serving(Settings(_env_file=None, data_dir=tmp_path))["email"].name == "mailbox"
    near = serving(Settings(_env_file=None, smtp_url="smtp://127.0.0.1:2525"))["email"]
    far = serving(Settings(_env_file=None, smtp_url="smtps://mail.example.org", trial_recipients="ada@example.org"))[
        "email"
    ]
    assert (near.name, near.only) == ("email", None)
    assert far.only == {"ada@example.org"}


def test_e_mail_without_a_server_is_a_sentence_for_the_operator():
    """No silent fall-back in live mode."""
    with pytest.raises(SettingsError, match="ENGAGE_SMTP_URL is not set"):
        CHANNELS["email"](Settings(_env_file=None))
