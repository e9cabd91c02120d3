"""Who follows a concern is told what came of it."""

from __future__ import annotations

from actors.reacting import reaction
from engage.work import following

announce_outcomes = reaction(following.announce_outcomes)
