"""Signing up, confirming, changing, leaving: what a resident does and what follows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from engage.app import App, build
from engage.domain.people import CONFIRMATIONS_A_DAY, SIGNUPS_AN_HOUR, Frequency, Wanted
from engage.errors import NotNow
from engage.store.schema import consent, event, metadata, signup
from engage.work import people
from tests.conftest import settings_for
from tests.office import Clock, add_people, audit_holds, mails, settle
from tests.work.notices import address_all, advise, states_of

ADA = "ada@example.org"


def sign_up(app: App, address: str = ADA, *, network: str = "192.0.2.1", **wanted: object) -> bool:
    return people.sign_up(app, "email", address, Wanted(**wanted), network=network)


def signups(app: App) -> list[str]:
    with app.reading() as unit:
        return list(unit.conn.execute(select(signup.c.id).order_by(signup.c.created_at)).scalars())


def person(app: App, address: str = ADA):
    with app.reading() as unit:
        return unit.people.by_address("email", address)


def test_somebody_new_is_pending_until_they_press_the_button(applied: App):
    """Nothing but the confirmation goes to an unproved address; pressing it records what they agreed to."""
    assert sign_up(applied, topics=("fraud",))
    settle(applied)
    assert len(mails(applied, "ada")) == 1
    assert person(applied).state == "pending"
    (made,) = signups(applied)
    recipient_id = people.confirm(applied, made)
    assert person(applied).state == "confirmed"
    found = people.preferences(applied, recipient_id)
    assert (found.state, found.wanted.topics) == ("confirmed", ("fraud",))
    with applied.reading() as unit:
        (row,) = unit.conn.execute(select(consent)).all()
        assert row.wording == people.wording(applied, unit, Wanted())
    audit_holds(applied)


def test_a_sign_up_that_is_not_written_whole_is_not_written_at_all(sqlite_applied: App):
    """The event at its end fails (F11): neither person nor sign-up stays, and whoever tries again gets one mail."""
    with sqlite_applied.unit() as unit:
        unit.conn.execute(text("CREATE TRIGGER broken BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'no'); END"))
    with pytest.raises(IntegrityError):
        sign_up(sqlite_applied)
    assert person(sqlite_applied) is None
    assert signups(sqlite_applied) == []
    with sqlite_applied.unit() as unit:
        unit.conn.execute(text("DROP TRIGGER broken"))
    assert sign_up(sqlite_applied)
    settle(sqlite_applied)
    assert len(mails(sqlite_applied, "ada")) == 1


def test_pressing_twice_answers_the_same_and_counts_once(applied: App):
    """Two tabs, a back button: one consent, one event, the same person."""
    sign_up(applied)
    (made,) = signups(applied)
    assert people.confirm(applied, made) == people.confirm(applied, made)
    assert people.confirm(applied, "no-such-signup") is None
    with applied.reading() as unit:
        assert len(unit.conn.execute(select(consent)).all()) == 1


def test_the_page_says_the_same_whoever_signs_up(applied: App):
    """Known, pending, gone and unknown addresses take one road: nobody can find out who subscribes."""
    cast = add_people(applied, ("ada", Wanted()), ("cy", Wanted()))
    people.leave(applied, cast["cy"], how="link")
    sign_up(applied, "ben@example.org", network="192.0.2.9")  # pending already
    answers = {name: sign_up(applied, f"{name}@example.org") for name in ("ada", "ben", "cy", "dee")}
    assert set(answers.values()) == {True}
    settle(applied)
    assert [len(mails(applied, name)) for name in answers] == [1, 2, 1, 1]
    audit_holds(applied)


def test_a_known_subscriber_is_told_so_and_keeps_their_choices_until_they_press(applied: App):
    """Somebody else filled in the form with Ada's address: nothing changes unless she wants it."""
    ids = add_people(applied, ("ada", Wanted(topics=("burglary",))))
    sign_up(applied, topics=("fraud",))
    settle(applied)
    assert people.preferences(applied, ids["ada"]).wanted.topics == ("burglary",)
    (made,) = signups(applied)
    people.confirm(applied, made)
    assert people.preferences(applied, ids["ada"]).wanted.topics == ("fraud",)


def test_somebody_who_left_comes_back_through_a_confirmation(applied: App):
    """The confirmation itself reaches them; then they are who they were."""
    ids = add_people(applied, ("cy", Wanted()))
    people.leave(applied, ids["cy"], how="link")
    sign_up(applied, "cy@example.org")
    settle(applied)
    assert len(mails(applied, "cy")) == 1
    (made,) = signups(applied)
    assert people.confirm(applied, made) == ids["cy"]
    assert person(applied, "cy@example.org").state == "confirmed"
    audit_holds(applied)


