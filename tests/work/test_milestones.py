"""Counting held meetings and announcing milestones: at ten the next day, each state told once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from engage.app import App
from engage.domain.people import Wanted
from engage.work import relay
from engage.work.looking import reached, status
from tests.office import TALKS_HEAD, Clock, Office, add_people, apply, audit_holds, mails, meeting, settle
from tests.work.notices import letter, notices

REACHED = "milestone:village-talks:700"


def at(day: int, hour: int = 10, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, 0, tzinfo=UTC)


def talks(office: Office, *days: int, opening: int = 698, **last: object) -> None:
    """Meetings at six on days of December, without reminders; *last* goes to the last of them."""
    text = TALKS_HEAD.replace("count = 695", f"count = {opening}").replace('[{ before = "1 day" }]', "[]")
    blocks = [meeting(f"m{day}", f"2026-12-{day:02}T18:00:00", **(last if day == days[-1] else {})) for day in days]
    office.write("village-talks.toml", text + "".join(f"\n{block}" for block in blocks))


@pytest.fixture
def ready(app: App, office: Office) -> App:
    """698 were held; the 699th is on the 1st, the 700th on the 2nd of December; Ada follows milestones."""
    (office.folder / "tips.toml").unlink()
    talks(office, 1, 2)
    apply(app)
    add_people(app, ("ada", Wanted(kinds=("milestones",))), ("ben", Wanted(kinds=("alerts",))))
    settle(app)
    return app


def let(app: App, moment: datetime) -> None:
    app.clock.move(moment)
    settle(app)


def milestone(app: App, number: int = 700):
    with app.reading() as unit:
        return unit.programmes.milestones("village-talks").get(number)


def subjects(app: App, name: str = "ada") -> list[str]:
    return [subject for _, subject in mails(app, name)]


def test_a_meeting_counts_when_its_end_has_passed(ready: App):
    """Half past seven: not at six."""
    let(ready, at(1, 19))
    assert status(ready)["meetings_held"] == 698
    let(ready, datetime(2026, 12, 1, 19, 30, tzinfo=UTC))
    found = status(ready)
    assert found["meetings_held"] == 699
    assert found["next_milestone"]["remaining"] == 1


def test_approaching_is_told_once_with_the_day_it_is_expected(ready: App):
    """At ten on the day after a meeting brought it near; the projected day is the schedule's."""
    let(ready, at(1, 20))
    assert subjects(ready) == []
    let(ready, at(2, 10))
    assert len(subjects(ready)) == 1
    text = letter(ready, "ada")
    assert "1 meeting from number 700" in text
    assert "2 December 2026" in text
    let(ready, at(2, 12))
    assert len(subjects(ready)) == 1
    assert mails(ready, "ben") == []
    audit_holds(ready)


def test_approaching_that_is_near_no_more_is_not_told_and_comes_again(ready: App, office: Office):
    """The count is corrected that night, and put back the next day."""
    talks(office, 1, 9, opening=697)
    apply(ready)
    let(ready, at(1, 20))
    talks(office, 1, 9, opening=600)
    apply(ready)
    let(ready, at(2, 10))
    assert subjects(ready) == []
    talks(office, 1, 9, opening=697)
    apply(ready)
    let(ready, at(3, 10)), let(ready, at(4, 10))
    assert len(subjects(ready)) == 1
    audit_holds(ready)


def test_reached_is_told_at_ten_the_next_day(ready: App):
    """Not at night, not before, once."""
    let(ready, at(1, 20)), let(ready, at(2, 10))
    let(ready, at(2, 23))
    assert milestone(ready).reached
    assert len(subjects(ready)) == 1
    let(ready, at(3, 9))
    assert len(subjects(ready)) == 1
    let(ready, at(3, 10)), let(ready, at(3, 11))
    assert subjects(ready)[1:] == ["Village Talks: 700 meetings held"]
    assert milestone(ready).entry_id == "m2"
    assert reached(ready, "village-talks")[0]["day"] == "2026-12-02"
    audit_holds(ready)


