"""What a mail server's refusal means, as a table."""

from __future__ import annotations

import pytest

from engage.channels.replies import GREYLIST_PAUSE, refusal
from engage.channels.smtp import Reply
from engage.domain.outcomes import Halted, Refused, TryAgain


@pytest.mark.parametrize(
    ("step", "line", "kind", "error_class", "suppress"),
    [
        ("RCPT", "550 5.1.1 no such user", Refused, "no-such-address", True),
        ("RCPT", "550 5.1.10 null MX", Refused, "no-such-address", True),
        ("RCPT", "556 does not accept mail", Refused, "no-such-address", True),
        ("the message", "550 5.1.1 no such user", Refused, "no-such-address", True),
        ("RCPT", "550 5.1.8 bad sender", Refused, "policy", False),
        ("MAIL", "550 5.1.7 bad sender", Refused, "policy", False),
        ("RCPT", "550 mailbox unavailable", Refused, "policy", False),
        ("RCPT", "550 5.2.1 disabled", Refused, "mailbox", False),
        ("RCPT", "552 5.2.2 full", Refused, "mailbox", False),
        ("MAIL", "552 5.3.4 too big", Refused, "too-large", False),
        ("the message", "552 too big", Refused, "too-large", False),
        ("the message", "554 5.7.1 spam", Refused, "policy", False),
        ("the message", "554 5.6.0 odd", Refused, "content", False),
        ("MAIL", "501 5.5.4 syntax", Refused, "protocol", False),
        ("RCPT", "450 4.7.1 later", TryAgain, "greylisted", None),
        ("RCPT", "451 4.7.1 later", TryAgain, "greylisted", None),
        ("the message", "451 4.7.0 Graylisted, wait", TryAgain, "greylisted", None),
        ("RCPT", "452 4.2.2 mailbox over quota", TryAgain, "temporary", None),
        ("MAIL", "451 4.3.0 busy", TryAgain, "temporary", None),
        ("MAIL", "454 4.7.0 Daily message quota exceeded", Halted, "quota", None),
        ("RCPT", "550 5.4.5 Daily sending limit", Halted, "quota", None),
        ("MAIL", "530 5.7.0 Authentication required", Halted, "authentication", None),
        ("RCPT", "535 5.7.8 credentials", Halted, "authentication", None),
    ],
)
def test_a_refusal_is_told_apart(step, line, kind, error_class, suppress):
    """5.1.x kills an address, policy does not, our own faults charge nobody, 4xx waits."""
    outcome = refusal(Reply(int(line[:3]), line[4:]), step)
    assert (type(outcome), outcome.error_class) == (kind, error_class)
    if suppress is not None:
        assert outcome.suppress is suppress
    if error_class == "greylisted":
        assert outcome.after == GREYLIST_PAUSE


def test_the_servers_words_are_never_passed_on():
    """They often quote the address."""
    outcome = refusal(Reply(550, "5.1.1 <ada@example.org>: no such user"), "RCPT")
    assert outcome.why == "The mail server answered 550 5.1.1 to RCPT."
    assert "ada" not in repr(Reply(550, "ada"))
