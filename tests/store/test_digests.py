"""Digests in the ledger: an envelope and the rows it owns share one fate, whatever it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from engage.domain.deliveries import Settlement, State
from engage.store.unit import Database
from tests.office import Clock
from tests.store.rows import ME, claim, deliver, fence, found, notice, people, states

HOUR = timedelta(hours=1)


@dataclass
class Digest:
    """Ada's envelope and the rows inside, by notice."""

    person: int
    envelope: int
    inside: list[int]


def bound(database: Database, *, hours: float = 24) -> Digest:
    """Two notices reserved for Ada, bound to one envelope that is ready to go."""
    with database.unit() as unit:
        for name in ("tip:1", "tip:2"):
            notice(unit, name, kind="tip", hours=hours)
        notice(unit, "digest:1", kind="digest", hours=48)
        (ada,) = people(unit, "ada", frequency="daily")
        expires_at = unit.now + timedelta(hours=hours)
        inside = [
            deliver(unit, [ada], notice_id=name, state="reserved", lane="bulk", expires_at=expires_at)[0]
            for name in ("tip:1", "tip:2")
        ]
        assert [(r.recipient_id, r.channel) for r in unit.digests.due_reserved()] == [(ada, "email")]
        later = unit.now + timedelta(hours=48)
        (envelope,) = deliver(unit, [ada], notice_id="digest:1", lane="bulk", expires_at=later)
        unit.digests.bind_digest("digest:1")
    return Digest(person=ada, envelope=envelope, inside=inside)


def enclosed(database: Database, digest: Digest) -> list[int]:
    with database.reading() as unit:
        return [row.id for row in unit.digests.enclosed([digest.envelope])]


def hand_over(database: Database, digest: Digest) -> None:
    """Claim and fence the envelope, its rows with it."""
    claim(database, lane="bulk")
    assert fence(database, [digest.envelope]) == {digest.envelope}
    with database.unit() as unit:
        unit.digests.move_enclosed([digest.envelope], State.HANDOFF)


def test_due_reserved_rows_are_bound_to_their_persons_envelope(database: Database):
    """And to nobody else's; what is bound is not due again."""
    digest = bound(database)
    assert [found(database, i).digest_id for i in digest.inside] == [digest.envelope] * 2
    assert enclosed(database, digest) == digest.inside
    with database.unit() as unit:
        assert unit.digests.due_reserved() == []
    assert [c.id for c in claim(database, lane="bulk")] == [digest.envelope], "reserved rows are never claimed"


def test_a_row_whose_hour_has_not_come_waits_for_the_next_digest(database: Database, clock: Clock):
    """Daily and weekly people have their own hours."""
    digest = bound(database)
    with database.unit() as unit:
        notice(unit, "tip:3", kind="tip")
        (later,) = deliver(unit, [digest.person], notice_id="tip:3", state="reserved", next_at=clock() + HOUR)
        unit.digests.bind_digest("digest:1")
    assert found(database, later).digest_id is None


def test_reserved_rows_that_expired_are_closed_before_a_digest_is_made(database: Database, clock: Clock):
    """Then there is nothing to send, and nobody gets an empty digest."""
    with database.unit() as unit:
        notice(unit)
        (ada,) = people(unit, "ada")
        (row,) = deliver(unit, [ada], state="reserved", expires_at=clock() + HOUR)
    clock.move(hours=1)
    with database.unit() as unit:
        assert unit.digests.due_reserved() == []
    assert found(database, row).state == "expired"


def test_what_was_withdrawn_expired_or_cancelled_is_not_enclosed(database: Database, clock: Clock):
    """Composing asks what may still go."""
    digest = bound(database, hours=1)
    with database.unit() as unit:
        unit.notices.set_state("tip:1", 1, "withdrawn")
    assert enclosed(database, digest) == digest.inside[1:]
    clock.move(hours=1)
    assert enclosed(database, digest) == []


@pytest.mark.parametrize("state", ["sent", "failed", "ambiguous"])
def test_the_rows_of_a_digest_share_its_outcome(database: Database, state: str):
    """Sent together, failed together; the audit counts each under its own notice."""
    digest = bound(database)
    hand_over(database, digest)
    assert states(database, digest.inside) == ["handoff"] * 2
    with database.unit() as unit:
        unit.digests.move_enclosed([digest.envelope], State(state))
    assert states(database, digest.inside) == [state] * 2


def test_a_digest_that_must_wait_keeps_its_rows_reserved(database: Database):
    """A greylisted envelope goes again with the same rows."""
    digest = bound(database)
    hand_over(database, digest)
    with database.unit() as unit:
        unit.digests.move_enclosed([digest.envelope], State.RESERVED)
    assert states(database, digest.inside) == ["reserved"] * 2
    assert found(database, digest.inside[0]).settled_at is None, "nothing is settled yet"
    assert enclosed(database, digest) == digest.inside


def test_moving_to_immediate_leaves_an_envelopes_rows_with_it(database: Database):
    """They are on their way already; only loose ones are released."""
    digest = bound(database)
    with database.unit() as unit:
        notice(unit, "tip:3", kind="tip")
        (loose,) = deliver(unit, [digest.person], notice_id="tip:3", state="reserved", next_at=unit.now + HOUR)
        assert [row.id for row in unit.digests.loose(digest.person)] == [loose]
        for delivery_id in (loose, *digest.inside):
            unit.digests.replan(delivery_id, unit.now, by_itself=True)
    assert states(database, [loose, *digest.inside]) == ["ready", "reserved", "reserved"]


