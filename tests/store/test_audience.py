"""Whom a notice's items concern: as a table, and against ten lines of Python."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update

from engage.domain.calendars import Area, Office
from engage.domain.notices import Item, Lane
from engage.domain.people import Wanted
from engage.store.audience import Asked
from engage.store.people import People
from engage.store.schema import address
from engage.store.subscriptions import Subscriptions
from engage.store.unit import Database, Unit
from tests.conftest import NOON
from tests.office import Clock
from tests.store.rows import deliver, notice, people, undone

AREAS = (
    Area(id="force", name="Force"),
    Area(id="north", name="North", within="force"),
    Area(id="mill", name="Mill", within="north"),
    Area(id="quay", name="Quay", within="north"),
    Area(id="south", name="South", within="force"),
)
OFFICE = Office(
    name="O", short_name="O", email="o@example.org", timezone="UTC", uid_domain="o.example.org", areas=AREAS
)
HOUR = timedelta(hours=1)
EVERYBODY = Asked(kind="alerts", near=(), topics=(), at=NOON)


def asked(*, areas: tuple[str, ...] = (), **more: object) -> Asked:
    """A question as work asks it: the areas widened to all they concern."""
    near = OFFICE.near(areas) if areas else ()
    return Asked(**{"kind": "alerts", "near": near, "topics": (), "at": NOON, **more})


def page(unit: Unit, question: Asked) -> set[int]:
    return {row.recipient_id for row in unit.audience.page(question, after=0, upto=10**9)}


@pytest.mark.parametrize(
    ("wanted", "question", "concerned"),
    [
        (Wanted(), asked(), True),
        (Wanted(kinds=("alerts",)), asked(), True),
        (Wanted(kinds=("tips", "meetings")), asked(), False),
        (Wanted(kinds=("tips", "alerts")), asked(), True),
        (Wanted(areas=("mill",)), asked(areas=("mill",)), True),
        (Wanted(areas=("north",)), asked(areas=("mill",)), True),  # follows what covers it
        (Wanted(areas=("force",)), asked(areas=("mill",)), True),
        (Wanted(areas=("mill",)), asked(areas=("north",)), True),  # follows what lies within it
        (Wanted(areas=("mill",)), asked(areas=("force",)), True),
        (Wanted(areas=("quay",)), asked(areas=("mill",)), False),  # a neighbour
        (Wanted(areas=("south",)), asked(areas=("north",)), False),
        (Wanted(areas=("south", "mill")), asked(areas=("north",)), True),
        (Wanted(areas=("south",)), asked(areas=("mill", "south")), True),
        (Wanted(areas=("quay",)), asked(), True),  # about no place: everybody
        (Wanted(topics=("fraud",)), asked(topics=("fraud", "burglary")), True),
        (Wanted(topics=("fraud",)), asked(topics=("burglary",)), False),
        (Wanted(topics=("fraud",)), asked(), True),  # about no topic: everybody
        (Wanted(areas=("mill",), topics=("fraud",)), asked(areas=("mill",), topics=("burglary",)), False),
        (Wanted(areas=("mill",), topics=("fraud",)), asked(areas=("south",), topics=("fraud",)), False),
        (Wanted(audience="business"), asked(audience=("business", "watch")), True),
        (Wanted(audience="resident"), asked(audience=("business",)), False),
        (Wanted(area="mill"), asked(exclude=("mill",)), False),  # lives there
        (Wanted(area="mill", areas=("quay",)), asked(areas=("quay",), exclude=("mill",)), False),
        (Wanted(area="quay", areas=("mill",)), asked(areas=("mill",), exclude=("mill",)), True),
        (Wanted(), asked(exclude=("mill",)), True),  # nobody knows where they live
        (Wanted(), asked(channels=("email", "sms")), True),
        (Wanted(), asked(channels=("sms",)), False),
    ],
)
def test_who_is_concerned(shared: Database, wanted: Wanted, question: Asked, concerned: bool):
    """Kind, area and topic must each match; empty means all, on both sides."""
    with undone(shared) as unit:
        (ada,) = unit.people.add([("email", "ada@example.org", wanted)], state="confirmed")
        unit.subscriptions.add([(ada, wanted)])
        expected = {ada} if concerned else set()
        assert page(unit, question) == expected
        assert unit.audience.people([question]) == unit.audience.count([question]) == len(expected)
        assert sum(unit.audience.by_area(question).values()) == len(expected)
        assert unit.audience.by_channel(question) == ({"email": 1} if concerned else {})


def test_pending_people_staff_and_unproved_addresses_are_no_audience(shared: Database):
    """Only a confirmed address of a subscriber; Ada is confirmed, Ben is pending, Sam is staff."""
    with undone(shared) as unit:
        (ada,) = people(unit, "ada")
        (ben,) = people(unit, "ben", state="pending")
        sam = unit.people.staff("sam", "sam@example.org")
        unit.subscriptions.add([(ben, Wanted()), (sam, Wanted())])
        assert page(unit, EVERYBODY) == {ada}


def test_two_subscriptions_of_one_person_are_one_person_with_two_reasons(shared: Database):
    """Overlapping areas do not make two of somebody; why they get it is kept for both."""
    with undone(shared) as unit:
        (ada,) = people(unit, "ada", areas=("north",))
        unit.subscriptions.add([(ada, Wanted(areas=("mill",)))])
        question = asked(areas=("mill",))
        rows = unit.audience.page(question, after=0, upto=ada)
        assert len({row.subscription_id for row in rows}) == len(rows) == 2
        assert unit.audience.count([question]) == unit.audience.people([question]) == 1


def test_several_questions_count_a_person_once(shared: Database):
    """One message with the items that concern them; what the ledger already holds is not counted again."""
    with undone(shared) as unit:
        notice(unit)
        ada, ben, _ = (people(unit, n, areas=(a,))[0] for n, a in (("ada", "north"), ("ben", "mill"), ("cy", "south")))
        questions = [asked(areas=("mill",)), asked(areas=("quay",))]
        assert unit.audience.people(questions) == unit.audience.count(questions) == 2
        deliver(unit, [ada])
        assert unit.audience.count(questions, "alert:a", 1) == 1
        assert unit.audience.count(questions, "alert:a", 2) == 2
        assert unit.audience.count([]) == unit.audience.people([]) == 0
        assert page(unit, questions[1]) == {ada}
        assert page(unit, questions[0]) == {ada, ben}


def test_a_tip_is_offered_once_in_a_season(shared: Database):
    """Who had it this autumn has it again in spring at the earliest."""
    with undone(shared) as unit:
        ada, ben = people(unit, "ada", "ben")
        unit.audience.note_had([(ada, "lock-doors"), (ada, "lock-doors")], "2026-autumn")
        question = asked(kind="tips", unless_had=("lock-doors", "2026-autumn"))
        assert page(unit, question) == {ben}
        assert unit.audience.count([question]) == 1
        assert page(unit, replace(question, unless_had=("lock-doors", "2027-spring"))) == {ada, ben}
        assert page(unit, replace(question, unless_had=("scam-calls", "2026-autumn"))) == {ada, ben}


def test_pages_follow_one_another_without_gap_or_overlap(shared: Database):
    """Bounds are recipient ids; the last page is followed by none."""
    with undone(shared) as unit:
        ids = people(unit, *(f"p{n}" for n in range(10)))
        seen, after = [], 0
        while (upto := unit.audience.next_bound(after, 3)) is not None:
            rows = unit.audience.page(EVERYBODY, after=after, upto=upto)
            assert len(rows) <= 3
            seen += [row.recipient_id for row in rows]
            after = upto
        assert seen == ids


@pytest.mark.parametrize("state", ["handoff", "sent", "ambiguous", "ready", "reserved", "failed", "cancelled", "dead"])
def test_who_was_told_or_may_have_been(shared: Database, state: str):
    """Corrections go to whoever has the words, or may have them: sent, past the fence, or ambiguous."""
    with undone(shared) as unit:
        notice(unit), notice(unit, version=2)
        (ada,) = people(unit, "ada", frequency="weekly", digest_day=3)
        deliver(unit, [ada], state=state)
        was_told = [ada] if state in ("handoff", "sent", "ambiguous") else []
        rows = unit.audience.told_before("alert:a", 2)
        assert [r.recipient_id for r in rows] == was_told
        assert all((r.channel, r.frequency, r.digest_day) == ("email", "weekly", 3) for r in rows)
        assert unit.audience.told_before("alert:a", 1) == []
        item = Item(id="i", lane=Lane.NORMAL, expires_at=NOON, told=("alert:a", "alert:b"))
        assert [r.recipient_id for r in unit.audience.told(item)] == was_told


# --- as of one moment -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["leave", "forget", "move house", "change topics", "join", "bounce"])
def test_what_people_do_later_does_not_change_the_answer(database: Database, clock: Clock, what: str):
    """The headcount is written first and the pages take minutes: both must mean the same people."""
    with database.unit() as unit:
        ada, ben, cy = people(unit, "ada", "ben", "cy", area="mill", topics=("fraud",))
        people(unit, "dee", area="quay")
    questions = [asked(topics=("fraud",)), asked(exclude=("mill",)), asked(exclude=("quay",))]
    with database.reading() as unit:
        before = [page(unit, q) for q in questions]
    clock.move(seconds=1)
    with database.unit() as unit:
        match what:
            case "leave":
                unit.people.leave(ada, "link")
            case "forget":
                unit.people.forget(ben)
            case "move house":
                unit.people.change(cy, Wanted(area="quay", topics=("fraud",)))
            case "change topics":
                unit.people.change(cy, Wanted(area="mill", topics=("burglary",)))
            case "join":
                people(unit, "eve", "flo")
            case "bounce":
                unit.people.suppress(ada, "email", "bounced")
    with database.reading() as unit:
        assert [page(unit, q) for q in questions] == before


@dataclass
class Life:
    """One subscriber: what they want from when, and what happened to them."""

    wanted: Wanted
    joined: int  # hours from noon
    left: int | None = None
    changed: tuple[int, Wanted] | None = None
    had: set[str] = field(default_factory=set)

    def wants_at(self, hour: int) -> Wanted | None:
        """The ten lines the SQL must agree with, first half."""
        if hour < self.joined or (self.left is not None and self.left <= hour):
            return None
        return self.changed[1] if self.changed and self.changed[0] <= hour else self.wanted


def concerns(life: Life, q: Asked, hour: int, areas: tuple[str, ...]) -> bool:
    """Second half: the definition of DESIGN.md section 6, word by word."""
    wanted = life.wants_at(hour)
    if wanted is None:
        return False
    lines = [OFFICE.line_of(a) for a in areas]
    touches = any(
        a in line or b in OFFICE.line_of(a) for a in wanted.areas for b, line in zip(areas, lines, strict=True)
    )
    return (
        (not wanted.kinds or q.kind in wanted.kinds)
        and (not wanted.areas or not areas or touches)
        and (not wanted.topics or not q.topics or bool(set(wanted.topics) & set(q.topics)))
        and (not q.audience or wanted.audience in q.audience)
        and wanted.area not in q.exclude
        and not (q.unless_had and q.unless_had[0] in life.had)
    )


def some(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


ids = [a.id for a in AREAS]
wants = st.builds(
    Wanted,
    audience=st.sampled_from(["resident", "business"]),
    area=st.sampled_from([None, *ids]),
    kinds=some("alerts", "tips"),
    areas=some(*ids),
    topics=some("fraud", "burglary"),
)
hours = st.integers(-3, 3)
lives = st.builds(
    Life,
    wanted=wants,
    joined=hours,
    left=st.none() | hours,
    changed=st.none() | st.tuples(hours, wants),
    had=st.sets(st.sampled_from(["lock-doors", "dark-nights"])),
).filter(lambda life: (life.left is None or life.left > life.joined) and (not life.changed or (life.changed[0] > life.joined and (life.left is None or life.changed[0] < life.left))))  # fmt: skip  # a life has one order
questions = st.tuples(
    st.builds(
        Asked,
        kind=st.sampled_from(["alerts", "tips"]),
        near=st.just(()),
        topics=some("fraud", "burglary"),
        at=st.just(NOON),
        audience=some("resident", "business"),
        exclude=some(*ids),
        unless_had=st.none() | st.just(("lock-doors", "autumn")),
    ),
    some(*ids),
    hours,
)


def live(unit: Unit, life: Life, n: int, key: bytes) -> int:
    """Let one person's life happen, in its order."""

    def at(hour: int) -> People:
        return People(unit.conn, NOON + hour * HOUR, key, lambda: NOON + hour * HOUR)

    (who,) = at(life.joined).add([("email", f"p{n}@example.org", life.wanted)], state="confirmed")
    Subscriptions(unit.conn, lambda: NOON + life.joined * HOUR).add([(who, life.wanted)])
    if life.changed:
        at(life.changed[0]).change(who, life.changed[1])
    if life.left is not None:
        at(life.left).leave(who, "link")
    unit.audience.note_had([(who, tip) for tip in life.had], "autumn")
    return who


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cast=st.lists(lives, min_size=1, max_size=6), question=questions)
def test_the_query_agrees_with_its_definition(shared: Database, cast: list[Life], question: tuple[Asked, tuple[str, ...], int]):  # fmt: skip
    """For any people, whatever they did before and after, and any question at any moment."""
    base, areas, hour = question
    asked_now = replace(base, near=OFFICE.near(areas) if areas else (), at=NOON + hour * HOUR)
    with undone(shared) as unit:
        cast_ids = [live(unit, life, n, b"k") for n, life in enumerate(cast)]
        expected = {i for i, life in zip(cast_ids, cast, strict=True) if concerns(life, asked_now, hour, areas)}
        assert page(unit, asked_now) == expected
        assert unit.audience.people([asked_now]) == unit.audience.count([asked_now]) == len(expected)


