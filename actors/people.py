"""Service mail to one person: the confirmation of a sign-up, a fresh link to the preferences."""

from __future__ import annotations

from actors.reacting import reaction
from engage.work import people

send_confirmation = reaction(people.send_confirmation)
send_manage_link = reaction(people.send_manage_link)
