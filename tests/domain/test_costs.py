"""What texts cost, in words."""

from __future__ import annotations

from datetime import datetime

import pytest

from engage.domain.costs import Bill, month
from tests.conftest import NOON


@pytest.mark.parametrize(
    ("bill", "said", "is_over"),
    [
        (Bill(people=120, each=2, pence_each=2.4, left=1760), "120 texts of 2 fragments: 240, about £5.76. This month's cap leaves 1,760.", False),
        (Bill(people=1, each=1), "1 text of 1 fragment: 1.", False),
        (Bill(people=2000, each=1, left=1999), "2,000 texts of 1 fragment: 2,000. This month's cap leaves 1,999.", True),
        (Bill(people=2000, each=1, left=2000), "2,000 texts of 1 fragment: 2,000. This month's cap leaves 2,000.", False),
        (Bill(people=0, each=3, left=0, pence_each=0), "0 texts of 3 fragments: 0, about £0.00. This month's cap leaves 0.", False),
    ],
)  # fmt: skip
def test_a_bill_says_how_many_how_long_and_how_much(bill: Bill, said: str, is_over: bool):
    """And whether the cap has room for it."""
    assert (str(bill), bill.is_over) == (said, is_over)


def test_each_month_is_counted_for_itself():
    """By the calendar."""
    assert month(NOON) == "sms:2026-11"
    assert month(datetime.fromisoformat("2026-12-01T00:00:00+00:00")) == "sms:2026-12"
