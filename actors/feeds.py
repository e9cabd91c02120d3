"""Feeds follow the schedule, and the schedule follows the date."""

from __future__ import annotations

from actors.reacting import reaction
from engage.work import days, feeds

publish_feeds = reaction(feeds.publish, prepare=feeds.prepare)
start_day = reaction(days.start_day, prepare=days.prepare)
