"""Mail to staff: what is wrong in their files, what waits for them."""

from __future__ import annotations

from actors.reacting import reaction
from engage.work import asking, troubles

ask_for_alert = reaction(asking.ask_for_alert)
ask_for_plan = reaction(asking.ask_for_plan)
tell_trouble = reaction(troubles.tell_trouble)
