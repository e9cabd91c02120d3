"""The message budget walked: seven pieces of advice in a week are five messages and one digest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engage.app import App
from engage.domain.alerts import Severity
from engage.domain.people import Frequency, Wanted
from engage.work import days, people
from tests.office import Office, add_people, apply, audit_holds, mails, settle
from tests.work.notices import advise, issue, letter, states_of

MONDAY = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


@pytest.fixture
def ready(app: App, office: Office) -> App:
    """No meetings and no tips."""
    office.talks()
    (office.folder / "tips.toml").unlink()
    apply(app)
    days.keep_day(app)
    settle(app)
    return app


def let(app: App, moment: datetime) -> None:
    for now in (moment - timedelta(hours=1), moment):
        app.clock.move(now)
        days.keep_day(app)
        settle(app)


def overflow(app: App, *, n: int = 7, **wanted: object) -> dict[str, int]:
    """Ada, and *n* pieces of advice, half an hour apart from noon."""
    ids = add_people(app, ("ada", Wanted(**wanted)))
    for i in range(n):
        advise(app, f"a{i}", hours=300)
        settle(app)
        app.clock.move(minutes=30)
    return ids


def test_what_is_over_the_budget_comes_in_the_weekly_digest(ready: App):
    """Five by themselves, two on Monday at nine; each once."""
    ids = overflow(ready)
    assert len(mails(ready, "ada")) == 5
    assert states_of(ready, ids["ada"]) == ["sent"] * 5 + ["reserved"] * 2
    let(ready, MONDAY)
    assert len(mails(ready, "ada")) == 6
    assert mails(ready, "ada")[-1][1].startswith("This week from")
    text = letter(ready, "ada")
    assert [f"Alert a{i}" in text for i in range(7)] == [False] * 5 + [True] * 2
    let(ready, MONDAY + timedelta(days=7))
    assert len(mails(ready, "ada")) == 6
    audit_holds(ready)


def test_urgent_and_service_mail_pass_a_spent_budget(ready: App):
    """And do not count toward it."""
    ids = overflow(ready, n=5)
    issue(ready, "now", severity=Severity.URGENT)
    people.request_link(ready, "email", "ada@example.org", network="192.0.2.1")
    settle(ready)
    assert states_of(ready, ids["ada"])[-2:] == ["sent", "sent"]
    audit_holds(ready)


def test_a_correction_follows_whoever_was_told_whatever_their_budget(ready: App):
    """Five messages, and the fifth was wrong."""
    ids = overflow(ready, n=5)
    advise(ready, "a4", title="Better", hours=300)
    settle(ready)
    assert states_of(ready, ids["ada"])[-1] == "sent"
    assert "Better" in letter(ready, "ada")
    audit_holds(ready)


def test_a_daily_person_has_warnings_over_the_budget_in_the_next_mornings_digest(ready: App):
    """Warnings come at once until there are too many of them."""
    ids = add_people(ready, ("ada", Wanted(frequency=Frequency.DAILY, digest_hour=10)))
    for i in range(6):
        issue(ready, f"w{i}", hours=100)
        settle(ready)
        ready.clock.move(minutes=15)
    assert states_of(ready, ids["ada"]) == ["sent"] * 5 + ["reserved"]
    let(ready, datetime(2026, 11, 24, 10, 0, tzinfo=UTC))
    assert states_of(ready, ids["ada"]) == ["sent"] * 6
    assert mails(ready, "ada")[-1][1].startswith("Today from")
    audit_holds(ready)


def test_the_office_may_set_another_budget(ready: App, office: Office):
    """One message in two days."""
    text = (office.folder / "office.toml").read_text()
    office.write("office.toml", text + "\n[guards]\nbudget = { messages = 1, days = 2 }\n")
    apply(ready)
    ids = overflow(ready, n=2)
    assert states_of(ready, ids["ada"]) == ["sent", "reserved"]
    ready.clock.move(days=2)
    advise(ready, "later", hours=300)
    settle(ready)
    assert states_of(ready, ids["ada"]) == ["sent", "reserved", "sent"]
