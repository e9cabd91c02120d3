"""Held meetings are counted, milestones announced."""

from __future__ import annotations

from actors.reacting import reaction
from engage.work import milestones

count_meeting = reaction(milestones.count)
announce_milestone = reaction(milestones.announce_milestone)
announce_approach = reaction(milestones.announce_approach)
