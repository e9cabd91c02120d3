"""Who has had enough routine messages: counted by person, over notices, in one query, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engage.store.unit import Database
from tests.store.rows import deliver, notice, people, undone

WEEK = timedelta(days=7)


def spent(unit, *, most: int = 2, upto: int = 10**9, after: int = 0, but: tuple[str, int] | None = None) -> set[int]:
    return unit.budgets.spent(after=after, upto=upto, since=unit.now - WEEK, most=most, but=but)


@pytest.mark.parametrize(
    ("given", "counts"),
    [
        ({}, True),
        ({"state": "sent"}, True),
        ({"state": "ambiguous"}, True),
        ({"state": "reserved"}, False),
        ({"state": "cancelled"}, False),
        ({"state": "expired"}, False),
        ({"state": "failed"}, False),
        ({"lane": "bulk"}, True),
        ({"lane": "urgent"}, False),
        ({"service": True}, False),
    ],
)
def test_what_counts_is_what_goes_by_itself_and_is_routine(database: Database, given: dict[str, object], counts: bool):
    """Two notices fill a budget of two."""
    with undone(database) as unit:
        (ada,) = people(unit, "ada")
        for id in ("alert:a", "alert:b"):
            notice(unit, id)
            deliver(unit, [ada], notice_id=id, **given)
        assert spent(unit) == ({ada} if counts else set())
        assert spent(unit, most=3) == set()


def test_a_budget_is_one_persons(database: Database):
    """Ada has had two, Ben one, Cy none; pages are asked for one at a time."""
    with undone(database) as unit:
        ada, ben, _ = people(unit, "ada", "ben", "cy")
        for id, who in (("alert:a", [ada, ben]), ("alert:b", [ada])):
            notice(unit, id)
            deliver(unit, who, notice_id=id)
        assert spent(unit) == {ada}
        assert spent(unit, most=1) == {ada, ben}
        assert spent(unit, most=1, after=ada) == {ben}
        assert spent(unit, most=1, upto=ada) == {ada}


def test_two_channels_are_one_message_and_two_versions_are_two(database: Database):
    """What a person reads is counted, not what a server does."""
    with undone(database) as unit:
        (ada,) = people(unit, "ada")
        notice(unit), notice(unit, "alert:b")
        deliver(unit, [ada]), deliver(unit, [ada], channel="sms")
        assert spent(unit) == set()
        notice(unit, version=2)
        deliver(unit, [ada], version=2)
        assert spent(unit) == {ada}
        assert spent(unit, but=("alert:a", 2)) == set(), "the notice that is being addressed does not count itself"


def test_what_travelled_in_a_digest_or_is_one_does_not_count(database: Database):
    """The digest is where the overflow goes."""
    with undone(database) as unit:
        (ada,) = people(unit, "ada")
        notice(unit), notice(unit, "alert:b"), notice(unit, "digest:x", kind="digest")
        (envelope,) = deliver(unit, [ada], notice_id="digest:x", lane="bulk", state="sent")
        deliver(unit, [ada], state="sent", digest_id=envelope)
        deliver(unit, [ada], notice_id="alert:b", state="sent")
        assert spent(unit) == set()
        assert spent(unit, most=1) == {ada}


def test_after_seven_days_it_is_forgotten(database: Database, clock):
    """To the moment."""
    with database.unit() as unit:
        (ada,) = people(unit, "ada")
        notice(unit)
        deliver(unit, [ada], state="sent")
    clock.move(days=6, hours=23)
    with database.reading() as unit:
        assert spent(unit, most=1) == {ada}
    clock.move(hours=1)
    with database.reading() as unit:
        assert spent(unit, most=1) == set()
