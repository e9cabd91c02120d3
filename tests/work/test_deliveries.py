"""The drain: claim, compose, fence, hand over, settle; whatever the other side does, the ledger comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from engage.app import App
from engage.channels.base import Letter
from engage.channels.email import Email
from engage.channels.server import Server
from engage.domain.alerts import Severity
from engage.domain.breaker import FAILURES
from engage.domain.outcomes import Halted, Outcome, Refused, Sent, TryAgain, Unknown
from engage.domain.people import Wanted
from engage.store.schema import event, notice
from engage.work import alerts, people, repairs
from engage.work.deliveries import Drain, Drained
from tests.office import Clock, add_people, audit_holds
from tests.work.notices import address_all, issue, states_of

ME = "worker-1/1"
Answer = Outcome | Exception


class Scripted:
    """A session that answers as told, and else takes everything; it keeps what it was handed."""

    def __init__(self, *answers: Answer, before: Callable[[], None] | None = None) -> None:
        self._answers, self._before = list(answers), before
        self.letters: list[Letter] = []
        self.windows: list[int] = []
        self.closed = 0

    def send(self, letters: Sequence[Letter], _following: Sequence[Letter] = (), /) -> Iterator[Outcome]:
        self.windows.append(len(letters))
        for letter in letters:
            if self._before:
                self._before()
            self.letters.append(letter)
            answer = self._answers.pop(0) if self._answers else Sent("ok")
            if isinstance(answer, Exception):
                raise answer
            yield answer

    def close(self) -> None:
        self.closed += 1


def drain(app: App, session: Scripted, *, lane: str = "normal", **more: object) -> Drained:
    return Drain(app, "email", lane, ME, session).run(**more)


@pytest.fixture
def ready(applied: App) -> App:
    """Three people, one alert each, ready to go."""
    return prepared(applied, 3)


def prepared(app: App, n: int, severity: Severity = Severity.WARNING) -> App:
    add_people(app, *((f"p{i}", Wanted(kinds=("alerts",))) for i in range(n)))
    issue(app, "a", severity=severity)
    address_all(app)
    return app


def counts(app: App) -> dict[str, int]:
    with app.reading() as unit:
        return unit.audits.by_state("alert:a")


def tries(app: App) -> list[tuple[int, str, str | None]]:
    """(n, outcome, class) of every attempt, by delivery."""
    with app.reading() as unit:
        ids = sorted(r.id for r in unit.audits.rows(notice_id="alert:a"))
        return [(a.n, a.outcome, a.error_class) for i in ids for a in unit.audits.attempts(i)]


def test_everybody_gets_one_letter_of_their_own(ready: App):
    """To their own address, with a return path and a Message-ID of their own."""
    session = Scripted()
    done = drain(ready, session)
    assert (done.sent, done.other, done.halted, done.total) == (3, 0, False, 3)
    assert [letter.to for letter in session.letters] == [f"p{i}@example.org" for i in range(3)]
    for letter in session.letters:
        told = message_from_bytes(letter.content)
        assert (told.get_all("To"), told.get_all("Cc"), told.get_all("Bcc")) == ([letter.to], None, None)
    assert len({letter.sender for letter in session.letters}) == 3
    assert counts(ready) == {"sent": 3}
    assert tries(ready) == [(1, "sent", None)] * 3
    assert drain(ready, session).total == 0
    audit_holds(ready)


@pytest.mark.parametrize(("severity", "windows"), [(Severity.WARNING, [1] * 12), (Severity.ADVICE, [10, 2]), (Severity.URGENT, [1] * 12)])  # fmt: skip
def test_no_more_are_past_the_fence_than_the_settle_window(sqlite_applied: App, severity: Severity, windows: list[int]):
    """P3: the bound of what a killed connection may double."""
    app = prepared(sqlite_applied, 12, severity)
    seen: list[int] = []

    def look() -> None:
        with app.reading() as unit:
            seen.append(unit.audits.by_state().get("handoff", 0))

    session = Scripted(before=look)
    drain(app, session, lane=severity.lane.value)
    assert session.windows == windows
    assert max(seen) == max(windows)


@pytest.mark.parametrize(("severity", "windows"), [(Severity.WARNING, [3] * 4), (Severity.ADVICE, [10, 2])])
def test_a_window_has_a_letter_for_each_connection(sqlite_applied: App, severity: Severity, windows: list[int]):
    """One past the fence on each of three; a window of ten is no larger for them."""
    app = prepared(sqlite_applied, 12, severity)
    three = Email(Server.parse("smtp://127.0.0.1:9"), connections=3)
    session = Scripted()
    drain(replace(app, channels={**app.channels, "email": three}), session, lane=severity.lane.value)
    assert session.windows == windows


@pytest.mark.parametrize(
    ("answer", "states", "charged"),
    [
        (TryAgain("Busy.", after=timedelta(hours=1)), {"sent": 2, "ready": 1}, True),
        (Refused("Policy.", "policy"), {"sent": 2, "failed": 1}, True),
        (Unknown("Cut off."), {"sent": 2, "ambiguous": 1}, True),
    ],
)
def test_one_letters_bad_end_is_its_own(ready: App, answer: Outcome, states: dict[str, int], charged: bool):
    """The others go on; the evidence says how it ended."""
    done = drain(ready, Scripted(answer))
    assert (done.sent, done.other) == (2, 1)
    assert counts(ready) == states
    assert len(tries(ready)) == 3
    audit_holds(ready)


def test_a_dead_address_is_suppressed_and_made_known(ready: App):
    """Nothing is sent there again, and the office can see it."""
    drain(ready, Scripted(Refused("No such user.", "no-such-address", suppress=True)))
    with ready.reading() as unit:
        assert len(unit.people.suppressed("email")) == 1
        assert unit.conn.execute(select(event.c.name).where(event.c.name == "address.refused")).scalars().all() == ["address.refused"]  # fmt: skip
    issue(ready, "b")
    address_all(ready)
    session = Scripted()
    drain(ready, session)
    assert [letter.to for letter in session.letters] == ["p1@example.org", "p2@example.org"]
    audit_holds(ready)


def test_a_session_that_breaks_leaves_what_it_did_not_answer_for_in_doubt(ready: App):
    """A bug in a channel: the connection is closed, nothing is lost, nothing is sent twice."""
    session = Scripted(ValueError("a bug"))
    drain(ready, session)
    assert counts(ready) == {"sent": 2, "ambiguous": 1}
    assert session.closed == 1
    audit_holds(ready)


def test_our_own_fault_halts_the_channel_and_charges_nobody(ready: App, clock: Clock):
    """A wrong password: one try, not one per person; after a minute somebody tries again."""
    session = Scripted(*[Halted("Login refused.", "authentication")] * 9)
    assert drain(ready, session).halted
    assert len(session.letters) == 1
    assert counts(ready) == {"ready": 3}
    with ready.reading() as unit:
        halt = unit.house.halted("email")
        assert (halt.why, halt.until - clock()) == ("Login refused.", timedelta(minutes=1))
        assert {r.attempts for r in unit.audits.rows(notice_id="alert:a")} == {0}
    assert drain(ready, session).total == 0, "until the minute is over"
    clock.move(minutes=1)
    assert drain(ready, session).halted
    with ready.reading() as unit:
        assert unit.house.halted("email").until - clock() == timedelta(minutes=2)
    clock.move(minutes=2)
    assert drain(ready, Scripted()).sent == 3
    with ready.reading() as unit:
        assert unit.house.halted("email") is None
    audit_holds(ready)


def test_a_server_that_fails_five_times_running_is_left_alone(sqlite_applied: App):
    """The circuit breaker: not everybody's try is used up on a dead server."""
    app = prepared(sqlite_applied, 20)
    session = Scripted(*[TryAgain("No answer.", "connection")] * 20)
    assert drain(app, session).halted
    assert len(session.letters) == FAILURES
    assert counts(app) == {"ready": 20}
    audit_holds(app)


