"""What is right as TOML and cannot be meant: each with the place and the sentence."""

import pytest

from engage.declared import read as reading
from tests.declared.samples import MEETING, OFFICE, PROGRAMME, SERIES, VENUE, declare, only, said

REMINDER = "`reminders` cannot be used: "
ZONE = '`timezone` must be the name of a time zone such as "Europe/London".'
HOST = "must name a public website, as in https://www.example.org/page."


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("remnders = []", '7:1 unknown-key `remnders` is not a key of [[meeting]]. Did you mean "reminders"?'),
        (
            "api_key = 'x'",
            "7:1 secret `api_key` looks like a secret. Secrets do not stand in these files but in the settings (ENGAGE_...).",
        ),
        ("note = 5", '7:8 bad-type `note` must be text between quotation marks, as in note = "..."; it is a number.'),
        ('counts = "yes"', "7:10 bad-type `counts` must be true or false, without quotation marks; it is text."),
        ('attendance = "42"', "7:14 bad-type `attendance` must be a whole number without quotation marks; it is text."),
        ("attendance = -1", "7:14 bad-number `attendance` must be at least 0."),
        (
            'topics = "burglary"',
            "7:10 bad-type `topics` must be a list in square brackets, as in topics = [...]; it is text.",
        ),
        (
            "papers = [1]",
            "7:11 bad-type `papers` must be a table with keys of its own, as in papers = { ... }; it is a number.",
        ),
        ('papers = [{ title = "Agenda" }]', "7:11 missing `papers` of [[meeting]] has no `url`."),
        (
            'papers = [{ title = "Agenda", ulr = "x", url = "https://example.org" }]',
            '7:31 unknown-key `ulr` is not a key of `papers` of [[meeting]]. Did you mean "url"?',
        ),
        (
            'status = "canceled"',
            '7:10 bad-choice `status` must be confirmed, tentative, cancelled or not-held. Did you mean "cancelled"?',
        ),
        ('note = ""', "7:8 empty-text `note` is empty. Write something or leave the line out."),
        ('note = "' + "x" * 2001 + '"', "7:8 text-length `note` has 2001 characters; it must have at most 2000."),
        ('duration = "soon"', '7:12 bad-duration `duration` must be a length such as "1h30m", "90 min" or "2 hours".'),
        ('duration = "0 min"', "7:12 bad-duration `duration` must be longer than nothing and at most 7 days."),
        ('duration = "8 days"', "7:12 bad-duration `duration` must be longer than nothing and at most 7 days."),
        ("ends = 2026-12-03T18:30:00", "7:8 end-before-start `ends` must be after the start."),
        ("ends = 2026-12-13T18:30:00", "7:8 too-long A meeting takes at most 7 days."),
        (
            "ends = 2026-12-03",
            "7:8 bad-moment `ends` must be a date and time such as 2026-12-03T18:30:00. It has no time of day.",
        ),
        (
            "ends = 2026-12-03T20:00:00Z",
            "7:8 bad-moment `ends` is wall time: leave out the zone at the end, as in 2026-12-03T20:00:00.",
        ),
        ("ends = 9999-12-03T20:00:00", "7:8 bad-date `ends` is in the year 9999; it must be from 1990 to 2100."),
        (
            "ends = 2027-03-28T01:30:00",
            "7:8 time-does-not-exist There is no 01:30 on Sunday 28 March 2027: the clocks go forward over it. Write another time.",
        ),
        ('venue = "hal"', '7:9 unknown-venue There is no venue "hal". Did you mean "hall"?'),
        (
            'areas = ["vale", "okham"]',
            '7:18 unknown-area There is no area "okham" in office.toml. Did you mean "oakham"?',
        ),
        (
            'topics = ["burglry"]',
            '7:11 unknown-topic There is no topic "burglry" in office.toml. Did you mean "burglary"?',
        ),
        (
            'concerns = [{ id = "c", raised = "Bikes", topic = "bikes" }]',
            '7:51 unknown-topic There is no topic "bikes" in office.toml.',
        ),
        (
            'concerns = [{ id = "c", raised = "Bikes" }, { id = "c", raised = "Noise" }]',
            '7:52 duplicate-id The id "c" is used by two concerns of one meeting. The other one is in line 7.',
        ),
        ('online = "javascript:alert(1)"', "7:10 bad-url `online` must begin with https:// or http://."),
        ('online = "data:text/html,x"', "7:10 bad-url `online` must begin with https:// or http://."),
        ('online = "file:///etc/passwd"', "7:10 bad-url `online` must begin with https:// or http://."),
        ('online = "https:///x"', f"7:10 bad-url `online` {HOST}"),
        ('online = "https://localhost/x"', f"7:10 bad-url `online` {HOST}"),
        ('online = "http://10.0.0.8/x"', f"7:10 bad-url `online` {HOST}"),
        ('online = "http://[::1]/x"', f"7:10 bad-url `online` {HOST}"),
        ('online = "https://[x"', "7:10 bad-url `online` must be a web address such as https://www.example.org/page."),
        ('online = "https://u:p@example.org"', "7:10 bad-url `online` must not hold a name or password before the @."),
        (
            'online = "https://example.org/a b"',
            "7:10 bad-url `online` must be a web address without spaces, quotation marks or accents. Copy it from the browser.",
        ),
        (
            f'online = "https://example.org/{"x" * 2000}"',
            "7:10 bad-url `online` has 2020 characters; a web address may have 2000.",
        ),
        (
            'reminders = [{ before = "0 days" }]',
            f"7:14 bad-reminder {REMINDER}a reminder comes before the start, by at most 366 days.",
        ),
        (
            'reminders = [{ before = "2 hours", at = 18:00:00 }]',
            f"7:14 bad-reminder {REMINDER}`at` goes with days or weeks only: hours and minutes before the start leave no choice.",
        ),
        (
            "reminders = [" + '{ before = "1 day" },' * 11 + "]",
            "7:13 bad-count `reminders` must have at most 10 items; it has 11.",
        ),
        ("date = 2026-12-03", "7:1 date-alone `date` goes with `series`; a meeting has `starts`."),
    ],
)
def test_a_meeting_that_cannot_be_meant_is_answered_where_it_stands(line, expected):
    """One mistake, one sentence, in words that need no manual."""
    assert only(declare(MEETING, line + "\n", VENUE)) == f"talks.toml:{expected}"


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            MEETING.replace("meeting", "meetings"),
            '3:3 unknown-table [[meetings]] is not a table of this file. Did you mean "meeting"?',
        ),
        (
            MEETING.replace("[[meeting]]", "[meeting]"),
            "3:1 table-brackets Write [[meeting]] with two brackets: there may be many of them.",
        ),
        (
            '[[topic]]\nid = "x"\n',
            "3:3 unknown-table [[topic]] is not a table of this file. It belongs in office.toml.",
        ),
        (MEETING.replace('title = "Your questions"\n', ""), "3:1 missing [[meeting]] has no `title`."),
        (MEETING.replace('"Your questions"', '"Your\\r\\nquestions"'), "5:9 line-break `title` must stay on one line."),
        (
            MEETING.replace('"Your questions"', f'"{"x" * 201}"'),
            "5:9 text-length `title` has 201 characters; it must have at most 200.",
        ),
        (
            MEETING.replace('"winter"', '"all"'),
            '4:6 reserved-id `id` cannot be "all": the system uses that word itself.',
        ),
        (
            MEETING.replace('"winter"', '"Winter 2026!"'),
            '4:6 bad-id `id` must have small letters, digits and hyphens only, at most 80. Write "winter-2026".',
        ),
        (MEETING + MEETING, '8:6 duplicate-id The id "winter" is used by two entries. The other one is in line 4.'),
        (
            VENUE + VENUE.replace("hall", "HALL"),
            '8:6 bad-id `id` must have small letters, digits and hyphens only, at most 80. Write "hall".',
        ),
        (
            VENUE + VENUE.replace("hall", "HALL"),
            '8:6 duplicate-id The id "HALL" is used by two venues ("hall" differs in capitals only). The other one is in line 4.',
        ),
        (
            SERIES + MEETING.replace("winter", "oakham-2026-12-08"),
            (
                '11:6 duplicate-id The id "oakham-2026-12-08" is made twice: '
                "a series or campaign makes ids of its own id and its dates. The other one is in line 4."
            ),
        ),
        (VENUE + "geo = [54.5]\n", "7:7 bad-count `geo` must have at least 2 items; it has 1."),
        (VENUE + "geo = [nan, inf]\n", "7:8 bad-type `geo` must be an ordinary number; it is a number."),
        (PROGRAMME + "milestones = { every = 0, also = [666, -1] }\n", "5:24 bad-number `every` must be at least 1."),
        (PROGRAMME + "milestones = { every = 0, also = [666, -1] }\n", "5:40 bad-number `also` must be at least 1."),
        (
            '[[deadline]]\nid = "fund"\ntitle = "Fund"\ncloses = 2027-02-16\n',
            "6:10 bad-moment `closes` must be a date and time such as 2026-12-03T18:30:00. It has no time of day.",
        ),
        (
            '[[campaign]]\nid = "week"\ntitle = "Week"\nfrom = 2026-11-25\nto = 2026-11-24\n',
            "7:6 end-before-start `to` must not be before `from`.",
        ),
        (
            '[[campaign]]\nid = "week"\ntitle = "Week"\nfrom = 2026-11-25\nevery = "month"\n',
            "7:9 bad-choice `every` must be year.",
        ),
    ],
)
def test_a_table_that_cannot_be_meant_is_answered_where_it_stands(table, expected):
    """[[meetings]] must not silently lose a meeting, nor two meetings share one identity."""
    assert f"talks.toml:{expected}" in said(declare(table))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            "except = [2026-12-09]\n",
            (
                "10:11 bad-series `except` does not fit: Wednesday 9 December 2026 is not a date of this series; "
                "the nearest are Tuesday 8 December 2026 and Tuesday 12 January 2027."
            ),
        ),
        ("rrule = 'FREQ=DAILY'\n", "10:9 bad-series `rrule` stands in place of `every` and `on`: keep one of them."),
        ("until = 2026-10-01\n", "10:9 bad-series `until` is before `from`."),
        (
            '[[meeting]]\nseries = "oakham"\ndate = 2026-12-09\n',
            (
                "12:8 not-in-series Wednesday 9 December 2026 is not a date of this series; "
                "the nearest are Tuesday 8 December 2026 and Tuesday 12 January 2027."
            ),
        ),
        (
            'except = [2026-12-08]\n[[meeting]]\nseries = "oakham"\ndate = 2026-12-08\n',
            "13:8 not-in-series The series leaves 2026-12-08 out (`except`).",
        ),
        (
            '[[meeting]]\nseries = "oakam"\ndate = 2026-12-08\n',
            '11:10 unknown-series There is no series "oakam". Did you mean "oakham"?',
        ),
        (
            '[[meeting]]\nseries = "oakham"\n',
            "10:1 missing [[meeting]] with `series` has no `date`: which date of the series is it?",
        ),
        (
            '[[meeting]]\nseries = "oakham"\ndate = 2026-12-08\nid = "x"\n',
            "13:1 override-id One date of a series has no id of its own: it keeps the series' id and its date.",
        ),
        (
            '[[meeting]]\nseries = "oakham"\ndate = 2026-12-08\n[[meeting]]\nseries = "oakham"\ndate = 2026-12-08\n',
            '15:8 duplicate-override 2026-12-08 of the series "oakham" is described twice. The other one is in line 12.',
        ),
    ],
)
def test_a_series_that_cannot_be_meant_is_answered_where_it_stands(lines, expected):
    """Dates that the series does not have are named with their neighbours."""
    assert only(declare(SERIES, lines)) == f"talks.toml:{expected}"


