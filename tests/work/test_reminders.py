"""When people are reminded, and that a meeting which moves takes its reminders along."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from engage.app import App
from engage.domain.people import Wanted
from engage.store.schema import due
from engage.work import relay
from tests.office import OFFICE_TOML, Clock, Office, add_people, apply, audit_holds, mails, meeting, settle
from tests.work.notices import Toml, letter, notices

A_DAY_BEFORE = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)


def dues(app: App, entry_id: str = "winter-a") -> dict[str, str]:
    """Moment -> state of every reminder ever planned for an entry."""
    wanted = select(due.c.at, due.c.state).where(due.c.key.startswith(f"reminder:{entry_id}:")).order_by(due.c.at)
    with app.reading() as unit:
        return {f"{row.at:%d %H:%M}": row.state for row in unit.conn.execute(wanted)}


def starts(office: Office, at: str, **keys: object) -> None:
    office.talks(meeting("winter-a", at, **keys))


@pytest.fixture
def ada(sqlite_app: App, office: Office) -> int:
    """One meeting, and Ada who follows its area."""
    starts(office, "2026-11-24T18:30:00")
    apply(sqlite_app)
    return add_people(sqlite_app, ("ada", Wanted(kinds=("meetings",), areas=("eastfield",))))["ada"]


def test_a_reminder_comes_at_its_moment_and_once(sqlite_app: App, ada: int, clock: Clock):
    """The day before at the same hour, with what one must know before one comes."""
    settle(sqlite_app)
    assert mails(sqlite_app) == []
    clock.move(A_DAY_BEFORE)
    for _ in range(2):
        settle(sqlite_app)
    assert len(mails(sqlite_app, "ada")) == 1
    text = letter(sqlite_app, "ada")
    assert "Village Hall, 1 Green Street" in text
    assert "tep-free" in text
    audit_holds(sqlite_app)


def test_a_meeting_that_moves_is_reminded_of_anew(sqlite_app: App, office: Office, ada: int, clock: Clock):
    """The old moment is dropped with a reason, the new one waits."""
    starts(office, "2026-11-26T19:00:00")
    apply(sqlite_app)
    assert dues(sqlite_app) == {"23 18:30": "cancelled", "25 19:00": "waiting"}
    clock.move(A_DAY_BEFORE)
    settle(sqlite_app)
    assert notices(sqlite_app, "reminder") == []
    clock.move(datetime(2026, 11, 25, 19, 0, tzinfo=UTC))
    settle(sqlite_app)
    assert len(notices(sqlite_app, "reminder")) == 1


def test_an_hour_that_is_put_right_has_its_reminder(sqlite_app: App, office: Office, ada: int, clock: Clock):
    """Staff type a wrong hour, save, and correct it: the reminder for the first hour comes after all."""
    starts(office, "2026-11-24T08:30:00")
    apply(sqlite_app)
    starts(office, "2026-11-24T18:30:00")
    apply(sqlite_app)
    assert dues(sqlite_app)["23 18:30"] == "waiting"
    clock.move(A_DAY_BEFORE)
    settle(sqlite_app)
    assert len(notices(sqlite_app, "reminder")) == 1


def test_a_meeting_that_is_off_and_on_again_has_its_reminder(sqlite_app: App, office: Office, ada: int, clock: Clock):
    """Cancelled by mistake, reinstated before the day."""
    starts(office, "2026-11-24T18:30:00", status="cancelled")
    apply(sqlite_app)
    assert dues(sqlite_app) == {"23 18:30": "cancelled"}
    starts(office, "2026-11-24T18:30:00")
    apply(sqlite_app)
    clock.move(A_DAY_BEFORE)
    settle(sqlite_app)
    assert len(notices(sqlite_app, "reminder")) == 1


def test_other_reminders_replace_those_that_were_planned(sqlite_app: App, office: Office, ada: int, clock: Clock):
    """What has come already does not come again."""
    starts(office, "2026-11-24T18:30:00", reminders=Toml('[{ before = "1 day" }, { before = "2 hours" }]'))
    apply(sqlite_app)
    clock.move(A_DAY_BEFORE)
    settle(sqlite_app)
    starts(office, "2026-11-24T18:30:00", reminders=Toml('[{ before = "1 day" }, { before = "3 hours" }]'))
    apply(sqlite_app)
    assert dues(sqlite_app) == {"23 18:30": "done", "24 15:30": "waiting", "24 16:30": "cancelled"}
    clock.move(datetime(2026, 11, 24, 15, 30, tzinfo=UTC))
    settle(sqlite_app)
    assert len(mails(sqlite_app, "ada")) == 2
    audit_holds(sqlite_app)


def test_a_moment_that_has_passed_is_not_planned(sqlite_app: App, office: Office, ada: int, clock: Clock):
    """A meeting announced for tonight: `1 day before` was yesterday."""
    starts(office, "2026-11-23T18:30:00")
    apply(sqlite_app)
    assert dues(sqlite_app) == {"23 18:30": "cancelled"}
    settle(sqlite_app)
    assert notices(sqlite_app, "reminder") == []


def test_a_reminder_that_is_late_still_comes_before_the_start_and_never_after(sqlite_app: App, ada: int, clock: Clock):
    """The relay was away: late is better than never, after the start it is of no use."""
    clock.move(datetime(2026, 11, 24, 18, 29, tzinfo=UTC))
    settle(sqlite_app)
    assert len(mails(sqlite_app, "ada")) == 1
    with sqlite_app.reading() as unit:
        assert unit.conn.execute(
            select(due.c.late).where(due.c.state == "done", due.c.event == "reminder.due")
        ).scalar()


def test_a_reminder_whose_meeting_has_begun_is_expired_with_its_reason(sqlite_app: App, ada: int, clock: Clock):
    """Nobody is told to come to what is over."""
    clock.move(datetime(2026, 11, 24, 18, 30, tzinfo=UTC))
    settle(sqlite_app)
    assert dues(sqlite_app) == {"23 18:30": "expired"}
    assert mails(sqlite_app) == []


def test_a_moment_that_was_turned_before_the_meeting_moved_says_nothing(
    sqlite_app: App, office: Office, ada: int, clock: Clock
):
    """The event was there, its task not done yet: the new start has a moment of its own."""
    clock.move(A_DAY_BEFORE)
    relay.turn_dues(sqlite_app)
    starts(office, "2026-11-26T19:00:00")
    apply(sqlite_app)
    settle(sqlite_app)
    assert notices(sqlite_app, "reminder") == []
    assert len(mails(sqlite_app, "ada")) == 1, "that it moved"
    audit_holds(sqlite_app)


def test_a_daily_reminder_survives_the_clocks_going_forward(sqlite_app: App, office: Office, clock: Clock):
    """`1 day before` 18:30 on Sunday 28 March 2027 is 18:30 on Saturday, 23 hours earlier."""
    starts(office, "2027-03-28T18:30:00")
    apply(sqlite_app)
    with sqlite_app.reading() as unit:
        (at,) = unit.conn.execute(select(due.c.at).where(due.c.key.startswith("reminder:winter-a:"))).scalars()
    assert at == datetime(2027, 3, 27, 18, 30, tzinfo=UTC)


def test_each_person_is_written_to_in_their_language(sqlite_app: App, ada: int, clock: Clock, office: Office):
    """One notice, a letter in each language: sentences, days and the reason; links keep the language."""
    office.write("office.toml", OFFICE_TOML.replace("colour", 'languages = ["en", "cy"]\ncolour'))
    apply(sqlite_app)
    wanted = Wanted(kinds=("meetings",), areas=("eastfield",), language="cy")
    add_people(sqlite_app, ("ben", wanted), ("cleo", replace(wanted, language="pl")))
    clock.move(A_DAY_BEFORE)
    settle(sqlite_app)
    subjects = {to.partition("@")[0]: subject for to, subject in mails(sqlite_app)}
    assert subjects["ben"] == "Nodyn atgoffa: Talk winter-a, Maw, 24 Tach 18:30"
    assert subjects["ada"] == subjects["cleo"] == "Reminder: Talk winter-a, Tue 24 Nov 6:30pm"
    welsh, english = letter(sqlite_app, "ben"), letter(sqlite_app, "ada")
    assert "Pryd: Dydd Mawrth, 24 Tachwedd 2026, 18:30 i 20:00" in welsh
    assert "Rydych yn cael hwn oherwydd: rydych yn dilyn pob pwnc yn Eastfield." in welsh
    assert "You get this because you follow all topics in Eastfield." in english
    assert "/preferences?lang=cy" in welsh
    assert "/preferences?lang=en" in english