def test_after_a_halt_one_letter_tries_before_the_rest(sqlite_applied: App, clock: Clock):
    """A server that is still down costs one try and a longer pause, not five more."""
    app = prepared(sqlite_applied, 20)
    drain(app, Scripted(*[TryAgain("No answer.", "connection")] * FAILURES))
    clock.move(minutes=1)
    session = Scripted(*[TryAgain("Still none.", "connection")] * 20)
    assert drain(app, session).halted
    assert len(session.letters) == 1
    with app.reading() as unit:
        halt = unit.house.halted("email")
        assert (halt.failures, halt.until - clock()) == (2, timedelta(minutes=2))


def test_while_one_tries_the_others_wait(sqlite_applied: App, clock: Clock):
    """Several threads see the end of a halt at once; what the others had claimed goes back."""
    app = prepared(sqlite_applied, 20)
    drain(app, Scripted(*[TryAgain("No answer.", "connection")] * FAILURES))
    clock.move(minutes=1)
    others = Scripted()
    session = Scripted(before=lambda: Drain(app, "email", "normal", "another/1", others).run())
    drain(app, session, seconds=0.0001)
    assert (len(session.letters), len(others.letters)) == (1, 0)
    assert counts(app)["ready"] == 19
    with app.reading() as unit:
        assert unit.house.halted("email") is None


