"""The message to ourselves by a real mail server and a real mailbox: who says what when it does not come through."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engage.app import App, build
from engage.channels.imap import ReturnMailbox
from engage.cli.doctor import examine
from engage.testing import SmtpSink
from engage.work import days
from engage.work.canary import checks
from engage.work.checks import of_canary
from engage.work.inbox import collect
from engage.work.looking import status
from tests import returned
from tests.conftest import fresh_database, settings_for
from tests.imap_server import ImapServer
from tests.office import Clock, Office, apply, audit_holds, settle

MORNING = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


class Post:
    """Our machine, a mail server that takes its mail, and the mailbox where its bounces end."""

    def __init__(self, app: App, sink: SmtpSink, mailbox: ImapServer, clock: Clock) -> None:
        self.app, self.sink, self.mailbox, self.clock = app, sink, mailbox, clock
        self._carried = 0

    def let(self, **by: float) -> str:
        """Time passes and what is due is done; the state of the check, if there is one."""
        self.clock.move(**by)
        days.keep_day(self.app)
        settle(self.app)
        with self.app.reading() as unit:
            return next((check.state for check in checks(self.app, unit)), "none")

    def carry(self) -> None:
        """What the mail server took goes to the mailbox, with the header that delivery puts on top."""
        for mail in self.sink.accepted[self._carried :]:
            self.put(f"Return-Path: <{mail.sender}>\r\nDelivered-To: {mail.to}\r\n".encode() + mail.content)
        self._carried = len(self.sink.accepted)

    def put(self, mail: bytes) -> int:
        uid = max(self.mailbox.mails, default=0) + 1
        self.mailbox.mails[uid] = mail
        return uid

    def collect(self) -> int:
        return collect(self.app, ReturnMailbox.parse(self.mailbox.url), "here")

    @property
    def said(self) -> str:
        return of_canary(self.app)["email"].sentence


@pytest.fixture(params=[True])
def post(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock, office: Office) -> Iterator[Post]:
    """Applied, on the morning of a check; with the parameter False, no mailbox is set."""
    with SmtpSink() as sink, ImapServer() as mailbox:
        url = fresh_database(request, "sqlite", tmp_path)
        more = {"smtp_url": sink.url, "bounce_imap_url": mailbox.url if request.param else None}
        app = build(settings_for(url, tmp_path, office.folder, **more), clock=clock)
        office.talks()
        apply(app)
        running = Post(app, sink, mailbox, clock)
        running.let()
        clock.move(MORNING.replace(hour=0, minute=1))
        running.let()
        clock.move(MORNING)
        yield running
        audit_holds(app)
        app.database.close()


def doctor(post: Post) -> dict[str, tuple[bool, str]]:
    return {found.check: (found.is_right, found.sentence) for found in examine(post.app, post.app.settings)}


def test_a_message_sent_is_read_back_from_the_mailbox(post: Post):
    """Issued by SMTP, found by IMAP; status and doctor say so."""
    assert post.let() == "waiting"
    (mail,) = post.sink.accepted
    assert mail.to == "bounce+canary@bounces.example.org"
    post.carry()
    assert post.let(minutes=15) == "arrived"
    assert post.said == "The message of 2026-11-24 08:30 UTC arrived."
    assert status(post.app)["end_to_end"] == {"email": post.said}
    assert doctor(post)["end to end by email"] == (True, post.said)
    assert doctor(post)["bounce mailbox"] == (True, "It can be read.")


def test_collecting_bounces_counts_no_canary_and_takes_none_away(post: Post):
    """Collected before the look: marked as read, in no count, and still found; what else is there is counted."""
    post.let()
    post.carry()
    post.put(returned.reply("x@example.org"))
    assert post.collect() == 2
    assert status(post.app)["came_back"] == {"reply": 1}
    assert (post.mailbox.seen, post.mailbox.deleted) == ({1, 2}, set())
    assert post.let(minutes=15) == "arrived"


def test_what_the_mail_server_never_carried_on_is_missing(post: Post):
    """Accepted and lost; the doctor looks once more when asked, and believes what it finds then."""
    post.let()
    assert post.let(minutes=15) == "waiting"
    assert post.let(hours=2) == "missing"
    is_right, said = doctor(post)["end to end by email"]
    assert not is_right
    assert said == (
        "The message of 2026-11-24 08:30 UTC has not arrived. Was it sent, or is it among the junk mail? "
        "See: engage trace canary:email:2026-11-24"
    )
    post.carry()
    assert doctor(post)["end to end by email"] == (True, "The message of 2026-11-24 08:30 UTC arrived.")


def test_a_bounce_of_the_canary_proves_that_it_did_not_arrive(post: Post):
    """Exchange gives a bounce the subject of what it returns, token and all."""
    post.let()
    (sent,) = post.sink.accepted
    subject = next(line for line in sent.content.split(b"\r\n") if line.startswith(b"Subject: "))
    bounce = returned.postfix(sent.sender)
    post.put(
        bounce.replace(b"Subject: Undelivered Mail Returned to Sender", subject.replace(b": ", b": Undeliverable: "))
    )
    assert post.let(minutes=15) == "waiting"
    assert post.let(hours=2) == "missing"
    post.collect()
    assert status(post.app)["came_back"] == {"hard": 1}


def test_an_address_refused_one_morning_is_asked_again_the_next(post: Post):
    """550 5.1.1 ends messages to a person, not to ourselves: else nobody would learn that it works again."""
    post.sink.refuse = {"canary": "550 5.1.1 no such user"}
    post.let()
    assert post.let(hours=3) == "missing"
    post.sink.refuse = {}
    post.clock.move(MORNING.replace(hour=0, minute=1) + timedelta(days=1))
    post.let()
    post.clock.move(MORNING + timedelta(days=1))
    post.let()
    post.carry()
    assert post.let(minutes=15) == "arrived"


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        ("refuse LOGIN", "The bounce mailbox refused our user or password."),
        ("refuse SELECT", "The bounce mailbox has no folder of that name that we may change."),
        ("hang up SELECT", "The bounce mailbox cannot be reached, or its connection broke."),
    ],
)
def test_a_mailbox_that_cannot_be_read_is_said_to_be(post: Post, trouble: str, why: str):
    """Neither arrived nor missing; the next look may find it."""
    post.let()
    post.carry()
    post.mailbox.trouble = trouble
    assert post.let(minutes=15) == "unread"
    found = doctor(post)
    assert found["end to end by email"] == (
        False,
        f"The message of 2026-11-24 08:30 UTC could not be looked for. {why}",
    )
    assert found["bounce mailbox"] == (False, why)
    assert status(post.app)["end_to_end"] == {"email": found["end to end by email"][1]}
    post.mailbox.trouble = ""
    assert post.let(hours=2) == "arrived"


@pytest.mark.parametrize("post", [False], indirect=True)
def test_without_a_mailbox_it_is_said_that_nothing_is_proved(post: Post):
    """Nothing is sent where nobody looks, and no fault is claimed."""
    assert post.let() == post.let(hours=3) == "none"
    assert post.sink.accepted == []
    is_right, said = doctor(post)["end to end by email"]
    assert is_right
    assert "cannot be checked: set ENGAGE_BOUNCE_IMAP_URL" in said
    assert status(post.app)["end_to_end"] == {"email": said}


@pytest.mark.parametrize("trouble", ["", "refuse EXPUNGE", "refuse STORE"])
def test_old_canaries_do_not_pile_up(post: Post, trouble: str):
    """The newest seven stay; mail that only resembles them stays too. A mailbox that refuses hides no arrival."""
    post.mailbox.trouble = trouble
    post.put(returned.postfix("bounce+canary@bounces.example.org"))
    post.put(b"To: bounce+canary-wharf@bounces.example.org\r\nSubject: Delivery check\r\n\r\nx")
    for _ in range(9):
        post.put(b"To: <bounce+canary@bounces.example.org>\r\nSubject: Delivery check 0\r\n\r\nx")
    post.let()
    post.carry()
    assert post.let(minutes=15) == "arrived"
    old = {3, 4, 5}
    assert post.mailbox.deleted == (set() if trouble == "refuse STORE" else old)
    assert set(post.mailbox.mails) == set(range(1, 13)) - (set() if trouble else old)
    assert post.let(hours=2) == "arrived"