@pytest.mark.parametrize(
    ("given", "better", "expected"),
    [
        ('"Europe/London"', '"GMT Standard Time"', f'5:12 unknown-zone {ZONE} Write "Europe/London": it knows when the clocks change.'),
        ('"Europe/London"', '"BST"', f'5:12 unknown-zone {ZONE} Write "Europe/London": it knows when the clocks change.'),
        ('"Europe/London"', '"Europe/Lodon"', f'5:12 unknown-zone {ZONE} Did you mean "Europe/London"?'),
        ('"Europe/London"', '"../../etc/passwd"', f"5:12 unknown-zone {ZONE}"),
        ('"pcc@example.org"', '"pcc"', "4:9 bad-email `email` must be an e-mail address such as pcc@example.org."),
        ('"pcc.example.org"', '"PCC"', '6:14 bad-host `uid_domain` must be a name such as "pcc.example.org", in small letters.'),
        ("uid_domain", 'languages = ["en", "welsh"]\nuid_domain', '6:20 bad-language `languages` must hold languages such as "en" or "cy".'),
        ("uid_domain", 'languages = ["en", "en"]\nuid_domain', '6:13 language-twice `languages` names "en" twice.'),
        ('within = "vale"\n', "", "10:1 second-root-area Only one area, which covers all others, may be without `within`. The other one is in line 7."),
        ('name = "Vale"\n', 'name = "Vale"\nwithin = "ashby"\n', "7:1 no-root-area Every area has a `within`: the first, which covers all, has none."),
        ('name = "Vale"\n', 'name = "Vale"\nwithin = "ashby"\n', "10:10 area-circle These areas lie in each other: vale > ashby > vale."),
        ('within = "vale"', 'within = "vael"', '13:10 unknown-area There is no area "vael" in office.toml. Did you mean "vale"?'),
        ('id = "ashby"', 'id = "oakham"', '15:6 duplicate-id The id "oakham" is used by two areas. The other one is in line 11.'),
        ("[office]", "[offices]", '1:2 unknown-table [offices] is not a table of this file. Did you mean "office"?'),
        ("[office]", "[offices]", "1:1 missing-table This file has no [office]."),
    ],
)  # fmt: skip
def test_an_office_that_cannot_be_meant_is_answered_where_it_stands(given, better, expected):
    """Zones by their IANA names; one tree of areas."""
    assert f"office.toml:{expected}" in said(declare(office=OFFICE.replace(given, better)))


