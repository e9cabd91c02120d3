"""Issuing, correcting and withdrawing alerts, and the second person that large ones need."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engage.app import App
from engage.domain.alerts import Severity
from engage.domain.people import Frequency, Wanted
from engage.errors import NotFound, Refused, Waiting
from engage.work import alerts
from tests.office import OFFICE_TOML, Clock, Office, add_people, apply, audit_holds, mails, settle
from tests.work.notices import address_all, advise, alert, issue, letter, states_of, take_one

NOTICE = "alert:a"


def follow(app: App, **areas: str) -> dict[str, int]:
    """People by name, each following one area's alerts."""
    return add_people(app, *((name, Wanted(kinds=("alerts",), areas=(area,))) for name, area in areas.items()))


def versions(app: App) -> list[tuple[int, str]]:
    """Version and state of the alert, oldest first."""
    with app.reading() as unit:
        newest = unit.alerts.find("a").version
        return [(v, unit.alerts.find("a", v).state) for v in range(1, newest + 1)]


def test_an_alert_goes_to_its_audience(applied: App):
    """Followers of its area, of what covers it and what lies within it; the headcount was the same."""
    follow(applied, ada="mill-lane", ben="harbour", cy="westmark")
    made = issue(applied, "a")
    assert (made.id, made.version, made.people, made.waits, made.notice_id) == ("a", 1, 2, False, NOTICE)
    settle(applied)
    assert sorted(to for to, _ in mails(applied)) == ["ada@example.org", "cy@example.org"]
    assert "Lock your back door tonight." in letter(applied, "ada")
    assert versions(applied) == [(1, "issued")]
    audit_holds(applied)


def test_counting_says_who_without_writing_anything(applied: App):
    """By home area and by channel."""
    add_people(applied, ("ada", Wanted(area="mill-lane")), ("ben", Wanted(area="mill-lane")), ("cy", Wanted()))
    found = alerts.headcount(applied, alert(applied, "a"))
    assert (found.people, found.by_area, found.by_channel) == (3, {"mill-lane": 2, "": 1}, {"email": 3})
    with applied.reading() as unit:
        assert unit.alerts.find("a") is None


def test_audience_exclude_and_must_narrow_it(applied: App):
    """By what people are and where they live."""
    add_people(
        applied,
        ("shop", Wanted(audience="business", area="mill-lane")),
        ("ada", Wanted(area="mill-lane")),
        ("ben", Wanted(area="eastfield")),
        ("cy", Wanted(area="harbour")),
        ("dee", Wanted()),
    )

    def who(**given: object) -> int:
        return alerts.headcount(applied, alert(applied, "a", **given)).people

    assert who() == 5
    assert who(audience=("business",)) == 1
    assert who(exclude=("mill-lane",)) == 3
    assert who(exclude=("eastfield",)) == 2, "what lies within it is left out too"
    assert who(must=("eastfield",)) == 3
    assert who(must=("harbour",)) == 1


def test_a_correction_goes_to_its_audience_and_to_whoever_was_told(applied: App):
    """Version 1 said Eastfield, it is the harbour: both must know."""
    ids = follow(applied, ada="eastfield", ben="harbour")
    issue(applied, "a")
    settle(applied)
    issue(applied, "a", areas=("harbour",))
    settle(applied)
    assert [len(mails(applied, n)) for n in ("ada", "ben")] == [2, 1]
    assert "Correction" in mails(applied, "ada")[1][1]
    assert versions(applied) == [(1, "corrected"), (2, "issued")]
    assert states_of(applied, ids["ada"]) == ["sent", "sent"]
    audit_holds(applied)


def test_whoever_was_not_told_yet_gets_only_the_newest(applied: App):
    """What of version 1 has not gone is cancelled; one message, not two."""
    ids = follow(applied, ada="eastfield")
    issue(applied, "a")
    address_all(applied)
    issue(applied, "a", title="Better")
    settle(applied)
    assert states_of(applied, ids["ada"]) == ["cancelled", "sent"]
    assert len(mails(applied, "ada")) == 1
    assert "Better" in mails(applied, "ada")[0][1]
    audit_holds(applied)