def test_a_correction_the_same_night_says_nothing(ready: App, office: Office):
    """The caretaker calls at eleven: the hall was locked."""
    let(ready, at(1, 20)), let(ready, at(2, 10)), let(ready, at(2, 22))
    talks(office, 1, 2, status="not-held")
    apply(ready)
    let(ready, at(3, 10)), let(ready, at(4, 10))
    assert len(subjects(ready)) == 1
    assert notices(ready, "milestone") == []
    assert not milestone(ready).reached
    audit_holds(ready)


def test_a_correction_corrected_the_same_night_is_told_as_if_nothing_had_been(ready: App, office: Office):
    """It was held after all: version 1, at ten on the day after the last word."""
    let(ready, at(1, 20)), let(ready, at(2, 10)), let(ready, at(2, 22))
    for given in ({"status": "not-held"}, {}):
        talks(office, 1, 2, **given)
        apply(ready)
        settle(ready)
    let(ready, at(3, 10))
    assert len(subjects(ready)) == 2
    assert milestone(ready).version == 1
    audit_holds(ready)


def test_a_later_flip_is_a_new_version_to_exactly_those_who_were_told(ready: App, office: Office):
    """Withdrawn to Ada, not to Cy, who joined since; reached again to both, as version 3."""
    for moment in (at(1, 20), at(2, 10), at(2, 22), at(3, 10)):
        let(ready, moment)
    add_people(ready, ("cy", Wanted(kinds=("milestones",))))
    talks(office, 1, 2, status="not-held")
    apply(ready)
    let(ready, at(3, 12))
    assert len(subjects(ready)) == 2, "it too waits for ten the next day"
    let(ready, at(4, 10))
    assert subjects(ready)[2].startswith("Correction:")
    assert subjects(ready, "cy") == []
    talks(office, 1, 2)
    apply(ready)
    settle(ready)
    let(ready, at(5, 10))
    assert (len(subjects(ready)), len(subjects(ready, "cy"))) == (4, 1)
    known = milestone(ready)
    assert (known.version, known.told) == (3, "reached")
    with ready.reading() as unit:
        assert [row.version for row in unit.notices.versions(REACHED)] == [1, 2, 3]
    audit_holds(ready)


def test_what_was_past_at_the_first_apply_counts_and_says_nothing(app: App, office: Office, clock: Clock):
    """An office that begins with us has a history; it is not news."""
    clock.move(at(20))
    talks(office, 1, 2, 3)
    add_people(app, ("ada", Wanted(kinds=("milestones",))))
    apply(app)
    let(app, at(21)), let(app, at(22))
    assert status(app)["meetings_held"] == 701
    assert (milestone(app).reached, milestone(app).told) == (True, "nothing")
    assert mails(app) == []


def test_a_milestone_of_the_past_that_is_undone_says_nothing_either(app: App, office: Office, clock: Clock):
    """Nobody was ever told that it was reached."""
    clock.move(at(20))
    talks(office, 1, 2)
    add_people(app, ("ada", Wanted(kinds=("milestones",))))
    apply(app)
    talks(office, 1, 2, status="not-held")
    apply(app)
    let(app, at(21)), let(app, at(22))
    assert not milestone(app).reached
    assert notices(app, "milestone") == []


def test_the_nth_meeting_is_by_end_then_id(app: App, office: Office, clock: Clock):
    """Two end together: the smaller id is the 699th on every host."""
    text = TALKS_HEAD.replace("count = 695", "count = 698")
    office.write("village-talks.toml", text + meeting("b", "2026-12-01T18:00:00") + meeting("a", "2026-12-01T18:00:00"))
    apply(app)
    let(app, at(1, 20))
    assert milestone(app).entry_id == "b"


def test_two_meetings_that_end_at_once_are_both_counted(app: App, office: Office, clock: Clock):
    """Two workers count them at the same moment: the 700th must not be missed."""
    text = TALKS_HEAD.replace("count = 695", "count = 698")
    office.write("village-talks.toml", text + meeting("b", "2026-12-01T18:00:00") + meeting("a", "2026-12-01T18:00:00"))
    apply(app)
    settle(app)
    clock.move(at(1, 20))
    relay.turn_dues(app)
    from engage.work import milestones, tasks

    with app.reading() as unit:
        owed = [row.id for row in unit.tasks.ready() if row.actor == "count_meeting"]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda n: tasks.react(app, owed[n], f"w/{n}", milestones.count), range(2))) == [True, True]
    assert status(app)["meetings_held"] == 700
    assert milestone(app).reached


