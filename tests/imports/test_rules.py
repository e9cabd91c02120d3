"""An RRULE in staff's words has the same dates as the RRULE."""

from __future__ import annotations

from datetime import date, time, timedelta
from itertools import islice

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engage.domain.recurrence import Recurrence, dates
from engage.domain.rules import from_rrule
from engage.domain.series import Rule, expand
from engage.imports.ics.rules import words_of

FIRST_AT = time(18, 30)
FIRST = date(2026, 12, 1)  # a Tuesday
DAYS = st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"])
PLACED = st.tuples(st.sampled_from(["", "1", "2", "5", "-1", "-2"]), DAYS).map("".join)


@st.composite
def rrules(draw: st.DrawFn) -> str:
    """Every part that decides on dates."""
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    told = [f"FREQ={frequency}"]
    days = draw(st.lists(DAYS if frequency in {"DAILY", "WEEKLY"} else PLACED, max_size=2, unique=True))
    told += [f"BYDAY={','.join(days)}"] if days else []
    if draw(st.booleans()):
        told.append(f"INTERVAL={draw(st.integers(1, 4))}")
    if draw(st.booleans()) and frequency != "WEEKLY":
        told.append(f"BYMONTHDAY={draw(st.sampled_from(['1', '15', '31', '-1', '-2', '5,15']))}")
    if draw(st.booleans()):
        told.append(f"BYMONTH={draw(st.sampled_from(['3', '11', '1,6']))}")
    if draw(st.booleans()) and frequency in {"MONTHLY", "YEARLY"}:
        told.append(f"BYSETPOS={draw(st.sampled_from(['1', '-1', '3']))}")
    if draw(st.booleans()):
        told.append(f"WKST={draw(DAYS)}")
    return ";".join(told)


@given(rrules(), st.integers(0, 800))
def test_words_mean_what_the_rule_means(rrule: str, later: int):
    """From whatever day it begins."""
    rule, first = from_rrule(rrule), FIRST + timedelta(days=later)
    assume(isinstance(rule, Recurrence))
    words = words_of(rule, first)
    assume(words is not None)
    said = Rule(first=first, at=FIRST_AT, every=words[0], on=words[1])
    expansion = expand(said, today=first + timedelta(days=365 * 4 if "YEARLY" in rrule else 0))
    end = expansion.days[-1] if expansion.days else first
    assert not [f for f in expansion.faults if "never" not in f.says and "more than" not in f.says]
    assert list(expansion.days) == list(islice(dates(rule, first=first, last=end), len(expansion.days)))


@pytest.mark.parametrize(
    ("rrule", "words"),
    [
        ("FREQ=MONTHLY;BYDAY=2TU", ("month", ("second Tuesday",))),
        ("FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1", ("month", ("last Friday",))),
        ("FREQ=MONTHLY;BYDAY=1TU,3TU", ("month", ("first Tuesday", "third Tuesday"))),
        ("FREQ=MONTHLY", ("month", ("1st",))),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", ("month", ("last day",))),
        ("FREQ=MONTHLY;INTERVAL=3;BYDAY=1TU", ("3 months", ("first Tuesday",))),
        ("FREQ=WEEKLY", ("week", ("Tuesday",))),
        ("FREQ=WEEKLY;INTERVAL=2;WKST=SU", ("2 weeks", ("Tuesday",))),
        ("FREQ=WEEKLY;BYDAY=TH,TU", ("week", ("Tuesday", "Thursday"))),
        ("FREQ=DAILY;INTERVAL=2", ("2 days", ())),
        ("FREQ=YEARLY", ("year", ())),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=2TU", ("year", ("second Tuesday of March",))),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", None),
        ("FREQ=MONTHLY;BYDAY=-2TU", None),
        ("FREQ=MONTHLY;BYDAY=TU", None),
        ("FREQ=DAILY;BYDAY=MO", None),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TH", None),
    ],
)  # fmt: skip
def test_the_words_staff_would_use(rrule: str, words: object):
    """What cannot be said so stays an `rrule`, as does a step counted from a day that the rule does not have."""
    assert words_of(from_rrule(rrule), FIRST) == words
