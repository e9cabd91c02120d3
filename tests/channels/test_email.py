"""E-mail against a real SMTP server that misbehaves. Loss and duplicates are judged by what the server accepted."""

from __future__ import annotations

import itertools
import shutil
import socket
import ssl
import threading
from contextlib import closing
from datetime import timedelta

import pytest

from engage.channels.base import Letter
from engage.channels.email import Email
from engage.channels.server import Server
from engage.channels.smtp import Timeouts
from engage.domain.outcomes import Halted, Refused, Sent, TryAgain, Unknown
from engage.testing import SmtpSink, self_made_certificate

QUICK = Timeouts(connect=5, command=5, block=5, final=5, quit=0.2)
HASTY = Timeouts(connect=5, command=0.3, block=5, final=5, quit=0.2)


def letter(number, to=None, body=b"Hello\r\n"):
    content = b"Message-ID: <%d@example.org>\r\nSubject: Hello\r\n\r\n%s" % (number, body)
    return Letter(number, to or f"r{number}@example.org", f"bounce+{number}@example.org", content)


def letters(count):
    return [letter(number) for number in range(1, count + 1)]


def channel(sink, query="", **options):
    return Email(Server.parse(sink.url + query), timeouts=QUICK, **options)


def send_once(email, given_letters):
    """All outcomes over a session of its own."""
    session = email.connect()
    try:
        return list(session.send(given_letters))
    finally:
        session.close()


@pytest.fixture
def session(sink):
    opened = channel(sink).connect()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command")
    return self_made_certificate(tmp_path_factory.mktemp("tls"))


def took(sink):
    return [accepted.to for accepted in sink.accepted]


def test_every_letter_arrives_once_and_in_order(sink, session):
    """Several calls, one connection, each content byte for byte."""
    outcomes = [*session.send(letters(7)), *session.send([letter(8)])]
    assert [type(outcome) for outcome in outcomes] == [Sent] * 8
    assert [accepted.content for accepted in sink.accepted] == [letter(n).content for n in range(1, 9)]
    assert [accepted.sender for accepted in sink.accepted] == [f"bounce+{n}@example.org" for n in range(1, 9)]
    assert outcomes[0].reference == "000001"
    assert sink.connections == 1


@pytest.mark.parametrize(
    "body",
    [
        b".\r\n",
        b"..\r\n.\r\n",
        b"a\r\n.b\r\n",
        b"\r\n.\r\nMAIL FROM:<x@example.org>\r\n",
        b"",
        b"no line end",
        b"x" * 300_000 + b"\r\n",
    ],
    ids=["dot", "dots", "inner", "smuggled", "empty", "endless", "large"],
)
def test_dots_travel_as_they_are(sink, session, body):
    """A lone dot in the text cannot end the message early, nor smuggle another in (RFC 5321 4.5.2)."""
    first = letter(1, body=body)
    assert [type(o) for o in session.send([first, letter(2)])] == [Sent, Sent]
    assert len(sink.accepted) == 2
    assert sink.accepted[0].content.removesuffix(b"\r\n") == first.content.removesuffix(b"\r\n")