def test_a_folder_without_an_office_says_so():
    """Areas and topics cannot be known then and are not called unknown."""
    declared = declare(MEETING, 'areas = ["nowhere"]\n', office=None)
    assert only(declared) == (
        "office.toml:1:1 no-office There is no office.toml in this folder: it says who we are, our areas and our topics."
    )


def test_a_problem_of_the_office_hides_none_of_the_calendars():
    """Staff see everything at once, sorted by file and line."""
    declared = declare(MEETING, 'topics = ["bikes"]\n', office=OFFICE.replace("pcc@example.org", "pcc"))
    assert [(problem.file, problem.code) for problem in declared.problems] == [
        ("office.toml", "bad-email"),
        ("talks.toml", "unknown-topic"),
    ]


def test_two_files_cannot_be_one_calendar():
    """[calendar] id is how a renamed file keeps its identity, so it must not be another's."""
    declared = declare(other='[calendar]\nname = "Other"\nid = "talks"\n')
    assert only(declared) == (
        'talks.toml:1:1 duplicate-id The id "talks" is used by two calendars. The other one is in other.toml, line 3.'
    )


@pytest.mark.parametrize("stem", ["Talks", "talks - Copy", "all"])
def test_a_file_is_called_like_an_id(stem):
    """A copy made by Windows is pointed out instead of doubling every meeting in silence."""
    declared = declare(**{stem: '[calendar]\nname = "Other"\n'})
    assert [(problem.file, problem.code) for problem in declared.problems] == [(f"{stem}.toml", "bad-file-name")]


