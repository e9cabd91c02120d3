"""GOV.UK Notify over real HTTP: what each misbehaviour means, and that doubt is settled by asking."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from engage.channels.base import Letter
from engage.channels.notify import Notify
from engage.channels.notify_api import Account
from engage.channels.sms import Sms
from engage.domain.outcomes import Halted, Refused, Sent, TryAgain, Unknown
from engage.domain.rates import Rate
from engage.errors import SettingsError
from engage.settings import Settings
from tests.notify_sink import EMAIL_TEMPLATE, KEY, SECRET, SERVICE, SMS_TEMPLATE, NotifySink

RATE = Rate(bucket="notify", per_minute=2700)


@pytest.fixture
def sink():
    with NotifySink() as notify:
        yield notify


@pytest.fixture
def session(sink):
    opened = sms(sink.url).connect()
    yield opened
    opened.close()


def sms(url, key=KEY, **more):
    return Sms(Account.parse(key, url), SMS_TEMPLATE, RATE, invented=True, **more)


def texts(first, last=None):
    """Letter n is for 07700 900 00n."""
    return [Letter(n, f"+4477009{n:05}", "", b"Lock your door.") for n in range(first, (last or first) + 1)]


def one(session, letter=None):
    (outcome,) = session.send([letter or texts(1)[0]])
    return outcome


def test_a_text_arrives_with_its_reference_and_words(sink, session):
    """The reference is the delivery's id and nothing about the person."""
    outcome = one(session)
    (taken,) = sink.taken
    assert outcome == Sent(taken.id)
    assert (taken.to, taken.reference, taken.personalisation) == ("+447700900001", "1", {"text": "Lock your door."})


def test_an_e_mail_arrives_with_its_one_click_link(sink):
    """Only links that Notify takes: https."""
    channel = Notify(Account.parse(KEY, sink.url), EMAIL_TEMPLATE, RATE)
    contents = [{"subject": "S", "body": "B", "unsubscribe_url": f"{scheme}://e.example.org/u/1"} for scheme in ("https", "http")]  # fmt: skip
    session = channel.connect()
    letters = [Letter(n, f"r{n}@example.org", "", json.dumps(content).encode()) for n, content in enumerate(contents)]
    assert {type(outcome) for outcome in session.send(letters)} == {Sent}
    session.close()
    told = {one.to: one.unsubscribe_url for one in sink.taken}
    assert told == {"r0@example.org": "https://e.example.org/u/1", "r1@example.org": None}
    assert all(one.personalisation == {"subject": "S", "body": "B"} for one in sink.taken)


@pytest.mark.parametrize(
    ("does", "outcome"),
    [
        ("rate", Halted("GOV.UK Notify wants us to slow down.", "rate-limit", timedelta(seconds=15))),
        ("rate:7", Halted("GOV.UK Notify wants us to slow down.", "rate-limit", timedelta(seconds=7))),
        ("day", Halted("The daily limit of the GOV.UK Notify service is reached.", "daily-limit")),
    ],
)
def test_a_limit_halts_for_as_long_as_it_lasts(sink, session, does, outcome):
    """Nobody is charged with it."""
    sink.does.append(does)
    assert one(session) == outcome
    assert sink.taken == []


@pytest.mark.parametrize(("does", "error_class"), [("403", "authentication"), ("template", "configuration")])
def test_what_would_befall_everybody_halts_the_channel(sink, session, does, error_class):
    """A wrong key, a wrong clock, a template of another shape: said to the operator, charged to nobody."""
    sink.does.append(does)
    outcome = one(session)
    assert isinstance(outcome, Halted)
    assert outcome.error_class == error_class


def test_a_wrong_secret_is_noticed(sink):
    """The stub checks the signature, as Notify does."""
    session = sms(sink.url, KEY[:-1] + "3").connect()
    outcome = one(session)
    session.close()
    assert isinstance(outcome, Halted)
    assert outcome.error_class == "authentication"


def test_a_wrong_template_is_noticed(sink):
    """The stub has one of each kind."""
    session = Sms(Account.parse(KEY, sink.url), EMAIL_TEMPLATE, RATE).connect()
    assert one(session).error_class == "configuration"
    session.close()


def test_a_refused_number_fails_alone_and_is_not_repeated_in_words(sink, session):
    """Notify's message quotes it; ours must not."""
    sink.refuse.add("+447700900002")
    outcomes = list(session.send(texts(1, 3)))
    assert [type(outcome) for outcome in outcomes] == [Sent, Refused, Sent]
    assert outcomes[1] == Refused("GOV.UK Notify answered 400 (ValidationError).", "policy")


@pytest.mark.parametrize("does", ["swallow", "500-taken", "500", "html", "cut"])
def test_what_is_in_doubt_is_asked_for_before_it_is_repeated(sink, session, does):
    """Accepted or not, answered or not: after a look-up exactly one is there (F54)."""
    sink.does.append(does)
    letter = texts(1)[0]
    assert isinstance(one(session, letter), Unknown)
    outcome = one(session, replace(letter, in_doubt=True))
    (taken,) = sink.taken
    assert outcome == Sent(taken.id)
    assert sink.look_ups == 1
    assert sink.posts == (1 if does in {"swallow", "500-taken"} else 2)


