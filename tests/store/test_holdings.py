"""A copy of everything about a person, and that nothing of it stays when they ask: by the schema, not by a list."""

from __future__ import annotations

from sqlalchemy import insert

from engage.domain.complaints import Complaint
from engage.domain.people import Wanted
from engage.store.holdings import WHEN_FORGOTTEN, held, keyed
from engage.store.schema import address, attempt, inbox, metadata, tip_told
from engage.store.unit import Database, Unit
from tests.store.rows import deliver, notice, undone

SECRETS = ("cy@example.org", "+447700900123", "ZZ1 4AA", "Zebedina", "push.example.org", "an-own-token")
PERSONAL = {"email", "phone", "address", "postcode", "hmac", "recipient_id", "holder_id", "asker_id"}


def test_a_table_with_a_persons_key_is_covered():
    """Whoever adds a table says here what forgetting does to it; a column that sounds personal needs a way to it."""
    assert set(WHEN_FORGOTTEN) == set(keyed())
    sounds = {table.name for table in metadata.sorted_tables if PERSONAL & {column.name for column in table.columns}}
    assert sounds <= set(keyed())


def everything_about(unit: Unit) -> int:
    """A person with a row in every table."""
    wanted = Wanted(area="mill-lane", postcode="ZZ1 4AA", topics=("burglary",))
    (cy,) = unit.people.add([("email", "cy@example.org", wanted)], state="confirmed")
    unit.subscriptions.add([(cy, wanted)])
    rows = (("sms", "+447700900123"), ("webpush", "https://push.example.org/1"))
    for channel, text in rows:
        row = {"recipient_id": cy, "channel": channel, "address": text, "hmac": f"of-{channel}"}
        unit.conn.execute(insert(address), row)
    unit.signups.add("s1", cy, "cy@example.org", wanted, "I agree.")
    evidence = {"recipient_id": cy, "channel": "email", "given_at": unit.now, "source": "form", "wording": "I agree."}
    unit.people.record_consent([evidence])
    unit.personal.put(cy, "an-own-token")
    unit.phones.add_code("c1", "+447700900123", holder_id=cy, asker_id=None)
    digest = unit.phones.digest("x")
    unit.people.stop("sms", "+447700900123")
    unit.conn.execute(address.update().where(address.c.channel == "email").values(hmac=digest))
    made = Complaint(about="details", text="Zebedina writes too much", email="cy@example.org")
    unit.complaints.add("C-1", made, digest=digest)
    notice(unit)
    (sent,) = deliver(unit, [cy])
    unit.conn.execute(insert(attempt), {"delivery_id": sent, "n": 1, "owner": "w", "at": unit.now, "outcome": "sent"})
    unit.conn.execute(insert(inbox), {"digest": "d", "kind": "soft", "delivery_id": sent, "status": "", "received_at": unit.now})  # fmt: skip
    unit.conn.execute(insert(tip_told), {"recipient_id": cy, "tip_id": "t", "season": "2026"})
    unit.people.suppress(cy, "email", "bounced")
    return cy


def test_the_copy_holds_every_row_about_a_person_and_no_others(shared: Database):
    """Every table with a person's key has one here, so every way to them is walked."""
    with undone(shared) as unit:
        cy = everything_about(unit)
        (dee,) = unit.people.add([("email", "dee@example.org", Wanted())], state="confirmed")
        found = held(unit.conn, cy)
        assert set(found) == set(keyed()) - {"personal_feed"}, "which the bounce has ended"
        assert "dee@example.org" not in repr(found)
        assert set(held(unit.conn, dee)) == {"recipient", "address"}


def test_nothing_that_names_them_stays_when_they_are_forgotten(shared: Database):
    """In no table at all: every cell of the database is looked at."""
    with undone(shared) as unit:
        cy = everything_about(unit)
        assert all(secret in everything(unit) for secret in SECRETS if secret != "an-own-token")
        unit.people.forget(cy)
        left = everything(unit)
        assert [secret for secret in SECRETS if secret in left] == []
        assert {"recipient", "delivery", "suppression"} <= set(held(unit.conn, cy))


def everything(unit: Unit) -> str:
    return repr([unit.conn.execute(table.select()).all() for table in metadata.sorted_tables])
