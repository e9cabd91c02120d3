"""The ledger: claims, the fence, settling, and what people decide. What crashes leave behind is in test_recovery."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain

import pytest
from sqlalchemy import delete, select

from engage.domain.deliveries import Settlement, State
from engage.store.handover import HOLD
from engage.store.schema import address, delivery, recipient
from engage.store.unit import Database, Unit
from tests.office import Clock
from tests.store.rows import ME, OTHER, claim, deliver, fence, found, how_many, notice, one, people, states

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SENT = Settlement(state=State.SENT, reference="1.eml")


def settle(database: Database, claimed, settlement: Settlement = SENT, owner: str = ME) -> None:
    with database.unit() as unit:
        unit.ledger.settle([(c, settlement) for c in claimed], owner)


# --- told once ------------------------------------------------------------------------------------------------------


def test_one_person_has_one_row_per_notice_version_and_channel(database: Database):
    """P7: overlapping areas, retried pages and repeated tasks write the same row; the first one stays."""
    with database.unit() as unit:
        notice(unit), notice(unit, version=2), notice(unit, "alert:b")
        (ada,) = people(unit, "ada")
        for state in ("ready", "reserved"):
            deliver(unit, [ada], state=state)
        deliver(unit, [ada], version=2)
        deliver(unit, [ada], notice_id="alert:b")
        deliver(unit, [ada], channel="sms")
        assert how_many(unit, delivery) == 4
        assert unit.audits.by_state() == {"ready": 4}


def test_two_fan_outs_at_once_write_one_row(database: Database):
    """The unique key decides, not the order of the transactions."""
    with database.unit() as unit:
        notice(unit)
        ids = people(unit, *(f"p{n}" for n in range(50)))

    def write(_: int) -> None:
        with database.unit() as unit:
            deliver(unit, ids)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    with database.reading() as unit:
        assert how_many(unit, delivery) == 50


# --- claims ---------------------------------------------------------------------------------------------------------


def test_four_threads_share_two_thousand_rows_without_a_doublet(database: Database):
    """Every row is claimed by exactly one of them, never more at once than asked for."""
    with database.unit() as unit:
        notice(unit)
        ids = deliver(unit, people(unit, *(f"p{n}" for n in range(2000))))

    def drain(n: int) -> list[list[int]]:
        rounds = []
        while batch := claim(database, f"w/{n}", limit=70):
            rounds.append([one.id for one in batch])
        return rounds

    with ThreadPoolExecutor(4) as pool:
        rounds = list(chain.from_iterable(pool.map(drain, range(4))))
    assert max(map(len, rounds)) <= 70
    assert sorted(chain.from_iterable(rounds)) == ids


def test_the_oldest_rows_are_claimed_first(database: Database, clock: Clock):
    """By the moment at which they were due, then by id; a batch keeps that order."""
    with database.unit() as unit:
        notice(unit)
        a, b, c, d = people(unit, "a", "b", "c", "d")
        for person, minutes in ((a, 3), (b, 1), (c, 2), (d, 1)):
            deliver(unit, [person], next_at=unit.now - minutes * MINUTE)
    assert [one.recipient_id for one in claim(database, limit=3)] == [a, c, b]


def test_only_due_ready_rows_of_the_lane_are_claimed(database: Database, clock: Clock):
    """What waits for its retry, its digest or another lane's drain is left alone."""
    with database.unit() as unit:
        notice(unit)
        ada, ben, cy, dee, eve = people(unit, "ada", "ben", "cy", "dee", "eve")
        deliver(unit, [ada])
        deliver(unit, [ben], next_at=unit.now + MINUTE)
        deliver(unit, [cy], state="reserved")
        deliver(unit, [dee], lane="urgent")
        deliver(unit, [eve], channel="sms")
        deliver(unit, [eve], channel="webpush", next_at=unit.now + MINUTE)
        assert set(unit.ledger.ready(["email", "webpush"])) == {("email", "normal"), ("email", "urgent")}
        assert unit.ledger.ready(["sms"]) == [("sms", "normal")]
        assert unit.ledger.ready([]) == []
    assert [c.recipient_id for c in claim(database)] == [ada]
    clock.move(minutes=1)
    assert [c.recipient_id for c in claim(database)] == [ben]