def test_too_many_tables_are_refused(monkeypatch):
    """5,000 meetings and 500 series a folder are the limit; here it is set to 2."""
    monkeypatch.setitem(reading.LIMITS, "meeting", 2)
    declared = declare(*(MEETING.replace("winter", f"m{n}") for n in range(3)))
    assert only(declared) == "talks.toml:11:1 too-many This is more than 2 [[meeting]] in one folder."


def test_a_doubled_hour_warns_and_does_not_stop():
    """01:30 on 25 October 2026 is the first of the two."""
    declared = declare(MEETING.replace("2026-12-03T18:30", "2026-10-25T01:30"))
    assert declared.schedule is not None
    assert [(problem.severity, problem.message) for problem in declared.problems] == [
        (
            "warning",
            "01:30 on Sunday 25 October 2026 happens twice, because the clocks go back. The first is meant: 00:30 UTC.",
        )
    ]


def test_a_warning_is_silenced_with_a_reason_and_a_problem_is_not():
    """`silence` names the warning; it holds for its own meeting only."""
    night = MEETING.replace("2026-12-03T18:30", "2026-10-25T01:30")
    silence = 'silence = [{ check = "time-happens-twice", reason = "A night walk" }]\n'
    assert declare(night, silence).problems == ()
    other = night.replace("winter", "other")
    assert [problem.line for problem in declare(night, silence, other).problems] == [11]
    end = silence.replace("time-happens-twice", "end-before-start") + "ends = 2026-10-25T00:30:00\n"
    assert [problem.code for problem in declare(night, silence, end.replace("silence", "# silence")).problems] == [
        "end-before-start"
    ]


def test_an_office_says_in_which_languages_it_speaks():
    """Its own first; English when it says nothing."""
    assert declare().schedule.office.languages == ("en",)
    welsh = OFFICE.replace("uid_domain", 'languages = ["cy", "en"]\nuid_domain')
    assert declare(office=welsh).schedule.office.languages == ("cy", "en")


