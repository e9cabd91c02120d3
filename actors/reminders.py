"""People are reminded of meetings, and told when one moves or is off."""

from __future__ import annotations

from actors.reacting import reaction
from engage.work import changes, reminders

remind = reaction(reminders.remind)
announce_changes = reaction(changes.announce_changes)