def test_a_claim_carries_what_a_letter_needs(database: Database):
    """Items and subscription ids come back as tuples; all items are None."""
    with database.unit() as unit:
        notice(unit)
        ada, ben = people(unit, "ada", "ben")
        deliver(unit, [ada], items=["a", "b"], reasons=[7], attempts=2)
        deliver(unit, [ben], service=True)
    first, second = sorted(claim(database), key=lambda c: c.id)
    assert (first.items, first.reasons, first.attempts, first.service) == (("a", "b"), (7,), 2, False)
    assert (second.items, second.reasons, second.service) == (None, (), True)


def test_what_was_not_handed_over_goes_back(database: Database):
    """The time slice ended: the row is ready at once, for anybody; another's row is not ours to put back."""
    mine = one(database, claimed_by=ME)
    with database.unit() as unit:
        unit.ledger.put_back([mine], OTHER)
    assert found(database, mine).state == "claimed"
    with database.unit() as unit:
        unit.ledger.put_back([mine], ME)
    assert (found(database, mine).state, found(database, mine).owner) == ("ready", None)
    assert [c.id for c in claim(database, OTHER)] == [mine]


# --- the fence ------------------------------------------------------------------------------------------------------


def leave(unit: Unit, person: int) -> None:
    unit.people.leave(person, "link")


def bounce(unit: Unit, person: int) -> None:
    unit.people.suppress(person, "email", "bounced")


def complain(unit: Unit, person: int) -> None:
    unit.people.leave(person, "complaint")


def be_pending(unit: Unit, person: int) -> None:
    unit.conn.execute(recipient.update().where(recipient.c.id == person).values(state="pending"))


def lose_address(unit: Unit, person: int) -> None:
    unit.conn.execute(delete(address).where(address.c.recipient_id == person))


def withdraw(unit: Unit, _person: int) -> None:
    unit.notices.set_state("alert:a", 1, "withdrawn")


def pause(unit: Unit, _person: int) -> None:
    unit.notices.set_state("alert:a", 1, "paused")


def hold(unit: Unit, _person: int) -> None:
    unit.house.put(HOLD, "restored backup")


def leave_then_bounce(unit: Unit, person: int) -> None:
    leave(unit, person)
    bounce(unit, person)


def nothing(_unit: Unit, _person: int) -> None: ...


def withdraw_on_hold(unit: Unit, person: int) -> None:
    hold(unit, person)
    withdraw(unit, person)


@pytest.mark.parametrize(
    ("happens", "service", "becomes"),
    [
        (nothing, False, "handoff"),
        (nothing, True, "handoff"),
        (leave, False, "suppressed"),
        (leave, True, "handoff"),  # the confirmation by which somebody comes back
        (bounce, False, "suppressed"),
        (bounce, True, "suppressed"),
        (complain, True, "suppressed"),
        (leave_then_bounce, True, "suppressed"),
        (be_pending, False, "suppressed"),
        (be_pending, True, "handoff"),
        (lose_address, True, "suppressed"),
        (withdraw, False, "cancelled"),
        (withdraw, True, "cancelled"),
        (withdraw_on_hold, False, "cancelled"),
        (pause, False, "ready"),
        (pause, True, "ready"),
        (hold, False, "ready"),
        (hold, True, "ready"),
    ],
)
def test_what_stops_a_row_at_the_fence_and_what_becomes_of_it(database: Database, happens, service: bool, becomes: str):
    """P6: whoever commits before the fence wins. Service mail is exempt from leaving, not from the fence (S37)."""
    row = one(database, claimed_by=ME, service=service)
    with database.unit() as unit:
        happens(unit, found(database, row).recipient_id)
    passed = fence(database, [row])
    assert passed == ({row} if becomes == "handoff" else set())
    with database.unit() as unit:
        unit.ledger.turn_away([row], ME)
    after = found(database, row)
    assert after.state == becomes
    assert (after.settled_at is not None) == (becomes in ("suppressed", "cancelled"))
    assert after.owner == (ME if becomes == "handoff" else None)