def test_a_refused_letter_shows_that_the_server_is_back(sqlite_applied: App, clock: Clock):
    """It answered: that the one who tried has no such mailbox is no reason to keep the others waiting."""
    app = prepared(sqlite_applied, 20)
    drain(app, Scripted(*[TryAgain("No answer.", "connection")] * FAILURES))
    clock.move(minutes=1)
    assert drain(app, Scripted(Refused("No such mailbox.", "recipient"))).total >= 15
    with app.reading() as unit:
        assert unit.house.halted("email") is None


def test_a_letter_that_goes_through_resets_the_breaker(sqlite_applied: App):
    """One bad mailbox among many is not the server's fault."""
    app = prepared(sqlite_applied, 12)
    answers = [TryAgain("No answer.", "connection"), Sent()] * 6
    assert not drain(app, Scripted(*answers)).halted
    assert counts(app) == {"ready": 6, "sent": 6}


def test_a_server_that_hangs_up_after_every_urgent_letter_does_not_get_it_a_hundred_times(
    sqlite_applied: App, clock: Clock
):
    """In doubt, urgent goes once more after a pause; in doubt again, it asks a person."""
    app = prepared(sqlite_applied, 1, Severity.URGENT)
    session = Scripted(*[Unknown("Cut off.")] * 50)
    drain(app, session, lane="urgent")
    assert len(session.letters) == 1
    for _ in range(20):
        clock.move(minutes=10)
        drain(app, session, lane="urgent")
    assert len(session.letters) == 2
    assert counts(app) == {"ambiguous": 1}
    assert session.letters[0].content.count(b"Message-ID") == 1
    first, second = (next(line for line in one.content.splitlines() if line.startswith(b"Message-ID")) for one in session.letters)  # fmt: skip
    assert first == second, "whoever has it twice sees it once"
    audit_holds(app)


# --- the fence, from above ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("go", [lambda app: people.leave(app, 3, how="link"), lambda app: people.forget(app, 3)])
def test_whoever_leaves_during_the_send_gets_nothing_more(ready: App, go: Callable[[App], object]):
    """P6: the fence asks at the last moment, letter by letter; erased or only gone (F69, F70)."""

    def last_one_leaves() -> None:
        go(ready)

    session = Scripted(before=last_one_leaves)
    drain(ready, session)
    assert [letter.to for letter in session.letters] == ["p0@example.org", "p1@example.org"]
    assert counts(ready) == {"sent": 2, "suppressed": 1}
    audit_holds(ready)


def test_an_alert_withdrawn_during_the_send_goes_to_nobody_else(ready: App):
    """At most the settle window, fenced before it, still goes."""
    calls: list[int] = []

    def withdraw_once() -> None:
        calls.append(1)
        if len(calls) == 1:
            alerts.withdraw(ready, "a", who="editor")

    session = Scripted(before=withdraw_once)
    drain(ready, session)
    assert len(session.letters) == 1
    assert counts(ready) == {"sent": 1, "cancelled": 2}
    audit_holds(ready)


def test_a_worker_that_was_taken_for_dead_sends_nothing_that_others_have(ready: App):
    """P5: frozen between claim and fence, its rows were given to another."""

    class Frozen(Drain):
        def _fence(self, unit, window, composed):  # type: ignore[no-untyped-def]
            unit.ledger.release(ME, same_boot=True)
            return super()._fence(unit, window, composed)

    session = Scripted()
    assert Frozen(ready, "email", "normal", ME, session).run(seconds=0.05).total == 0
    assert session.letters == []
    assert set(counts(ready)) <= {"ready", "dead"}
    audit_holds(ready)


