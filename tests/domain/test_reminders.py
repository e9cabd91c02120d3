"""When people are reminded of an entry."""

import inspect
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.domain import reminders
from engage.domain.calendars import Entry, Kind, Reminder
from engage.domain.reminders import KINDS, READERS, declare, key_of, moments

LONDON = ZoneInfo("Europe/London")


def entry(*written, starts=datetime(2026, 12, 3, 18, 30)):
    start = starts.replace(tzinfo=LONDON).astimezone(UTC)
    return Entry(
        id="winter",
        calendar_id="talks",
        kind=Kind.MEETING,
        title="Your questions",
        starts_at=start,
        ends_at=start + timedelta(hours=1),
        timezone="Europe/London",
        areas=("vale",),
        reminders=tuple(declare(given) for given in written),
    )


def local(*written, starts=datetime(2026, 12, 3, 18, 30)):
    return [(key, f"{when.astimezone(LONDON):%m-%d %H:%M}") for key, when in moments(entry(*written, starts=starts))]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"before": "7 days", "at": datetime(2026, 1, 1, 18).time()}, ("7 days@18:00", "11-26 18:00")),
        ({"before": "7 days", "at": "18:00"}, ("7 days@18:00", "11-26 18:00")),
        ({"before": "1 week"}, ("1 week", "11-26 18:30")),
        ({"before": "2 Hours"}, ("2 hours", "12-03 16:30")),
        ({"before": "90 min"}, ("90 min", "12-03 17:00")),
        ({"kind": "before", "before": "1 day"}, ("1 day", "12-02 18:30")),
        ({"kind": "morning", "at": "08:00"}, ("morning@08:00", "12-03 08:00")),
    ],
)
def test_a_reminder_comes_when_it_says(given, expected):
    """Its key stays the same however the time was typed."""
    assert local(given) == [expected]


def test_days_are_wall_clock_and_hours_are_elapsed():
    """Over the spring change of 29 March 2026, 2 days before keep the time of day and 48 hours do not."""
    assert local({"before": "2 days"}, {"before": "48 hours"}, starts=datetime(2026, 3, 30, 18, 30)) == [
        ("48 hours", "03-28 17:30"),
        ("2 days", "03-28 18:30"),
    ]


def test_a_reminder_for_a_skipped_hour_comes_after_the_gap():
    """One day before 01:30 on 30 March 2026 no clock shows 01:30; the reminder is not lost."""
    assert local({"before": "1 day"}, starts=datetime(2026, 3, 30, 1, 30)) == [("1 day", "03-29 02:30")]


def test_a_reminder_for_a_doubled_hour_comes_once_at_the_first():
    """One day before 01:30 on 26 October 2026 clocks show 01:30 twice."""
    due = moments(entry({"before": "1 day"}, starts=datetime(2026, 10, 26, 1, 30)))
    assert list(due) == [("1 day", datetime(2026, 10, 25, 0, 30, tzinfo=UTC))]


def test_reminders_come_in_order_and_never_at_or_after_the_start():
    """A morning reminder of a breakfast meeting falls away."""
    written = [{"before": "2 hours"}, {"kind": "morning", "at": "08:00"}, {"before": "7 days", "at": "18:00"}]
    assert [key for key, _ in local(*written)] == ["7 days@18:00", "morning@08:00", "2 hours"]
    assert [key for key, _ in local(*written, starts=datetime(2026, 12, 3, 8, 0))] == ["7 days@18:00", "2 hours"]


def test_the_same_reminder_twice_is_one():
    """A key names one moment of an entry."""
    assert len(local({"before": "1 day"}, {"before": "1  DAY"})) == 1


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, 'a "before" reminder needs `before`.'),
        ({"before": "0 days"}, "a reminder comes before the start, by at most 366 days."),
        ({"before": "367 days"}, "a reminder comes before the start, by at most 366 days."),
        ({"before": "-1 day"}, '`before` must be a time such as "7 days", "2 hours" or "90 min".'),
        ({"before": 7}, '`before` must be a time such as "7 days", "2 hours" or "90 min".'),
        (
            {"before": "2 hours", "at": "18:00"},
            "`at` goes with days or weeks only: hours and minutes before the start leave no choice.",
        ),
        ({"before": "1 day", "at": "24:00"}, '`at` must be a time of day such as 18:00:00 or "18:00".'),
        ({"kind": "mornin", "at": "08:00"}, 'its `kind` is one of before, morning. Did you mean "morning"?'),
        ({"kind": "morning"}, 'a "morning" reminder needs `at`.'),
        (
            {"bfore": "1 day"},
            '`bfore` is not a key of a "before" reminder, which has `before` and `at`. Did you mean "before"?',
        ),
    ],
)
def test_a_reminder_that_cannot_be_meant_is_answered_in_a_sentence(given, sentence):
    """The sentence names the key and what to write."""
    with pytest.raises(ValueError) as caught:
        declare(given)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_its_parameters_by_its_signature(kind):
    """A kind takes the local start and keyword-only parameters of types that can be read from text."""
    first, *others = inspect.signature(KINDS[kind]).parameters.values()
    assert first.name == "start"
    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in others)
    assert all(reader in READERS.values() for reader, _ in reminders.parameters(kind).values())


@given(
    st.dictionaries(
        st.sampled_from(["kind", "before", "at", "x"]), st.text(max_size=12) | st.integers() | st.booleans()
    )
)
def test_whatever_is_written_is_read_or_answered(given):
    """Nothing but ValueError comes out, and what is read yields a key and a moment."""
    try:
        reminder = declare(given)
    except ValueError:
        return
    assert isinstance(reminder, Reminder)
    assert key_of(reminder)
    reminders.when(reminder, datetime(2026, 3, 30, 1, 30, tzinfo=LONDON))
