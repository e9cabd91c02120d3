"""E-mail over several connections at once: each has one letter under way, and what goes wrong there is its own."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engage.channels import lines
from engage.channels.email import Email
from engage.channels.server import Server
from engage.channels.smtp import Timeouts
from engage.domain.outcomes import Halted, Sent, TryAgain, Unknown
from engage.settings import Settings
from engage.testing import SmtpSink
from tests.channels.test_email import QUICK, letters, took

FOUR = 4


def channel(sink, connections=FOUR, timeouts=QUICK):
    return Email(Server.parse(sink.url), timeouts=timeouts, connections=connections)


class Serial(SmtpSink):
    """A server without threads: who comes second waits."""

    def _start(self, target, *args):
        if args:
            target(*args)
        else:
            super()._start(target)


class Together(list):
    """Takes no letter before as many are there as must be under way at once."""

    def __init__(self, count):
        super().__init__()
        self._all_there = threading.Barrier(count, timeout=10)

    def append(self, accepted):
        self._all_there.wait()
        super().append(accepted)


@pytest.fixture
def session(sink):
    with closing(channel(sink).connect()) as opened:
        yield opened


def test_every_letter_arrives_once_and_its_outcome_is_its_own(sink, session):
    """Answers come in the order of the letters, contents byte for byte, over no more connections than allowed."""
    sink.refuse["r6@"] = "550 5.1.1 unknown"
    outcomes = [*session.send(letters(10)), *session.send(letters(13)[10:])]
    assert [type(one) is Sent for one in outcomes] == [number != 6 for number in range(1, 14)]
    sent = {one.to: one.content for one in letters(13) if one.to != "r6@example.org"}
    assert {one.to: one.content for one in sink.accepted} == sent
    assert len(sink.accepted) == 12
    assert sink.connections == FOUR


def test_one_letter_opens_one_connection(sink, session):
    """More are opened when there is something for them."""
    for one in letters(3):
        list(session.send([one]))
    assert sink.connections == 1


def test_all_are_under_way_before_the_first_is_answered_for(sink):
    """A server that takes its time over each letter takes it over all of them at once."""
    sink.accepted = Together(FOUR)
    with closing(channel(sink, timeouts=Timeouts(final=20)).connect()) as session:
        assert [type(one) for one in session.send(letters(8))] == [Sent] * 8


def test_fewer_connections_do_when_the_server_has_no_more(sink, session):
    """It is not asked again and again, and nobody waits or is lost for it."""
    sink.most = 2
    assert [type(one) for one in session.send(letters(9))] == [Sent] * 9
    assert [type(one) for one in session.send(letters(19)[9:])] == [Sent] * 10
    assert Counter(took(sink)) == Counter(one.to for one in letters(19))
    assert sink.connections == 3


def test_a_server_that_serves_one_after_the_other_is_not_waited_for_long(monkeypatch):
    """Its greeting to a second connection comes when the first has ended: one connection does."""
    monkeypatch.setattr(lines, "FOR_ANOTHER", 0.2)
    with Serial() as sink, closing(channel(sink).connect()) as session:
        assert [type(one) for one in session.send(letters(9))] == [Sent] * 9
        assert took(sink) == [one.to for one in letters(9)]


def test_no_connection_at_all_leaves_everybody_for_later(sink, session):
    """As with one."""
    sink.most = 0
    assert [type(one) for one in session.send(letters(6))] == [TryAgain] * 6
    sink.most = None
    assert [type(one) for one in session.send(letters(6))] == [Sent] * 6


def test_connections_that_the_server_closed_meanwhile_are_called_again(sink, session):
    """All four of them, without a word, without a charge and without a duplicate."""
    list(session.send(letters(4)))
    sink.disconnect()
    assert [type(one) for one in session.send(letters(12)[4:])] == [Sent] * 8
    assert Counter(took(sink)) == Counter(one.to for one in letters(12))


def test_at_most_one_letter_a_connection_is_in_doubt(sink, session):
    """P3: the settle window counts for each connection. Whoever is not in doubt is certain."""
    sink.hang_up.extend(["dot"] * FOUR)
    outcomes = list(session.send(letters(12)))
    kinds = [type(one) for one in outcomes]
    assert kinds == [*[Unknown] * FOUR, *[TryAgain] * 8]
    assert set(took(sink)) == {one.to for one in letters(FOUR)}


def test_our_own_fault_halts_the_rest(sink, session):
    """Those already under way are answered for first."""
    sink.refuse_sender = "530 5.7.0 log in"
    assert [type(one) for one in session.send(letters(9))] == [Halted] * 9
    assert took(sink) == []


def test_the_way_is_prepared_for_the_letters_of_the_next_call(sink, session):
    """One round trip a letter on each connection, across calls; a letter that does not come is never sent."""
    first, second, third = letters(4), letters(8)[4:], letters(12)[8:]
    assert [type(one) for one in session.send(first, second)] == [Sent] * 4
    assert [type(one) for one in session.send(second[1:], third)] == [Sent] * 3
    assert [type(one) for one in session.send(third)] == [Sent] * 4
    left = second[0].to
    assert Counter(took(sink)) == Counter(one.to for one in letters(12) if one.to != left)
    assert sink.connections == (FOUR + 1 if sink.pipelining else FOUR)


def test_whoever_turns_away_early_cuts_every_connection(sink, session):
    """Answers under way cannot be mistaken for those of the next call."""
    assert type(next(iter(session.send(letters(8))))) is Sent
    assert [type(one) for one in session.send(letters(12)[8:])] == [Sent] * 4
    assert set(took(sink)[-4:]) == {one.to for one in letters(12)[8:]}


@settings(max_examples=60, deadline=None)
@given(
    st.booleans(),
    st.integers(1, 5),
    st.lists(st.integers(1, 6), min_size=1, max_size=4),
    st.lists(st.sampled_from(["MAIL", "DATA", "content", "dot", "after", "greeting", "EHLO"]), max_size=5),
    st.sets(st.integers(1, 24), max_size=3),
    st.booleans(),
)
def test_every_outcome_is_true_whatever_breaks(pipelining, connections, calls, hang_up, refused, told_ahead):
    """Sent was taken once, in doubt at most once, all others never; each content went to its own address."""
    with SmtpSink(pipelining=pipelining) as sink, closing(channel(sink, connections).connect()) as session:
        sink.refuse.update({f"^r{number}@": "550 5.1.1 unknown" for number in refused})
        sink.hang_up.extend(hang_up)
        known, start, every = {}, 0, letters(sum(calls) + 6)
        for size in calls:
            window, behind = every[start : start + size], every[start + size :] if told_ahead else ()
            known |= dict(zip(window, session.send(window, behind), strict=True))
            start += size
        taken = Counter(took(sink))
        contents = {one.to: one.content for one in sink.accepted}
        assert all(contents[one.to] == one.content for one in every if one.to in contents)
        for one, outcome in known.items():
            count = taken.pop(one.to, 0)
            assert count == 1 if type(outcome) is Sent else count <= (type(outcome) is Unknown)
        assert not taken, "a letter went that nobody had handed over"
        assert sum(type(outcome) is Unknown for outcome in known.values()) <= len(hang_up)
        assert sink.violations == 0


@pytest.mark.parametrize(
    ("given", "connections"),
    [
        ({}, 4),
        ({"smtp_rate": 30}, 1),
        ({"smtp_connections": 8}, 8),
        ({"smtp_rate": 6000, "smtp_connections": 2}, 2),
    ],
)
def test_how_many_connections_there_are(given, connections):
    """A server that takes thirty mails a minute would rather not be called four times at once."""
    asked = Settings(smtp_url="smtp://127.0.0.1:25", **given)
    assert Email.from_settings(asked).connections == connections
