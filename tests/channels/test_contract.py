"""What every channel promises, asked of each in CHANNELS against the real thing it talks to."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import get_args

import pytest

from engage.channels import CHANNELS, serving
from engage.channels.base import Channel, Form, Letter
from engage.channels.mailbox import list_mail
from engage.domain.outcomes import Sent
from engage.errors import Refused, SettingsError
from engage.settings import Settings
from engage.testing import SmtpSink
from tests.notify_sink import EMAIL_TEMPLATE, KEY, SMS_TEMPLATE, NotifySink


@dataclass(frozen=True)
class Tried:
    """A channel, what its sink took (as recipients), and letters in the channel's own form."""

    channel: Channel
    took: Callable[[], list[str]]
    to: Callable[[int], str]
    content: Callable[[int], bytes]
    typed: tuple[str, str]  # an address as somebody types it, and as it is kept

    def letters(self, first: int, last: int) -> list[Letter]:
        return [Letter(n, self.to(n), "", self.content(n)) for n in range(first, last + 1)]

    def addresses(self, first: int, last: int) -> list[str]:
        return [self.to(n) for n in range(first, last + 1)]


def mailbox(n: int) -> str:
    return f"r{n}@example.org"


def mail(n: int) -> bytes:
    return b"To: r%d@example.org\r\nMessage-ID: <%d@a>\r\n\r\nx\r\n" % (n, n)


EMAIL = (" Ada@Example.org ", "ada@example.org")


@pytest.fixture(params=CHANNELS)
def tried(request, tmp_path):
    """One channel with the real thing it talks to."""
    with SmtpSink() as smtp, NotifySink() as notify:
        given = {"data_dir": tmp_path, "smtp_url": smtp.url, **notify.settings}
        channel = CHANNELS[request.param](Settings(_env_file=None, **given))
        yield {
            "email": Tried(channel, lambda: [one.to for one in smtp.accepted], mailbox, mail, EMAIL),
            "mailbox": Tried(channel, lambda: [m.to for m in reversed(list_mail(tmp_path / "trial-mail"))], mailbox, mail, EMAIL),
            "notify": Tried(channel, lambda: notify.recipients, mailbox, lambda _: b'{"subject": "s", "body": "b"}', EMAIL),
            "sms": Tried(channel, lambda: notify.recipients, lambda n: f"+44770090000{n}", lambda _: b"x", (" 07700 900 001 ", "+447700900001")),
        }[request.param]  # fmt: skip


def test_each_letter_gets_one_outcome_and_arrives_once(tried):
    """In order, over one session, in as many calls as the caller likes."""
    session = tried.channel.connect()
    outcomes = [*session.send(tried.letters(1, 3)), *session.send([]), *session.send(tried.letters(4, 4))]
    session.close()
    assert [type(outcome) for outcome in outcomes] == [Sent] * 4
    assert sorted(tried.took()) == tried.addresses(1, 4)


def test_outcomes_come_as_they_are_known(tried):
    """`send` is a generator: what is known can be settled before the rest is sent."""
    session = tried.channel.connect()
    sending = session.send(tried.letters(1, 5))
    assert inspect.isgenerator(sending)
    assert type(next(sending)) is Sent
    assert tried.to(1) in tried.took()
    assert len(tried.took()) < 5
    sending.close()
    session.close()


def test_a_session_may_be_closed_unused_and_twice(tried):
    """Nothing is opened before the first letter."""
    session = tried.channel.connect()
    session.close()
    session.close()


def test_a_repeatable_channel_reaches_the_person_once(tried):
    """Where `repeatable` is said, it holds; where it is not, a repeat would be a duplicate."""
    session = tried.channel.connect()
    list(session.send(tried.letters(1, 1)))
    list(session.send(tried.letters(1, 1)))
    session.close()
    assert len(tried.took()) == (1 if tried.channel.repeatable else 2)


def test_what_is_in_doubt_reaches_the_person_once_where_the_other_side_can_be_asked(tried):
    """Where `findable` is said, a letter in doubt is looked up first; where not, the doubt is for the ledger."""
    session = tried.channel.connect()
    list(session.send(tried.letters(1, 1)))
    again = [replace(letter, in_doubt=True) for letter in tried.letters(1, 2)]
    assert [type(outcome) for outcome in session.send(again)] == [Sent, Sent]
    session.close()
    repeats = 0 if tried.channel.findable or tried.channel.repeatable else 1
    assert sorted(tried.took()) == sorted([*tried.addresses(1, 2), *tried.addresses(1, repeats)])


def test_a_channel_says_what_it_carries(tried):
    """Its texts are in one of the forms there are, its addresses have one spelling, its rate is positive or none."""
    channel = tried.channel
    assert channel.name in CHANNELS
    assert channel.form in get_args(Form)
    assert channel.parse_address(tried.typed[0]) == tried.typed[1]
    assert channel.rate is None or channel.rate.per_minute > 0
    with pytest.raises(Refused):
        channel.parse_address("nobody")


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


def test_notify_serves_what_is_configured_and_a_mail_server_comes_first(tmp_path):
    """A channel that is not configured is not there."""

    def named(**given):
        return {n: c.name for n, c in serving(Settings(_env_file=None, data_dir=tmp_path, **given)).items()}

    sms, email = {"notify_sms_template_id": SMS_TEMPLATE}, {"notify_email_template_id": EMAIL_TEMPLATE}
    smtp = {"smtp_url": "smtp://127.0.0.1:2525"}
    assert named(notify_api_key=KEY, **sms) == {"email": "mailbox", "sms": "sms"}
    assert named(notify_api_key=KEY, **email) == {"email": "notify"}
    assert named(notify_api_key=KEY, **sms, **email, **smtp) == {"email": "email", "sms": "sms"}
    assert named(**sms, **email) == {"email": "mailbox"}