def test_a_message_may_begin_with_a_dot(sink, session):
    """The first line is stuffed as well."""
    dotted = Letter(1, "ada@example.org", "", b".x\r\n")
    assert [type(o) for o in session.send([dotted])] == [Sent]
    assert sink.accepted[0].content == b".x\r\n"
    assert sink.accepted[0].sender == ""


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (
            "550 5.1.1 <r2@example.org> unknown",
            Refused("The mail server answered 550 5.1.1 to RCPT.", "no-such-address", True),
        ),
        ("550 5.7.1 not you", Refused("The mail server answered 550 5.7.1 to RCPT.", "policy", False)),
        ("554 no", Refused("The mail server answered 554 to RCPT.", "policy", False)),
        (
            "450 4.2.0 r2@example.org: Greylisted",
            TryAgain("The mail server answered 450 4.2.0 to RCPT.", "greylisted", timedelta(minutes=5)),
        ),
        (
            "451 4.7.1 later",
            TryAgain("The mail server answered 451 4.7.1 to RCPT.", "greylisted", timedelta(minutes=5)),
        ),
        ("452 4.2.2 full", TryAgain("The mail server answered 452 4.2.2 to RCPT.", "temporary")),
    ],
)
@pytest.mark.parametrize("data_anyway", [False, True])
def test_a_refused_recipient_harms_nobody_else(sink, session, reply, outcome, data_anyway):
    """Wherever in the window it stands, and even when the server asks for content for nobody: no empty mail arrives."""
    sink.refuse["r2@"] = reply
    sink.data_anyway = data_anyway
    outcomes = list(session.send(letters(4)))
    assert outcomes[1] == outcome
    assert [type(o) for o in outcomes] == [Sent, type(outcome), Sent, Sent]
    assert took(sink) == ["r1@example.org", "r3@example.org", "r4@example.org"]
    assert "r2@" not in repr(outcomes)


@pytest.mark.parametrize("place", [1, 3])
def test_a_refused_content_harms_nobody_else(sink, session, place):
    """The envelope that already follows the dot is honoured, not repeated."""
    sink.refuse_content[f"r{place}@"] = "554 5.6.0 looks odd"
    outcomes = list(session.send(letters(3)))
    assert outcomes[place - 1] == Refused("The mail server answered 554 5.6.0 to the message.", "content", False)
    assert len(took(sink)) == 2
    assert sink.connections == 1


def test_every_recipient_may_be_refused(sink, session):
    """Each gets its own answer over the same connection."""
    sink.refuse["@"] = "550 5.1.1 unknown"
    assert [o.suppress for o in session.send(letters(5))] == [True] * 5
    assert sink.connections == 1


def test_a_refused_sender_suppresses_nobody(sink, session):
    """550 5.1.8 to MAIL is about us: no address of a resident may suffer for it."""
    sink.refuse_sender = "550 5.1.8 bad sender"
    assert (
        list(session.send(letters(2))) == [Refused("The mail server answered 550 5.1.8 to MAIL.", "policy", False)] * 2
    )


@pytest.mark.parametrize(
    ("reply", "error_class"), [("530 5.7.0 log in", "authentication"), ("550 5.4.5 daily quota", "quota")]
)
def test_our_own_fault_halts_the_channel(sink, session, reply, error_class):
    """A lost login or a used-up quota charges nobody: the rest of the window is halted too."""
    sink.refuse_sender = reply
    outcomes = list(session.send(letters(3)))
    assert [(type(o), o.error_class) for o in outcomes] == [(Halted, error_class)] * 3


def test_a_server_that_is_busy_at_the_door_is_tried_again(sink, session):
    """421 in the greeting: nobody is charged as failed, the next call connects afresh."""
    sink.greeting = "421 4.3.2 too busy"
    assert [(type(o), o.error_class) for o in session.send(letters(2))] == [(TryAgain, "temporary")] * 2
    sink.greeting = "220 sink"
    assert [type(o) for o in session.send(letters(2))] == [Sent, Sent]


def test_a_server_that_wants_none_of_our_mail_halts_the_channel(sink, session):
    """554 in the greeting is about our machine, not about any person."""
    sink.greeting = "554 5.7.1 blocked"
    assert [(type(o), o.error_class) for o in session.send(letters(2))] == [(Halted, "policy")] * 2