def test_stopping_gives_back_what_was_not_handed_over(ready: App):
    """P4: out at once, nothing lost, nothing charged."""
    session = Scripted()
    drain(ready, session, stop=lambda: len(session.letters) > 0)
    assert len(session.letters) == 1
    assert counts(ready) == {"sent": 1, "ready": 2}
    with ready.reading() as unit:
        assert {r.owner for r in unit.audits.rows()} == {None}
    assert drain(ready, Scripted()).sent == 2
    audit_holds(ready)


def test_a_slice_of_time_ends_and_the_rest_is_for_the_next(ready: App):
    """Others want the thread too."""
    assert drain(ready, Scripted(), seconds=0).total == 0
    assert counts(ready) == {"ready": 3}


# --- composing ------------------------------------------------------------------------------------------------------


def test_a_letter_that_cannot_be_composed_fails_alone(ready: App):
    """Facts are missing from one notice: the other notice's letters go."""
    issue(ready, "b")
    address_all(ready)
    with ready.unit() as unit:
        body = unit.notices.row("alert:b", 1).body
        body["items"][0]["facts"] = {}
        unit.conn.execute(notice.update().where(notice.c.id == "alert:b").values(body=body))
    done = drain(ready, Scripted())
    assert done.sent == 3
    with ready.reading() as unit:
        assert {r.last_class for r in unit.audits.rows(notice_id="alert:b")} == {"not-composed"}
        assert unit.audits.by_state("alert:b") == {"failed": 3}
    audit_holds(ready)


def test_somebody_without_an_address_is_turned_away(ready: App):
    """They were forgotten: the row says suppressed, nobody is written to."""
    people.forget(ready, 2)
    session = Scripted()
    drain(ready, session)
    assert [letter.to for letter in session.letters] == ["p0@example.org", "p2@example.org"]
    assert states_of(ready, 2) == ["suppressed"]
    audit_holds(ready)


def test_everybody_can_read_why_they_got_it(ready: App):
    """In their own words: what they follow, where."""
    add_people(ready, ("ada", Wanted(topics=("fraud", "burglary"), areas=("mill-lane",))))
    issue(ready, "b", topics=("burglary",))
    address_all(ready)
    session = Scripted()
    drain(ready, session)
    (letter,) = [one for one in session.letters if one.to == "ada@example.org"]
    assert b"you follow Burglary and Fraud in Mill Lane" in letter.content


# --- repairs --------------------------------------------------------------------------------------------------------


def test_a_person_can_send_the_failures_again_and_only_these(ready: App):
    """P10."""
    drain(ready, Scripted(Refused("Policy.", "policy"), Unknown("Cut off.")))
    assert counts(ready) == {"failed": 1, "ambiguous": 1, "sent": 1}
    assert repairs.retry(ready, None, "alert:a") == 2
    session = Scripted()
    drain(ready, session)
    assert [letter.to for letter in session.letters] == ["p0@example.org", "p1@example.org"]
    assert counts(ready) == {"sent": 3}
    audit_holds(ready)


def test_a_person_can_close_what_is_in_doubt(ready: App):
    """It is listed no more."""
    drain(ready, Scripted(Unknown("Cut off.")))
    assert repairs.discard(ready, None, "alert:a") == 1
    assert counts(ready) == {"cancelled": 1, "sent": 2}
    audit_holds(ready)


@pytest.mark.parametrize("given", [(None, None), (1, "alert:a")])
def test_a_repair_names_a_delivery_or_a_notice(sqlite_applied: App, given: tuple[int | None, str | None]):
    """One of them."""
    from engage.errors import Refused as Wrong

    for repair in (repairs.retry, repairs.discard):
        with pytest.raises(Wrong):
            repair(sqlite_applied, *given)


@pytest.mark.parametrize("unreadable", ["suppression", "address", "recipient", "notice", "meta"])
def test_nothing_goes_while_what_may_stop_it_cannot_be_read(ready: App, unreadable: str):
    """S37: suppressions, addresses, who has left, what was withdrawn, the hold: without an answer nobody is written to."""
    rename(ready, unreadable, f"{unreadable}_away")
    session = Scripted()
    with pytest.raises(DBAPIError):
        drain(ready, session)
    assert session.letters == []
    rename(ready, f"{unreadable}_away", unreadable)
    assert set(counts(ready)) <= {"ready", "claimed"}
    assert drain(ready, session).sent == 3, "nothing was lost by it"


def rename(app: App, table: str, name: str) -> None:
    with app.unit() as unit:
        unit.conn.execute(text(f'ALTER TABLE "{table}" RENAME TO "{name}"'))
