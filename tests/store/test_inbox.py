"""What came back, on both databases: once, counted, told by delivery, forgotten in time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import select

from engage.domain.inbox import Kind
from engage.store.people import digest_of
from engage.store.schema import delivery, inbox, suppression
from engage.store.unit import Database, Unit
from tests.office import Clock
from tests.store.rows import notice, people, row, undone

DAY = timedelta(days=1)


def deliveries(unit: Unit, recipient_id: int, n: int, **given: object) -> list[int]:
    """Sent messages to one person, one notice version each, oldest first."""
    for version in range(1, n + 1):
        notice(unit, version=version)
    unit.ledger.plan([row(unit, recipient_id, version=v, **{"state": "sent", **given}) for v in range(1, n + 1)])
    of = select(delivery.c.id).where(delivery.c.recipient_id == recipient_id)
    return list(unit.conn.execute(of.order_by(delivery.c.id)).scalars())


def test_the_same_report_is_noted_once(shared: Database):
    """What it was told by is kept as a digest only."""
    with undone(shared) as unit:
        (ada,) = people(unit, "ada")
        (sent,) = deliveries(unit, ada, 1)
        assert unit.inbox.add("one", Kind.HARD, status="5.1.1", delivery_id=sent)
        assert not unit.inbox.add("one", Kind.HARD, status="5.1.1", delivery_id=sent)
        assert unit.inbox.add("two", Kind.UNPROVEN)
        assert unit.inbox.counts(DAY) == {"hard": 1, "unproven": 1}
        (kept,) = unit.inbox.about([sent])
        assert (kept.kind, kept.status, kept.delivery_id, kept.received_at) == ("hard", "5.1.1", sent, unit.now)
        assert kept.digest != "one"
        assert set(inbox.c.keys()) == {"digest", "kind", "delivery_id", "status", "received_at"}


def test_two_at_once_note_it_once(database: Database):
    """A pipe and a mailbox may bring the same mail."""

    def note(_: int) -> bool:
        with database.unit() as unit:
            return unit.inbox.add("one", Kind.REPLY)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(note, range(8))) == [False] * 7 + [True]


def test_counts_are_of_the_last_days(database: Database, clock: Clock):
    """Older ones are still there, and not counted."""
    with database.unit() as unit:
        (ada,) = people(unit, "ada")
        (sent,) = deliveries(unit, ada, 1)
        unit.inbox.add("old", Kind.UNPROVEN)
        unit.inbox.add("soft", Kind.SOFT, delivery_id=sent)
    clock.move(days=8)
    with database.unit() as unit:
        unit.inbox.add("new", Kind.REPLY)
        assert unit.inbox.counts(7 * DAY) == {"reply": 1}
        assert unit.inbox.counts(100 * DAY) == {"reply": 1, "soft": 1, "unproven": 1}


def test_the_run_tells_which_messages_came_back_softly(shared: Database):
    """Newest first, down from the one in question; what travelled in a digest or did not go is not in it."""
    with undone(shared) as unit:
        ada, ben = people(unit, "ada", "ben")
        a, b, c, d = deliveries(unit, ada, 4)
        unit.ledger.plan([row(unit, ben, state="sent")])
        for n in (a, c, d):
            unit.inbox.add(f"{n}", Kind.SOFT, delivery_id=n)
        unit.inbox.add("hard", Kind.HARD, delivery_id=b)
        assert unit.inbox.run(ada, "email", until=d) == [unit.now, unit.now, None, unit.now]
        assert unit.inbox.run(ada, "email", until=b) == [None, unit.now]
        assert unit.inbox.run(ada, "sms", until=d) == []
        unit.conn.execute(delivery.update().where(delivery.c.id == b).values(state="failed"))
        unit.conn.execute(delivery.update().where(delivery.c.id == a).values(digest_id=d))
        assert unit.inbox.run(ada, "email", until=d) == [unit.now, unit.now]


def test_a_number_that_said_stop_is_barred_known_or_not(shared: Database):
    """A later sign-up of the same number lifts it; a complaint stays one."""
    with undone(shared) as unit:
        unit.people.stop("sms", "+447700900123")
        unit.people.stop("sms", "+447700900123")
        found = unit.conn.execute(select(suppression.c.channel, suppression.c.hmac, suppression.c.reason)).all()
        assert found == [("sms", digest_of(unit.house.secret("address"), "sms", "+447700900123"), "left")]
        unit.conn.execute(suppression.update().values(reason="complaint"))
        unit.people.stop("sms", "+447700900123")
        assert unit.conn.execute(select(suppression.c.reason)).scalars().all() == ["complaint"]
