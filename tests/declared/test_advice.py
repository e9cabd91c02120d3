"""What a careful colleague would point out: each warning, what silences it, and silences that are no longer needed."""

from datetime import date
from typing import get_args

import pytest

from engage.declared.models import Check
from engage.domain.advice import CHECKS
from tests.declared.samples import MEETING, OFFICE, PROGRAMME, SERIES, TODAY, VENUE, declare, said

ACCESS = "access = { step_free = true }\n"
HALL = VENUE + ACCESS
OTHER = HALL.replace('"hall"', '"barn"').replace("Village Hall", "Barn").replace("oakham", "ashby")
TRAVEL = '[[travel]]\nbetween = ["oakham", "ashby"]\nminutes = 45\n'
MINUTES = 'minutes = "https://example.org/m.pdf"\n'


def meeting(name: str, starts: str, *lines: str) -> str:
    return f'[[meeting]]\nid = "{name}"\ntitle = "T"\nstarts = {starts}\nduration = "1h"\n' + "".join(f"{line}\n" for line in lines)  # fmt: skip


def warnings(*parts: str, office: str = OFFICE, today: date = TODAY) -> list[str]:
    """Code and sentence of each; there is nothing worse."""
    declared = declare(*parts, office=office, today=today)
    assert declared.schedule is not None, said(declared)
    return [f"{problem.code} {problem.message}" for problem in declared.problems]


def codes(*parts: str, **more) -> list[str]:
    return [line.split()[0] for line in warnings(*parts, **more)]


def test_a_meeting_on_a_bank_holiday_is_pointed_out():
    """By the country of the office: 30 November is one in Scotland and none in England."""
    assert warnings(meeting("a", "2026-12-25T10:00:00")) == [
        "bank-holiday Friday 25 December 2026 is a bank holiday (Christmas Day). Is the place open?"
    ]
    scottish = OFFICE.replace("uid_domain", 'country = "GB-SCT"\nuid_domain')
    assert codes(meeting("a", "2026-11-30T10:00:00")) == []
    assert codes(meeting("a", "2026-11-30T10:00:00"), office=scottish) == ["bank-holiday"]


@pytest.mark.parametrize("country", ["GB-ZZZ", "GB", "QQ"])
def test_a_country_nobody_knows_has_no_bank_holidays(country):
    """A part that the library does not know stands for its country; no office is refused for where it is."""
    office = OFFICE.replace("uid_domain", f'country = "{country}"\nuid_domain')
    assert codes(meeting("a", "2026-12-25T10:00:00"), office=office) == ["bank-holiday"] * (country != "QQ")


def test_a_series_has_one_warning_for_all_its_dates():
    """Two bank holidays, one line."""
    fridays = SERIES.replace('"month"', '"week"').replace("second Tuesday", "Friday")
    assert warnings(fridays) == [
        (
            "bank-holiday Friday 25 December 2026 is a bank holiday (Christmas Day); so are Friday 1 January 2027, "
            "Friday 26 March 2027. Is the place open?"
        )
    ]


def test_a_meeting_on_the_day_the_clocks_change_is_pointed_out():
    """People come an hour late."""
    assert warnings(meeting("a", "2027-03-28T10:00:00"), meeting("b", "2027-03-27T23:30:00")) == [
        "clock-change The clocks go forward on Sunday 28 March 2027, the day of this meeting. Remind people of it."
    ]


@pytest.mark.parametrize(("second", "found"), [("18:30", True), ("19:29", True), ("19:30", False), ("17:30", False), ("17:31", True)])  # fmt: skip
def test_a_venue_that_is_taken_is_pointed_out(second, found):
    """One hour each; the end of one may be the start of the next."""
    a = meeting("a", "2026-12-03T18:30:00", 'venue = "hall"')
    b = meeting("b", f"2026-12-03T{second}:00", 'venue = "hall"')
    assert codes(HALL, a, b) == ["venue-clash"] * found
    assert codes(HALL, a, b.replace('"hall"', '"barn"'), OTHER) == []