@pytest.mark.parametrize(("minutes", "becomes"), [(59, "handoff"), (60, "expired"), (61, "expired")])
def test_nothing_is_fenced_from_the_moment_it_expires(database: Database, clock: Clock, minutes: int, becomes: str):
    """A reminder expires at the start: at half past six it is of no use any more."""
    row = one(database, claimed_by=ME, expires_at=clock() + HOUR)
    clock.move(minutes=minutes)
    fence(database, [row])
    with database.unit() as unit:
        unit.ledger.turn_away([row], ME)
    assert found(database, row).state == becomes


def test_a_row_that_is_not_ours_cannot_be_fenced_or_turned_away(database: Database):
    """P5: a worker that was frozen and given up for dead finds that others have taken over."""
    row = one(database, claimed_by=OTHER)
    assert fence(database, [row], ME) == set()
    with database.unit() as unit:
        unit.ledger.turn_away([row], ME)
        unit.ledger.fail([row], ME, "not-composed")
    assert (found(database, row).state, found(database, row).owner) == ("claimed", OTHER)


def test_a_row_is_fenced_once(database: Database):
    """A second pass finds nothing; who still owns a fenced row can be asked."""
    row = one(database, claimed_by=ME)
    assert fence(database, [row]) == {row}
    assert fence(database, [row]) == set()
    with database.reading() as unit:
        assert unit.ledger.still_ours([row], ME) == {row}
        assert unit.ledger.still_ours([row], OTHER) == set()


def test_one_of_a_window_is_turned_away_and_the_others_pass(database: Database):
    """Settling window i and fencing window i + 1 is one transaction; each row is judged by itself."""
    with database.unit() as unit:
        notice(unit)
        ids = people(unit, "ada", "ben", "cy")
        rows = deliver(unit, ids)
    claim(database)
    with database.unit() as unit:
        unit.people.leave(ids[1], "link")
    assert fence(database, rows) == {rows[0], rows[2]}


# --- settling -------------------------------------------------------------------------------------------------------


def test_settling_writes_the_state_and_one_row_of_evidence(database: Database, clock: Clock):
    """Evidence names no address: who tried, when, how it ended, in the server's words."""
    row = one(database, claimed_by=None)
    claimed = claim(database)
    fence(database, [row])
    again = Settlement(state=State.READY, next_at=clock() + HOUR, error_class="temporary", why="Try later.")
    settle(database, claimed, again)
    after = found(database, row)
    assert (after.state, after.owner, after.attempts, after.next_at) == ("ready", None, 1, clock() + HOUR)
    assert (after.last_class, after.settled_at) == ("temporary", None)
    clock.move(hours=1)
    claimed = claim(database)
    fence(database, [row])
    settle(database, claimed)
    after = found(database, row)
    assert (after.state, after.attempts, after.provider_ref, after.settled_at) == ("sent", 2, "1.eml", clock())
    with database.reading() as unit:
        tries = [(a.n, a.owner, a.outcome, a.error_class, a.why) for a in unit.audits.attempts(row)]
    assert tries == [(1, ME, "ready", "temporary", "Try later."), (2, ME, "sent", None, None)]


def test_a_try_that_is_the_channels_fault_is_charged_to_nobody(database: Database, clock: Clock):
    """A wrong password must not use up the tries of 13,000 people."""
    row = one(database)
    claimed = claim(database)
    fence(database, [row])
    settle(database, claimed, Settlement(state=State.READY, next_at=clock(), charged=False, halts=True))
    assert found(database, row).attempts == 0


def test_a_row_taken_over_meanwhile_keeps_its_state_and_gets_its_evidence(database: Database):
    """We were frozen after the hand-over: what others decided stands, but that we tried is on record."""
    row = one(database, lane="urgent")
    claimed = claim(database, lane="urgent")
    fence(database, [row])
    with database.unit() as unit:
        unit.ledger.release(ME, same_boot=True)
    settle(database, claimed)
    assert found(database, row).state == "ready"
    with database.reading() as unit:
        assert [a.outcome for a in unit.audits.attempts(row)] == ["sent"]


