"""What every channel promises, asked of each in CHANNELS against the real thing it talks to."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from engage.channels import CHANNELS, serving
from engage.channels.base import Channel, Letter
from engage.channels.mailbox import list_mail
from engage.channels.push_crypto import new_key
from engage.domain.outcomes import Sent
from engage.errors import Refused, SettingsError
from engage.settings import Settings
from engage.testing import SmtpSink
from tests.notify_sink import EMAIL_TEMPLATE, KEY, SMS_TEMPLATE, NotifySink
from tests.push_service import PushService


@dataclass(frozen=True)
class Tried:
    """A channel, what its sink took (as recipients), and letters in the channel's own form.

    *spellings* are one address, as somebody types it and as it is kept; *shown* names the n-th person at the sink.
    """

    channel: Channel
    took: Callable[[], list[str]]
    to: Callable[[int], str]
    content: Callable[[int], bytes]
    spellings: tuple[str, str]
    shown: Callable[[int], str] = "r{}@example.org".format

    def letters(self, first: int, last: int) -> list[Letter]:
        return [Letter(n, self.to(n), "", self.content(n)) for n in range(first, last + 1)]

    def names(self, first: int, last: int) -> list[str]:
        return [self.shown(n) for n in range(first, last + 1)]


def mail(n: int) -> bytes:
    return b"To: r%d@example.org\r\nMessage-ID: <%d@a>\r\n\r\nx\r\n" % (n, n)


def push(n: int) -> bytes:
    return b'TTL: 60\r\nUrgency: normal\r\nTopic: topic\r\n\r\n{"title": "%d"}' % n


mailbox, number = "r{}@example.org".format, "+44770090000{}".format
EMAIL = (" Ada@Example.org ", "ada@example.org")


@pytest.fixture
def sinks(tmp_path):
    """The real thing behind each channel."""
    with SmtpSink() as smtp, PushService() as service, NotifySink() as notify:
        given = {"data_dir": tmp_path, "smtp_url": smtp.url, "vapid_private_key": new_key(), **notify.settings}
        settings = Settings(_env_file=None, **given)
        channels = {name: make(settings) for name, make in CHANNELS.items()}
        browsers = [service.subscribe(channels["webpush"].public_key, mailbox(n)) for n in range(6)]
        spaced = json.dumps({**browsers[0].fields, "more": 1}, indent=1)
        yield {
            "email": Tried(channels["email"], lambda: [one.to for one in smtp.accepted], mailbox, mail, EMAIL),
            "mailbox": Tried(
                channels["mailbox"],
                lambda: [m.to for m in reversed(list_mail(tmp_path / "trial-mail"))],
                mailbox,
                mail,
                EMAIL,
            ),
            "notify": Tried(
                channels["notify"],
                lambda: notify.recipients,
                mailbox,
                lambda _: b'{"subject": "s", "body": "b"}',
                EMAIL,
            ),
            "sms": Tried(
                channels["sms"],
                lambda: notify.recipients,
                number,
                lambda _: b"x",
                (" 07700 900 001 ", "+447700900001"),
                number,
            ),
            "webpush": Tried(
                channels["webpush"],
                service.shown,
                lambda n: browsers[n].address,
                push,
                (spaced, browsers[0].address),
            ),
        }


@pytest.fixture(params=CHANNELS)
def tried(request, sinks):
    """One channel with what it is tried with."""
    return sinks[request.param]


def test_each_letter_gets_one_outcome_and_arrives_once(tried):
    """In order, over one session, in as many calls as the caller likes."""
    session = tried.channel.connect()
    outcomes = [*session.send(tried.letters(1, 3)), *session.send([]), *session.send(tried.letters(4, 4))]
    session.close()
    assert [type(outcome) for outcome in outcomes] == [Sent] * 4
    assert sorted(tried.took()) == tried.names(1, 4)


def test_outcomes_come_as_they_are_known(tried):
    """`send` is a generator: what is known can be settled before the rest is sent."""
    session = tried.channel.connect()
    sending = session.send(tried.letters(1, 5))
    assert inspect.isgenerator(sending)
    assert type(next(sending)) is Sent
    assert tried.shown(1) in tried.took()
    assert len(tried.took()) < 5
    sending.close()
    session.close()


def test_a_session_may_be_closed_unused(tried):
    """And twice."""
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
    assert sorted(tried.took()) == sorted([*tried.names(1, 2), *tried.names(1, repeats)])


def test_a_channel_says_what_it_carries(tried):
    """Its addresses have one spelling, its rate is positive or none, its repr of a letter tells nothing."""
    channel = tried.channel
    assert channel.name in CHANNELS
    typed, kept = tried.spellings
    assert channel.parse_address(typed) == channel.parse_address(kept) == kept
    assert channel.rate is None or channel.rate.per_minute > 0
    with pytest.raises(Refused):
        channel.parse_address("nobody")
    assert tried.to(1) not in repr(tried.letters(1, 1))


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


def test_web_push_is_offered_where_there_is_a_key(tmp_path):
    """Without one the channel is not there, and asking for it says what to set."""
    assert list(serving(Settings(_env_file=None, data_dir=tmp_path))) == ["email"]
    assert list(serving(Settings(_env_file=None, data_dir=tmp_path, vapid_private_key=new_key()))) == [
        "email",
        "webpush",
    ]
    with pytest.raises(SettingsError, match="ENGAGE_VAPID_PRIVATE_KEY is not set"):
        CHANNELS["webpush"](Settings(_env_file=None))
    with pytest.raises(SettingsError, match="Make one with: engage vapid"):
        serving(Settings(_env_file=None, data_dir=tmp_path, vapid_private_key="too-short"))


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
