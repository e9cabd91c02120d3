"""How long everything about people is kept, and why: the one table that the daily clean-up, doctor and the privacy
page read. Deleting is in store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from engage.domain import complaints, people

LATE = timedelta(days=2)  # how much longer something may still be there before `engage doctor` minds


@dataclass(frozen=True, kw_only=True)
class Rule:
    """*what* is kept until *kept* has passed *after* something; None when it is not deleted by time."""

    key: str
    what: str
    kept: timedelta | None
    after: str
    why: str

    @property
    def said(self) -> str:
        """`7 days after you asked`."""
        return f"{period(self.kept)} {self.after}" if self.kept is not None else self.after


def period(length: timedelta) -> str:
    """Days below three months, months from there on."""
    if length.days < 90:
        return "1 day" if length.days == 1 else f"{length.days} days"
    return f"{round(length.days / 30.44)} months"


RULES: Sequence[Rule] = (
    Rule(
        key="signups",
        what="What you typed to sign up",
        kept=timedelta(days=7),
        after="after you sent it",
        why="our confirmation works for less than that; if you do not press its button, your address goes with it",
    ),
    Rule(
        key="addresses",
        what="Your e-mail address, mobile number, area and postcode",
        kept=timedelta(days=28),
        after="after you stop our messages",
        why="so that a mistake can be put right",
    ),
    Rule(
        key="returners",
        what="A scrambled form of the address that we removed, beside the number that you were to us",
        kept=people.KNOWN_AGAIN_WITHIN,
        after="after you stop our messages or ask us to forget you",
        why="so that, if you come back, you do not get the same message twice",
    ),
    Rule(
        key="codes",
        what="That a code was sent to your number",
        kept=timedelta(days=7),
        after="after it was sent",
        why="so that nobody can have you sent code after code",
    ),
    Rule(
        key="networks",
        what="From which network a form was sent",
        kept=timedelta(days=2),
        after="after it was sent",
        why="so that nobody can sign up many people at once",
    ),
    Rule(
        key="choices",
        what="What you had chosen, and that you had agreed",
        kept=timedelta(days=396),
        after="after you change it or stop our messages",
        why="so that we can show why you got a message",
    ),
    Rule(
        key="attempts",
        what="When a message was handed over and what the mail server answered, without your address",
        kept=timedelta(days=396),
        after="after that",
        why="so that we can find out why a message did not arrive",
    ),
    Rule(
        key="replies",
        what="That a message came back, without what it said",
        kept=timedelta(days=396),
        after="after it came",
        why="so that we stop writing to an address that does not work",
    ),
    Rule(
        key="strays",
        what="That mail came to us which belongs to no message of ours",
        kept=timedelta(days=92),
        after="after it came",
        why="so that the same mail counts once",
    ),
    Rule(
        key="polls",
        what="How often each calendar was asked for, by kind of app and not by person",
        kept=timedelta(days=92),
        after="after that day",
        why="so that we know whether calendars work",
    ),
    Rule(
        key="complaints",
        what="What you wrote in a complaint",
        kept=complaints.KEPT,
        after="after it is settled",
        why="so that we can answer if you ask again",
    ),
    Rule(
        key="suppressions",
        what="A scrambled form of an address that we must not write to, which cannot be turned back",
        kept=None,
        after="until you ask for messages again",
        why="so that nobody can sign you up again by an old list",
    ),
    Rule(
        key="ledger",
        what="That somebody, who is only a number to us then, was sent a message",
        kept=None,
        after="for as long as the messages themselves",
        why="so that we can show how many people were told",
    ),
    Rule(
        key="audit",
        what="Which member of staff changed what",
        kept=None,
        after="for as long as the meetings themselves",
        why="so that mistakes can be found; nothing about residents is in it",
    ),
)