def test_one_mailbox_gets_three_confirmations_a_day(applied: App, clock: Clock):
    """Tags and dots lead to the same mailbox: double opt-in alone is what mail bombers use."""
    spellings = ["ada@example.org", "a.da@example.org", "ada+news@example.org", "a.d.a+x@example.org"]
    asked = [sign_up(applied, text, network=f"192.0.2.{n}") for n, text in enumerate(spellings)]
    assert asked == [True] * CONFIRMATIONS_A_DAY + [False]
    settle(applied)
    assert len(mails(applied)) == CONFIRMATIONS_A_DAY
    clock.move(days=1, minutes=1)
    assert sign_up(applied, spellings[3])


def test_one_network_address_gets_ten_sign_ups_an_hour(applied: App, clock: Clock):
    """The eleventh is for the next hour, or another network."""
    asked = [sign_up(applied, f"p{n}@example.org") for n in range(SIGNUPS_AN_HOUR + 1)]
    assert asked == [True] * SIGNUPS_AN_HOUR + [False]
    assert sign_up(applied, "p10@example.org", network="192.0.2.2")
    clock.move(hours=1)
    assert sign_up(applied, "p11@example.org")


def test_an_hour_that_brings_too_many_ends_and_the_office_reads_why(applied: App, clock: Clock, monkeypatch):
    """S16: the ceiling of all, with an alarm once an hour; what passes no other limit counts nothing towards it."""
    monkeypatch.setattr(people, "SIGNUPS_OF_ALL", 4)
    for n in range(SIGNUPS_AN_HOUR):
        sign_up(applied, f"victim+{n}@example.org", network=f"192.0.2.{n}")
    assert sign_up(applied, "somebody@example.org", network="198.51.100.1")
    for n in range(3):
        with pytest.raises(NotNow, match="come back later"):
            sign_up(applied, f"p{n}@example.org", network=f"203.0.113.{n}")
    settle(applied)
    told = mails(applied, "ocs")
    assert len(told) == 1
    assert "sign-ups within an hour" in str(told)
    assert len(mails(applied)) == 4 + len(told)
    assert person(applied, "p0@example.org") is None
    clock.move(hours=1)
    assert sign_up(applied, "p0@example.org", network="203.0.113.0")
    audit_holds(applied)


def test_limits_outlive_the_process_and_the_doorbell(applied: App, tmp_path):
    """S18: they are counted in the database. There is no Redis here at all, and another process counts on."""
    for n in range(CONFIRMATIONS_A_DAY):
        assert sign_up(applied, "victim@example.org", network=f"192.0.2.{n}")
    for n in range(SIGNUPS_AN_HOUR):
        sign_up(applied, f"p{n}@example.org")
    other = build(
        settings_for(applied.settings.database, tmp_path, applied.settings.calendars, redis_url="redis://127.0.0.1:1/"),
        clock=applied.clock,
    )
    assert not sign_up(other, "victim@example.org", network="192.0.2.9")
    assert not sign_up(other, "p99@example.org")
    assert sign_up(other, "p99@example.org", network="192.0.2.9")
    other.database.close()


def test_two_tabs_at_once_confirm_once(applied: App):
    """B52: whoever comes second finds it done, whatever the order of their transactions; one consent is kept."""
    sign_up(applied)
    (made,) = signups(applied)
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: people.confirm(applied, made), range(8)))
    assert found == {person(applied).id}
    assert sizes(applied)["consent"] == 1
    with applied.reading() as unit:
        assert unit.conn.execute(select(func.count()).where(event.c.name == "subscriber.confirmed")).scalar_one() == 1


def test_what_is_refused_leaves_no_trace_of_the_address(applied: App):
    """No person, no sign-up, no mail."""
    for n in range(SIGNUPS_AN_HOUR):
        sign_up(applied, f"p{n}@example.org")
    sign_up(applied, "late@example.org")
    settle(applied)
    assert person(applied, "late@example.org") is None
    assert mails(applied, "late") == []


def test_a_fresh_link_is_mailed_to_subscribers_only(applied: App):
    """Pending people, people who left and strangers get nothing, and nobody can tell."""
    cast = add_people(applied, ("ada", Wanted()), ("cy", Wanted()))
    people.leave(applied, cast["cy"], how="link")
    sign_up(applied, "ben@example.org")
    settle(applied)
    for name in ("ada", "ben", "cy", "dee"):
        people.request_link(applied, "email", f"{name}@example.org", network="192.0.2.1")
    settle(applied)
    assert {name: len(mails(applied, name)) for name in ("ada", "ben", "cy", "dee")} == {"ada": 1, "ben": 1, "cy": 0, "dee": 0}  # fmt: skip


def test_the_same_is_written_down_for_whom_we_do_not_know(applied: App):
    """S15, B54: as many rows in the same tables, so that the time of the answer tells nothing; beyond the limit too."""
    left = add_people(applied, ("ada", Wanted()), ("cy", Wanted()))["cy"]
    people.leave(applied, left, how="link")
    for _ in range(CONFIRMATIONS_A_DAY + 1):
        grown = [growth(applied, f"{name}@example.org") for name in ("ada", "cy", "dee")]
        assert grown[0] == grown[1] == grown[2]