def test_nobody_listening_is_tried_again():
    """Connection refused: all of them later."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    closed = Email(Server.parse(f"smtp://127.0.0.1:{port}"), timeouts=QUICK)
    assert [(type(o), o.error_class) for o in send_once(closed, letters(3))] == [(TryAgain, "connection")] * 3


@pytest.mark.parametrize("point", ["greeting", "EHLO"])
def test_a_server_that_hangs_up_at_the_door_is_tried_again(sink, session, point):
    """Nothing was handed over."""
    sink.hang_up.append(point)
    assert [type(o) for o in session.send(letters(2))] == [TryAgain, TryAgain]
    assert [type(o) for o in session.send(letters(2))] == [Sent, Sent]


@pytest.mark.parametrize("point", ["MAIL", "DATA"])
def test_a_break_before_any_content_is_repaired_silently(sink, session, point):
    """The letter whose content never left goes over a fresh connection, once."""
    sink.hang_up.append(point)
    assert [type(o) for o in session.send(letters(3))] == [Sent] * 3
    assert took(sink) == [f"r{n}@example.org" for n in (1, 2, 3)]
    assert sink.connections == 2


def test_a_second_break_leaves_the_rest_for_later(sink, session):
    """A server that keeps hanging up is not courted within one call."""
    sink.hang_up.extend(["MAIL", "MAIL"])
    assert [(type(o), o.error_class) for o in session.send(letters(3))] == [(TryAgain, "connection")] * 3
    assert took(sink) == []


def test_a_break_before_the_final_dot_is_safe_to_repeat(sink, session):
    """The server cannot have taken half a letter; the others of the window still go."""
    sink.hang_up.append("content")
    first = letter(1, body=b"x" * 8_000_000 + b"\r\n")
    outcomes = list(session.send([first, letter(2)]))
    assert type(outcomes[0]) in {TryAgain, Unknown}  # Unknown only if the system had taken every byte
    assert type(outcomes[1]) is Sent
    assert took(sink) == ["r2@example.org"]


def test_a_break_while_much_content_is_written_is_known_to_be_safe():
    """The system takes no more than its buffers hold, so the final dot has provably not left."""
    with SmtpSink() as sink:
        sink.hang_up.append("content")
        outcomes = send_once(channel(sink), [letter(1, body=b"x" * 30_000_000 + b"\r\n")])
    assert [(type(o), o.error_class) for o in outcomes] == [(TryAgain, "connection")]


@pytest.mark.parametrize("place", [1, 2, 4])
def test_a_break_after_the_final_dot_leaves_one_letter_in_doubt(sink, session, place):
    """The server holds it but never said so; nobody else of the window is lost, doubled or in doubt (RFC 1047)."""
    outcomes = []
    sending = session.send(letters(4))
    for number in range(1, 5):
        if number == place:
            sink.hang_up.append("dot")
        outcomes.append(next(sending))
    assert [type(o) for o in outcomes] == [Unknown if n == place else Sent for n in range(1, 5)]
    assert took(sink) == [f"r{n}@example.org" for n in range(1, 5)]


def test_two_breaks_after_a_final_dot_stop_the_window(sink, session):
    """However broken the server, at most two letters of one call are in doubt; the rest never left."""
    sink.hang_up.extend(["dot"] * 9)
    outcomes = list(session.send(letters(6)))
    assert [type(o) for o in outcomes] == [Unknown, Unknown, *[TryAgain] * 4]
    assert took(sink) == ["r1@example.org", "r2@example.org"]


def test_a_server_that_closed_an_idle_connection_is_called_again(sink, session):
    """Without a word, without a charge and without a duplicate."""
    sink.hang_up.append("after")
    assert [type(o) for o in session.send([letter(1)])] == [Sent]
    assert [type(o) for o in session.send(letters(3)[1:])] == [Sent, Sent]
    assert took(sink) == [f"r{n}@example.org" for n in (1, 2, 3)]
    assert sink.connections == 2


def test_a_server_that_closes_after_each_letter_still_gets_one_call_right(sink, session):
    """Envelopes written ahead of the hang-up are repeated on the next connection."""
    sink.hang_up.append("after")
    assert [type(o) for o in session.send(letters(3))] == [Sent] * 3
    assert took(sink) == [f"r{n}@example.org" for n in (1, 2, 3)]


def test_421_at_the_final_dot_is_a_refusal_for_now(sink, session):
    """The server said that it did not take it; the next letter uses another connection."""
    sink.refuse_content["r1@"] = "421 4.3.0 closing"
    assert [type(o) for o in session.send(letters(2))] == [TryAgain, Sent]
    assert took(sink) == ["r2@example.org"]
    assert sink.connections == 2


def test_a_server_that_does_not_answer_an_envelope_leaves_all_for_later(sink):
    """One wait, not one per letter."""
    with closing(Email(Server.parse(sink.url), timeouts=HASTY).connect()) as session:
        while not isinstance(next(session.send([letter(9)])), Sent):
            pass
        sink.delay = 1
        assert [(type(o), o.error_class) for o in session.send(letters(5))] == [(TryAgain, "connection")] * 5


def test_a_server_that_drips_is_given_up_in_time():
    """The time for an answer counts from its first byte to its last (F50)."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip():
            sock, _ = listener.accept()
            with sock:
                for byte in itertools.repeat(b"2"):
                    try:
                        sock.sendall(byte)
                    except OSError:
                        return
                    if stop.wait(0.05):
                        return

        stop = threading.Event()
        thread = threading.Thread(target=drip)
        thread.start()
        quick = Timeouts(connect=0.4, command=0.4)
        dripping = Email(Server.parse(f"smtp://127.0.0.1:{listener.getsockname()[1]}"), timeouts=quick)
        outcomes = send_once(dripping, [letter(1)])
        stop.set()
        thread.join()
    assert outcomes == [TryAgain("The mail server did not answer in time.", "connection")]


