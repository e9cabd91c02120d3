"""What follows from what comes back: who is believed, whose address ends, what stays as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
import structlog
from sqlalchemy import select

from engage.app import App
from engage.domain.alerts import Severity
from engage.domain.inbox import Kind
from engage.store.schema import address, inbox
from engage.work import looking
from engage.work.inbox import Taken, take_mail, take_receipt, take_text
from tests import returned
from tests.office import Clock, add_people, audit_holds, mails, settle
from tests.work.coming_back import ADA, counts, newest, path_of, refusals, suppressions
from tests.work.notices import issue, states_of


def test_a_hard_bounce_ends_mail_to_that_address(sent: App):
    """Once, with the event a drain would have written; the delivery stays sent, and the next alert goes to Ben alone."""
    one = newest(sent)
    mail = returned.postfix(path_of(sent, one))
    assert take_mail(sent, mail) == Taken(kind=Kind.HARD, status="5.1.1", delivery_id=one)
    assert suppressions(sent) == ["bounced"]
    assert refusals(sent) == 1
    for again in (mail, returned.postfix(path_of(sent, one), n=2)):
        assert take_mail(sent, again).is_new is False
    assert (refusals(sent), counts(sent)) == (1, {"hard": 1})
    issue(sent, "b")
    settle(sent)
    assert (len(mails(sent, "ada")), len(mails(sent, "ben"))) == (1, 2)
    with sent.reading() as unit:
        assert unit.audits.find(one).state == "sent"
        assert len(unit.audits.attempts(one)) == 1, "attempts agree with what the mail server took"
    audit_holds(sent)


def test_what_came_back_is_told_with_the_delivery(sent: App, clock: Clock):
    """Accepted, and later not."""
    one = newest(sent)
    take_mail(sent, returned.postfix(path_of(sent, one), "4.4.1", "delayed"))
    clock.move(hours=5)
    take_mail(sent, returned.postfix(path_of(sent, one)))
    told = [line.strip() for line in looking.trace(sent, str(one)) if "later" in line]
    assert told == [
        "later 2026-11-23 12:00:00Z  delayed, still being tried: 4.4.1",
        "later 2026-11-23 17:00:00Z  bounced, there is no such address: 5.1.1",
    ]


@pytest.mark.parametrize(
    "mail",
    [returned.exim, returned.exim_old, returned.exchange, returned.gmail, returned.qmail, returned.in_base64],
)
def test_every_servers_bounce_is_understood(sqlite_applied: App, mail):
    """From the letter as it went to the address that ends."""
    add_people(sqlite_applied, ("ada", ADA))
    issue(sqlite_applied, "a")
    settle(sqlite_applied)
    assert take_mail(sqlite_applied, mail(path_of(sqlite_applied, newest(sqlite_applied)))).kind is Kind.HARD
    assert suppressions(sqlite_applied) == ["bounced"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("5.2.2", Kind.SOFT),
        ("4.4.7", Kind.SOFT),
        ("5.7.1", Kind.REFUSED),
        ("5.1.8", Kind.REFUSED),
        ("4.4.1", Kind.DELAYED),
        ("4.1.1", Kind.DELAYED),
    ],
)
def test_other_failures_end_nothing(sent: App, status: str, kind: Kind):
    """They are noted; so is that a message is late (B74)."""
    action = "delayed" if kind is Kind.DELAYED else "failed"
    assert take_mail(sent, returned.postfix(path_of(sent, newest(sent)), status, action, words="no")).kind is kind
    assert (suppressions(sent), refusals(sent)) == ([], 0)
    assert counts(sent) == {kind.value: 1}


def bounce_softly(app: App, clock: Clock, times: int, *, status: str = "5.2.2", hours: float = 48) -> None:
    """So many alerts, each of which comes back."""
    for n in range(times):
        issue(app, f"soft-{clock.now:%d-%H}-{n}")
        settle(app)
        take_mail(app, returned.postfix(path_of(app, newest(app)), status, words="full"))
        clock.move(hours=hours)


def test_five_soft_bounces_in_a_row_over_a_week_end_mail_too(applied: App, clock: Clock):
    """Four do not, five in four days do not, and policy never does however often."""
    add_people(applied, ("ada", ADA))
    bounce_softly(applied, clock, 5, status="5.7.1")
    assert suppressions(applied) == []
    bounce_softly(applied, clock, 4)
    assert suppressions(applied) == []
    bounce_softly(applied, clock, 1)
    assert (suppressions(applied), refusals(applied)) == (["bounced"], 1)


def test_a_message_that_came_through_in_between_ends_the_run(applied: App, clock: Clock):
    """The mailbox was emptied."""
    add_people(applied, ("ada", ADA))
    bounce_softly(applied, clock, 4)
    issue(applied, "through")
    settle(applied)
    bounce_softly(applied, clock, 4)
    assert suppressions(applied) == []


def test_a_complaint_ends_everything_on_the_channel_for_good(sent: App):
    """Whatever they subscribe to; confirming again does not lift it."""
    one = newest(sent)
    assert take_mail(sent, returned.complaint(path_of(sent, one))).kind is Kind.COMPLAINT
    assert suppressions(sent) == ["complaint"]
    take_mail(sent, returned.postfix(path_of(sent, one)))
    with sent.unit() as unit:
        unit.people.confirm(unit.audits.find(one).recipient_id, "email")
    assert suppressions(sent) == ["complaint"]
    issue(sent, "b", severity=Severity.URGENT)
    settle(sent)
    assert (len(mails(sent, "ada")), len(mails(sent, "ben"))) == (1, 2)


def test_a_complaint_stops_what_is_already_waiting(sent: App):
    """Nothing passes the fence after it."""
    issue(sent, "b")
    take_mail(sent, returned.complaint(path_of(sent, newest(sent))))
    settle(sent)
    assert len(mails(sent, "ada")) == 1
    with sent.reading() as unit:
        ada = unit.people.by_address("email", "ada@example.org").id
    assert states_of(sent, ada, "alert:b") in ([], ["suppressed"])


def forgeries(app: App) -> Iterator[str]:
    """Return paths that somebody might try."""
    one, other = newest(app, "ada"), newest(app, "ben")
    right = path_of(app, one)
    yield "somebody@example.org"
    yield f"bounce+{one}@bounces.example.org"
    yield f"bounce+{one}.{'0' * 16}@bounces.example.org"
    yield right.replace(f"+{one}.", f"+{other}.")
    yield right.replace(f"+{one}.", "+999999999999999999.")
    yield right.replace(f"+{one}.", "+0.")
    yield right[:-25] + ("0" if right[-25] != "0" else "1") + right[-24:]


def test_who_cannot_prove_it_ends_nobody(sent: App):
    """Forged reports and complaints are counted and nothing else (B73, S30)."""
    for n, path in enumerate(forgeries(sent)):
        for mail in (returned.postfix(path, n=n), returned.complaint(path), returned.qmail(path)):
            taken = take_mail(sent, mail)
            assert (taken.kind, taken.delivery_id) == (Kind.UNPROVEN, None), path
    assert (suppressions(sent), refusals(sent)) == ([], 0)
    assert set(counts(sent)) == {"unproven"}


def test_a_bounce_says_nothing_of_an_address_the_person_has_now(sent: App):
    """It was sent to the one before."""
    one = newest(sent)
    path = path_of(sent, one)
    with sent.unit() as unit:
        unit.conn.execute(
            address.update()
            .where(address.c.recipient_id == unit.audits.find(one).recipient_id)
            .values(address="new@example.org", hmac="f" * 64)
        )
    assert take_mail(sent, returned.postfix(path)).kind is Kind.UNPROVEN
    assert suppressions(sent) == []


def test_answers_of_people_and_machines_are_counted(sent: App):
    """Not kept, not answered, not believed when they speak of bounces (B75)."""
    before = mails(sent)
    path = path_of(sent, newest(sent))
    assert take_mail(sent, returned.away(path)).kind is Kind.AUTO_REPLY
    assert take_mail(sent, returned.reply(path, "You said 550 5.1.1 user unknown")).kind is Kind.REPLY
    assert take_mail(sent, returned.reply("office@example.org").replace(b"reply-1", b"reply-2")).delivery_id is None
    settle(sent)
    assert (suppressions(sent), mails(sent)) == ([], before)
    assert counts(sent) == {"auto-reply": 1, "reply": 2}


def test_neither_address_nor_words_are_kept_or_logged(sent: App, capsys: pytest.CaptureFixture[str]):
    """A canary in every place a mail has, then every row of the inbox and every line of the log."""
    path = path_of(sent, newest(sent))
    with structlog.testing.capture_logs() as lines:
        for mail in (
            returned.postfix(path),
            returned.complaint(path),
            returned.reply(path),
            returned.exchange("x@y.example.org"),
        ):
            take_mail(sent, mail.replace(b"ada@", b"canary@").replace(b"Ada", b"Canary"))
        take_text(sent, text_id="1", number="07700900999", text="STOP canary")
        take_receipt(sent, reference="77", status="permanent-failure", to="canary@example.org")
    with sent.reading() as unit:
        kept = json.dumps([[str(v) for v in row] for row in unit.conn.execute(select(inbox))])
    for told in (json.dumps(lines, default=str), kept, "".join(capsys.readouterr())):
        assert "anary" not in told
        assert "900999" not in told
        assert path.rpartition("@")[0].rpartition(".")[2] not in told
    assert len(lines) >= 6


def test_the_window_of_status_is_seven_days(sent: App, clock: Clock):
    """What is older is history."""
    take_mail(sent, returned.reply("x@example.org"))
    clock.move(to=clock.now + timedelta(days=7, seconds=1))
    assert counts(sent) == {}
