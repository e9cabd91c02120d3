"""plan and apply: what becomes true at once, what waits for a person, what is refused."""

from __future__ import annotations

import pytest

from engage.app import App
from engage.domain.calendars import Status
from engage.domain.people import Wanted
from engage.errors import Refused, StalePlan
from engage.work import calendars, plans
from engage.work.looking import status
from engage.work.plans import Proposal
from tests.office import OFFICE_TOML, Clock, Office, add_people, apply, mails, meeting, settle

A, B, H = (
    meeting("winter-a", "2026-11-24T18:30:00"),
    meeting("winter-b", "2026-12-08T18:30:00"),
    meeting("harbour-a", "2026-12-15T18:30:00", venue="quay"),
)


def propose(app: App) -> Proposal:
    return calendars.propose_folder(app, app.settings.calendars)


def what(proposal: Proposal) -> dict[str, tuple[str, ...]]:
    return {change.entry.id: change.what for change in proposal.changes}


def revision(app: App, entry_id: str):
    with app.reading() as unit:
        return unit.schedule.find(entry_id)


def many(office: Office, n: int, *, cancel: int = 0, leave_out: int = 0) -> None:
    """*n* meetings ahead, of which the first are cancelled or left out."""
    office.talks(
        *(
            meeting(
                f"m{i:02}",
                f"2027-{1 + i // 28:02}-{1 + i % 28:02}T18:30:00",
                status="cancelled" if i < cancel else "confirmed",
            )
            for i in range(n)
            if i >= leave_out
        )
    )


def test_the_first_apply_makes_the_files_true_and_tells_nobody(app: App):
    """Whatever is in them: people hear of changes, not of beginnings."""
    add_people(app, ("ada", Wanted()))
    proposal = propose(app)
    assert (proposal.waits_for, proposal.would_tell) == ((), 0)
    assert set(what(proposal).values()) == {("added",)}
    done = plans.apply(app, proposal, who="ada")
    assert (done.changes, done.waits_for) == (3, ())
    settle(app)
    assert mails(app) == []
    assert revision(app, "winter-a").sequence == 0


def test_proposing_writes_nothing(app: App):
    """`engage plan` is a look."""
    propose(app)
    with app.reading() as unit:
        assert (unit.schedule.applied_id(), unit.schedule.marks()) == (None, {})


def test_applying_the_same_files_again_changes_nothing(app: App):
    """The watcher may look as often as it likes."""
    first = apply(app)
    again = apply(app)
    assert (again.plan_id, again.changes) == (first.plan_id, 0)
    with app.reading() as unit:
        assert len(unit.schedule.history()) == 1


def test_a_comment_is_kept_with_the_plan_and_changes_nothing_else(app: App, office: Office):
    """The source text is what `undo` brings back."""
    apply(app)
    office.talks(A, B, H, "# moved from the old hall\n")
    apply(app)
    with app.reading() as unit:
        assert "# moved from the old hall" in unit.schedule.sources()["village-talks.toml"]
        assert len(unit.schedule.history()) == 2
    assert revision(app, "winter-a").number == 1


def test_problems_keep_the_last_good_state(app: App, office: Office):
    """The sentences are kept for `status`; the next good save clears them."""
    apply(app)
    office.talks(A, meeting("winter-b", "2026-13-40T18:30:00"))
    assert calendars.apply_folder(app, office.folder, who="saved file") is None
    assert revision(app, "harbour-a").entry.status is Status.CONFIRMED
    (sentence,) = status(app)["problems"]
    assert sentence.startswith("village-talks.toml:")
    with pytest.raises(Refused):
        plans.apply(app, propose(app), who="ada")
    office.talks(A, B, H)
    assert calendars.apply_folder(app, office.folder, who="saved file").changes == 0
    assert status(app)["problems"] == []


def test_an_empty_file_is_a_problem_and_cancels_nothing(app: App, office: Office):
    """An editor crashed, a disk was full: 240 meetings must not be called off."""
    apply(app)
    office.write("village-talks.toml", "")
    assert calendars.apply_folder(app, office.folder, who="saved file") is None
    assert revision(app, "winter-b").entry.status is Status.CONFIRMED


# --- guards ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "cancel", "leave_out", "waits"),
    [(10, 4, 0, False), (10, 5, 0, True), (10, 0, 5, True), (10, 2, 3, True), (20, 2, 0, False), (20, 3, 0, True)],
)
def test_many_cancellations_wait_for_a_person(
    sqlite_app: App, office: Office, n: int, cancel: int, leave_out: int, waits: bool
):
    """Five, or over ten per cent of twenty; cancelled or left out of the file."""
    many(office, n)
    apply(sqlite_app)
    many(office, n, cancel=cancel + (leave_out if cancel else 0), leave_out=leave_out)
    assert bool(apply(sqlite_app).waits_for) == waits
    kept = revision(sqlite_app, f"m{leave_out:02}").entry.status
    assert (kept is Status.CONFIRMED) == (waits or cancel == 0)


def test_a_waiting_plan_changes_nothing_until_its_fingerprint_is_given(app: App, office: Office):
    """The last good state stays live; another fingerprint is refused; the right one makes it true."""
    many(office, 10)
    apply(app)
    many(office, 10, cancel=5)
    waiting = apply(app)
    assert waiting.waits_for == ("It cancels 5 coming entries (more than 4).",)
    assert apply(app).plan_id == waiting.plan_id, "waiting twice is waiting once"
    assert status(app)["waiting_plan"]["fingerprint"] == waiting.fingerprint
    settle(app)
    assert revision(app, "m00").entry.status is Status.CONFIRMED
    with pytest.raises(StalePlan, match="Plan again"):
        apply(app, confirm="0123456789ab")
    done = apply(app, confirm=waiting.fingerprint)
    assert (done.waits_for, done.changes) == ((), 6), "five are cancelled, and another one will be the 700th"
    assert revision(app, "m00").entry.status is Status.CANCELLED
    assert status(app)["waiting_plan"] is None