def test_an_answer_after_the_final_dot_is_awaited_longer(sink):
    """Giving up early makes duplicates; only silence past the last limit leaves doubt (RFC 1047)."""
    patient = Email(Server.parse(sink.url), timeouts=Timeouts(command=5, final=5)).connect()
    list(patient.send([letter(1)]))
    sink.delay = 0.3
    assert [type(o) for o in patient.send([letter(2)])] == [Sent]
    sink.delay = 0
    patient.close()


def test_a_letter_too_large_is_not_even_offered():
    """The limit the server states (SIZE) is honoured before a byte of content is sent."""
    with SmtpSink(largest=1000) as sink:
        outcomes = send_once(channel(sink), [letter(1, body=b"x" * 2000), letter(2)])
        assert [(type(o), getattr(o, "error_class", "")) for o in outcomes] == [(Refused, "too-large"), (Sent, "")]
        assert took(sink) == ["r2@example.org"]


@pytest.mark.parametrize(
    "to", ["a@example.org>\r\nRCPT TO:<b@example.org", "a@example.org b@example.org", "", "é@example.org"]
)
def test_an_address_that_is_not_one_never_reaches_the_server(sink, session, to):
    """No command can be smuggled through an address."""
    bad = Letter(1, to, "", b"x\r\n")
    assert [type(o) for o in session.send([bad, letter(2)])] == [Refused, Sent]
    assert [type(o) for o in session.send([Letter(1, "a@example.org", to + "\r\n", b"x\r\n")])] == [Refused]
    assert took(sink) == ["r2@example.org"]


def test_trial_mode_reaches_only_the_addresses_allowed(sink):
    """A trial with a real mail server mails no resident."""
    outcomes = send_once(channel(sink, only=["R2@example.org"]), letters(3))
    assert [getattr(o, "error_class", "sent") for o in outcomes] == ["trial", "sent", "trial"]
    assert took(sink) == ["r2@example.org"]


def test_whoever_turns_away_early_cuts_the_connection(sink, session):
    """Answers under way cannot be mistaken for those of the next call."""
    assert type(next(iter(session.send(letters(3))))) is Sent
    assert [type(o) for o in session.send([letter(9)])] == [Sent]
    assert took(sink)[0] == "r1@example.org"
    assert took(sink)[-1] == "r9@example.org"
    assert sink.connections == 2


