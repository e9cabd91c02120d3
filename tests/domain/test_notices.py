"""Which notices go through which channels."""

from __future__ import annotations

import pytest

from engage.channels import CHANNELS
from engage.domain.alerts import Severity
from engage.domain.deliveries import REPLACES
from engage.domain.notices import CARRIES, KINDS, Lane, channels_for, spared

BOTH = ("email", "webpush")
PUSHED = {("alert", Lane.URGENT), ("alert", Lane.NORMAL), ("change", Lane.URGENT)}


@pytest.mark.parametrize("lane", Lane)
@pytest.mark.parametrize("kind", KINDS)
def test_a_device_shows_what_cannot_wait(kind: str, lane: Lane):
    """Urgent alerts, warnings and late changes; e-mail carries everything."""
    assert channels_for(kind, lane, BOTH) == (BOTH if (kind, lane) in PUSHED else ("email",))


def test_severities_are_lanes():
    """Advice is not for a screen."""
    assert {s for s in Severity if "webpush" in channels_for("alert", s.lane, BOTH)} == {
        Severity.URGENT,
        Severity.WARNING,
    }


def test_only_what_is_there_is_used():
    """And the order of the channels stays."""
    assert channels_for("alert", Lane.URGENT, ("email",)) == ("email",)
    assert channels_for("alert", Lane.URGENT, ("webpush", "email")) == ("webpush", "email")
    assert channels_for("tip", Lane.BULK, ("webpush",)) == ()


@pytest.mark.parametrize(("lane", "channels"), [(Lane.URGENT, ()), (Lane.NORMAL, ("sms",)), (Lane.BULK, ("sms",))])
def test_a_text_is_for_what_is_urgent(lane: Lane, channels: tuple[str, ...]):
    """The rest goes by text to those only who have nothing else."""
    assert spared(lane) == channels


def test_the_tables_name_what_exists():
    """Kinds and channels; and where a repeat replaces, the channel says so too."""
    assert set(CARRIES) <= set(CHANNELS)
    assert {kind for carried in CARRIES.values() for kind in carried} <= set(KINDS)
    assert all(CHANNELS[name].__self__.repeatable for name in REPLACES)
