"""Following a concern, from the page on which it stands to the message with what came of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from engage.app import App
from engage.domain.people import Frequency, Imported, Wanted
from engage.store.schema import delivery, subscription
from engage.work import days, following, people
from engage.work.imports import import_people
from tests.office import Clock, Office, add_people, apply, audit_holds, mails, meeting, settle
from tests.work.notices import letter

KEY = "held/light"
NOTICE = "outcome:held:light"


def write(office: Office, outcome: str | None = None, *, note: str = "") -> None:
    """The meeting at which it was raised, with what came of it."""
    done = f', outcome = "{outcome}", on = 2026-11-20' if outcome else ""
    more = f'note = "{note}"\n' if note else ""
    concerns = f'concerns = [{{ id = "light", topic = "burglary", raised = "The crossing is dark"{done} }}]\n'
    office.talks(meeting("held", "2026-11-04T18:30:00") + more + concerns, meeting("winter-a", "2026-12-08T18:30:00"))


@pytest.fixture
def ready(app: App, office: Office) -> Iterator[App]:
    """An open concern; Ada gets everything there is, Ben follows the concern and nothing else does he get."""
    (office.folder / "tips.toml").unlink()
    write(office)
    apply(app)
    add_people(app, ("ada", Wanted()))
    settle(app)
    with app.unit() as unit:
        ben = unit.people.add([("email", "ben@example.org", Wanted())], state="confirmed")[0]
    assert following.follow(app, ben, KEY)
    yield app
    audit_holds(app)


def edit(app: App, office: Office, *given: str, **more: str) -> None:
    write(office, *given, **more)
    apply(app)
    settle(app)


def person(app: App, name: str) -> int:
    with app.reading() as unit:
        return int(unit.people.by_address("email", f"{name}@example.org").id)


def told(app: App, name: str) -> list[str]:
    return [subject for _, subject in mails(app, name)]


WHAT_CAME = "What came of it: The crossing is dark"


def test_only_followers_are_told_and_once(ready: App, office: Office):
    """An outcome that appears goes to Ben, not to Ada who wants everything; the same text again goes to nobody."""
    edit(ready, office, "Two lamps stand there.")
    assert (told(ready, "ben"), told(ready, "ada")) == ([WHAT_CAME], [])
    text = letter(ready, "ben")
    assert "Two lamps stand there." in text
    assert "You get this because you follow what comes of this concern." in text
    assert "/meetings/held#c-held-light" in text
    edit(ready, office, "Two lamps stand there.", note="Tea and coffee.")
    assert told(ready, "ben") == [WHAT_CAME]


def test_a_changed_outcome_is_told_as_changed(ready: App, office: Office):
    """One message a version; taking the outcome away says nothing."""
    edit(ready, office, "Two lamps stand there.")
    edit(ready, office)
    edit(ready, office, "Three lamps stand there.")
    assert told(ready, "ben") == [WHAT_CAME, f"Changed: {WHAT_CAME[0].lower()}{WHAT_CAME[1:]}"]


def test_who_follows_later_has_read_what_was_said(ready: App, office: Office):
    """Somebody who begins after the outcome is told of the next one only."""
    edit(ready, office, "Two lamps stand there.")
    assert following.follow(ready, person(ready, "ada"), KEY)
    edit(ready, office, "Two lamps stand there.", note="Tea and coffee.")
    assert told(ready, "ada") == []
    edit(ready, office, "Three lamps stand there.")
    assert len(told(ready, "ada")) == 1


def test_an_outcome_that_stood_there_from_the_beginning_is_no_news(app: App, office: Office):
    """The first apply of an office with years of concerns tells nobody, whatever is edited beside them later."""
    (office.folder / "tips.toml").unlink()
    write(office, "Two lamps stand there.")
    apply(app)
    add_people(app, ("ada", Wanted()))
    assert following.follow(app, person(app, "ada"), KEY)
    edit(app, office, "Two lamps stand there.", note="Tea and coffee.")
    assert told(app, "ada") == []


def test_two_saves_in_a_row_are_told_as_the_last(ready: App, office: Office):
    """Tasks have no order: what counts is how it stands when they run."""
    write(office, "One lamp.")
    apply(ready)
    write(office, "Two lamps.")
    apply(ready)
    settle(ready)
    assert told(ready, "ben") == [WHAT_CAME]
    assert "Two lamps." in letter(ready, "ben")


def test_unfollowing_and_leaving_end_it(ready: App, office: Office):
    """Ada stops following, Ben leaves altogether: nobody is told."""
    ada, ben = person(ready, "ada"), person(ready, "ben")
    following.follow(ready, ada, KEY)
    assert people.preferences(ready, ada).wanted.concerns == (KEY,)
    following.unfollow(ready, ada, KEY)
    people.leave(ready, ben, how="link")
    edit(ready, office, "Two lamps stand there.")
    assert told(ready, "ben") == told(ready, "ada") == []
    assert not following.follow(ready, ben, KEY)
    assert people.preferences(ready, ada).wanted == Wanted()


def test_forgetting_ends_what_a_person_follows(ready: App):
    """No running subscription is left, and what we hold about them names no concern any more."""
    ben = person(ready, "ben")
    assert people.preferences(ready, ben).wanted.concerns == (KEY,)
    people.forget(ready, ben)
    with ready.reading() as unit:
        rows = unit.conn.execute(subscription.select().where(subscription.c.recipient_id == ben)).all()
    assert rows
    assert all(row.ended_at is not None for row in rows)
    assert people.preferences(ready, ben).wanted.concerns == ()


def test_other_choices_and_concerns_leave_one_another_alone(ready: App):
    """New choices keep what is followed; an import widens choices, and does not take a follower for one who wants all."""
    ada = person(ready, "ada")
    following.follow(ready, ada, KEY)
    assert not following.follow(ready, ada, "held/none")
    people.change(ready, ada, Wanted(kinds=("tips",)))
    found = people.preferences(ready, ada).wanted
    assert (found.kinds, found.concerns, found.routine) == (("tips",), (KEY,), True)
    assert not people.preferences(ready, person(ready, "ben")).wanted.routine
    more = Wanted(kinds=("tips",), areas=("harbour",))
    said = {"consent_at": "2026-11-01T10:00", "consent_source": "fair", "consent_wording": "Yes."}
    import_people(ready, [Imported(channel="email", address="ben@example.org", wanted=more, **said)])
    found = people.preferences(ready, person(ready, "ben")).wanted
    assert (found.kinds, found.areas, found.concerns) == (("tips",), ("harbour",), (KEY,))


def test_a_follower_who_wants_digests_reads_it_there(ready: App, office: Office, clock: Clock):
    """It is routine: it waits for the morning's digest, and says there why."""
    ada = person(ready, "ada")
    people.change(ready, ada, Wanted(kinds=("alerts",), frequency=Frequency.DAILY))
    following.follow(ready, ada, KEY)
    days.keep_day(ready)
    edit(ready, office, "Two lamps stand there.")
    assert told(ready, "ada") == []
    for hour in (8, 9):
        clock.move(datetime(2026, 11, 24, hour, tzinfo=UTC))
        days.keep_day(ready)
        settle(ready)
    (subject,) = told(ready, "ada")
    assert subject.startswith("Today from")
    assert "you follow what comes of this concern" in letter(ready, "ada")


def test_double_clicks_make_one_follower(ready: App, office: Office):
    """Following twice is following once."""
    ben = person(ready, "ben")
    assert following.follow(ready, ben, KEY)
    edit(ready, office, "Two lamps stand there.")
    with ready.reading() as unit:
        rows = unit.conn.execute(delivery.select().where(delivery.c.notice_id == NOTICE)).all()
        assert len(unit.conn.execute(subscription.select().where(subscription.c.recipient_id == ben)).all()) == 1
    assert [row.recipient_id for row in rows] == [ben]
    assert re.fullmatch(r"sent|handoff", rows[0].state)