def test_a_clash_names_both_places_and_is_silenced_at_either():
    """A cancelled one takes no room."""
    a = meeting("a", "2026-12-03T18:30:00", 'venue = "hall"')
    b = meeting("b", "2026-12-03T19:00:00", 'venue = "hall"')
    assert warnings(HALL, a, b) == [
        'venue-clash Thursday 3 December 2026 at 7pm: Village Hall is taken at that time by "T" (a). The other one is in line 8.'
    ]
    silence = 'silence = [{ check = "venue-clash", reason = "Two rooms" }]\n'
    assert codes(HALL, a, silence, b) == codes(HALL, a, b, silence) == []
    assert codes(HALL, a, 'status = "cancelled"\nreason = "x"\n', b) == []


def test_two_series_that_clash_every_week_are_one_warning():
    """With how often."""
    weekly = SERIES.replace('"month"', '"week"').replace("second Tuesday", "Tuesday") + 'venue = "hall"\n'
    (found,) = warnings(HALL, weekly, weekly.replace('"oakham"', '"again"'))
    assert found.startswith("venue-clash Tuesday 24 November 2026 at 6:30pm: Village Hall is taken at that time by")
    assert ", and again on 56 other dates." in found


def test_nobody_is_in_two_places():
    """Nor at the next one before the road is driven; people who are not named are not looked for."""
    a = meeting("a", "2026-12-03T18:00:00", 'venue = "hall"', 'attending = ["commissioner"]')
    for second, found in (("18:30", ["attendee-clash"]), ("19:00", ["travel-time"]), ("19:44", ["travel-time"]), ("19:45", [])):  # fmt: skip
        b = meeting("b", f"2026-12-03T{second}:00", 'venue = "barn"', 'attending = ["commissioner", "chief"]')
        assert codes(HALL, OTHER, a, b, office=OFFICE + TRAVEL) == found
        assert codes(HALL, OTHER, a, b.replace("commissioner", "deputy"), office=OFFICE + TRAVEL) == []
    (sentence,) = warnings(HALL, OTHER, a, b.replace("19:45", "19:10"), office=OFFICE + TRAVEL)
    assert '"commissioner" needs 45 minutes to get here and has 10 after "T" (a).' in sentence


def test_an_area_that_was_not_met_for_months_is_pointed_out():
    """Only where the programme asks for it; the gap is from the last to the next, or to today."""
    programme = PROGRAMME + "visit_months = 6\n"
    last = meeting("a", "2026-04-01T18:30:00", 'areas = ["oakham"]')
    assert codes(PROGRAMME, last) == []
    assert warnings(programme, last) == [
        "area-not-met The last meeting of Talks in Oakham was on Wednesday 1 April 2026; none is planned.",
        "area-not-met The last meeting of Talks in Ashby is not in the files; none is planned.",
    ]
    soon = meeting("b", "2026-12-01T18:30:00", 'areas = ["oakham"]')
    assert "Oakham was on Wednesday 1 April 2026; the next is on Tuesday 1 December 2026." in warnings(programme, last, soon)[0]  # fmt: skip
    ashby = meeting("c", "2026-12-01T18:30:00", 'areas = ["ashby"]')
    recent = meeting("d", "2026-07-01T18:30:00", 'areas = ["oakham"]')
    assert codes(programme, recent, ashby) == []
    silenced = OFFICE.replace('name = "Oakham"\n', 'name = "Oakham"\nsilence = [{ check = "area-not-met", reason = "Flooded" }]\n')  # fmt: skip
    assert codes(programme, last, ashby, office=silenced) == []


def test_a_venue_without_access_information_is_pointed_out_where_people_will_go():
    """At the venue, once, with how many meetings; a venue nobody goes to is nobody's trouble."""
    there = MEETING + 'venue = "hall"\n'
    (found,) = warnings(VENUE, there)
    assert found.startswith("no-access Village Hall has no access information, and 1 meeting is planned there.")
    assert codes(VENUE, MEETING) == codes(HALL, there) == []
    assert codes(VENUE, 'silence = [{ check = "no-access", reason = "Asked" }]\n', there) == []


