"""What a mail server's refusal means for the letter, the address and the channel. Pure; the talking is in smtp.

The server's own words often quote the address, so they are read here and never passed on.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Literal

from engage.channels.smtp import Reply
from engage.domain.inbox import ABOUT_THE_SENDER
from engage.domain.outcomes import Halted, Outcome, Refused, TryAgain

Step = Literal["RSET", "MAIL", "RCPT", "DATA", "the message"]

GREYLIST_PAUSE = timedelta(minutes=5)
_GREYLISTED = re.compile(r"gr[ea]y-?list", re.IGNORECASE)
_OVER_QUOTA = re.compile(r"(daily|hourly|monthly|sending|message|relay)[a-z ]{0,20}(quota|limit)", re.IGNORECASE)


def refusal(reply: Reply, step: Step) -> Outcome:
    """The outcome of a 4xx or 5xx reply to *step* of one letter's transaction."""
    why = f"The mail server answered {reply.shown} to {step}."
    if reply.code in {530, 534, 535, 538}:
        return Halted(why, "authentication")
    if reply.status == "5.4.5" or (step == "MAIL" and _OVER_QUOTA.search(reply.text[:500])):
        return Halted(why, "quota")
    if reply.code < 500:
        return _later(reply, step, why)
    return _never(reply, step, why)


def _later(reply: Reply, step: Step, why: str) -> Outcome:
    coded = step == "RCPT" and reply.code in {450, 451} and reply.status == "4.7.1"
    if coded or (step != "MAIL" and _GREYLISTED.search(reply.text[:500])):
        return TryAgain(why, "greylisted", GREYLIST_PAUSE)
    return TryAgain(why, "temporary")


def _never(reply: Reply, step: Step, why: str) -> Outcome:
    status = reply.status
    if step != "MAIL" and (reply.code == 556 or (status.startswith("5.1.") and status not in ABOUT_THE_SENDER)):
        return Refused(why, "no-such-address", suppress=True)
    if status in {"5.3.4", "5.2.3"} or (reply.code == 552 and step != "RCPT" and not status.startswith("5.2.")):
        return Refused(why, "too-large", suppress=False)
    if reply.code in {500, 501, 502, 503, 504, 555} and not status.startswith("5.7."):
        return Refused(why, "protocol", suppress=False)
    if status.startswith("5.2."):
        return Refused(why, "mailbox", suppress=False)
    if status.startswith("5.6."):
        return Refused(why, "content", suppress=False)
    return Refused(why, "policy", suppress=False)