# --- when something happens to the envelope -------------------------------------------------------------------------


def bounce(database: Database, digest: Digest, clock: Clock) -> None:
    with database.unit() as unit:
        unit.people.suppress(digest.person, "email", "bounced")


def expire(database: Database, digest: Digest, clock: Clock) -> None:
    clock.move(hours=48)


@pytest.mark.parametrize(("happens", "becomes"), [(bounce, "suppressed"), (expire, "expired")])
def test_rows_of_an_envelope_that_is_turned_away_do_not_wait_for_ever(
    database: Database, clock: Clock, happens, becomes: str
):
    """P1: every row ends in a named state; `reserved` in an envelope that is gone would be pending for good."""
    digest = bound(database, hours=100)
    claim(database, lane="bulk")
    happens(database, digest, clock)
    assert fence(database, [digest.envelope]) == set()
    with database.unit() as unit:
        unit.ledger.turn_away([digest.envelope], ME)
    assert states(database, [digest.envelope, *digest.inside]) == [becomes] * 3


def test_rows_of_an_envelope_that_waits_wait_with_it(database: Database):
    """On hold: it is ready again and owns the same rows."""
    digest = bound(database)
    claim(database, lane="bulk")
    with database.unit() as unit:
        unit.house.put("hold", "restored backup")
        unit.ledger.turn_away([digest.envelope], ME)
    assert states(database, [digest.envelope, *digest.inside]) == ["ready", "reserved", "reserved"]


def test_rows_of_an_envelope_that_cannot_be_composed_fail_with_it(database: Database):
    """Retrying the envelope takes them along."""
    digest = bound(database)
    claim(database, lane="bulk")
    with database.unit() as unit:
        unit.ledger.fail([digest.envelope], ME, "not-composed")
    assert states(database, [digest.envelope, *digest.inside]) == ["failed"] * 3
    with database.unit() as unit:
        unit.ledger.retry(delivery_id=digest.envelope, notice_id=None)
    assert states(database, [digest.envelope, *digest.inside]) == ["ready", "reserved", "reserved"]


def test_a_process_that_dies_with_an_envelope_past_the_fence_makes_all_of_it_ambiguous(database: Database):
    """Nobody can know whether the person has it: the rows inside are listed with the envelope."""
    digest = bound(database)
    hand_over(database, digest)
    with database.unit() as unit:
        unit.ledger.release(ME, same_boot=True)
    assert states(database, [digest.envelope, *digest.inside]) == ["ambiguous"] * 3


def test_a_process_that_dies_before_the_fence_leaves_the_envelope_whole(database: Database):
    """It goes again with its rows; three times and all of it is dead."""
    digest = bound(database)
    for n in (1, 2, 3):
        claim(database, lane="bulk")
        with database.unit() as unit:
            unit.ledger.release(ME, same_boot=True)
        expected = ["ready", "reserved", "reserved"] if n < 3 else ["dead"] * 3
        assert states(database, [digest.envelope, *digest.inside]) == expected


@pytest.mark.parametrize("by", ["envelope", "notice"])
def test_retrying_an_ambiguous_digest_sends_it_with_everything_in_it(database: Database, by: str):
    """An envelope without its rows would be an empty digest."""
    digest = bound(database)
    hand_over(database, digest)
    with database.unit() as unit:
        unit.ledger.release(ME, same_boot=True)
        which = {"delivery_id": digest.envelope, "notice_id": None}
        unit.ledger.retry(**(which if by == "envelope" else {"delivery_id": None, "notice_id": "digest:1"}))
    assert states(database, [digest.envelope, *digest.inside]) == ["ready", "reserved", "reserved"]
    assert enclosed(database, digest) == digest.inside


def test_retrying_one_thing_of_a_failed_digest_sends_it_by_itself(database: Database):
    """Staff retry the alert, not the digest: the row leaves the envelope."""
    digest = bound(database)
    hand_over(database, digest)
    with database.unit() as unit:
        unit.ledger.release(ME, same_boot=True)
        unit.ledger.retry(delivery_id=None, notice_id="tip:1")
        unit.ledger.retry(delivery_id=digest.envelope, notice_id=None)
    assert states(database, digest.inside) == ["ready", "reserved"]
    assert enclosed(database, digest) == digest.inside[1:]


def test_discarding_an_ambiguous_digest_closes_all_of_it(database: Database):
    """Nothing is left for somebody to wonder about."""
    digest = bound(database)
    hand_over(database, digest)
    with database.unit() as unit:
        unit.ledger.release(ME, same_boot=True)
        unit.ledger.discard(delivery_id=None, notice_id="digest:1")
    assert states(database, [digest.envelope, *digest.inside]) == ["cancelled"] * 3


def test_settling_an_envelope_settles_what_is_in_it(database: Database):
    """One transaction; `Settlement` READY means that it goes again."""
    digest = bound(database)
    claimed = claim(database, lane="bulk")
    fence(database, [digest.envelope])
    with database.unit() as unit:
        unit.digests.move_enclosed([digest.envelope], State.HANDOFF)
        unit.ledger.settle([(claimed[0], Settlement(state=State.SENT))], ME)
        unit.digests.move_enclosed([digest.envelope], State.SENT)
    assert states(database, [digest.envelope, *digest.inside]) == ["sent"] * 3
