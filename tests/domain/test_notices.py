"""Rules of notices: which channels a lane may use."""

from __future__ import annotations

import pytest

from engage.domain.notices import Lane, spared


@pytest.mark.parametrize(("lane", "channels"), [(Lane.URGENT, ()), (Lane.NORMAL, ("sms",)), (Lane.BULK, ("sms",))])
def test_a_text_is_for_what_is_urgent(lane: Lane, channels: tuple[str, ...]):
    """The rest goes by text to those only who have nothing else."""
    assert spared(lane) == channels
