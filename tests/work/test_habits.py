"""Daily, weekly, immediate and back: whatever people choose and whenever, each thing reaches them once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engage.app import App
from engage.channels.mailbox import list_mail
from engage.domain.people import Frequency, Wanted
from engage.work import days, people
from tests.office import Office, add_people, apply, audit_holds, mails, settle
from tests.work.notices import advise, states_of

TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
FRIDAY = datetime(2026, 11, 27, 18, 0, tzinfo=UTC)
numbers = count()


@pytest.fixture
def ready(app: App, office: Office) -> App:
    return prepared(app, office)


@pytest.fixture
def sqlite_ready(sqlite_app: App, office: Office) -> App:
    return prepared(sqlite_app, office)


def prepared(app: App, office: Office) -> App:
    """No meetings and no tips, and a budget that is not in the way."""
    office.talks()
    (office.folder / "tips.toml").unlink()
    text = (office.folder / "office.toml").read_text()
    office.write("office.toml", text + "\n[guards]\nbudget = { messages = 900, days = 7 }\n")
    apply(app)
    days.keep_day(app)
    settle(app)
    return app


def let(app: App, moment: datetime) -> None:
    for now in (max(app.now, moment - timedelta(hours=1)), moment):
        app.clock.move(now)
        days.keep_day(app)
        settle(app)


def person(app: App, frequency: Frequency, **more: object) -> int:
    return add_people(app, ("ada", Wanted(frequency=frequency, **more)))["ada"]


def moment_of(app: App) -> datetime:
    with app.reading() as unit:
        (row,) = [row for row in unit.audits.rows() if row.state == "reserved"]
        return row.next_at


@pytest.mark.parametrize(
    ("before", "after", "hours", "moment"),
    [
        (Wanted(frequency="weekly", digest_day=4, digest_hour=18), Wanted(frequency="daily"), 300, TUESDAY),
        (Wanted(frequency="daily"), Wanted(frequency="weekly", digest_day=4, digest_hour=18), 300, FRIDAY),
        (Wanted(frequency="daily"), Wanted(frequency="weekly", digest_day=4, digest_hour=18), 48, TUESDAY),  # by Friday it is of no use
        (Wanted(frequency="daily"), Wanted(frequency="daily", digest_hour=18), 300, TUESDAY.replace(day=23, hour=18)),
        (Wanted(frequency="daily"), Wanted(frequency="daily", topics=("fraud",)), 300, TUESDAY),
    ],
)  # fmt: skip
def test_what_is_kept_moves_to_the_digest_they_want_now(ready: App, before: Wanted, after: Wanted, hours: int, moment: datetime):  # fmt: skip
    """It neither waits for a digest that they no longer have, nor is lost on the way."""
    ids = add_people(ready, ("ada", before))
    advise(ready, "a", hours=hours)
    settle(ready)
    people.change(ready, ids["ada"], after)
    assert moment_of(ready) == moment
    let(ready, moment)
    assert len(mails(ready, "ada")) == 1
    audit_holds(ready)


def test_turning_to_immediate_at_night_waits_for_the_morning(ready: App):
    """They are awake, their neighbours' rule holds all the same."""
    who = person(ready, Frequency.WEEKLY)
    advise(ready, "a", hours=300)
    settle(ready)
    let(ready, TUESDAY.replace(day=23, hour=22))
    people.change(ready, who, Wanted())
    settle(ready)
    assert mails(ready) == []
    let(ready, TUESDAY.replace(hour=8))
    assert len(mails(ready, "ada")) == 1


def test_turning_to_immediate_keeps_to_the_budget(ready: App, office: Office):
    """Four wait and two fit: two at once, two in the weekly digest."""
    text = (office.folder / "office.toml").read_text()
    office.write("office.toml", text.replace("messages = 900", "messages = 2"))
    apply(ready)
    who = person(ready, Frequency.DAILY)
    for name in "abcd":
        advise(ready, name, hours=300)
    settle(ready)
    people.change(ready, who, Wanted())
    settle(ready)
    assert states_of(ready, who) == ["sent", "sent", "reserved", "reserved"]
    let(ready, datetime(2026, 11, 30, 9, 0, tzinfo=UTC))
    assert states_of(ready, who) == ["sent"] * 4
    assert len(mails(ready, "ada")) == 3
    audit_holds(ready)


def test_other_choices_of_an_immediate_person_release_nothing(ready: App, office: Office):
    """What rolled over because of the budget stays in the digest when they change a topic."""
    text = (office.folder / "office.toml").read_text()
    office.write("office.toml", text.replace("messages = 900", "messages = 1"))
    apply(ready)
    who = person(ready, Frequency.IMMEDIATE)
    for name in "ab":
        advise(ready, name, hours=300)
        settle(ready)
    people.change(ready, who, Wanted(topics=("fraud",)))
    settle(ready)
    assert states_of(ready, who) == ["sent", "reserved"]


wanted = st.builds(
    Wanted,
    frequency=st.sampled_from(list(Frequency)),
    digest_day=st.integers(0, 6),
    digest_hour=st.integers(6, 21),
)
steps = st.one_of(st.integers(1, 40), wanted, st.just("advise"))


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=wanted, walk=st.lists(steps, min_size=3, max_size=9))
def test_whatever_people_choose_each_thing_reaches_them_once(sqlite_ready: App, first: Wanted, walk: list[object]):
    """Neither gap nor repeat, over random changes, pauses and hours."""
    n = next(numbers)
    who = add_people(sqlite_ready, (f"p{n}", first))[f"p{n}"]
    told: list[str] = []
    for step in [*walk, "advise"]:
        if isinstance(step, int):
            let(sqlite_ready, sqlite_ready.now + timedelta(hours=step))
        elif isinstance(step, Wanted):
            people.change(sqlite_ready, who, step)
            settle(sqlite_ready)
        else:
            told.append(f"n{n}x{len(told)}y")
            advise(sqlite_ready, told[-1], hours=2000)
            settle(sqlite_ready)
    for _ in range(9):
        let(sqlite_ready, sqlite_ready.now + timedelta(hours=20))
    letters = [
        m.text for m in list_mail(sqlite_ready.settings.data / "trial-mail", 10_000) if m.to == f"p{n}@example.org"
    ]
    assert [sum(f"Alert {name}" in text for text in letters) for name in told] == [1] * len(told)
    people.leave(sqlite_ready, who, how="link")