def test_a_correction_before_anything_was_addressed_is_all_there_is(applied: App):
    """Both tasks wait; whichever runs first, people read the newest."""
    ids = follow(applied, ada="eastfield")
    issue(applied, "a")
    issue(applied, "a", title="Better")
    settle(applied)
    assert states_of(applied, ids["ada"]) == ["sent"]
    assert "Better" in mails(applied, "ada")[0][1]
    audit_holds(applied)


def test_withdrawing_tells_exactly_those_who_were_told(applied: App):
    """Ada was told; Ben, who follows the area since, was not; nobody else hears of it."""
    follow(applied, ada="eastfield", cy="harbour")
    issue(applied, "a")
    settle(applied)
    applied.clock.move(minutes=1)
    follow(applied, ben="eastfield")
    assert alerts.withdraw(applied, "a", who="editor") == 2
    settle(applied)
    assert [len(mails(applied, n)) for n in ("ada", "ben", "cy")] == [2, 0, 0]
    assert "Withdrawn" in mails(applied, "ada")[1][1]
    assert versions(applied) == [(1, "withdrawn"), (2, "withdrawn")]
    audit_holds(applied)


def test_withdrawing_stops_what_has_not_gone(applied: App):
    """P6: nothing passes the fence after the commit, addressed or not."""
    ids = follow(applied, ada="eastfield")
    issue(applied, "a")
    address_all(applied)
    alerts.withdraw(applied, "a", who="editor")
    settle(applied)
    assert states_of(applied, ids["ada"]) == ["cancelled"]
    assert mails(applied) == []
    audit_holds(applied)


def test_withdrawing_before_it_was_announced_tells_nobody(applied: App):
    """The task of the first version finds that it is too late."""
    follow(applied, ada="eastfield")
    issue(applied, "a")
    alerts.withdraw(applied, "a", who="editor")
    settle(applied)
    assert mails(applied) == []
    audit_holds(applied)


def test_withdrawing_between_announcement_and_fan_out_tells_nobody(applied: App):
    """The notice stands withdrawn when its addresses are looked for."""
    follow(applied, ada="eastfield")
    issue(applied, "a")
    take_one(applied, "announce_alert")
    alerts.withdraw(applied, "a", who="editor")
    settle(applied)
    assert mails(applied) == []
    audit_holds(applied)


def test_told_who_left_since_is_not_written_to_again(applied: App):
    """Not even to say that it was wrong."""
    from engage.work import people

    ids = follow(applied, ada="eastfield")
    issue(applied, "a")
    settle(applied)
    people.leave(applied, ids["ada"], how="link")
    alerts.withdraw(applied, "a", who="editor")
    settle(applied)
    assert states_of(applied, ids["ada"]) == ["sent", "suppressed"]
    audit_holds(applied)


def test_the_same_text_is_not_sent_twice(applied: App):
    """Somebody presses the button again."""
    follow(applied, ada="eastfield")
    made = alert(applied, "a")
    alerts.send(applied, made, "the text", who="editor")
    with pytest.raises(Refused, match="exactly this text"):
        alerts.send(applied, made, "the text", who="editor")


def test_a_withdrawn_alert_cannot_be_corrected_or_withdrawn_again(applied: App):
    """A new one needs a name of its own; what never was cannot be withdrawn."""
    issue(applied, "a")
    alerts.withdraw(applied, "a", who="editor")
    with pytest.raises(Refused, match="another file name"):
        issue(applied, "a", title="Again")
    with pytest.raises(Refused, match="withdrawn already"):
        alerts.withdraw(applied, "a", who="editor")
    with pytest.raises(NotFound):
        alerts.withdraw(applied, "b", who="editor")


def test_an_alert_that_expired_before_it_was_announced_is_not_sent(applied: App, clock: Clock):
    """Nothing is fenced after its expiry, and nothing needs to be addressed."""
    follow(applied, ada="eastfield")
    issue(applied, "a", hours=1)
    clock.move(hours=1)
    settle(applied)
    assert mails(applied) == []


