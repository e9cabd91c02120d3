"""A second person is mailed a link of their own, sees what waits, and lets it go or says no."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from engage.app import App, build
from engage.domain.people import Wanted
from engage.errors import Refused, Waiting
from engage.store.migrate import migrate
from engage.store.unit import Database
from engage.work import alerts, approvals, asking, calendars
from engage.work.approvals import Over
from engage.work.asking import Ask
from tests.conftest import settings_for
from tests.office import OFFICE_TOML, Clock, Office, add_people, apply, audit_holds, mails, meeting, settle
from tests.work.notices import alert, issue, letter
from tests.work.publishing import published

SECOND = '\n[[staff]]\nid = "second"\nname = "Second Approver"\nemail = "second@example.org"\nmay = ["approve"]\n'
STRICT = SECOND + "\n[guards]\napprove_above = 0\n"


@pytest.fixture
def strict(applied: App, office: Office) -> App:
    """Every alert needs a second person; two may approve; Ada follows everything."""
    office.write("office.toml", OFFICE_TOML + STRICT)
    apply(applied)
    settle(applied)
    add_people(applied, ("ada", Wanted()))
    return applied


def link(app: App, name: str) -> str:
    """The token in the newest mail to a person."""
    settle(app)
    found = re.search(r"/approve/(\S+)", letter(app, name))
    assert found
    return found[1]


def asked(app: App, name: str = "approver") -> Ask:
    found = asking.read(app, link(app, name))
    assert found is not None
    return found


# --- alerts ---------------------------------------------------------------------------------------------------------


def test_whoever_may_approve_is_mailed_but_not_the_one_who_submitted_it(strict: App):
    """Each with a link of their own; the mail says who, why and how many."""
    issue(strict, "a", who="second")
    settle(strict)
    assert mails(strict) == [("approver@example.org", "An alert waits for you: Alert a")]
    text = " ".join(letter(strict, "approver").split())
    assert "Second Approver submitted it. 1 people would get it. People it would reach: 1" in text
    assert asked(strict).person == "approver"


def test_the_second_person_sees_what_each_channel_shows(strict: App):
    """Text, headcount, who and why; looking writes nothing."""
    issue(strict, "a")
    found = approvals.look(strict, asked(strict))
    assert (found.title, found.who, found.why, found.people) == (
        "Alert a",
        "Sample Editor",
        ("1 people would get it.",),
        1,
    )
    assert [one.channel for one in found.shown] == ["E-mail"]
    assert "Lock your back door tonight." in found.shown[0].text
    assert found.counted is not None
    assert found.counted.by_channel == {"email": 1}
    assert found.difference == ()


def test_what_differs_from_the_last_version_and_the_last_count_is_shown(strict: App):
    """A correction shows the lines that changed; people who came since are counted."""
    issue(strict, "a")
    approvals.approve(strict, asked(strict))
    issue(strict, "a", title="Better")
    add_people(strict, ("ben", Wanted()))
    found = approvals.look(strict, asked(strict))
    assert (found.people_then, found.people) == (1, 2)
    assert any(line.startswith("-") and "Alert a" in line for line in found.difference)
    assert any(line.startswith("+") and "Better" in line for line in found.difference)


def test_approving_lets_it_go_once(strict: App):
    """The second approver finds that it is done."""
    issue(strict, "a")
    mine, theirs = asked(strict), asked(strict, "second")
    approvals.approve(strict, mine)
    settle(strict)
    assert [subject for _, subject in mails(strict, "ada")] == ["Warning: Alert a"]
    with pytest.raises(Over, match="approved by Sample Approver"):
        approvals.approve(strict, theirs)
    with pytest.raises(Over):
        approvals.decline(strict, mine, "")
    audit_holds(strict)


def test_declining_tells_the_submitter_why_and_nobody_else(strict: App):
    """Nothing goes; the same file may be submitted again, and is then no correction."""
    issue(strict, "a")
    first = asked(strict)
    approvals.decline(strict, first, "The street is wrong.")
    settle(strict)
    assert mails(strict, "ada") == []
    assert [s for _, s in mails(strict, "editor")] == ["Declined: Alert a"]
    assert "Sample Approver says: The street is wrong." in letter(strict, "editor")
    issue(strict, "a")
    with pytest.raises(Over, match="declined"):
        approvals.approve(strict, first)
    approvals.approve(strict, asked(strict))
    settle(strict)
    assert [subject for _, subject in mails(strict, "ada")] == ["Warning: Alert a"]


def test_a_link_holds_for_one_version(strict: App):
    """Declined and submitted anew with other words: the old link approves neither."""
    issue(strict, "a")
    old = asked(strict)
    approvals.decline(strict, old, "")
    issue(strict, "a", title="Other words")
    settle(strict)
    for ask in (old, replace(asked(strict), version=1), replace(asked(strict), mark="0" * 12)):
        with pytest.raises(Over):
            approvals.approve(strict, ask)


def test_nobody_approves_their_own_or_without_the_right(strict: App, office: Office):
    """Not with a link either, nor when the right was taken away since."""
    issue(strict, "a", who="second")
    mine = asked(strict)
    with pytest.raises(Waiting):
        approvals.approve(strict, replace(mine, person="second"))
    with pytest.raises(Refused):
        approvals.decline(strict, replace(mine, person="editor"), "")
    office.write("office.toml", OFFICE_TOML.replace('"write", "approve"', '"write"') + STRICT)
    apply(strict)
    with pytest.raises(Refused):
        approvals.approve(strict, mine)
    assert mails(strict, "ada") == []


@pytest.mark.parametrize("hours", [71, 73])
def test_a_link_expires(strict: App, clock: Clock, hours: int):
    """After three days; so does an alert that nobody approved in its time."""
    issue(strict, "a", hours=200)
    token = link(strict, "approver")
    clock.move(hours=hours)
    assert (asking.read(strict, token) is not None) is (hours < 72)


def test_an_alert_that_expired_meanwhile_cannot_be_approved(strict: App, clock: Clock):
    """Its time is over."""
    issue(strict, "a", hours=1)
    mine = asked(strict)
    clock.move(hours=2)
    with pytest.raises(Over, match="expired"):
        approvals.look(strict, mine)
    with pytest.raises(Over, match="expired"):
        approvals.approve(strict, mine)


def test_fresh_links_can_be_asked_for(strict: App):
    """The older link still holds."""
    issue(strict, "a")
    first = link(strict, "approver")
    strict.clock.move(minutes=5)
    from engage.domain.events import AlertSubmitted

    asking.ask_again(strict, AlertSubmitted(alert_id="a", version=1))
    second = link(strict, "approver")
    assert second != first
    assert asking.read(strict, first) == asking.read(strict, second)
    assert len(mails(strict, "approver")) == 2


def test_many_more_people_are_another_question(strict: App):
    """A tenth more, and at least ten."""
    issue(strict, "a")
    found = approvals.look(strict, asked(strict))
    assert [approvals.is_another_question(replace(found, people=n), 1000) for n in (1000, 1100, 1101)] == [
        False,
        False,
        True,
    ]
    assert [approvals.is_another_question(replace(found, people=n), 5) for n in (15, 16)] == [False, True]


def test_in_live_mode_a_submitter_says_who_they_are(clock: Clock, tmp_path, office: Office):
    """An account's name cannot be told from the person who approves."""
    url = f"sqlite:///{tmp_path / 'live.sqlite3'}"
    database = Database(url, clock)
    migrate(database)
    database.close()
    given = {
        "mode": "live", "base_url": "https://pcc.example.org", "secret_key": "x" * 40, "mail_from": "pcc@example.org",
        "smtp_url": "smtp://127.0.0.1:1", "bounce_domain": "bounce.example.org",
    }  # fmt: skip
    office.write("office.toml", OFFICE_TOML + STRICT)
    app = build(settings_for(url, tmp_path, office.folder, **given), clock=clock)
    apply(app)
    add_people(app, ("ada", Wanted()))
    with pytest.raises(Refused, match="--by ID"):
        alerts.send(app, alert(app, "a"), "text", who="root")
    assert alerts.send(app, alert(app, "a"), "text", who="editor").waits
    app.database.close()


