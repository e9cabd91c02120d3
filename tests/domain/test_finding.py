"""What a resident's search finds among entries."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.domain.calendars import Status
from engage.domain.finding import Search, Timeline, find
from tests.feeds.samples import OFFICE, campaign, meeting, revision

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TALK = meeting()  # 3 December 2026, in Hemlington, about burglary


@pytest.mark.parametrize(
    ("search", "is_found"),
    [
        (Search(), True),
        (Search(areas=("hemlington",)), True),
        (Search(areas=("cleveland",)), True),
        (Search(areas=("north-ormesby",)), False),
        (Search(areas=("north-ormesby", "hemlington")), True),
        (Search(topic="burglary"), True),
        (Search(topic="fraud"), False),
        (Search(first=date(2026, 12, 3)), True),
        (Search(first=date(2026, 12, 4)), False),
        (Search(last=date(2026, 12, 3)), True),
        (Search(last=date(2026, 12, 2)), False),
        (Search(first=date(2026, 12, 3), last=date(2026, 12, 3), areas=("hemlington",)), True),
    ],
)
def test_area_topic_and_days_must_agree(search: Search, is_found: bool) -> None:
    """Days are inclusive; what is empty asks nothing."""
    assert bool(find(Timeline([revision(TALK)]), search, office=OFFICE, now=NOW)) is is_found


DAYS = st.one_of(st.none(), st.dates(date(2026, 11, 20), date(2026, 12, 20)))
ENTRIES = st.lists(
    st.tuples(st.integers(-900, 900), st.integers(1, 500), st.sampled_from(["Europe/London", "Pacific/Auckland"])), max_size=12
)  # fmt: skip


@given(entries=ENTRIES, first=DAYS, last=DAYS)
def test_the_timeline_leaves_nothing_out(
    entries: list[tuple[int, int, str]], first: date | None, last: date | None
) -> None:
    """Looking at the days around a search finds what looking at everything would, in the order of starts."""
    every = [
        revision(meeting(id=f"m{n}", starts_at=NOW + start * HOUR, ends_at=NOW + (start + hours) * HOUR, timezone=zone))
        for n, (start, hours, zone) in enumerate(sorted(entries))
    ]
    in_time = [r for r in every if (r.entry.ends_at > NOW if first is None else r.entry.ends_on >= first)]
    wanted = [r for r in in_time if last is None or r.entry.begins_on <= last]
    assert find(Timeline(every), Search(first=first, last=last), office=OFFICE, now=NOW) == wanted


@pytest.mark.parametrize(
    ("search", "found"),
    [
        (Search(), {"talk", "campaign"}),
        (Search(first=date(2026, 11, 1)), {"talk", "campaign", "over"}),
        (Search(first=date(2026, 12, 5), last=date(2026, 12, 6)), {"campaign"}),
        (Search(last=date(2026, 11, 30)), {"campaign"}),
    ],
)
def test_days_of_several_and_days_gone_by(search: Search, found: set[str]) -> None:
    """A campaign is found by any of its days; what is over only by a first day; what was withdrawn never."""
    over = meeting(id="over", starts_at=datetime(2026, 11, 3, 18, 30, tzinfo=UTC))
    gone = meeting(id="gone", status=Status.REMOVED)
    every = [revision(e) for e in (over, campaign(id="campaign"), meeting(id="talk"), gone)]
    assert {r.entry.id for r in find(Timeline(every), search, office=OFFICE, now=NOW)} == found
