"""What a dead process leaves behind, row by row: who goes again, who is ambiguous, who is dead."""

from __future__ import annotations

import pytest

from engage.domain.deliveries import CRASHES
from engage.store.unit import Database
from tests.store.rows import ME, OTHER, claim, deliver, fence, found, notice, one, people


@pytest.mark.parametrize(
    ("lane", "state", "same_boot", "crashes", "becomes"),
    [
        ("normal", "claimed", True, 0, "ready"),
        ("bulk", "claimed", True, 1, "ready"),
        ("urgent", "claimed", True, 0, "ready"),
        ("normal", "handoff", True, 0, "ambiguous"),
        ("bulk", "handoff", True, 0, "ambiguous"),
        ("urgent", "handoff", True, 0, "ready"),  # urgent mail is at least once, with the same Message-ID
        # after a reboot a claim may hide a hand-off whose fence was never flushed to disk
        ("normal", "claimed", False, 0, "ambiguous"),
        ("bulk", "claimed", False, 1, "ambiguous"),
        ("urgent", "claimed", False, 0, "ready"),
        ("normal", "handoff", False, 0, "ambiguous"),
        # the third crash is the last
        ("normal", "claimed", True, CRASHES - 1, "dead"),
        ("urgent", "handoff", True, CRASHES - 1, "dead"),
        ("bulk", "handoff", False, CRASHES - 1, "ambiguous"),  # it may have gone: a person decides
    ],
)
def test_what_a_dead_owner_held(database: Database, lane: str, state: str, same_boot: bool, crashes: int, becomes: str):
    """Every crash is counted on the row; nobody owns it afterwards."""
    row = one(database, claimed_by=ME, lane=lane, crashes=crashes)
    if state == "handoff":
        assert fence(database, [row]) == {row}
    with database.unit() as unit:
        done = unit.ledger.release(ME, same_boot=same_boot)
    assert {s: n for s, n in done.items() if n} == {becomes: 1}
    after = found(database, row)
    in_doubt = state == "handoff" or not same_boot
    said = "crashed" if becomes == "dead" else "ambiguous" if in_doubt else None
    assert (after.state, after.owner, after.crashes, after.last_class) == (becomes, None, crashes + 1, said)
    assert (after.settled_at is None) == (becomes == "ready")


def test_only_the_dead_owners_rows_are_released(database: Database):
    """And what was sent, failed or waits stays as it is."""
    with database.unit() as unit:
        notice(unit)
        rows = deliver(unit, people(unit, "ada", "ben", "cy"))
    claim(database, ME, limit=1), claim(database, OTHER, limit=1)
    with database.unit() as unit:
        unit.ledger.release(ME, same_boot=True)
    assert [found(database, r).owner for r in rows] == [None, OTHER, None]
    assert [found(database, r).crashes for r in rows] == [1, 0, 0]


def test_the_threads_of_a_process_are_found_by_its_id(database: Database):
    """`worker-1` is not the beginning of `worker-10/4`."""
    owners = ("worker-1/1", "worker-1/2", "worker-10/4")
    with database.unit() as unit:
        notice(unit)
        deliver(unit, people(unit, *(f"p{n}" for n in range(3))))
    for owner in owners:
        claim(database, owner, limit=1)
    with database.reading() as unit:
        assert unit.ledger.owners("worker-1") == set(owners[:2])


def test_a_row_that_was_released_can_be_claimed_by_the_next(database: Database):
    """At once: it waited long enough."""
    row = one(database, claimed_by=ME)
    with database.unit() as unit:
        unit.ledger.release(ME, same_boot=True)
    assert [c.id for c in claim(database, OTHER)] == [row]