def test_an_alert_that_expires_on_the_way_says_so(applied: App, clock: Clock):
    """P1: expired is a state of its own."""
    ids = follow(applied, ada="eastfield")
    issue(applied, "a", hours=1)
    address_all(applied)
    clock.move(hours=1)
    settle(applied)
    assert states_of(applied, ids["ada"]) == ["expired"]
    audit_holds(applied)


def test_an_alert_goes_at_the_moment_its_file_names(applied: App, clock: Clock):
    """Until then it can be corrected or withdrawn, and nobody has it."""
    follow(applied, ada="eastfield")
    issue(applied, "a", send_at=clock() + timedelta(hours=2))
    settle(applied)
    assert mails(applied) == []
    clock.move(hours=2)
    settle(applied)
    assert len(mails(applied, "ada")) == 1


def test_an_alert_that_was_withdrawn_before_its_moment_never_goes(applied: App, clock: Clock):
    """The due row finds the newest version."""
    follow(applied, ada="eastfield")
    issue(applied, "a", send_at=clock() + timedelta(hours=2))
    alerts.withdraw(applied, "a", who="editor")
    clock.move(hours=2)
    settle(applied)
    assert mails(applied) == []
    audit_holds(applied)


@pytest.mark.parametrize(
    ("severity", "lane", "at_night"),
    [(Severity.URGENT, "urgent", 1), (Severity.WARNING, "normal", 0), (Severity.ADVICE, "bulk", 0)],
)
def test_severity_decides_the_lane_and_whether_people_are_woken(
    sqlite_applied: App, clock: Clock, severity: Severity, lane: str, at_night: int
):
    """CAP Severe, Moderate, Minor."""
    ids = follow(sqlite_applied, ada="eastfield")
    clock.move(datetime(2026, 11, 23, 22, 0, tzinfo=UTC))
    issue(sqlite_applied, "a", severity=severity)
    settle(sqlite_applied)
    assert len(mails(sqlite_applied, "ada")) == at_night
    with sqlite_applied.reading() as unit:
        assert [r.lane for r in unit.audits.rows() if r.recipient_id == ids["ada"]] == [lane]
    clock.move(datetime(2026, 11, 24, 8, 0, tzinfo=UTC))
    settle(sqlite_applied)
    assert len(mails(sqlite_applied, "ada")) == 1
    audit_holds(sqlite_applied)


# --- the second person ----------------------------------------------------------------------------------------------


@pytest.fixture
def strict(sqlite_applied: App, office: Office) -> App:
    """Two people are enough for a second person to be needed."""
    office.write("office.toml", OFFICE_TOML + "\n[guards]\napprove_above = 1\n")
    apply(sqlite_applied)
    settle(sqlite_applied)
    return sqlite_applied


def to_residents(app: App) -> list[tuple[str, str]]:
    """What went out but for the mail that asks the approver."""
    return [(to, subject) for to, subject in mails(app) if to != "approver@example.org"]


def test_up_to_five_hundred_need_nobody_and_more_do(sqlite_applied: App):
    """The default of `approve_above`."""
    add_people(sqlite_applied, *((f"p{n}", Wanted()) for n in range(501)))
    assert not issue(sqlite_applied, "small", must=("harbour",)).waits
    with sqlite_applied.unit() as unit:
        unit.people.leave(1, "link")
    assert (issue(sqlite_applied, "a").people, issue(sqlite_applied, "b").waits) == (500, False)
    add_people(sqlite_applied, ("one-more", Wanted()))
    assert (issue(sqlite_applied, "c").people, issue(sqlite_applied, "d").waits) == (501, True)


def test_a_burst_of_alerts_to_the_same_people_waits(applied: App, clock: Clock):
    """B72: the sixth within an hour needs a second person, whoever wrote the others; elsewhere goes on."""
    follow(applied, ada="eastfield", ben="harbour")
    assert [issue(applied, f"a{n}").waits for n in range(5)] == [False] * 5
    stopped = issue(applied, "a5", areas=("mill-lane",), who="approver")
    assert stopped.why == "5 alerts went to the same people in the last 60 minutes."
    assert not issue(applied, "other-area", areas=("harbour",)).waits
    assert issue(applied, "a4", text="Corrected.").waits, "a correction is one message more"
    clock.move(minutes=61)
    assert not issue(applied, "later").waits
    settle(applied)
    assert len(mails(applied, "ada")) == 5, "of six; the last is over Ada's budget"
    assert len(mails(applied, "ben")) == 1
    audit_holds(applied)