def test_an_end_that_is_corrected_afterwards_decides_which_was_the_nth(ready: App, office: Office):
    """The first meeting is said to have ended after the second: it is the 700th now."""
    let(ready, at(1, 20)), let(ready, at(2, 22))
    assert milestone(ready).entry_id == "m2"
    talks(office, 1, 2)
    path = office.folder / "village-talks.toml"
    path.write_text(path.read_text().replace("starts = 2026-12-01T18:00:00", "starts = 2026-12-02T18:30:00"))
    apply(ready)
    settle(ready)
    assert milestone(ready).entry_id == "m1"


def test_a_counted_meeting_that_moves_ahead_counts_again_when_it_is_held(ready: App, office: Office):
    """It did not take place on the 1st: staff say so afterwards."""
    let(ready, at(1, 20))
    path = office.folder / "village-talks.toml"
    path.write_text(path.read_text().replace("starts = 2026-12-01T18:00:00", "starts = 2026-12-05T18:00:00"))
    apply(ready)
    settle(ready)
    assert status(ready)["meetings_held"] == 698
    let(ready, at(5, 20))
    assert status(ready)["meetings_held"] == 700
    assert milestone(ready).entry_id == "m1"


@pytest.mark.parametrize("given", [{"status": "cancelled"}, {"status": "tentative"}, {"counts": False}])
def test_what_will_not_count_is_not_counted(ready: App, office: Office, given: dict[str, object]):
    """Its moment is dropped."""
    talks(office, 1, 2, **given)
    apply(ready)
    let(ready, at(2, 22))
    assert status(ready)["meetings_held"] == 699


def test_another_opening_count_is_taken_at_once(ready: App, office: Office):
    """Staff found the old minutes: milestones below it are history, whatever was told."""
    let(ready, at(1, 20)), let(ready, at(2, 22)), let(ready, at(3, 10))
    talks(office, 1, 2, opening=748)
    apply(ready)
    settle(ready)
    assert status(ready)["meetings_held"] == 750
    assert milestone(ready, 750).reached
    talks(office, 1, 2, opening=800)
    apply(ready)
    settle(ready)
    assert status(ready)["meetings_held"] == 802
    audit_holds(ready)


def test_a_later_opening_date_leaves_earlier_meetings_out(ready: App, office: Office):
    """They are in the opening count already."""
    let(ready, at(1, 20)), let(ready, at(2, 22))
    assert status(ready)["meetings_held"] == 700
    path = office.folder / "village-talks.toml"
    path.write_text(path.read_text().replace("count = 698, on = 2026-10-31", "count = 699, on = 2026-12-01"))
    apply(ready)
    settle(ready)
    assert status(ready)["meetings_held"] == 700
    with ready.reading() as unit:
        assert unit.programmes.held_in_order("village-talks") == ["m2"]


def test_a_calendar_that_becomes_a_programme_counts_its_past_silently(app: App, office: Office, clock: Clock):
    """`[programme]` is added to a file that has been there for a year."""
    head, _, rest = TALKS_HEAD.partition("[programme]")
    without = head + "\n[[venue]]" + rest.partition("[[venue]]")[2]
    blocks = meeting("m1", "2026-11-03T18:00:00") + meeting("m2", "2026-12-02T18:00:00")
    office.write("village-talks.toml", without + blocks)
    add_people(app, ("ada", Wanted(kinds=("milestones",))))
    apply(app)
    settle(app)
    office.write("village-talks.toml", TALKS_HEAD.replace("count = 695", "count = 698") + blocks)
    apply(app)
    settle(app)
    assert status(app)["meetings_held"] == 699
    let(app, at(2, 22)), let(app, at(3, 10))
    assert status(app)["meetings_held"] == 700
    assert subjects(app)[-1] == "Village Talks: 700 meetings held"
