"""Reading what comes back: reports of the servers there are, people's and machines' answers, and hostile mail."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.channels import mime, reports
from engage.domain.inbox import Kind
from tests import returned

PROOF = "0123456789abcdef"
PATH = f"bounce+42.{PROOF}@bounces.example.org"
NAMED = ((42, PROOF),)


@pytest.mark.parametrize(
    ("mail", "kind", "status"),
    [
        (returned.postfix(PATH), Kind.HARD, "5.1.1"),
        (returned.postfix(PATH, "5.2.2", words="Mailbox full"), Kind.SOFT, "5.2.2"),
        (returned.postfix(PATH, "5.7.1", words="Message content rejected"), Kind.REFUSED, "5.7.1"),
        (returned.postfix(PATH, "4.4.1", "delayed", "Connection timed out"), Kind.DELAYED, "4.4.1"),
        (returned.postfix(PATH, "4.4.7", words="Delivery time expired"), Kind.SOFT, "4.4.7"),
        (returned.postfix(PATH, "2.1.5", "delivered"), Kind.DELIVERED, "2.1.5"),
        (returned.exim(PATH), Kind.HARD, "5.1.1"),
        (returned.exim_old(PATH), Kind.HARD, ""),
        (returned.exchange(PATH), Kind.HARD, "5.1.10"),
        (returned.exchange(PATH, "5.7.133", "RecipientNotFound.Sender"), Kind.REFUSED, "5.7.133"),
        (returned.gmail(PATH), Kind.HARD, "5.1.1"),
        (returned.qmail(PATH), Kind.HARD, "5.1.1"),
        (returned.qmail(PATH, "Sorry, no mailbox here by that name. (#5.1.1)"), Kind.HARD, "5.1.1"),
        (returned.qmail(PATH, "Remote host said: 451 try later"), Kind.SOFT, "4.0.0"),
        (returned.ironport(PATH), Kind.REFUSED, "5.7.1"),
        (returned.in_base64(PATH), Kind.HARD, "5.1.1"),
        (returned.complaint(PATH), Kind.COMPLAINT, ""),
        (returned.complaint(PATH, "fraud"), Kind.COMPLAINT, ""),
        (returned.complaint(PATH, "not-spam"), Kind.AUTO_REPLY, ""),
        (returned.complaint(PATH, "auth-failure"), Kind.AUTO_REPLY, ""),
        (returned.away(PATH), Kind.AUTO_REPLY, ""),
        (returned.reply(PATH), Kind.REPLY, ""),
        (returned.reply(PATH, "Your server said 550 5.1.1 user unknown"), Kind.REPLY, ""),
    ],
)
def test_every_kind_is_told_apart(mail: bytes, kind: Kind, status: str):
    """By its structure where there is one, else by who wrote it; the letter it returns is never believed."""
    found = reports.read(mail)
    assert (found.kind, found.status, found.named) == (kind, status, NAMED)
    assert reports.read(mail.replace(b"\r\n", b"\n")).kind == kind, "as a pipe gives it"
    assert reports.read(b"From MAILER-DAEMON Mon Nov 23 12:00:05 2026\n" + mail).kind == kind, "with an mbox line"


@pytest.mark.parametrize(
    "header",
    ["Auto-Submitted: auto-replied", "Precedence: bulk", "Precedence: auto_reply", "X-Autoreply: yes", "Subject: Out of Office: x",
     "Return-Path: <>"],
)  # fmt: skip
def test_machines_that_say_so_are_automatic(header: str):
    """RFC 3834, and what was used before it."""
    assert reports.read(f"{header}\nTo: {PATH}\n\nHello".encode()).kind is Kind.AUTO_REPLY


@pytest.mark.parametrize("header", ["Delivered-To", "X-Original-To", "Envelope-To", "To", "TO", "x-delivered-to"])
def test_the_return_path_is_found_where_servers_write_it(header: str):
    """Also in angle brackets, in capitals, and behind what other servers put before it."""
    for written in (PATH, f"<{PATH}>", f"Bounces <{PATH.upper()}>", f"prvs=0123abcdef={PATH}"):
        assert reports.read(f"{header}: {written}\n\nx".encode()).named == NAMED


def test_the_envelopes_recipient_is_believed_before_headers():
    """It is what the mail server itself says; at most ten are looked at."""
    claimed = "".join(f"To: bounce+{n}.{PROOF}@x.example.org\n" for n in range(1000))
    found = reports.read(f"{claimed}\nx".encode(), recipient=PATH)
    assert found.named[0] == NAMED[0]
    assert len(found.named) == 10


def test_a_report_without_our_address_names_nothing():
    """Most spam to the return path is this."""
    assert reports.read(returned.postfix("somebody@example.org")).named == ()
    for wrong in (f"bounce+42.{PROOF[:-1]}@x", f"bounce+42.{PROOF[:-1]}g@x", f"bounce+.{PROOF}@x", f"bounce+{'9' * 19}.{PROOF}@x"):  # fmt: skip
        assert reports.read(f"To: {wrong}\n\n".encode()).named == ()


def test_mails_are_told_apart_by_message_id_or_by_all_they_say():
    """qmail writes no Message-ID."""
    first, second = returned.postfix(PATH, n=1), returned.postfix(PATH, n=2)
    assert reports.read(first).identity == reports.read(b"Received: again\r\n" + first).identity
    assert reports.read(first).identity != reports.read(second).identity
    assert reports.read(returned.qmail(PATH)).identity == reports.read(returned.qmail(PATH)).identity
    assert reports.read(returned.qmail(PATH)).identity != reports.read(returned.qmail(PATH, "x")).identity


def test_a_report_says_nothing_of_whom_when_printed():
    """Its repr may end in a log."""
    assert "ada" not in repr(reports.read(returned.postfix(PATH)))
    assert PROOF not in repr(reports.read(returned.postfix(PATH)))
    assert "ada" not in repr(mime.read(returned.postfix(PATH)))


REPORT = returned.postfix(PATH)
HOSTILE = {
    "nothing": b"",
    "line ends": b"\r\n" * 100_000,
    "zeros": b"\0" * 1_000_000,
    "1000 nested parts": returned.nested(1000) + b"line\n" * 150_000,
    "200 nested parts around a report": returned.nested(200) + REPORT,
    "1000 parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: text/plain\n\nx\n" * 20_000,
    "multiparts all the way": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: multipart/mixed; boundary=b\n\n" * 20_000,
    "50 MB": REPORT + b"x" * 50_000_000,
    "50 MB before the report": b"X-Long: " + b"x" * 50_000_000 + b"\r\n" + REPORT,
    "one header line": b"Subject: " + b"a " * 500_000,
    "folded for ever": b"Subject: a\n" + b" a\n" * 300_000,
    "100,000 headers": b"To: a\n" * 150_000 + b"\n",
    "dashes": b"From: mailer-daemon@x\n\n" + b"-" * 1_000_000,
    "spaces": b"Content-Type: multipart/report; boundary" + b" " * 900_000,
    "boundary of nothing": b'Content-Type: multipart/mixed; boundary=""\n\n--\n--\n',
    "boundary of signs": b'Content-Type: multipart/mixed; boundary="(.*)+$[["\n\n--(.*)+$[[\n\nx',
    "numbered parameters": b"Content-Type: multipart/mixed; boundary*" + b"9" * 5000 + b"=x\n\n",
    "broken base64": REPORT.replace(b"message/delivery-status", b"message/delivery-status\r\nContent-Transfer-Encoding: base64"),
    "broken encodings": b"Subject: =?utf-8?q?=ff=fe?= =?x?z?=\nContent-Type: text/plain; charset=\xff\xfe\nTo: \xc3\x28\n\n\xc3\x28",
    "users for ever": b"From: mailer-daemon@x\n\n" + b"user " * 200_000,
    "header injection": f"To: {PATH}\r\n\0X: y\r\nStatus: 5.1.1\r\r\n\n\rAction: failed".encode(),
    "a thousand recipients": REPORT.replace(b"Final-Recipient", b"\r\nStatus: 5.1.1\r\n\r\nFinal-Recipient" * 1000),
    "status for ever": REPORT.replace(b"5.1.1", b"5." + b"1" * 100_000),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_is_read_in_bounded_time(name: str):
    """It is something, soon, and names at most what it is entitled to claim."""
    began = time.process_time()
    found = reports.read(HOSTILE[name])
    assert time.process_time() - began < 20
    assert found.named in {(), NAMED}
    assert len(found.status) <= 9


def test_a_report_that_returns_a_huge_letter_is_read():
    """What counts stands before it."""
    huge = REPORT.replace(b"Lock your back door", b"x" * 5_000_000)
    assert (reports.read(huge).kind, reports.read(huge).named) == (Kind.HARD, NAMED)


PIECES = st.sampled_from(
    [b"\r\n", b"\n", b"\r", b"--b", b"--b--", b": ", b"Content-Type: multipart/report; boundary=b\n\n", b"--b\n", b"\0", b"\xff",
     b"Content-Type: message/delivery-status\n\n", b"Action: failed\nStatus: 5.1.1\n", b"Content-Type: message/feedback-report\n\n",
     b"Feedback-Type: abuse\n", b"To: bounce+42.0123456789abcdef@x\n", b"From: mailer-daemon@x\n", b"Content-Transfer-Encoding: base64\n",
     b"Content-Transfer-Encoding: quoted-printable\n", b"=?utf-8?q?=ff?=", b" ", b"\t", b"Message-ID: <\n", b'boundary="'],
)  # fmt: skip


@given(st.lists(st.one_of(PIECES, st.binary(max_size=8)), max_size=40).map(b"".join))
def test_nothing_makes_it_raise(content: bytes):
    """Whatever is piped in, in whatever order."""
    assert reports.read(content).kind in Kind


@given(st.integers(0, len(REPORT)), st.binary(max_size=3), st.integers(0, 30))
def test_a_damaged_report_is_still_some_mail(at: int, put: bytes, cut: int):
    """Bytes lost or changed on the way."""
    assert reports.read(REPORT[:at] + put + REPORT[at + cut :]).kind in Kind