UNKNOWN = "colour = 'red'\n"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((MEETING, 'venue = "hal"\n', UNKNOWN, VENUE), ["7:9 unknown-venue", "8:1 unknown-key"]),
        ((MEETING, UNKNOWN, MEETING.replace("winter", "spring"), 'venue = "hal"\n'), ["7:1 unknown-key", "12:9 unknown-venue"]),
        ((MEETING, UNKNOWN, 'areas = ["okham"]\ntopics = ["burglry"]\n'), ["7:1 unknown-key", "8:10 unknown-area", "9:11 unknown-topic"]),
        ((MEETING, "attendance = 'many'\n", 'venue = "hal"\n'), ["7:14 bad-type", "8:9 unknown-venue"]),
        ((MEETING, 'concerns = [{ id = "c", topic = "bikes" }]\n'), ["7:13 missing", "7:33 unknown-topic"]),
        ((MEETING, 'topics = [5, "burglry", ""]\n'), ["7:11 bad-type", "7:14 unknown-topic", "7:25 empty-text"]),
        ((MEETING, UNKNOWN, "ends = 2026-12-03T18:00:00\n"), ["7:1 unknown-key", "8:8 end-before-start"]),
        (("topics = ['burglry']\n", UNKNOWN), ["3:11 unknown-topic", "4:1 unknown-key"]),
        ((VENUE.replace("oakham", "okham"), UNKNOWN), ["6:8 unknown-area", "7:1 unknown-key"]),
        ((SERIES.replace("second", "2026"), UNKNOWN), ["7:6 bad-series", "10:1 unknown-key"]),
        (('[[meeting]]\nseries = "okham"\ndate = 2026-12-08\n', UNKNOWN, SERIES), ["4:10 unknown-series", "6:1 unknown-key"]),
        (('[[meeting]]\nseries = "oakham"\ndate = 2026-12-09\n', UNKNOWN, SERIES), ["5:8 not-in-series", "6:1 unknown-key"]),
        ((MEETING.replace('title = "Your questions"\n', ""), UNKNOWN), ["3:1 missing", "6:1 unknown-key"]),
    ],
)  # fmt: skip
def test_a_key_or_value_that_is_wrong_hides_no_other_mistake(parts, expected):
    """Every mistake at once: neither in its own table nor anywhere else in the folder."""
    assert [sentence.removeprefix("talks.toml:").split(" ")[:2] for sentence in said(declare(*parts))] == [
        place.split(" ") for place in expected
    ]


@pytest.mark.parametrize(
    "parts",
    [
        (MEETING.replace("title", "tital"),),
        (MEETING.replace("starts", "start"),),
        (MEETING.replace("id =", "idd ="),),
        (SERIES, '[[meeting]]\nseires = "oakham"\ndate = 2026-12-08\n'),
        (SERIES, '[[meeting]]\nseries = "oakham"\ndat = 2026-12-08\n'),
        (SERIES.replace("every", "evry"),),
        (SERIES.replace("title", "tilte"),),
        (SERIES.replace("on =", "onn ="), '[[meeting]]\nseries = "oakham"\ndate = 2026-12-08\n'),
        (VENUE.replace("name", "nmae"), MEETING, 'venue = "hall"\n'),
        (PROGRAMME.replace("count", "cuont"),),
        (MEETING, 'papers = [{ titel = "Agenda", url = "https://example.org/a" }]\n'),
    ],
)
def test_what_only_follows_from_a_misspelt_key_is_no_second_mistake(parts):
    """That the key which was meant is missing then, says nothing new."""
    assert " unknown-key " in only(declare(*parts))


def test_what_names_nothing_is_found_in_every_file_of_the_folder():
    """The tree of areas, tips and minutes of travel name things too, also where more is wrong with them."""
    office = OFFICE.replace('within = "vale"\n', 'within = "vail"\ncolour = "red"\n', 1)
    found = declare(
        office=office + '[[travel]]\nbetween = ["oakham", "ashbi"]\n',
        tips='[[tip]]\nid = "t"\ntitle = "T"\ntext = "Close every window whenever you go out, and lock the back door as well."\ntopics = ["burglry"]\n',
    )
    assert [(p.file, p.code) for p in found.problems] == [
        ("office.toml", "unknown-area"),
        ("office.toml", "unknown-key"),
        ("office.toml", "missing"),
        ("office.toml", "unknown-area"),
        ("tips.toml", "missing"),
        ("tips.toml", "unknown-topic"),
    ]
