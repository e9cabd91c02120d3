"""The rows of the security matrix that concern pages are each named by a test: one that nobody names is not tested."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROWS = (
    *(f"B{number}" for number in range(51, 66)),
    *(f"S{number}" for number in (*range(1, 28 + 1), *range(33, 37 + 1))),
)


@pytest.fixture(scope="module")
def named() -> set[str]:
    """Every number in a test's words; `B51 to B65` is a heading, not a test."""
    told = (path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py") if path != Path(__file__))
    without = (re.sub(r"[BS]\d+ to [BS]\d+", "", text) for text in told)
    return {row for text in without for row in re.findall(r"\b[BS]\d+\b", text)}


@pytest.mark.parametrize("row", ROWS)
def test_every_row_is_named_by_a_test(named: set[str], row: str) -> None:
    assert row in named