@pytest.mark.parametrize(
    ("areas", "topics", "waits"),
    [
        ((), (), True),
        (("westmark",), (), True),
        (("eastfield",), ("burglary",), False),
        (("eastfield",), ("fraud",), True),
    ],
)
def test_a_burst_is_of_those_who_may_be_told_of_all(
    applied: App, areas: tuple[str, ...], topics: tuple[str, ...], waits: bool
):
    """Areas that cover one another meet, and so do no topics and any."""
    for n in range(5):
        issue(applied, f"a{n}", topics=("fraud",))
    assert issue(applied, "last", areas=areas, topics=topics).waits is waits


def test_a_large_alert_waits_and_a_second_person_lets_it_go(strict: App):
    """Nobody is told before; who approved is kept."""
    follow(strict, ada="eastfield", ben="eastfield")
    assert issue(strict, "a").waits
    settle(strict)
    assert (to_residents(strict), versions(strict)) == ([], [(1, "waiting")])
    alerts.approve(strict, "a", by="approver")
    settle(strict)
    assert len(to_residents(strict)) == 2
    with strict.reading() as unit:
        assert (unit.alerts.find("a").approved_by, unit.alerts.find("a").who) == ("approver", "editor")
    audit_holds(strict)


@pytest.mark.parametrize(
    ("who", "by", "error"),
    [("editor", "editor", Refused), ("editor", "stranger", Refused), ("approver", "approver", Waiting)],
)
def test_not_everybody_may_approve_and_nobody_their_own(strict: App, who: str, by: str, error: type[Exception]):
    """Whoever may only write, whoever is no staff, whoever submitted it."""
    follow(strict, ada="eastfield", ben="eastfield")
    issue(strict, "a", who=who)
    with pytest.raises(error):
        alerts.approve(strict, "a", by=by)
    settle(strict)
    assert to_residents(strict) == []


def test_what_does_not_wait_cannot_be_approved(strict: App):
    """Twice, or never submitted."""
    follow(strict, ada="eastfield", ben="eastfield")
    issue(strict, "a")
    alerts.approve(strict, "a", by="approver")
    with pytest.raises(NotFound):
        alerts.approve(strict, "a", by="approver")
    with pytest.raises(NotFound):
        alerts.approve(strict, "b", by="approver")


def test_while_one_version_waits_no_other_can_be_sent(strict: App):
    """The approver must know what they let go."""
    follow(strict, ada="eastfield", ben="eastfield")
    issue(strict, "a")
    with pytest.raises(Refused, match="waits for approval already"):
        issue(strict, "a", title="Better")


def test_a_waiting_alert_can_be_withdrawn(strict: App):
    """And then not be approved any more."""
    follow(strict, ada="eastfield", ben="eastfield")
    issue(strict, "a")
    alerts.withdraw(strict, "a", who="editor")
    with pytest.raises(NotFound):
        alerts.approve(strict, "a", by="approver")
    settle(strict)
    assert to_residents(strict) == []


def test_a_correction_counts_whoever_it_would_reach(strict: App):
    """Its own audience is one person, but the many who were told before get it too."""
    follow(strict, ada="eastfield", ben="eastfield", cy="harbour")
    issue(strict, "a")
    alerts.approve(strict, "a", by="approver")
    settle(strict)
    made = issue(strict, "a", areas=("harbour",))
    assert (made.people, made.waits) == (3, True)


def test_advice_reaches_a_daily_person_in_their_digest(applied: App, clock: Clock):
    """And a warning at once."""
    add_people(applied, ("ada", Wanted(kinds=("alerts",), frequency=Frequency.DAILY)))
    advise(applied, "advice")
    issue(applied, "warning")
    settle(applied)
    assert [subject for _, subject in mails(applied, "ada")] == ["Warning: Alert warning"]
