"""What a person's own calendar holds, and how it is called."""

from __future__ import annotations

from datetime import date

import pytest

from engage.domain.personal import Interest, alike, chosen, count, feed_of
from tests.feeds.samples import OFFICE, meeting, moved, revision

TODAY = date(2026, 11, 21)
HEMLINGTON = revision(meeting(id="hemlington", topics=("burglary",)))
HARTLEPOOL = revision(meeting(id="hartlepool", areas=("hartlepool",), topics=("community",)))
FORCE = revision(meeting(id="force", areas=("cleveland",), topics=()))
ALL = (HEMLINGTON, HARTLEPOOL, FORCE)


@pytest.mark.parametrize(
    ("interests", "holds"),
    [
        ([Interest()], {"hemlington", "hartlepool", "force"}),
        ([Interest(areas=("middlesbrough",))], {"hemlington", "force"}),  # what lies within, and what covers it
        ([Interest(areas=("hemlington",))], {"hemlington", "force"}),
        ([Interest(areas=("north-ormesby",))], {"force"}),
        ([Interest(topics=("burglary",))], {"hemlington", "force"}),  # without topics it concerns everybody
        ([Interest(areas=("hartlepool",), topics=("burglary",))], {"force"}),
        ([Interest(areas=("hartlepool",)), Interest(topics=("burglary",))], {"hemlington", "hartlepool", "force"}),
        ([Interest(areas=("closed-down",))], set()),
        ([], set()),
    ],
)
def test_one_subscription_must_suit_in_area_and_topic(interests: list[Interest], holds: set[str]) -> None:
    """Design section 6; two subscriptions are not mixed: each alone must suit."""
    assert {r.entry.id for r in chosen(OFFICE, tuple(interests), ALL, TODAY)} == holds
    if len(interests) == 1:
        assert count(OFFICE, interests[0], alike(ALL, TODAY)) == len(holds)


def test_it_reaches_thirteen_months_back_as_every_feed() -> None:
    """C67."""
    old, older = (revision(moved(meeting(id=f"d{days}"), days)) for days in (-400, -420))
    assert chosen(OFFICE, (Interest(),), [old, older], TODAY) == [old]


def test_it_is_called_by_the_names_of_what_is_followed_while_they_are_few() -> None:
    """Five names are no name."""
    areas, topics = ("hemlington", "hartlepool"), ("community",)
    named = feed_of(OFFICE, (Interest(areas=areas, topics=topics),))
    assert named.name == "Your meetings: Hemlington, Hartlepool, Community"
    assert named.description.startswith("What you follow: Hemlington, Hartlepool, Community.")
    many = feed_of(OFFICE, (Interest(areas=tuple(OFFICE.area_by_id)),))
    assert many.name == feed_of(OFFICE, (Interest(), Interest(areas=areas))).name == "Your meetings"
    assert feed_of(OFFICE, ()).description.startswith("You follow no meetings.")