def test_a_moment_is_a_moment(shared: Database):
    """Who confirms at the very moment of the notice is concerned; who leaves at it is not."""
    moment: datetime = NOON
    with undone(shared) as unit:
        ada, ben = people(unit, "ada", "ben")
        unit.people.leave(ben, "link")
        assert page(unit, replace(EVERYBODY, at=moment)) == {ada}
        assert page(unit, replace(EVERYBODY, at=moment - timedelta(microseconds=1))) == set()


def both(unit: Unit, name: str, phone: str, *, mailed: datetime = NOON) -> int:
    """A person with an e-mail address and a phone."""
    (person,) = people(unit, name)
    row = {"recipient_id": person, "channel": "sms", "address": phone, "hmac": f"h{person}", "verified_at": NOON}
    unit.conn.execute(insert(address), row)
    unit.conn.execute(
        update(address).where(address.c.recipient_id == person, address.c.channel == "email").values(verified_at=mailed)
    )
    return person


def test_texts_are_spared_for_those_who_have_nothing_else(shared: Database):
    """With both, the e-mail is enough; a phone alone is what there is; a dead or unproved mailbox is none."""
    with undone(shared) as unit:
        ada = both(unit, "ada", "+447700900001")
        ben = both(unit, "ben", "+447700900002")
        cy = both(unit, "cy", "+447700900003", mailed=NOON + HOUR)
        (dee,) = unit.people.add([("sms", "+447700900004", Wanted())], state="confirmed")
        unit.subscriptions.add([(dee, Wanted())])
        unit.people.suppress(ben, "email", "bounced")
        routine, urgent = asked(sparing=("sms",), rather=("email",)), asked()
        found = {(r.recipient_id, r.channel) for r in unit.audience.page(routine, after=0, upto=10**9)}
        assert found == {(ada, "email"), (ben, "email"), (ben, "sms"), (cy, "sms"), (dee, "sms")}
        assert unit.audience.count([routine]) == len(found)
        assert unit.audience.by_channel(routine) == {"email": 2, "sms": 3}
        assert unit.audience.by_channel(urgent) == {"email": 2, "sms": 4}
        assert unit.audience.people([routine]) == unit.audience.people([urgent]) == 4


def test_a_mailbox_that_dies_meanwhile_changes_no_count(shared: Database, clock: Clock):
    """The question is about one moment: what is planned is what is found, however long the fan-out takes."""
    with undone(shared) as unit:
        ada = both(unit, "ada", "+447700900001")
        routine = asked(sparing=("sms",), rather=("email",))
        before = unit.audience.count([routine])
        later = People(unit.conn, NOON + HOUR, unit.house.secret("address"), lambda: NOON + HOUR)
        later.suppress(ada, "email", "bounced")
        assert unit.audience.count([routine]) == before == 1
