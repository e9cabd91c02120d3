"""Which feeds exist and which entries they hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from engage.domain.calendars import Entry, Kind, Status
from engage.domain.feeds import (
    MOST_BYTES,
    MOST_ENTRIES,
    Item,
    feeds_of,
    fullness,
    holds,
    in_order,
    in_variant,
    in_window,
    trim,
)
from tests.feeds.samples import OFFICE, campaign, feed, meeting, moved, revision

TODAY = date(2026, 11, 21)


def stored(entry: Entry, size: int = 400) -> Item:
    return Item(revision=revision(entry), fragment=b"x" * size)


def run_of(days: range, size: int = 400) -> list[Item]:
    first = meeting(starts_at=datetime(2026, 11, 21, 18, tzinfo=UTC))
    return [stored(replace(moved(first, day), id=f"day{day:+05}"), size) for day in days]


def test_every_selection_is_published_in_every_variant() -> None:
    """The office's, then each calendar's whole, area, topic and venue feeds; plain and rich have paths of their own."""
    paths = [feed.path for feed in feeds_of(OFFICE)]
    assert paths[:3] == ["all", "your-force-your-voice", "your-force-your-voice/area/cleveland"]
    assert {"campaigns/topic/burglary", "campaigns/venue/hub", "plain/all", "rich/campaigns/area/hartlepool"} <= {
        *paths
    }
    assert len(paths) == len(set(paths)) == 3 * (1 + 2 * (1 + 5 + 2 + 1))


def test_a_variant_changes_the_path_and_nothing_else_of_the_selection() -> None:
    """C64: the rich variant is asked for by its path."""
    usual, rich = feed("campaigns"), feed("rich/campaigns")
    assert rich == in_variant(usual, "rich")
    assert replace(rich, path=usual.path, variant="") == usual


def test_names_tell_the_selection() -> None:
    """A reader with three of our feeds can tell them apart."""
    assert feed("your-force-your-voice/area/hemlington").name == "Your Force Your Voice: Hemlington"
    assert feed("campaigns/venue/hub").description == "Campaigns. At: Community Hub."
    assert feed("all").name == "Cleveland PCC"


@pytest.mark.parametrize(
    ("area", "held"),
    [
        ("hemlington", True),
        ("middlesbrough", True),
        ("cleveland", True),
        ("north-ormesby", False),
        ("hartlepool", False),
    ],
)
def test_an_area_feed_holds_what_is_near_and_not_the_neighbours(area: str, held: bool) -> None:
    """A meeting in Hemlington concerns those who follow Hemlington or what covers it."""
    assert holds(feed(f"your-force-your-voice/area/{area}"), meeting(areas=("hemlington",))) is held


def test_an_area_feed_holds_what_covers_it() -> None:
    """A meeting for the borough or the force concerns each neighbourhood in it."""
    one = feed("your-force-your-voice/area/north-ormesby")
    assert holds(one, meeting(areas=("middlesbrough",)))
    assert holds(one, meeting(areas=("cleveland",)))
    assert holds(one, meeting(areas=("hartlepool", "north-ormesby")))


def test_topic_venue_and_calendar_feeds_hold_their_own() -> None:
    """Each selector is exact; the feed of everything holds every calendar's."""
    assert holds(feed("your-force-your-voice/topic/burglary"), meeting())
    assert not holds(feed("your-force-your-voice/topic/burglary"), meeting(topics=("community",)))
    assert holds(feed("your-force-your-voice/venue/hub"), meeting())
    assert not holds(feed("your-force-your-voice/venue/hub"), meeting(venue=None))
    assert not holds(feed("campaigns"), meeting())
    assert holds(feed("all"), meeting())
    assert holds(feed("all"), campaign())


@pytest.mark.parametrize(
    ("ends_on", "status", "shown"),
    [
        (date(2025, 10, 21), Status.CONFIRMED, True),
        (date(2025, 10, 20), Status.CONFIRMED, False),
        (date(2031, 1, 1), Status.CONFIRMED, True),
        (date(2026, 10, 21), Status.CANCELLED, True),
        (date(2026, 10, 20), Status.CANCELLED, False),
        (date(2026, 10, 21), Status.NOT_HELD, True),
        (date(2026, 12, 25), Status.REMOVED, True),
        (date(2026, 10, 20), Status.REMOVED, False),
    ],
)
def test_the_window_is_the_future_and_13_months_and_31_days_for_what_is_gone(
    ends_on: date, status: Status, shown: bool
) -> None:
    """C53, C54, C67: leaving the feed deletes an entry for its readers, so nothing leaves before its date has passed."""
    starts_at = datetime(ends_on.year, ends_on.month, ends_on.day, 18, tzinfo=UTC)
    assert in_window(meeting(starts_at=starts_at, status=status), TODAY) is shown


def test_the_window_counts_months_by_the_calendar() -> None:
    """13 months before 31 March is the last day of February, in a leap year too."""
    on_leap_day = meeting(starts_at=datetime(2028, 2, 29, 18, tzinfo=UTC))
    assert in_window(on_leap_day, date(2029, 3, 31))
    assert not in_window(on_leap_day, date(2029, 4, 1))


def test_an_all_day_entry_stays_by_its_last_day() -> None:
    """Its end in UTC is the midnight after, which is the next civil day."""
    gone = campaign(status=Status.CANCELLED)
    assert in_window(gone, date(2027, 1, 10))
    assert not in_window(gone, date(2027, 1, 11))


def test_a_feed_is_ordered_by_start_then_id() -> None:
    """C66: the same entries in any order make the same feed."""
    noon = datetime(2026, 12, 1, 12, tzinfo=UTC)
    items = [
        stored(meeting(id=name, starts_at=noon + timedelta(hours=h))) for name, h in (("b", 1), ("c", 0), ("a", 1))
    ]
    assert [item.entry.id for item in in_order(items)] == ["c", "a", "b"]


def test_what_fits_is_left_alone() -> None:
    """C18: at the limit itself nothing is dropped."""
    items = run_of(range(-400, 599), size=MOST_BYTES // MOST_ENTRIES)
    assert len(items) == MOST_ENTRIES
    assert trim(items, TODAY).left_out == ()
    assert 0.99 < fullness(items) <= 1.0


def test_the_past_gives_way_before_the_future() -> None:
    """C18: the oldest entries go first, one by one."""
    trimmed = trim(run_of(range(-10, MOST_ENTRIES - 3)), TODAY)
    assert [item.entry.id for item in trimmed.left_out] == [f"day{day:+05}" for day in range(-10, -3)]
    assert len(trimmed.kept) == MOST_ENTRIES


def test_then_the_far_future_gives_way() -> None:
    """C18: the next meetings stay whatever happens."""
    trimmed = trim(run_of(range(-2, 1100), size=1_000), TODAY)
    kept = [item.entry.id for item in trimmed.kept]
    assert kept == [f"day{day:+05}" for day in range(MOST_BYTES // 1_000)]
    assert len(trimmed.kept) + len(trimmed.left_out) == 1102


def test_fullness_warns_by_bytes_or_by_number() -> None:
    """Google stops at whichever comes first."""
    assert fullness([]) == 0
    assert fullness(run_of(range(10), size=MOST_BYTES // 10)) == pytest.approx(1)
    assert fullness(run_of(range(MOST_ENTRIES), size=1)) == 1


def test_kinds_share_feeds() -> None:
    """A deadline in a calendar of meetings is in the same feed."""
    assert holds(feed(), meeting(kind=Kind.DEADLINE))