# --- plans ----------------------------------------------------------------------------------------------------------


def halve(app: App, office: Office) -> None:
    """Twelve meetings are published; half of them vanish from the file, which is saved."""
    twelve = [meeting(f"m{n:02}", f"2027-01-{n + 1:02}T18:30:00") for n in range(12)]
    office.talks(*twelve)
    apply(app)
    settle(app)
    office.talks(*twelve[6:])
    calendars.apply_folder(app, office.folder, who="saved file")


def test_half_of_the_meetings_deleted_is_asked_about_once_and_changes_nothing(
    applied: App, office: Office, clock: Clock
):
    """Feeds keep their bytes, Ada hears nothing; approver and office get one mail each, however often one looks."""
    halve(applied, office)
    add_people(applied, ("ada", Wanted()))
    before = published(applied)
    settle(applied)
    assert mails(applied) == []
    for _ in range(4):
        clock.move(minutes=1)
        calendars.apply_folder(applied, office.folder, who="saved file")
        settle(applied)
    assert published(applied) == before
    assert sorted(mails(applied)) == [
        ("approver@example.org", "A plan waits for you: nothing was published"),
        ("ocs@example.org", "A plan waits: nothing was published"),
    ]
    assert "Put the file back and save it" in letter(applied, "ocs").replace("\n", " ")