def growth(app: App, address: str) -> dict[str, int]:
    """By how many rows each table grows when this address asks for a link, each time from another network."""
    before = sizes(app)
    people.request_link(app, "email", address, network=f"{address} {before['event']}")
    return {table: size - before[table] for table, size in sizes(app).items()}


def sizes(app: App) -> dict[str, int]:
    with app.reading() as unit:
        count = {t.name: select(func.count()).select_from(t) for t in metadata.sorted_tables}
        return {name: unit.conn.execute(question).scalar_one() for name, question in count.items()}


def test_a_link_can_be_asked_for_three_times_a_day_and_each_is_a_mail(applied: App):
    """Each request is a notice of its own: told once is per request."""
    add_people(applied, ("ada", Wanted()))
    for _ in range(CONFIRMATIONS_A_DAY + 2):
        people.request_link(applied, "email", ADA, network="192.0.2.1")
    settle(applied)
    assert len(mails(applied, "ada")) == CONFIRMATIONS_A_DAY
    audit_holds(applied)


def test_changing_to_immediate_releases_what_was_kept_for_a_digest(applied: App):
    """At once, by itself; what has expired meanwhile does not go."""
    ids = add_people(applied, ("ada", Wanted(frequency=Frequency.DAILY)))
    advise(applied, "long"), advise(applied, "short", hours=1)
    settle(applied)
    assert states_of(applied, ids["ada"]) == ["reserved", "reserved"]
    applied.clock.move(hours=2)
    assert people.change(applied, ids["ada"], Wanted())
    settle(applied)
    assert states_of(applied, ids["ada"]) == ["sent", "expired"]
    assert len(mails(applied, "ada")) == 1
    audit_holds(applied)


def test_changing_to_weekly_keeps_what_waits_where_it_is(applied: App):
    """What was reserved for tomorrow still comes tomorrow."""
    ids = add_people(applied, ("ada", Wanted(frequency=Frequency.DAILY)))
    advise(applied, "a")
    settle(applied)
    people.change(applied, ids["ada"], Wanted(frequency=Frequency.WEEKLY))
    settle(applied)
    assert states_of(applied, ids["ada"]) == ["reserved"]


def test_only_a_confirmed_person_can_change_anything(applied: App):
    """A link kept by somebody who has left is of no use."""
    ids = add_people(applied, ("cy", Wanted()))
    people.leave(applied, ids["cy"], how="link")
    assert not people.change(applied, ids["cy"], Wanted(topics=("fraud",)))
    assert not people.change(applied, 999, Wanted())
    assert people.preferences(applied, 999) is None


def test_leaving_stops_what_waits(applied: App):
    """P6: nothing passes the fence after the commit; twice is harmless, and so is a stranger's id."""
    ids = add_people(applied, ("cy", Wanted()), ("dee", Wanted(frequency=Frequency.DAILY)))
    advise(applied, "a")
    address_all(applied)
    for name in ("cy", "dee"):
        people.leave(applied, ids[name], how="link")
        people.leave(applied, ids[name], how="link")
    people.leave(applied, 999, how="link")
    settle(applied)
    assert states_of(applied, ids["cy"]) == states_of(applied, ids["dee"]) == ["suppressed"]
    assert mails(applied) == []
    audit_holds(applied)


def test_forgetting_stops_everything_and_keeps_the_ledger_whole(applied: App):
    """The audit still adds up: the bare id stays."""
    ids = add_people(applied, ("cy", Wanted()))
    advise(applied, "a")
    settle(applied)
    people.forget(applied, ids["cy"])
    people.forget(applied, ids["cy"])
    assert person(applied, "cy@example.org") is None
    assert states_of(applied, ids["cy"]) == ["sent"]
    audit_holds(applied)


def test_an_old_confirmation_link_brings_nobody_back_who_was_forgotten(applied: App):
    """They asked for it between the sign-up and the click."""
    sign_up(applied, "cy@example.org")
    (made,) = signups(applied)
    with applied.reading() as unit:
        cy = unit.people.by_address("email", "cy@example.org").id
    people.forget(applied, cy)
    assert people.confirm(applied, made) is None
    with applied.reading() as unit:
        assert unit.people.find(cy).state == "left"


def test_a_confirmation_that_waited_too_long_is_not_sent(applied: App, clock: Clock):
    """Its link holds for 72 hours; after that the button would do nothing."""
    sign_up(applied)
    address_all(applied)
    clock.move(hours=72)
    settle(applied)
    assert mails(applied, "ada") == []
    assert states_of(applied, person(applied).id) == ["expired"]
    audit_holds(applied)
