"""The addresses of people's own calendars: kept as digests, one a person, gone with whatever ends them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engage.domain.people import Wanted
from engage.domain.personal import Interest
from engage.store.schema import personal_feed
from engage.store.unit import Database, Unit
from tests.store.rows import people, undone

TOKEN = "a-token-that-nobody-can-guess"


def asks(unit: Unit, token: str = TOKEN):
    return unit.personal.interests(token, "meetings")


def test_a_token_leads_to_what_its_owner_follows(shared: Database):
    """Areas and topics of each running subscription to meetings, in one order, and nothing of other kinds."""
    with undone(shared) as unit:
        (ada,) = people(unit, "ada", areas=("b", "a"), topics=("fraud",), kinds=("tips", "meetings"))
        people(unit, "ben", areas=("c",))
        unit.subscriptions.add([(ada, Wanted(kinds=("alerts",), areas=("d",))), (ada, Wanted())])
        assert unit.personal.put(ada, TOKEN)
        assert asks(unit) == (Interest(), Interest(areas=("a", "b"), topics=("fraud",)))
        unit.people.change(ada, Wanted(areas=("z",)))
        assert asks(unit) == (Interest(areas=("z",)),)
        unit.people.change(ada, Wanted(kinds=("alerts",)))
        assert asks(unit) == ()
        assert asks(unit, TOKEN.upper()) is asks(unit, "") is asks(unit, "\udcff\x00") is None


def test_the_token_itself_is_not_kept(shared: Database):
    """Whoever reads a backup has no address that works (S6)."""
    with undone(shared) as unit:
        (ada,) = people(unit, "ada")
        unit.personal.put(ada, TOKEN)
        (row,) = unit.conn.execute(select(personal_feed)).all()
        assert TOKEN not in repr(row)
        assert asks(unit, row.token_hash) is None


def test_a_new_address_takes_the_place_of_the_old(shared: Database):
    """One row a person."""
    with undone(shared) as unit:
        ada, ben = people(unit, "ada", "ben")
        assert unit.personal.since(ada) is None
        for token in (TOKEN, "another"):
            assert unit.personal.put(ada, token)
        unit.personal.put(ben, "bens")
        assert asks(unit) is None
        assert asks(unit, "another") is not None
        assert unit.personal.since(ada) == unit.now
        assert unit.personal.end(ada)
        assert not unit.personal.end(ada)
        assert asks(unit, "another") is None
        assert asks(unit, "bens") is not None


@pytest.mark.parametrize("how", ["leave", "forget", "suppress"])
def test_it_ends_with_whatever_ends_the_messages(shared: Database, how: str):
    """And stays ended when the person comes back."""
    with undone(shared) as unit:
        (ada,) = people(unit, "ada")
        unit.personal.put(ada, TOKEN)
        given = {"leave": ("link",), "forget": (), "suppress": ("email", "bounced")}[how]
        getattr(unit.people, how)(ada, *given)
        assert asks(unit) is None
        unit.people.confirm(ada, "email")
        assert asks(unit) is None
        assert unit.conn.execute(select(personal_feed)).all() == []


def test_only_somebody_confirmed_gets_one(shared: Database):
    """Pending people have proved nothing, and those who left want nothing."""
    with undone(shared) as unit:
        ada, cy = people(unit, "ada", "cy")
        (ben,) = people(unit, "ben", state="pending")
        unit.people.leave(cy, "link")
        assert [unit.personal.put(person, name) for person, name in ((ada, "a"), (ben, "b"), (cy, "c"), (99, "d"))] == [
            True,
            False,
            False,
            False,
        ]


def test_fragments_of_one_rendition_can_be_asked_for(shared: Database):
    """A calendar is joined of one format and variant: the others are not read for it."""
    from engage.store.feeds import Fragment
    from tests.feeds.samples import meeting
    from tests.store.rows import record, saved

    with undone(shared) as unit:
        unit.schedule.save([saved(meeting(id="a")), saved(meeting(id="b"))], plan_id=record(unit))
        rows = [Fragment(i, "ics", variant, i.encode()) for i in "ab" for variant in ("", "plain")]
        unit.feeds.save_fragments(rows)
        assert unit.feeds.fragments(["b"], rendition=("ics", "plain")) == [rows[3]]
        assert unit.feeds.fragments([], rendition=("ics", "plain")) == []