def test_minutes_are_missed_after_two_weeks_and_for_a_quarter():
    """Of held meetings that count, in a calendar that publishes minutes at all."""
    before = meeting("old", "2026-01-01T18:30:00") + MINUTES
    for day, found in (("2026-11-08", []), ("2026-11-07", ["no-minutes"]), ("2026-08-21", ["no-minutes"]), ("2026-08-20", [])):  # fmt: skip
        due = meeting("a", f"{day}T18:30:00")
        assert codes(PROGRAMME, before, due) == found
        assert codes(PROGRAMME, due) == codes(before, due) == codes(PROGRAMME, before, due, MINUTES) == []


def test_a_series_that_runs_out_soon_is_pointed_out():
    """Where its end is written; one whose end was meant says so at once and not only when it is near."""
    ends = SERIES + "until = 2026-12-31\n"
    assert warnings(ends) == [
        "series-ends This series runs out on Tuesday 8 December 2026. Give it a later `until`, or plan what follows."
    ]
    assert codes(SERIES) == codes(ends.replace("2026-12-31", "2027-06-30")) == []
    meant = 'silence = [{ check = "series-ends", reason = "A trial" }]\n'
    assert codes(ends, meant) == codes(ends.replace("2026-12-31", "2027-06-30"), meant) == []


def test_a_silence_needs_a_reason_and_a_warning_that_exists():
    """A bare silence would be a way to stop looking."""
    assert said(declare(MEETING, 'silence = [{ check = "bank-holiday" }]\n')) == [
        "talks.toml:7:12 missing `silence` of [[meeting]] has no `reason`."
    ]
    (found,) = said(declare(MEETING, 'silence = [{ check = "bank-holidays", reason = "Open" }]\n'))
    assert found.endswith('Did you mean "bank-holiday"?')


def test_a_silence_that_silences_nothing_is_pointed_out():
    """Its reason would mislead; in what is past nobody looks any more."""
    silence = 'silence = [{ check = "bank-holiday", reason = "Open" }]\n'
    assert warnings(MEETING, silence) == [
        'silence-unused There is no "bank-holiday" here that this would silence. Take it out.'
    ]
    assert codes(MEETING.replace("2026-12-03", "2025-12-03"), silence) == []
    assert codes(MEETING.replace("2026-12-03", "2026-12-25"), silence) == []
    assert codes(SERIES.replace("second Tuesday", "25th"), silence) == []
    assert codes(HALL, 'silence = [{ check = "no-access", reason = "x" }]\n', MEETING, 'venue = "hall"\n') == ["silence-unused"]  # fmt: skip


def test_a_date_of_a_series_is_silenced_by_itself_or_by_the_series():
    """The date's own table is where a warning about it stands."""
    series = SERIES.replace("second Tuesday", "25th") + "except = [2027-03-25, 2027-05-25]\n"
    own = '[[meeting]]\nseries = "oakham"\ndate = 2026-12-25\nnote = "x"\n'
    silence = 'silence = [{ check = "bank-holiday", reason = "Open" }]\n'
    assert said(declare(series, own))[0].startswith("talks.toml:11:1 bank-holiday")
    assert codes(series, own, silence) == codes(series, silence, own) == []


def test_a_folder_of_nothing_but_warnings_is_still_applied():
    """Two hundred are shown, located and sorted; how many more there are is said."""
    clashing = [meeting(f"m{n}", "2026-12-03T18:30:00", 'venue = "hall"') for n in range(251)]
    found = warnings(HALL, *clashing)
    assert len(found) == 201
    assert "too-many 50 more warnings are not shown. Settle some of these first." in found


def test_every_check_can_be_silenced_and_is_explained():
    """The names in the model, in the code and in docs/checks.md are the same."""
    from pathlib import Path

    names = set(get_args(Check))
    assert names == {*CHECKS, "time-happens-twice"}
    text = (Path(__file__).parents[2] / "docs" / "checks.md").read_text()
    assert {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")} == names
