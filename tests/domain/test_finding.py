"""What a resident's search finds among entries."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from engage.domain.calendars import Status
from engage.domain.finding import Search, find
from tests.feeds.samples import OFFICE, campaign, meeting, revision

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
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
    assert bool(find([revision(TALK)], search, office=OFFICE, now=NOW)) is is_found


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
    assert {r.entry.id for r in find(every, search, office=OFFICE, now=NOW)} == found
