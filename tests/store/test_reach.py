"""Counts for reports, on both engines."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert, update

from engage.domain.people import Wanted
from engage.store.schema import delivery, recipient
from engage.store.unit import Database
from tests.conftest import NOON
from tests.store.rows import notice, people, row, undone

DAY = timedelta(days=1)


def test_who_was_there_is_who_had_come_and_had_not_left(shared: Database):
    """At any moment: those at the end are those at the start, and who joined, less who left."""
    with undone(shared) as unit:
        for name, came, went in [("a", 0, None), ("b", 1, 3), ("c", 2, None), ("d", 5, 6)]:
            (one,) = people(unit, name, audience="business" if name == "c" else "resident")
            left = None if went is None else NOON + went * DAY
            values = {"confirmed_at": NOON + came * DAY, "left_at": left, "state": "left" if left else "confirmed"}
            unit.conn.execute(update(recipient).where(recipient.c.id == one).values(**values))
        people(unit, "ben", state="pending")
        unit.people.add([("email", "s@example.org", Wanted())], state="confirmed", role="canary")
        reach = unit.reach
        assert reach.subscribers(NOON + 2.5 * DAY) == {"business": 1, "resident": 2}
        assert reach.subscribers(NOON) == {}
        assert reach.subscribers(NOON + 3 * DAY) == {"business": 1, "resident": 2}
        assert (reach.joined(NOON, NOON + 2 * DAY), reach.left(NOON + 3 * DAY, NOON + 6 * DAY)) == (2, 1)
        for start in range(8):
            for end in range(start, 8):
                since, until = NOON + start * DAY, NOON + end * DAY
                counted = sum(reach.subscribers(since).values()) + reach.joined(since, until) - reach.left(since, until)
                assert counted == sum(reach.subscribers(until).values())


def test_a_person_told_twice_of_one_thing_is_one_person(shared: Database):
    """By two channels, or of a correction; what only waits or failed is not told."""
    with undone(shared) as unit:
        ada, ben, cy = people(unit, "ada", "ben", "cy")
        notice(unit)
        notice(unit, version=2)
        notice(unit, "alert:b")
        sent = {"state": "sent", "settled_at": NOON}
        rows = [
            row(unit, ada, **sent),
            row(unit, ada, channel="sms", **sent),
            row(unit, ada, version=2, **sent),
            row(unit, ben, **sent),
            row(unit, cy, state="failed", settled_at=NOON),
            row(unit, cy, notice_id="alert:b"),
        ]
        for one in rows:
            unit.conn.execute(insert(delivery), one)
        assert unit.reach.told(["alert:a", "alert:b"]) == {"alert:a": 2}
        assert unit.reach.told([]) == {}
        assert [tuple(r) for r in unit.reach.sent(NOON, NOON + DAY)] == [("alert", "email", 3), ("alert", "sms", 1)]
        assert list(unit.reach.sent(NOON - DAY, NOON)) == []


def test_what_went_inside_a_digest_is_that_digests_message(shared: Database):
    """And mail of service is nobody's news."""
    with undone(shared) as unit:
        (ada,) = people(unit, "ada")
        notice(unit)
        notice(unit, "digest:1", kind="digest")
        notice(unit, "confirm:1", kind="confirm")
        sent = {"state": "sent", "settled_at": NOON}
        envelope = row(unit, ada, notice_id="digest:1", **sent)
        key = unit.conn.execute(insert(delivery).returning(delivery.c.id), envelope).scalar_one()
        for one in (
            row(unit, ada, digest_id=key, **sent),
            row(unit, ada, notice_id="confirm:1", service=True, **sent),
        ):
            unit.conn.execute(insert(delivery), one)
        assert [tuple(r) for r in unit.reach.sent(NOON, NOON + DAY)] == [("digest", "email", 1)]
        assert unit.reach.told(["alert:a"]) == {"alert:a": 1}


def test_records_begin_with_the_first_apply(shared: Database):
    """Before it there is nothing to count."""
    with undone(shared) as unit:
        assert unit.reach.began() is None
