"""The rehearsal itself: no fault point without a walk, no row of docs/faults.md that names a test that is not there."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from tests.faults import points
from tests.faults.breakages import PROCESSES, SURROUNDINGS
from tests.faults.chaos import wards
from tests.faults.walk import walks

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([FBS]\d+) \| ([^|]+) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[^`]+\.py)::([^`]+)`")
WANTED = [
    *(f"F{n}" for n in (*range(1, 61), 65, 66, *range(69, 76))),
    *(f"B{n}" for n in range(72, 77)),
    *(f"S{n}" for n in range(26, 33)),
]


def test_every_fault_point_is_walked():
    """A point added to the code without a line in WALKED_BY fails here, and stops `make faults`."""
    assert points.in_source()
    assert points.unwalked() == set()


def test_every_point_has_a_walk_that_kills():
    """And the poison row, the exceptions and the freezes beside."""
    assert sum(len(group) for group in walks(1)) == len(points.WALKED_BY) + 3


def test_the_same_seed_deals_the_same_cards():
    """Which fault comes when depends on nothing but the seed."""
    deck = [*PROCESSES, *SURROUNDINGS["sqlite"]]
    first, again = (random.Random("7 processes").sample(deck, len(deck)) for _ in range(2))
    assert first == again


def test_everybody_belongs_to_one_ward():
    """As many as were asked for, no name twice."""
    names = [name for ward in wards(1000).values() for name in ward]
    assert len(names) == len(set(names)) == 1000


def test_every_fault_of_the_matrix_has_its_row():
    """In order and once."""
    assert [row[0] for row in ROW.findall(TABLE)] == WANTED


@pytest.mark.parametrize("row", ROW.findall(TABLE), ids=lambda row: row[0])
def test_a_row_names_a_test_that_exists_or_says_why_there_is_none(row: tuple[str, str, str]):
    """`path::test` must be there; a walk or a part of the mix must be in the rehearsal; else a reason is given."""
    _, _, proof = row
    named = NAMED.findall(proof)
    for path, test in named:
        assert re.search(rf"^(def {test}\(|class {test}\b|{test} = )", (ROOT / path).read_text(), re.MULTILINE), (
            f"{path}::{test}"
        )
    for function in re.findall(r"`make faults`: `(\w+)`", proof):
        assert any(f"def {function}(" in file.read_text() for file in Path(__file__).parent.glob("*.py")), function
    for point in re.findall(r"`([a-z-]+)`", " ".join(re.findall(r"\(`[^)]+\)", proof))):
        assert point in points.WALKED_BY, point
    for file in re.findall(r"`((?:engage|actors)/[\w/]+\.py)`", proof):
        assert (ROOT / file).exists(), file
    assert named or "`make faults`: `" in proof or proof.startswith("not here: ")
