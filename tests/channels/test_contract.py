"""What every channel promises, asked of each in CHANNELS against the real thing it talks to."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from engage.channels import CHANNELS, serving
from engage.channels.base import Letter
from engage.channels.mailbox import list_mail
from engage.channels.push_crypto import new_key
from engage.domain.outcomes import Sent
from engage.errors import Refused, SettingsError
from engage.settings import Settings
from engage.testing import SmtpSink
from tests.push_service import PushService


@dataclass(frozen=True)
class Bench:
    """What a channel is tried with: the settings that point it at its sink, and what the sink took, as names.

    *to* and *content* are a letter's for the n-th person; *spellings* are one address, typed and folded.
    """

    settings: Settings
    took: Callable[[], list[str]]
    to: Callable[[int], str]
    content: Callable[[int], bytes]
    spellings: tuple[str, str]


def mail(n: int) -> bytes:
    return b"To: r%d@example.org\r\nMessage-ID: <%d@a>\r\n\r\nx\r\n" % (n, n)


def push(n: int) -> bytes:
    return b'TTL: 60\r\nUrgency: normal\r\nTopic: topic\r\n\r\n{"title": "%d"}' % n


@pytest.fixture
def sinks(tmp_path):
    """The real thing behind each channel."""
    with SmtpSink() as smtp, PushService() as service:
        box = Settings(_env_file=None, data_dir=tmp_path)
        smtp_settings = Settings(_env_file=None, data_dir=tmp_path, smtp_url=smtp.url)
        key = Settings(_env_file=None, vapid_private_key=new_key())
        public = CHANNELS["webpush"](key).public_key
        browsers = [service.subscribe(public, f"r{n}@example.org") for n in range(6)]
        spaced = json.dumps({**browsers[0].fields, "more": 1}, indent=1)
        spellings, to = (" Ada@Example.org ", "ada@example.org"), "r{}@example.org".format
        yield {
            "email": Bench(smtp_settings, lambda: [a.to for a in smtp.accepted], to, mail, spellings),
            "mailbox": Bench(
                box, lambda: [m.to for m in reversed(list_mail(tmp_path / "trial-mail"))], to, mail, spellings
            ),
            "webpush": Bench(key, service.shown, lambda n: browsers[n].address, push, (spaced, browsers[0].address)),
        }


@pytest.fixture(params=CHANNELS)
def channel(request, sinks):
    """One channel with what it is tried with."""
    bench = sinks[request.param]
    return CHANNELS[request.param](bench.settings), bench


def letters(bench: Bench, first: int, last: int) -> list[Letter]:
    return [Letter(n, bench.to(n), "", bench.content(n)) for n in range(first, last + 1)]


def test_each_letter_gets_one_outcome_and_arrives_once(channel):
    """In order, over one session, in as many calls as the caller likes."""
    channel, bench = channel
    session = channel.connect()
    outcomes = [*session.send(letters(bench, 1, 3)), *session.send([]), *session.send(letters(bench, 4, 4))]
    session.close()
    assert [type(outcome) for outcome in outcomes] == [Sent] * 4
    assert sorted(bench.took()) == [f"r{n}@example.org" for n in range(1, 5)]


def test_outcomes_come_as_they_are_known(channel):
    """`send` is a generator: what is known can be settled before the rest is sent."""
    channel, bench = channel
    session = channel.connect()
    sending = session.send(letters(bench, 1, 5))
    assert inspect.isgenerator(sending)
    assert type(next(sending)) is Sent
    assert bench.took()[0] == "r1@example.org"
    assert len(bench.took()) < 5
    sending.close()
    session.close()


def test_a_session_may_be_closed_unused_and_twice(channel):
    """Nothing is opened before the first letter."""
    session = channel[0].connect()
    session.close()
    session.close()


def test_a_repeatable_channel_reaches_the_person_once(channel):
    """Where `repeatable` is said, it holds; where it is not, a repeat would be a duplicate."""
    channel, bench = channel
    session = channel.connect()
    list(session.send(letters(bench, 1, 1)))
    list(session.send(letters(bench, 1, 1)))
    session.close()
    assert len(bench.took()) == (1 if channel.repeatable else 2)


def test_a_channel_says_what_it_carries(channel):
    """Its texts are the long or the short ones, its addresses have one spelling, its repr of a letter tells nothing."""
    channel, bench = channel
    assert channel.name in CHANNELS
    assert channel.form in {"long", "short"}
    assert channel.parse_address(bench.spellings[0]) == channel.parse_address(bench.spellings[1]) == bench.spellings[1]
    with pytest.raises(Refused):
        channel.parse_address("nobody")
    assert "r1@" not in repr(letters(bench, 1, 1))


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