def test_what_cannot_be_composed_fails_with_its_reason(database: Database):
    """Only claimed rows of ours."""
    row = one(database, claimed_by=ME)
    with database.unit() as unit:
        unit.ledger.fail([row], ME, "not-composed")
    after = found(database, row)
    assert (after.state, after.last_class, after.owner) == ("failed", "not-composed", None)


# --- decisions of people --------------------------------------------------------------------------------------------

EVERY = tuple(State)


def in_every_state(database: Database, **given: object) -> dict[str, int]:
    """One row in each state, by state."""
    with database.unit() as unit:
        notice(unit)
        ids = people(unit, *(f"p-{s}" for s in EVERY))
        for person, state in zip(ids, EVERY, strict=True):
            deliver(unit, [person], state=state.value, crashes=2, attempts=5, **given)
        rows = list(unit.conn.execute(select(delivery.c.id).order_by(delivery.c.recipient_id)).scalars())
    return dict(zip(EVERY, rows, strict=True))


def moved(database: Database, rows: dict[str, int]) -> dict[str, str]:
    """The rows whose state is another than it was."""
    now = states(database, list(rows.values()))
    return {str(before): after for before, after in zip(rows, now, strict=True) if before != after}


def test_retrying_a_notice_sends_only_what_failed(database: Database):
    """P10: what was delivered, cancelled or suppressed is never touched; the tries begin anew."""
    rows = in_every_state(database)
    with database.unit() as unit:
        assert unit.ledger.retry(delivery_id=None, notice_id="alert:a") == 4
    assert moved(database, rows) == dict.fromkeys(("failed", "dead", "ambiguous", "parked"), "ready")
    after = found(database, rows["dead"])
    assert (after.crashes, after.attempts) == (0, 0)


def test_retrying_what_has_expired_is_of_no_use(database: Database, clock: Clock):
    """The row stays as it is."""
    row = one(database, state="failed", expires_at=clock() - MINUTE)
    with database.unit() as unit:
        assert unit.ledger.retry(delivery_id=row, notice_id=None) == 0


def test_discarding_closes_what_waits_for_a_person(database: Database):
    """Failed rows are closed already."""
    rows = in_every_state(database)
    with database.unit() as unit:
        assert unit.ledger.discard(delivery_id=None, notice_id="alert:a") == 3
    assert moved(database, rows) == dict.fromkeys(("dead", "ambiguous", "parked"), "cancelled")


def test_one_delivery_can_be_retried_or_discarded_by_itself(database: Database):
    """By its id; the others stay."""
    rows = in_every_state(database)
    with database.unit() as unit:
        assert unit.ledger.retry(delivery_id=rows["dead"], notice_id=None) == 1
        assert unit.ledger.discard(delivery_id=rows["parked"], notice_id=None) == 1
    assert moved(database, rows) == {"dead": "ready", "parked": "cancelled"}


def test_a_newer_version_cancels_what_of_the_older_has_not_gone(database: Database):
    """What is past the fence may still arrive; what was told stays told."""
    rows = in_every_state(database)
    with database.unit() as unit:
        assert unit.ledger.cancel_version("alert:a", 1) == 0
        assert unit.ledger.cancel_version("alert:a", 2) == 3
    assert moved(database, rows) == dict.fromkeys(("ready", "reserved", "claimed"), "cancelled")


def test_leaving_stops_what_waits_for_the_person_but_not_service_mail(database: Database):
    """The goodbye and the confirmation still go."""
    with database.unit() as unit:
        notice(unit), notice(unit, "alert:b"), notice(unit, "confirm:1")
        ada, ben = people(unit, "ada", "ben")
        (waits,), (kept,) = deliver(unit, [ada]), deliver(unit, [ada], notice_id="alert:b", state="reserved")
        (service,) = deliver(unit, [ada], notice_id="confirm:1", service=True)
        (bens,) = deliver(unit, [ben])
        assert unit.ledger.stop_for(ada) == 2
    assert states(database, [waits, kept, service, bens]) == ["suppressed", "suppressed", "ready", "ready"]
