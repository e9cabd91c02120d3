"""Recipients: coming, going, what they want, and what stays of somebody who is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from engage.domain.people import Audience, Frequency, Wanted
from engage.store.people import digest_of
from engage.store.schema import address, consent, recipient, signup, subscription, suppression
from engage.store.unit import Database, Unit
from tests.office import Clock
from tests.store.rows import how_many, people, undone

DAY = timedelta(days=1)


def reasons(unit: Unit) -> list[str]:
    return list(unit.conn.execute(select(suppression.c.reason)).scalars())


def test_people_are_added_in_order_with_a_digest_of_their_address(shared: Database):
    """Pending people have an address that is not proved yet."""
    with undone(shared) as unit:
        given = [("email", f"{name}@example.org", Wanted(area=name)) for name in ("zoe", "ada", "mia")]
        ids = unit.people.add(given, state="pending")
        assert [unit.people.find(i).area for i in ids] == ["zoe", "ada", "mia"]
        found = unit.people.by_address("email", "ada@example.org")
        assert (found.id, found.state, found.verified_at) == (ids[1], "pending", None)
        assert unit.people.address_of(ids[0], "email") == "zoe@example.org"
        assert unit.people.known_addresses("email") == {a: i for (_, a, _), i in zip(given, ids, strict=True)}
        stored = unit.conn.execute(select(address.c.hmac).where(address.c.recipient_id == ids[0])).scalar_one()
        assert stored == digest_of(unit.house.secret("address"), "email", "zoe@example.org")
        assert unit.people.counts() == {"pending": 3}


def test_an_address_belongs_to_one_person(shared: Database):
    """The database refuses a second one, whoever writes it."""
    with undone(shared) as unit:
        people(unit, "ada")
        with pytest.raises(IntegrityError):
            people(unit, "ada")


def test_confirming_proves_the_address_once(database: Database, clock: Clock):
    """A second press of the button keeps the first moment."""
    with database.unit() as unit:
        (ben,) = people(unit, "ben", state="pending")
        unit.people.confirm(ben, "email")
        first = unit.now
    clock.move(days=1)
    with database.unit() as unit:
        unit.people.confirm(ben, "email")
        row = unit.people.by_address("email", "ben@example.org")
        assert (row.state, row.confirmed_at, row.verified_at) == ("confirmed", first, first)


def test_leaving_ends_subscriptions_and_bars_the_address(shared: Database):
    """Twice is harmless; coming back through a confirmation lifts it."""
    with undone(shared) as unit:
        (cy,) = people(unit, "cy")
        assert unit.people.leave(cy, "link")
        assert not unit.people.leave(cy, "link")
        row = unit.people.find(cy)
        assert (row.state, row.left_how, row.left_at) == ("left", "link", unit.now)
        assert unit.people.counts() == {"left": 1}
        assert len(unit.people.suppressed("email")) == 1
        unit.people.confirm(cy, "email")
        row = unit.people.find(cy)
        assert (row.state, row.left_how, row.left_at) == ("confirmed", None, None)
        assert unit.people.suppressed("email") == set()


def test_somebody_with_an_address_and_a_number_leaves_with_both(shared: Database):
    """One press of the button; each is barred for its own channel, and a weaker reason replaces nothing."""
    with undone(shared) as unit:
        (ada,) = people(unit, "ada")
        row = {"recipient_id": ada, "channel": "sms", "address": "+447700900001", "hmac": "of-the-number"}
        unit.conn.execute(insert(address), row)
        unit.people.suppress(ada, "email", "complaint")
        assert unit.people.leave(ada, "link")
        assert unit.people.suppressed("sms") == {"of-the-number"}
        assert sorted(reasons(unit)) == ["complaint", "left"]


@pytest.mark.parametrize(
    ("first", "second", "stays"),
    [
        ("link", "bounced", "bounced"),
        ("link", "complaint", "complaint"),
        ("bounced", "link", "bounced"),
        ("bounced", "complaint", "complaint"),
        ("complaint", "bounced", "complaint"),
        ("complaint", "link", "complaint"),
    ],
)
def test_the_stronger_reason_for_silence_stays(shared: Database, first: str, second: str, stays: str):
    """Service mail may go to who has left, never to a dead address or to somebody who complained."""
    with undone(shared) as unit:
        (cy,) = people(unit, "cy")
        for how in (first, second):
            unit.people.suppress(cy, "email", how) if how == "bounced" else unit.people.leave(cy, how)
        assert reasons(unit) == [stays]


def test_a_complaint_outlasts_a_confirmation(shared: Database):
    """Whoever pressed `this is spam` is not written to again, whatever form is filled in with their address."""
    with undone(shared) as unit:
        (cy,) = people(unit, "cy")
        unit.people.leave(cy, "complaint")
        unit.people.confirm(cy, "email")
        assert reasons(unit) == ["complaint"]


def test_an_unknown_address_cannot_be_suppressed(shared: Database):
    """There is nothing to bar."""
    with undone(shared) as unit:
        (cy,) = people(unit, "cy")
        unit.people.suppress(cy, "sms", "bounced")
        assert reasons(unit) == []


def test_forgetting_keeps_the_bare_id_and_the_barred_digest(shared: Database):
    """Nothing that names the person stays: address, postcode, home, and the sign-up forms they filled in."""
    with undone(shared) as unit:
        wanted = Wanted(area="mill-lane", postcode="ZZ1 4AA")
        (cy,) = unit.people.add([("email", "cy@example.org", wanted)], state="confirmed")
        unit.subscriptions.add([(cy, wanted)])
        unit.signups.add("s1", cy, "cy@example.org", wanted, "I agree.")
        unit.people.record_consent([{"recipient_id": cy, "channel": "email", "given_at": unit.now, "source": "form", "wording": "I agree."}])  # fmt: skip
        unit.people.forget(cy)
        row = unit.people.find(cy)
        assert (row.id, row.state, row.area, row.postcode) == (cy, "left", None, None)
        assert unit.people.by_address("email", "cy@example.org") is None
        assert "cy@" not in unit.people.address_of(cy, "email")
        assert unit.signups.find("s1") is None
        assert len(unit.people.suppressed("email")) == 1
        unit.people.forget(cy)
        assert how_many(unit, consent) == 1, "the evidence stays: it names an id only"


def test_two_people_can_be_forgotten(shared: Database):
    """What stands where the address was differs, as the address must."""
    with undone(shared) as unit:
        for who in people(unit, "cy", "dee"):
            unit.people.forget(who)
        assert unit.people.counts() == {"left": 2}


def test_somebody_forgotten_may_sign_up_as_a_new_person(shared: Database):
    """And is written to once they have confirmed."""
    with undone(shared) as unit:
        (cy,) = people(unit, "cy")
        unit.people.forget(cy)
        (again,) = people(unit, "cy", state="pending")
        assert again != cy
        unit.people.confirm(again, "email")
        assert unit.people.suppressed("email") == set()


words = st.lists(st.sampled_from(["a", "b", "c"]), unique=True, max_size=3).map(lambda found: tuple(sorted(found)))
wanteds = st.builds(
    Wanted,
    audience=st.sampled_from(list(Audience)),
    area=st.none() | st.sampled_from(["mill", "quay"]),
    postcode=st.none() | st.just("ZZ1 4AA"),
    kinds=words,
    areas=words,
    topics=words,
    frequency=st.sampled_from(list(Frequency)),
    digest_day=st.integers(0, 6),
    digest_hour=st.integers(0, 23),
    language=st.sampled_from(["en", "pl"]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=wanteds, then=wanteds)
def test_what_somebody_wants_comes_back_as_they_said_it(shared: Database, first: Wanted, then: Wanted):
    """On sign-up and after every change; earlier subscriptions are ended, never rewritten."""
    with undone(shared) as unit:
        (ada,) = unit.people.add([("email", "ada@example.org", first)], state="confirmed")
        unit.subscriptions.add([(ada, first)])
        assert unit.subscriptions.wanted(unit.people.find(ada)) == first
        unit.people.change(ada, then)
        assert unit.subscriptions.wanted(unit.people.find(ada)) == then
        ended = unit.conn.execute(select(subscription.c.ended_at).order_by(subscription.c.id)).scalars().all()
        assert ended == [unit.now, None]


def test_two_running_subscriptions_are_shown_as_one(shared: Database):
    """Wider wins: `all` beside a list is all."""
    with undone(shared) as unit:
        (ada,) = people(unit, "ada", areas=("mill",), topics=("fraud",))
        unit.subscriptions.add([(ada, Wanted(areas=("quay",)))])
        shown = unit.subscriptions.wanted(unit.people.find(ada))
        assert (shown.areas, shown.topics) == (("mill", "quay"), ())


def test_staff_have_a_recipient_row_made_on_first_use(shared: Database):
    """Kept in step with office.toml: a new address replaces the old one."""
    with undone(shared) as unit:
        sam = unit.people.staff("sam", "sam@example.org")
        assert unit.people.staff("sam", "sam@example.org") == sam
        assert unit.people.staff("sam", "samantha@example.org") == sam
        assert unit.people.address_of(sam, "email") == "samantha@example.org"
        row = unit.people.find(sam)
        assert (row.role, row.state, row.staff_id) == ("staff", "confirmed", "sam")
        assert unit.people.counts() == {}, "staff are not subscribers"


def test_staff_who_subscribe_with_their_own_mailbox_are_one_address(shared: Database):
    """One row an address: what goes to them as staff goes to that row."""
    with undone(shared) as unit:
        (ada,) = people(unit, "ada")
        assert unit.people.staff("ada", "ada@example.org") == ada
        assert unit.people.address_of(ada, "email") == "ada@example.org"


def test_counts_are_of_confirmed_subscribers(shared: Database):
    """By home area, audience, frequency or language."""
    with undone(shared) as unit:
        people(unit, "ada", "ben", area="mill", frequency="daily")
        people(unit, "cy", area="quay")
        people(unit, "dee", area="mill", state="pending")
        assert unit.people.counts_by("area") == {"mill": 2, "quay": 1}
        assert unit.people.counts_by("frequency") == {"daily": 2, "immediate": 1}


def test_sign_ups_are_counted_by_mailbox(database: Database, clock: Clock):
    """Tags and dots lead to one mailbox; a day later the count begins anew."""
    spellings = ["Ada.Byron@example.org", "ada.byron+x@example.org", "adabyron@example.org", "other@example.org"]
    with database.unit() as unit:
        (ada,) = people(unit, "ada", state="pending")
        for n, text in enumerate(spellings):
            unit.signups.add(f"s{n}", ada, text, Wanted(), "I agree.")
        assert unit.signups.recent("adabyron+z@example.org", within=DAY) == 3
    clock.move(days=1)
    with database.reading() as unit:
        assert unit.signups.recent("adabyron@example.org", within=DAY) == 0


def test_a_sign_up_is_used_up_once(shared: Database):
    """Two tabs, one confirmation."""
    with undone(shared) as unit:
        (ben,) = people(unit, "ben", state="pending")
        unit.signups.add("s1", ben, "ben@example.org", Wanted(topics=("fraud",)), "I agree.")
        assert unit.signups.find("s1").wanted["topics"] == ["fraud"]
        assert unit.signups.confirm("s1")
        assert not unit.signups.confirm("s1")
        assert not unit.signups.confirm("never")
        assert how_many(unit, signup) == 1


def test_evidence_keeps_the_words_and_their_digest(shared: Database):
    """Which wording somebody agreed to can be shown years later."""
    with undone(shared) as unit:
        (ada,) = people(unit, "ada")
        row = {"recipient_id": ada, "channel": "email", "given_at": unit.now, "source": "fair", "wording": "Yes."}
        unit.people.record_consent([row, row])
        unit.people.record_consent([])
        kept = unit.conn.execute(select(consent)).all()
        assert len({k.wording_hash for k in kept}) == 1
        assert [k.wording for k in kept] == ["Yes.", "Yes."]


def test_recipients_ids_are_never_used_again(shared: Database):
    """An id in the ledger means one person for ever; rows are never deleted."""
    with undone(shared) as unit:
        (ada,) = people(unit, "ada")
        unit.people.forget(ada)
        (ben,) = people(unit, "ben")
        assert ben > ada
        assert how_many(unit, recipient) == 2


def test_our_own_mailbox_is_one_row_that_is_nobodys_subscriber(database: Database):
    """Made once, moved when its address does, counted and reached by nothing."""
    with database.unit() as unit:
        ours = unit.people.canary("email", "bounce+canary@example.org")
        assert unit.people.canary("email", "bounce+canary@new.example.org") == ours
        assert unit.people.address_of(ours, "email") == "bounce+canary@new.example.org"
        assert (unit.people.find(ours).role, unit.people.counts()) == ("canary", {})


def test_the_planner_learns_of_many_new_people_at_once(database: Database):
    """PostgreSQL would else take a quadratic plan for up to a minute; SQLite plans without counting."""
    with database.unit() as unit:
        people(unit, "ada", "ben", "cleo")
        unit.people.have_come()
        if unit.conn.dialect.name == "postgresql":
            known = "SELECT reltuples FROM pg_class WHERE relname IN ('recipient', 'address', 'subscription')"
            assert list(unit.conn.exec_driver_sql(known).scalars()) == [3, 3, 3]
    with database.reading() as unit:
        assert unit.people.counts() == {"confirmed": 3}
