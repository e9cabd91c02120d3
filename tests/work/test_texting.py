"""Phone numbers: proved by a code, moved with their owner, stopped by STOP; nobody learns who is known here."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from engage.app import App
from engage.domain.alerts import Severity
from engage.domain.people import CODE_TRIES, Wanted
from engage.store.schema import consent, metadata
from engage.work import inbox, people, texting
from tests.notify_sink import NotifySink
from tests.office import Clock, add_people, audit_holds, settle
from tests.work.notices import address_all, issue, states_of

PHONE, OTHER = "+447700900001", "+447700900002"
ALERTS = Wanted(kinds=("alerts",))


def code(app: App, sink: NotifySink, to: str = PHONE) -> str:
    """The code in the newest text to a phone."""
    settle(app)
    text = [t.personalisation["text"] for t in sink.taken if t.to == to][-1]
    found = re.match(r"\d{6} is your code", text)
    assert found, text
    return text[:6]


def wrong(right: str) -> str:
    return f"{(int(right) + 1) % 1_000_000:06}"


def add_phone(app: App, sink: NotifySink, person: int, number: str = PHONE) -> None:
    code_id = texting.ask_code(app, person, number, network="n")
    assert texting.confirm(app, code_id, code(app, sink, number)) == person


def stop(app: App, number: str) -> bool:
    with app.unit() as unit:
        return texting.stopped(unit, inbox.spelled(app, "sms", number))


def number_of(app: App, person: int) -> str | None:
    with app.reading() as unit:
        return unit.phones.of(person)


def state_of(app: App, person: int) -> str:
    with app.reading() as unit:
        return unit.people.find(person).state


def test_a_person_signs_up_with_a_phone_alone(town: App, sink: NotifySink):
    """A code, then the choices hold; from then on alerts come by text."""
    code_id = texting.sign_up(town, PHONE, ALERTS, network="n")
    right = code(town, sink)
    assert texting.confirm(town, code_id, f" {right[:3]} {right[3:]} ") is not None
    issue(town, "a")
    settle(town)
    assert sink.taken[-1].personalisation["text"].startswith("Westmark OCS: Lock your back door")
    with town.reading() as unit:
        assert unit.people.counts() == {"confirmed": 1}
        (evidence,) = unit.conn.execute(select(consent)).all()
    assert (evidence.channel, evidence.source) == ("sms", texting.PROVED)
    audit_holds(town)


def test_nothing_but_the_code_comes_before_it_is_typed(town: App, sink: NotifySink):
    """A stranger's phone gets one message, with a way to do nothing."""
    texting.sign_up(town, PHONE, ALERTS, network="n")
    issue(town, "a", severity=Severity.URGENT)
    settle(town)
    assert [t.to for t in sink.taken] == [PHONE]


def test_a_wrong_code_can_be_tried_five_times(town: App, sink: NotifySink):
    """Then the right one is of no use either: 15 guesses a day among a million."""
    person = add_people(town, ("ada", ALERTS))["ada"]
    code_id = texting.ask_code(town, person, PHONE, network="n")
    right = code(town, sink)
    assert [texting.confirm(town, code_id, wrong(right)) for _ in range(CODE_TRIES)] == [None] * CODE_TRIES
    assert texting.confirm(town, code_id, right) is None
    assert number_of(town, person) is None


def test_a_code_works_for_ten_minutes_and_once(town: App, sink: NotifySink, clock: Clock):
    """Neither later nor twice; a code of another id is no code."""
    person = add_people(town, ("ada", ALERTS))["ada"]
    late = texting.ask_code(town, person, PHONE, network="n")
    right = code(town, sink)
    clock.move(minutes=10)
    assert texting.confirm(town, late, right) is None
    fresh = texting.ask_code(town, person, PHONE, network="n")
    assert texting.confirm(town, fresh, right) is None
    assert texting.confirm(town, fresh, code(town, sink)) == person
    assert texting.confirm(town, fresh, code(town, sink)) is None
    assert texting.confirm(town, "made-up", right) is None


def test_no_more_than_three_codes_a_day_go_to_a_phone(town: App, sink: NotifySink, clock: Clock):
    """Texts cost the office money and the phone's owner sleep; whoever asks gets an id all the same."""
    ada, ben = add_people(town, ("ada", ALERTS), ("ben", ALERTS)).values()
    ids = [texting.ask_code(town, who, PHONE, network=f"n{n}") for n, who in enumerate((ada, ben, ada, ben, ada))]
    settle(town)
    assert (len(sink.taken), len(set(ids))) == (3, 5)
    clock.move(hours=24)
    texting.ask_code(town, ada, PHONE, network="n9")
    settle(town)
    assert len(sink.taken) == 4


def test_no_more_than_three_codes_a_day_go_out_for_one_person(town: App, sink: NotifySink):
    """However many numbers they name."""
    person = add_people(town, ("ada", ALERTS))["ada"]
    for n in range(5):
        texting.ask_code(town, person, f"+44770090001{n}", network=f"n{n}")
    settle(town)
    assert len(sink.taken) == 3


def test_no_more_than_ten_codes_an_hour_go_out_for_one_network(town: App, sink: NotifySink):
    """A program that pumps numbers costs ten texts."""
    for n in range(15):
        texting.sign_up(town, f"+4477009000{n:02}", ALERTS, network="n")
    settle(town)
    assert len(sink.taken) == 10


