"""The 700th meeting, from the file to what people read, with staff correcting themselves on the way."""

from __future__ import annotations

from datetime import UTC, datetime

from engage.app import App
from engage.domain.people import Wanted
from tests.office import Clock, Office, add_people, apply, audit_holds, mails, meeting, settle

TEN = 10  # o'clock, when milestones are announced; London is on UTC in winter


def at(day: int, hour: int, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, 30, tzinfo=UTC)


def history(office: Office, **last: object) -> None:
    """Three meetings of the past, then the 699th, the 700th and one more; `last` goes to the 700th."""
    office.talks(
        meeting("past-1", "2026-11-03T18:00:00"),
        meeting("past-2", "2026-11-10T18:00:00"),
        meeting("past-3", "2026-11-17T18:00:00"),
        meeting("m-699", "2026-12-01T18:00:00", reminders=[]),
        meeting("m-700", "2026-12-08T18:00:00", reminders=[], **last),
        meeting("m-701", "2026-12-15T18:00:00", reminders=[]),
    )


def let(app: App, clock: Clock, moment: datetime) -> None:
    clock.move(moment)
    settle(app)


def test_the_700th_meeting_is_reached_withdrawn_and_reached_again_each_told_once(
    app: App, office: Office, clock: Clock
):
    """Three versions of one notice: everybody who follows milestones, then exactly those who were told, then again."""
    history(office)
    apply(app)  # history counts without announcing: 695 + 3
    add_people(app, ("ada", Wanted(kinds=("milestones",))), ("ben", Wanted(kinds=("alerts",))))
    settle(app)
    assert mails(app) == []

    let(app, clock, at(1, 20))
    let(app, clock, at(2, TEN))
    approaching = mails(app, "ada")
    assert len(approaching) == 1, "699 held, 2 or fewer remain: the approach is told once"

    let(app, clock, at(8, 20))
    assert len(mails(app, "ada")) == 1, "nothing before ten o'clock the next day"
    let(app, clock, at(9, TEN))
    reached = len(mails(app, "ada"))
    assert reached == 2

    history(office, status="not-held", reason="The hall was flooded")
    apply(app)
    let(app, clock, at(9, 12))
    assert len(mails(app, "ada")) == 2
    add_people(app, ("cy", Wanted(kinds=("milestones",))))  # was never told that it was reached
    let(app, clock, at(10, TEN))
    assert len(mails(app, "ada")) == 3
    assert mails(app, "cy") == []

    let(app, clock, at(15, 20))  # the next meeting becomes the 700th
    let(app, clock, at(16, TEN))
    assert len(mails(app, "ada")) == 4
    assert len(mails(app, "cy")) == 1, "reached again is news to everybody who follows milestones"
    assert mails(app, "ben") == []
    with app.reading() as unit:
        assert [row.version for row in unit.notices.versions("milestone:village-talks:700")] == [1, 2, 3]
    audit_holds(app)


def test_a_correction_before_ten_the_next_day_says_nothing(app: App, office: Office, clock: Clock):
    """Staff mark the 700th as not held on the same night: nobody hears of a milestone that was not."""
    history(office)
    apply(app)
    add_people(app, ("ada", Wanted(kinds=("milestones",))))
    settle(app)
    let(app, clock, at(1, 20))
    let(app, clock, at(2, TEN))
    before = mails(app, "ada")
    let(app, clock, at(8, 20))
    history(office, status="not-held", reason="Nobody came")
    apply(app)
    let(app, clock, at(8, 22))
    let(app, clock, at(9, TEN))
    assert mails(app, "ada") == before
    audit_holds(app)


def test_held_after_all_before_ten_is_told_as_reached_once(app: App, office: Office, clock: Clock):
    """Not held, then held after all, in one night: one message, as if nothing had been."""
    history(office)
    apply(app)
    add_people(app, ("ada", Wanted(kinds=("milestones",))))
    settle(app)
    let(app, clock, at(8, 20))
    history(office, status="not-held", reason="A mistake")
    apply(app)
    let(app, clock, at(8, 21))
    history(office)
    apply(app)
    let(app, clock, at(8, 22))
    let(app, clock, at(9, TEN))
    assert mails(app, "ada") == [("ada@example.org", "Village Talks: 700 meetings held")]
    with app.reading() as unit:
        assert [row.version for row in unit.notices.versions("milestone:village-talks:700")] == [1]
    audit_holds(app)
