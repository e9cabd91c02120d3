"""Signing up, confirming, changing, leaving: what a resident does and what follows."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engage.app import App
from engage.domain.people import CONFIRMATIONS_A_DAY, SIGNUPS_AN_HOUR, Frequency, Wanted
from engage.store.schema import consent, signup
from engage.work import people
from tests.office import Clock, add_people, apply, audit_holds, mails, settle
from tests.work.notices import address_all, advise, states_of

ADA = "ada@example.org"


@pytest.fixture
def office_app(app: App) -> App:
    """The office is applied: there are words to agree to."""
    apply(app)
    settle(app)
    return app


def sign_up(app: App, address: str = ADA, *, network: str = "192.0.2.1", **wanted: object) -> bool:
    return people.sign_up(app, "email", address, Wanted(**wanted), network=network)


def signups(app: App) -> list[str]:
    with app.reading() as unit:
        return list(unit.conn.execute(select(signup.c.id).order_by(signup.c.created_at)).scalars())


def person(app: App, address: str = ADA):
    with app.reading() as unit:
        return unit.people.by_address("email", address)


def test_somebody_new_is_pending_until_they_press_the_button(office_app: App):
    """Nothing but the confirmation goes to an unproved address; pressing it records what they agreed to."""
    assert sign_up(office_app, topics=("fraud",))
    settle(office_app)
    assert len(mails(office_app, "ada")) == 1
    assert person(office_app).state == "pending"
    (made,) = signups(office_app)
    recipient_id = people.confirm(office_app, made)
    assert person(office_app).state == "confirmed"
    found = people.preferences(office_app, recipient_id)
    assert (found.state, found.wanted.topics) == ("confirmed", ("fraud",))
    with office_app.reading() as unit:
        (row,) = unit.conn.execute(select(consent)).all()
        assert row.wording == people.wording(unit)
    audit_holds(office_app)


def test_pressing_twice_answers_the_same_and_counts_once(office_app: App):
    """Two tabs, a back button: one consent, one event, the same person."""
    sign_up(office_app)
    (made,) = signups(office_app)
    assert people.confirm(office_app, made) == people.confirm(office_app, made)
    assert people.confirm(office_app, "no-such-signup") is None
    with office_app.reading() as unit:
        assert len(unit.conn.execute(select(consent)).all()) == 1


def test_the_page_says_the_same_whoever_signs_up(office_app: App):
    """Known, pending, gone and unknown addresses take one road: nobody can find out who subscribes."""
    cast = add_people(office_app, ("ada", Wanted()), ("cy", Wanted()))
    people.leave(office_app, cast["cy"], how="link")
    sign_up(office_app, "ben@example.org", network="192.0.2.9")  # pending already
    answers = {name: sign_up(office_app, f"{name}@example.org") for name in ("ada", "ben", "cy", "dee")}
    assert set(answers.values()) == {True}
    settle(office_app)
    assert [len(mails(office_app, name)) for name in answers] == [1, 2, 1, 1]
    audit_holds(office_app)


def test_a_known_subscriber_is_told_so_and_keeps_their_choices_until_they_press(office_app: App):
    """Somebody else filled in the form with Ada's address: nothing changes unless she wants it."""
    ids = add_people(office_app, ("ada", Wanted(topics=("burglary",))))
    sign_up(office_app, topics=("fraud",))
    settle(office_app)
    assert people.preferences(office_app, ids["ada"]).wanted.topics == ("burglary",)
    (made,) = signups(office_app)
    people.confirm(office_app, made)
    assert people.preferences(office_app, ids["ada"]).wanted.topics == ("fraud",)


def test_somebody_who_left_comes_back_through_a_confirmation(office_app: App):
    """The confirmation itself reaches them; then they are who they were."""
    ids = add_people(office_app, ("cy", Wanted()))
    people.leave(office_app, ids["cy"], how="link")
    sign_up(office_app, "cy@example.org")
    settle(office_app)
    assert len(mails(office_app, "cy")) == 1
    (made,) = signups(office_app)
    assert people.confirm(office_app, made) == ids["cy"]
    assert person(office_app, "cy@example.org").state == "confirmed"
    audit_holds(office_app)


def test_one_mailbox_gets_three_confirmations_a_day(office_app: App, clock: Clock):
    """Tags and dots lead to the same mailbox: double opt-in alone is what mail bombers use."""
    spellings = ["ada@example.org", "a.da@example.org", "ada+news@example.org", "a.d.a+x@example.org"]
    asked = [sign_up(office_app, text, network=f"192.0.2.{n}") for n, text in enumerate(spellings)]
    assert asked == [True] * CONFIRMATIONS_A_DAY + [False]
    settle(office_app)
    assert len(mails(office_app)) == CONFIRMATIONS_A_DAY
    clock.move(days=1, minutes=1)
    assert sign_up(office_app, spellings[3])


def test_one_network_address_gets_ten_sign_ups_an_hour(office_app: App, clock: Clock):
    """The eleventh is for the next hour, or another network."""
    asked = [sign_up(office_app, f"p{n}@example.org") for n in range(SIGNUPS_AN_HOUR + 1)]
    assert asked == [True] * SIGNUPS_AN_HOUR + [False]
    assert sign_up(office_app, "p10@example.org", network="192.0.2.2")
    clock.move(hours=1)
    assert sign_up(office_app, "p11@example.org")