def test_a_slip_put_back_within_two_minutes_asks_nobody(applied: App, office: Office, clock: Clock):
    """The file says again what was published."""
    halve(applied, office)
    good = [meeting(f"m{n:02}", f"2027-01-{n + 1:02}T18:30:00") for n in range(12)]
    clock.move(minutes=1)
    office.talks(*good)
    calendars.apply_folder(applied, office.folder, who="saved file")
    clock.move(minutes=5)
    settle(applied)
    assert mails(applied) == []


def test_approving_a_plan_applies_what_was_shown(applied: App, office: Office, clock: Clock):
    """From the stored text: the host that answers may not have the files."""
    halve(applied, office)
    clock.move(minutes=2)
    mine = asked(applied)
    found = approvals.look(applied, mine)
    assert found.why == ("It cancels 6 coming entries (more than 4).",)
    assert any(line.startswith('-id = "m00"') for line in found.difference)
    for path in office.folder.iterdir():
        path.unlink()
    approvals.approve(applied, mine)
    settle(applied)
    with applied.reading() as unit:
        assert unit.schedule.find("m00").entry.is_gone
        assert unit.schedule.history()[0].who == "approver"
        assert unit.schedule.waiting() is None
    with pytest.raises(Over):
        approvals.approve(applied, mine)


def test_declining_a_plan_is_said_to_the_office_and_asked_no_more(applied: App, office: Office, clock: Clock):
    """The watcher looks again, and the answer stays no."""
    halve(applied, office)
    clock.move(minutes=2)
    mine = asked(applied)
    approvals.decline(applied, mine, "They take place.")
    clock.move(minutes=2)
    calendars.apply_folder(applied, office.folder, who="saved file")
    clock.move(minutes=5)
    settle(applied)
    assert [s for _, s in mails(applied, "ocs")] == ["A plan waits: nothing was published", "A plan was declined"]
    assert "Sample Approver says: They take place." in letter(applied, "ocs")
    assert len(mails(applied, "approver")) == 1
    with pytest.raises(Over, match="declined"):
        approvals.look(applied, mine)


def test_a_plan_that_was_changed_since_cannot_be_approved(applied: App, office: Office, clock: Clock):
    """The link is for what was shown."""
    halve(applied, office)
    clock.move(minutes=2)
    mine = asked(applied)
    office.talks(meeting("m11", "2027-01-12T18:30:00"))
    calendars.apply_folder(applied, office.folder, who="saved file")
    with pytest.raises(Over):
        approvals.approve(applied, mine)