def test_a_confirmation_is_of_the_plan_that_was_seen(app: App, office: Office):
    """Somebody saved once more in between: what is confirmed is not what would happen."""
    many(office, 10)
    apply(app)
    many(office, 10, cancel=5)
    seen = apply(app).fingerprint
    many(office, 10, cancel=6)
    with pytest.raises(StalePlan):
        apply(app, confirm=seen)


def test_files_that_no_longer_say_it_take_the_waiting_plan_back(app: App, office: Office):
    """Put right, or broken: nobody may confirm what the files do not say any more."""
    many(office, 10)
    apply(app)
    for after in (lambda: many(office, 10), lambda: office.write("village-talks.toml", "[calendar")):
        many(office, 10, cancel=5)
        calendars.apply_folder(app, office.folder, who="saved file")
        assert status(app)["waiting_plan"] is not None
        after()
        calendars.apply_folder(app, office.folder, who="saved file")
        assert status(app)["waiting_plan"] is None


def test_telling_more_than_a_thousand_waits_and_says_how_many(sqlite_app: App, office: Office):
    """Counted are those whom the change concerns, at its old place and its new one."""
    apply(sqlite_app)
    everybody = [(f"p{n}", Wanted(areas=("eastfield",))) for n in range(1001)]
    add_people(sqlite_app, *everybody, *((f"q{n}", Wanted(areas=("harbour",))) for n in range(5)))
    office.talks(meeting("winter-a", "2026-11-24T18:30:00", venue="quay"), B, H)
    proposal = propose(sqlite_app)
    assert proposal.would_tell == 1006
    assert proposal.waits_for == ("It would tell 1,006 people (more than 1,000).",)
    office.talks(A, B, meeting("harbour-a", "2026-12-15T19:30:00", venue="quay"))
    assert (propose(sqlite_app).would_tell, propose(sqlite_app).waits_for) == (5, ())


def test_a_plan_on_a_stale_base_is_refused(app: App, office: Office):
    """Two people planned, one applied first."""
    apply(app)
    office.talks(A, B)
    mine = propose(app)
    office.talks(A, H)
    apply(app)
    with pytest.raises(StalePlan, match="Plan again"):
        plans.apply(app, mine, who="ada")
    assert revision(app, "harbour-a").entry.status is Status.CONFIRMED


def test_the_domain_of_uids_cannot_change_once_published(app: App, office: Office):
    """Every calendar app would show every meeting twice."""
    apply(app)
    office.write("office.toml", OFFICE_TOML.replace("westmark.example.org", "other.example.org"))
    with pytest.raises(Refused, match="uid_domain"):
        propose(app)
    office.write("office.toml", OFFICE_TOML)
    assert apply(app).changes == 0


# --- nothing is ever deleted ----------------------------------------------------------------------------------------


def test_an_entry_that_leaves_the_file_leaves_a_tombstone_and_may_return(app: App, office: Office, clock: Clock):
    """Removed with SEQUENCE + 1, reinstated with SEQUENCE + 1; every revision is kept."""
    apply(app)
    clock.move(hours=1)
    office.talks(A, H)
    assert what(propose(app)) == {"winter-b": ("removed",)}
    apply(app)
    gone = revision(app, "winter-b")
    assert (gone.entry.status, gone.sequence, gone.number) == (Status.REMOVED, 1, 2)
    clock.move(hours=1)
    office.talks(A, B, H)
    assert what(propose(app)) == {"winter-b": ("reinstated",)}
    apply(app)
    back = revision(app, "winter-b")
    assert (back.entry.status, back.sequence, back.number) == (Status.CONFIRMED, 2, 3)
    assert back.created_at < back.modified_at
    with app.reading() as unit:
        assert [r.what for r in unit.schedule.past_revisions("winter-b")] == [["added"], ["removed"], ["reinstated"]]


def test_a_past_entry_that_leaves_the_file_stays_as_it_was(app: App, office: Office, clock: Clock):
    """Staff tidy up at the end of the year; history is not rewritten, and it still counts."""
    apply(app)
    clock.move(days=7)
    settle(app)
    office.talks(B, H)
    assert what(propose(app)) == {}
    apply(app)
    settle(app)
    assert revision(app, "winter-a").entry.status is Status.CONFIRMED
    assert status(app)["meetings_held"] == 696


def test_a_changed_id_is_asked_about(app: App, office: Office):
    """Calendar apps would show both."""
    apply(app)
    office.talks(meeting("winter-renamed", "2026-11-24T18:30:00", title="Talk winter-a"), B, H)
    (warning,) = propose(app).plan.warnings
    assert '"winter-a"' in warning


def test_a_file_that_is_renamed_keeps_its_entries_through_its_calendars_id(app: App, office: Office):
    """`[calendar] id` is the identity; the file's name is only its first value."""
    apply(app)
    text = (
        (office.folder / "village-talks.toml").read_text().replace("[calendar]\n", '[calendar]\nid = "village-talks"\n')
    )
    (office.folder / "village-talks.toml").unlink()
    office.write("talks-2026.toml", text)
    assert what(propose(app)) == {}


def test_progress_is_shown_before_and_after(app: App, office: Office):
    """What a plan does to the next milestone."""
    apply(app)
    office.talks(A, B, H, meeting("x1", "2026-12-20T10:00:00"), meeting("x2", "2026-12-21T10:00:00"))
    before, after = propose(app).progress["village-talks"]
    assert (before.remaining, before.projected) == (5, None)
    assert after.projected.id == "x2"