def test_what_is_refused_leaves_no_trace_of_the_address(office_app: App):
    """No person, no sign-up, no mail."""
    for n in range(SIGNUPS_AN_HOUR):
        sign_up(office_app, f"p{n}@example.org")
    sign_up(office_app, "late@example.org")
    settle(office_app)
    assert person(office_app, "late@example.org") is None
    assert mails(office_app, "late") == []


def test_a_fresh_link_is_mailed_to_subscribers_only(office_app: App):
    """Pending people, people who left and strangers get nothing, and nobody can tell."""
    cast = add_people(office_app, ("ada", Wanted()), ("cy", Wanted()))
    people.leave(office_app, cast["cy"], how="link")
    sign_up(office_app, "ben@example.org")
    settle(office_app)
    for name in ("ada", "ben", "cy", "dee"):
        people.request_link(office_app, "email", f"{name}@example.org", network="192.0.2.1")
    settle(office_app)
    assert {name: len(mails(office_app, name)) for name in ("ada", "ben", "cy", "dee")} == {"ada": 1, "ben": 1, "cy": 0, "dee": 0}  # fmt: skip


def test_a_link_can_be_asked_for_three_times_a_day_and_each_is_a_mail(office_app: App):
    """Each request is a notice of its own: told once is per request."""
    add_people(office_app, ("ada", Wanted()))
    for _ in range(CONFIRMATIONS_A_DAY + 2):
        people.request_link(office_app, "email", ADA, network="192.0.2.1")
    settle(office_app)
    assert len(mails(office_app, "ada")) == CONFIRMATIONS_A_DAY
    audit_holds(office_app)


def test_changing_to_immediate_releases_what_was_kept_for_a_digest(office_app: App):
    """At once, by itself; what has expired meanwhile does not go."""
    ids = add_people(office_app, ("ada", Wanted(frequency=Frequency.DAILY)))
    advise(office_app, "long"), advise(office_app, "short", hours=1)
    settle(office_app)
    assert states_of(office_app, ids["ada"]) == ["reserved", "reserved"]
    office_app.clock.move(hours=2)
    assert people.change(office_app, ids["ada"], Wanted())
    settle(office_app)
    assert states_of(office_app, ids["ada"]) == ["sent", "expired"]
    assert len(mails(office_app, "ada")) == 1
    audit_holds(office_app)


def test_changing_to_weekly_keeps_what_waits_where_it_is(office_app: App):
    """What was reserved for tomorrow still comes tomorrow."""
    ids = add_people(office_app, ("ada", Wanted(frequency=Frequency.DAILY)))
    advise(office_app, "a")
    settle(office_app)
    people.change(office_app, ids["ada"], Wanted(frequency=Frequency.WEEKLY))
    settle(office_app)
    assert states_of(office_app, ids["ada"]) == ["reserved"]


def test_only_a_confirmed_person_can_change_anything(office_app: App):
    """A link kept by somebody who has left is of no use."""
    ids = add_people(office_app, ("cy", Wanted()))
    people.leave(office_app, ids["cy"], how="link")
    assert not people.change(office_app, ids["cy"], Wanted(topics=("fraud",)))
    assert not people.change(office_app, 999, Wanted())
    assert people.preferences(office_app, 999) is None


def test_leaving_stops_what_waits(office_app: App):
    """P6: nothing passes the fence after the commit; twice is harmless, and so is a stranger's id."""
    ids = add_people(office_app, ("cy", Wanted()), ("dee", Wanted(frequency=Frequency.DAILY)))
    advise(office_app, "a")
    address_all(office_app)
    for name in ("cy", "dee"):
        people.leave(office_app, ids[name], how="link")
        people.leave(office_app, ids[name], how="link")
    people.leave(office_app, 999, how="link")
    settle(office_app)
    assert states_of(office_app, ids["cy"]) == states_of(office_app, ids["dee"]) == ["suppressed"]
    assert mails(office_app) == []
    audit_holds(office_app)


def test_forgetting_stops_everything_and_keeps_the_ledger_whole(office_app: App):
    """The audit still adds up: the bare id stays."""
    ids = add_people(office_app, ("cy", Wanted()))
    advise(office_app, "a")
    settle(office_app)
    people.forget(office_app, ids["cy"])
    people.forget(office_app, ids["cy"])
    assert person(office_app, "cy@example.org") is None
    assert states_of(office_app, ids["cy"]) == ["sent"]
    audit_holds(office_app)


def test_an_old_confirmation_link_brings_nobody_back_who_was_forgotten(office_app: App):
    """They asked for it between the sign-up and the click."""
    sign_up(office_app, "cy@example.org")
    (made,) = signups(office_app)
    with office_app.reading() as unit:
        cy = unit.people.by_address("email", "cy@example.org").id
    people.forget(office_app, cy)
    assert people.confirm(office_app, made) is None
    with office_app.reading() as unit:
        assert unit.people.find(cy).state == "left"


def test_a_confirmation_that_waited_too_long_is_not_sent(office_app: App, clock: Clock):
    """Its link holds for 72 hours; after that the button would do nothing."""
    sign_up(office_app)
    address_all(office_app)
    clock.move(hours=72)
    settle(office_app)
    assert mails(office_app, "ada") == []
    assert states_of(office_app, person(office_app).id) == ["expired"]
    audit_holds(office_app)