def test_a_caller_that_stops_after_the_last_outcome_keeps_the_connection(sink, session):
    """`zip` never asks a generator for its end."""
    for _ in range(3):
        assert [type(o) for _, o in zip(letters(2), session.send(letters(2)), strict=False)] == [Sent, Sent]
    assert sink.connections == 1


def test_the_way_is_prepared_for_the_letter_of_the_next_call(sink, session):
    """Settling one by one costs one round trip a letter, not two; the content waits for its own call."""
    first, second = letters(2)
    assert [type(o) for o in session.send([first], [second])] == [Sent]
    assert took(sink) == ["r1@example.org"]
    assert [type(o) for o in session.send([second])] == [Sent]
    assert took(sink) == ["r1@example.org", "r2@example.org"]
    assert sink.connections == 1


def test_a_letter_that_does_not_follow_after_all_is_never_sent(sink, session):
    """Its person left in between: whoever comes instead gets their own letter, and it alone."""
    first, left, other = letters(3)
    assert [type(o) for o in [*session.send([first], [left]), *session.send([other])]] == [Sent, Sent]
    assert [accepted.content for accepted in sink.accepted] == [first.content, other.content]
    assert sink.connections == (2 if sink.pipelining else 1)


def test_closing_while_a_letter_was_to_follow_sends_nothing(sink, session):
    """A server that waits for content would take QUIT for it."""
    first, second = letters(2)
    list(session.send([first], [second]))
    session.close()
    assert [type(o) for o in session.send([second])] == [Sent]
    assert [accepted.content for accepted in sink.accepted] == [first.content, second.content]


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", "LOGIN"])
def test_mail_goes_encrypted_and_logged_in(certificate, implicit, mechanisms):
    """smtps and STARTTLS with a certificate we trust, both ways to log in."""
    trusting = ssl.create_default_context(cafile=certificate)
    with SmtpSink(certificate=certificate, implicit=implicit, login=("us%", "p@ss"), mechanisms=mechanisms) as sink:
        url = sink.url.replace("//", "//us%25:p%40ss@") + ("" if implicit else "?starttls=required")
        email = Email(Server.parse(url), timeouts=QUICK, context=trusting)
        assert [type(o) for o in send_once(email, letters(3))] == [Sent] * 3
        assert len(sink.accepted) == 3


@pytest.mark.parametrize("implicit", [True, False])
def test_a_certificate_nobody_vouches_for_halts_the_channel(certificate, implicit):
    """Fail closed: neither password nor letter is sent (SECURITY S29)."""
    with SmtpSink(certificate=certificate, implicit=implicit, login=("u", "p")) as sink:
        query = "" if implicit else "?starttls=required"
        outcomes = send_once(channel(sink, query), letters(2))
        assert [(type(o), o.error_class) for o in outcomes] == [(Halted, "tls")] * 2
        assert sink.accepted == []


def test_a_server_without_encryption_halts_the_channel_where_it_is_required():
    """Somebody in between could have cut STARTTLS from the offer."""
    with SmtpSink() as sink:
        outcomes = send_once(channel(sink, "?starttls=required"), letters(1))
    assert [(type(o), o.error_class) for o in outcomes] == [(Halted, "tls")]


@pytest.mark.parametrize("mechanisms", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_a_wrong_password_halts_the_channel(mechanisms):
    """535 charges nobody (F46)."""
    with SmtpSink(login=("u", "right"), mechanisms=mechanisms) as sink:
        outcomes = send_once(Email(Server.parse(sink.url.replace("//", "//u:wrong@")), timeouts=QUICK), letters(2))
        assert [(type(o), o.error_class) for o in outcomes] == [(Halted, "authentication")] * 2
        assert sink.accepted == []


def test_a_letter_tells_nothing_in_a_traceback():
    """Its repr is the delivery's number."""
    assert repr(letter(7)) == "Letter(delivery_id=7)"