def test_a_number_belongs_to_whoever_proved_it_last(town: App, sink: NotifySink):
    """Ada had it; the phone is Ben's now. She keeps her mailbox and gets no texts; nobody is told twice."""
    ada, ben = add_people(town, ("ada", ALERTS), ("ben", ALERTS)).values()
    add_phone(town, sink, ada)
    add_phone(town, sink, ben)
    assert (number_of(town, ada), number_of(town, ben)) == (None, PHONE)
    issue(town, "a", severity=Severity.URGENT)
    settle(town)
    assert [t.to for t in sink.taken if "Lock" in t.personalisation["text"]] == [PHONE]
    assert states_of(town, ada, "alert:a") == ["sent", "suppressed"]
    assert state_of(town, ada) == "confirmed"
    audit_holds(town)


def test_who_had_nothing_but_the_number_has_left(town: App, sink: NotifySink):
    """A row that nobody can be reached at is no subscriber."""
    first = texting.confirm(town, texting.sign_up(town, PHONE, ALERTS, network="n"), code(town, sink))
    ada = add_people(town, ("ada", ALERTS))["ada"]
    add_phone(town, sink, ada)
    assert first is not None
    assert (state_of(town, first), state_of(town, ada)) == ("left", "confirmed")


def test_a_person_changes_their_number(town: App, sink: NotifySink):
    """One number a person; the old one is free again, and nothing goes there."""
    ada = add_people(town, ("ada", ALERTS))["ada"]
    add_phone(town, sink, ada)
    add_phone(town, sink, ada, OTHER)
    assert number_of(town, ada) == OTHER
    assert texting.number_ending(town, ada) == "002"
    issue(town, "a", severity=Severity.URGENT)
    settle(town)
    assert sink.recipients[-1] == OTHER
    ben = add_people(town, ("ben", ALERTS))["ben"]
    add_phone(town, sink, ben)
    assert number_of(town, ben) == PHONE


@pytest.mark.parametrize("spelled", [PHONE, "447700900001", "07700 900001"])
def test_stop_ends_texts_and_leaves_the_mail(town: App, sink: NotifySink, spelled: str):
    """What waits is suppressed with the commit; e-mail goes on; a new code brings texts back."""
    ada = add_people(town, ("ada", ALERTS))["ada"]
    add_phone(town, sink, ada)
    issue(town, "a", severity=Severity.URGENT)
    address_all(town)
    assert stop(town, spelled)
    assert stop(town, spelled)
    settle(town)
    assert states_of(town, ada, "alert:a") == ["sent", "suppressed"]
    assert (number_of(town, ada), state_of(town, ada)) == (None, "confirmed")
    add_phone(town, sink, ada)
    issue(town, "b", severity=Severity.URGENT)
    settle(town)
    assert states_of(town, ada, "alert:b") == ["sent", "sent"]
    audit_holds(town)


def test_stop_from_somebody_who_has_nothing_else_is_leaving(town: App, sink: NotifySink):
    """Nothing else could reach them."""
    person = texting.confirm(town, texting.sign_up(town, PHONE, ALERTS, network="n"), code(town, sink))
    assert person is not None
    assert stop(town, PHONE)
    assert state_of(town, person) == "left"


def test_a_text_that_says_stop_does_as_much(town: App, sink: NotifySink):
    """By the way it comes in, from somebody who has nothing else; once, however often Notify tells."""
    person = texting.confirm(town, texting.sign_up(town, PHONE, ALERTS, network="n"), code(town, sink))
    assert person is not None
    issue(town, "a", severity=Severity.URGENT)
    address_all(town)
    for _ in range(2):
        inbox.take_text(town, text_id="t1", number="447700900001", text="STOP")
    assert state_of(town, person) == "left"
    assert states_of(town, person, "alert:a") == ["suppressed"]
    audit_holds(town)


def test_stop_from_an_unknown_number_is_remembered(town: App, sink: NotifySink):
    """Whoever brings it in later without proof, nothing is sent there (S46)."""
    assert not stop(town, PHONE)
    assert not stop(town, "not a number")
    with town.unit() as unit:
        (person,) = unit.people.add([("sms", PHONE, ALERTS)], state="confirmed")
        unit.subscriptions.add([(person, ALERTS)])
    issue(town, "a", severity=Severity.URGENT)
    settle(town)
    assert sink.taken == []
    assert states_of(town, person) == ["suppressed"]


def test_a_person_gives_up_their_number(town: App, sink: NotifySink):
    """The page does what STOP does, and forgets the number too."""
    ada = add_people(town, ("ada", ALERTS))["ada"]
    add_phone(town, sink, ada)
    texting.drop(town, ada)
    assert number_of(town, ada) is None
    assert PHONE not in everything(town)
    assert state_of(town, ada) == "confirmed"


def test_the_link_to_ones_choices_comes_by_text_to_a_phone(town: App, sink: NotifySink):
    """Who has no mailbox must be able to change their choices too."""
    texting.confirm(town, texting.sign_up(town, PHONE, ALERTS, network="n"), code(town, sink))
    people.request_link(town, "sms", PHONE, network="n")
    settle(town)
    assert "/preferences/" in sink.taken[-1].personalisation["text"]


def test_neither_code_nor_number_is_kept_where_it_does_not_belong(town: App, sink: NotifySink):
    """The code is in no table; the number is in one."""
    ada = add_people(town, ("ada", ALERTS))["ada"]
    texting.ask_code(town, ada, PHONE, network="n")
    right = code(town, sink)
    assert right not in everything(town)
    assert PHONE not in everything(town, without="address")


def everything(app: App, *, without: str = "") -> str:
    """Every row of every table, as text."""
    with app.reading() as unit:
        tables = [table for table in metadata.sorted_tables if table.name != without]
        return "\n".join(str(tuple(row)) for table in tables for row in unit.conn.execute(select(table)))
