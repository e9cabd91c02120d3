"""Devices: one a person, ended but never deleted, and nothing passes the fence to one that has ended."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engage.store.audience import Asked
from engage.store.schema import address, suppression
from engage.store.unit import Database, Unit
from tests.conftest import NOON
from tests.office import Clock
from tests.store import rows

PUSH = {"channel": "webpush"}


def devices(unit: Unit) -> dict[int, str | None]:
    """Recipient -> device, for everybody who ever had one."""
    found = unit.conn.execute(select(address.c.recipient_id).where(address.c.channel == "webpush")).scalars()
    return {recipient_id: unit.devices.of(recipient_id) for recipient_id in found}


def found_at(unit: Unit, at=NOON) -> set[tuple[int, str]]:
    question = Asked(kind="alerts", near=(), topics=(), at=at)
    return {(row.recipient_id, row.channel) for row in unit.audience.page(question, after=0, upto=10**9)}


def test_a_person_has_one_device_and_a_browser_one_person(database: Database):
    """The last to press the button has it."""
    with database.unit() as unit:
        ada, ben = rows.people(unit, "ada", "ben")
        assert unit.devices.put(ada, "phone")
        assert unit.devices.put(ada, "laptop")
        assert devices(unit) == {ada: "laptop"}
        assert unit.devices.put(ben, "laptop")
        assert devices(unit) == {ada: None, ben: "laptop"}
        assert unit.devices.put(ada, "phone")
        assert devices(unit) == {ada: "phone", ben: "laptop"}
        assert unit.devices.put(ada, "phone")


def test_who_is_not_confirmed_gets_none(database: Database):
    """A link opened after leaving must not bring anybody back."""
    with database.unit() as unit:
        (ben,) = rows.people(unit, "ben", state="pending")
        (cy,) = rows.people(unit, "cy")
        unit.people.leave(cy, "link")
        assert [unit.devices.put(who, "phone") for who in (ben, cy, 999)] == [False] * 3
        assert devices(unit) == {}


@pytest.mark.parametrize("how", ["end", "gone", "leave", "forget"])
def test_what_has_ended_is_blank_and_starts_afresh(database: Database, clock: Clock, how: str):
    """Neither endpoint nor a mark against it stays; the same browser may come again."""
    with database.unit() as unit:
        (ada,) = rows.people(unit, "ada")
        unit.devices.put(ada, "phone")
        ways = {
            "end": lambda: unit.devices.end(ada),
            "gone": lambda: unit.devices.gone(ada, "phone"),
            "leave": lambda: unit.people.leave(ada, "link"),
            "forget": lambda: unit.people.forget(ada),
        }
        ways[how]()
        assert unit.devices.of(ada) is None
        assert not unit.devices.end(ada)
        assert "phone" not in unit.conn.execute(select(address.c.address)).scalars().all()
        assert unit.conn.execute(select(suppression).where(suppression.c.channel == "webpush")).all() == []
        unit.people.confirm(ada, "email")
        assert unit.devices.put(ada, "phone")
        assert devices(unit) == {ada: "phone"}


def test_a_browser_that_is_gone_takes_no_other_with_it(database: Database):
    """The answer for the old one may come after the new one was taken."""
    with database.unit() as unit:
        (ada,) = rows.people(unit, "ada")
        unit.devices.put(ada, "old")
        unit.devices.put(ada, "new")
        assert not unit.devices.gone(ada, "old")
        assert unit.devices.of(ada) == "new"


def test_a_fan_out_under_way_finds_whom_it_counted(database: Database, clock: Clock):
    """Stopping, and changing browsers, is seen by notices written later only."""
    with database.unit() as unit:
        ada, ben = rows.people(unit, "ada", "ben")
        unit.devices.put(ada, "phone")
    clock.move(hours=1)
    counted = clock.now
    clock.move(minutes=1)
    with database.unit() as unit:
        unit.devices.put(ada, "laptop")
        unit.devices.put(ben, "late")
        assert found_at(unit, counted) == {(ada, "email"), (ada, "webpush"), (ben, "email")}
        unit.devices.end(ada)
        assert found_at(unit, counted) == {(ada, "email"), (ada, "webpush"), (ben, "email")}
        assert found_at(unit, clock.now) == {(ada, "email"), (ben, "email"), (ben, "webpush")}


def test_nothing_is_fenced_for_a_device_that_has_ended(database: Database):
    """P6: after the commit of the stop, whatever was composed before."""
    with database.unit() as unit:
        rows.notice(unit)
        (ada,) = rows.people(unit, "ada")
        unit.devices.put(ada, "phone")
        (row,) = rows.deliver(unit, [ada], **PUSH)
        assert [c.id for c in unit.ledger.claim(channel="webpush", lane="normal", owner=rows.ME, limit=9)] == [row]
        assert unit.ledger.addresses([ada])[ada, "webpush"].address == "phone"
    with database.unit() as unit:
        unit.devices.end(ada)
        assert (ada, "webpush") not in unit.ledger.addresses([ada])
    assert rows.fence(database, [row]) == set()
    with database.unit() as unit:
        unit.ledger.turn_away([row], rows.ME)
    assert rows.states(database, [row]) == ["suppressed"]


@pytest.mark.parametrize("crashes", [0, 2])
def test_what_was_handed_over_in_a_crash_goes_again(database: Database, crashes: int):
    """The topic replaces the first; a row that crashes its process three times is dead all the same."""
    with database.unit() as unit:
        rows.notice(unit)
        (ada,) = rows.people(unit, "ada")
        unit.devices.put(ada, "phone")
        (row,) = rows.deliver(unit, [ada], crashes=crashes, **PUSH)
        unit.ledger.claim(channel="webpush", lane="normal", owner=rows.ME, limit=9)
    assert rows.fence(database, [row]) == {row}
    with database.unit() as unit:
        unit.ledger.release(rows.ME, same_boot=True)
    assert rows.states(database, [row]) == ["dead" if crashes else "ready"]