def test_a_server_that_does_not_answer_in_time_is_in_doubt(sink):
    """It may still be working on it."""
    sink.delay = 0.5
    session = sms(sink.url, patience=0.1).connect()
    letter = texts(1)[0]
    assert one(session, letter) == Unknown("The connection to GOV.UK Notify failed: no answer in time.")
    sink.delay = 0
    while sink.under_way:
        time.sleep(0.01)
    assert isinstance(one(session, replace(letter, in_doubt=True)), Sent)
    session.close()
    assert sink.recipients == [letter.to]


def test_as_long_as_notify_cannot_say_nothing_is_repeated(sink, session):
    """The doubt stays; no second message is posted."""
    sink.blind = 500
    assert isinstance(one(session, replace(texts(1)[0], in_doubt=True)), Unknown)
    assert sink.posts == 0


def test_a_message_of_another_persons_under_our_reference_is_not_adopted(sink, session):
    """A database restored from a backup counts its deliveries anew."""
    one(session, Letter(7, "+447700900099", "", b"Before the backup was restored."))
    assert isinstance(one(session, replace(texts(7)[0], in_doubt=True)), Sent)
    assert sink.recipients == ["+447700900099", "+447700900007"]


def test_several_are_under_way_at_once_and_outcomes_keep_their_order(sink, session):
    """Four lines make up for the time an answer takes."""
    sink.delay = 0.05
    sink.refuse.add("+447700900003")
    outcomes = list(session.send(texts(1, 12)))
    assert [type(outcome) for outcome in outcomes] == [Sent] * 2 + [Refused] + [Sent] * 9
    references = {taken.id: taken.reference for taken in sink.taken}
    assert [references[outcome.reference] for outcome in outcomes if isinstance(outcome, Sent)] == [str(n) for n in (1, 2, *range(4, 13))]  # fmt: skip
    assert sink.most == 4


def test_whoever_was_frozen_posts_nothing_more(sink, session, monkeypatch):
    """P5: the fence is stale, another worker may have the rows by now."""
    monkeypatch.setattr("engage.channels.notify.FENCE_FRESH", timedelta(seconds=1.5))
    sink.delay = 1.7
    outcomes = list(session.send(texts(1, 12)))
    assert [type(outcome) for outcome in outcomes] == [Sent] * 4 + [TryAgain] * 8
    assert sink.posts == 4


def test_after_a_halt_the_rest_is_not_asked_for(sink, session):
    """What was under way has its own answer; everything else is told the same."""
    sink.does.extend(["day"] * 20)
    outcomes = list(session.send(texts(1, 20)))
    assert {type(outcome) for outcome in outcomes} == {Halted}
    assert len(outcomes) == 20
    assert sink.posts <= 4


def test_a_server_that_is_not_there_is_for_later():
    """Nothing was handed over."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    session = sms(f"http://127.0.0.1:{port}").connect()
    outcome = one(session)
    session.close()
    assert outcome == TryAgain("GOV.UK Notify cannot be reached: connection refused.", "connection")


def test_trial_mode_writes_to_nobody_else():
    """Off this machine, only to the numbers that the office named."""
    given = {"notify_api_key": KEY, "notify_sms_template_id": SMS_TEMPLATE, "notify_email_template_id": EMAIL_TEMPLATE}
    settings = Settings(_env_file=None, trial_recipients="ada@example.org, 07700 900 001", **given)
    phone, mail = Sms.from_settings(settings), Notify.from_settings(settings)
    assert (phone.only, mail.only >= {"ada@example.org"}) == ({"+447700900001"}, True)
    assert phone.request(texts(2)[0]) == Refused("Trial mode sends to the numbers in ENGAGE_TRIAL_RECIPIENTS only.", "trial")  # fmt: skip
    assert mail.request(Letter(1, "ben@example.org", "", b"{}")) == Refused("Trial mode sends to the addresses in ENGAGE_TRIAL_RECIPIENTS only.", "trial")  # fmt: skip
    assert not isinstance(phone.request(texts(1)[0]), Refused)


@pytest.mark.parametrize(
    ("key", "url", "said"),
    [
        ("our_key", None, "ENGAGE_NOTIFY_API_KEY"),
        (KEY[:-1], None, "ENGAGE_NOTIFY_API_KEY"),
        (KEY, "http://notify.example.org", "ENGAGE_NOTIFY_URL"),
    ],
)
def test_a_key_that_is_none_is_a_sentence_for_the_operator(key, url, said):
    """Without the key in it."""
    with pytest.raises(SettingsError, match=said) as refused:
        Account.parse(key, url)
    assert SECRET[:8] not in str(refused.value)


def test_a_key_ends_with_service_and_secret_and_shows_neither():
    """Whatever its name; names may hold hyphens."""
    account = Account.parse(f"a-key-of-ours-{SERVICE}-{SECRET}")
    assert (account.service, account.secret) == (SERVICE, SECRET)
    assert account.url == "https://api.notifications.service.gov.uk"
    assert SECRET not in repr(account)
    assert SERVICE not in repr(account)
