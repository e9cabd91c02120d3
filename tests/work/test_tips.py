"""The weekly tip: one a person, the first in season for their topics that they have not had."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engage.app import App
from engage.domain.people import Frequency, Wanted
from engage.work import days
from tests.office import TIPS_TOML, Office, add_people, apply, audit_holds, mails, settle
from tests.work.notices import notices

TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
WEEK = timedelta(weeks=1)
TITLES = {"Lock the back door": "lock", "Leave a light on": "dark", "Hang up on a scam call": "scam"}


@pytest.fixture
def ready(sqlite_app: App, office: Office) -> App:
    """No meetings: nothing but tips is due."""
    office.talks()
    apply(sqlite_app)
    settle(sqlite_app)
    return sqlite_app


def let(app: App, moment: datetime) -> None:
    """The relay lives through the day before and the morning, then the moment comes."""
    for now in (moment - timedelta(days=1), moment):
        app.clock.move(now)
        days.keep_day(app)
        settle(app)


def had(app: App, name: str) -> list[str]:
    return [TITLES[subject] for _, subject in mails(app, name)]


def test_each_person_gets_one_tip_a_week_by_their_topics(ready: App):
    """Three would fit Ada; Ben asked for fraud only; Cy wants no tips."""
    add_people(
        ready,
        ("ada", Wanted(kinds=("tips",))),
        ("ben", Wanted(kinds=("tips",), topics=("fraud",))),
        ("cy", Wanted(kinds=("meetings",))),
    )
    let(ready, TUESDAY)
    settle(ready)
    assert (len(had(ready, "ada")), had(ready, "ben"), had(ready, "cy")) == (1, ["scam"], [])
    assert notices(ready, "tip") == ["tip:2026-11-24"]
    audit_holds(ready)


def test_nobody_gets_a_tip_twice_in_a_season(ready: App):
    """Ada has the dark evenings first, then the others; Ben's one tip is used up until winter."""
    add_people(ready, ("ada", Wanted(kinds=("tips",))), ("ben", Wanted(kinds=("tips",), topics=("fraud",))))
    let(ready, TUESDAY)
    assert had(ready, "ada") == ["dark"], "seasonal ones come first"
    let(ready, TUESDAY + WEEK)  # 1 December: another season
    assert (sorted(had(ready, "ben")), len(had(ready, "ada"))) == (["scam", "scam"], 2)
    for weeks in (2, 3, 4):
        let(ready, TUESDAY + weeks * WEEK)
    winter = had(ready, "ada")[1:]
    assert sorted(winter) == ["dark", "lock", "scam"], "each once, then nothing more this winter"
    assert len(had(ready, "ben")) == 2
    audit_holds(ready)


def test_seasonal_tips_hold_in_their_months_only(ready: App):
    """No dark evenings in June."""
    add_people(ready, ("ada", Wanted(kinds=("tips",))))
    june = datetime(2027, 6, 1, 9, 0, tzinfo=UTC)  # ten o'clock in London
    for weeks in range(4):
        let(ready, june + weeks * WEEK)
    assert sorted(had(ready, "ada")) == ["lock", "scam"]


def test_a_weekly_persons_tip_waits_for_their_digest(ready: App):
    """And is not given a second time meanwhile."""
    add_people(ready, ("ada", Wanted(kinds=("tips",), frequency=Frequency.WEEKLY, digest_day=4)))
    let(ready, TUESDAY)
    assert mails(ready) == []
    let(ready, datetime(2026, 11, 27, 9, 0, tzinfo=UTC))
    assert len(mails(ready, "ada")) == 1
    audit_holds(ready)


def test_a_week_has_one_moment_however_often_staff_save(ready: App, office: Office):
    """Planned with every apply and every day; done once."""
    add_people(ready, ("ada", Wanted(kinds=("tips",))))
    let(ready, TUESDAY)
    for n in range(3):
        office.write("tips.toml", TIPS_TOML + f"# {n}\n")
        apply(ready)
        settle(ready)
    assert len(mails(ready, "ada")) == 1


def test_a_moment_missed_by_two_days_is_of_no_use(ready: App):
    """The week's tip is skipped with a reason; the next week has its own."""
    add_people(ready, ("ada", Wanted(kinds=("tips",))))
    ready.clock.move(TUESDAY + timedelta(days=2))
    settle(ready)
    assert mails(ready) == []
    let(ready, TUESDAY + WEEK)
    assert len(mails(ready, "ada")) == 1


def test_an_office_without_tips_plans_none(ready: App, office: Office):
    """The file may be left out."""
    (office.folder / "tips.toml").unlink()
    apply(ready)
    add_people(ready, ("ada", Wanted()))
    let(ready, TUESDAY + WEEK)
    assert mails(ready) == []
