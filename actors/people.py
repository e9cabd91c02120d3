"""Service mail to one person: the confirmation of a sign-up, a fresh link to the preferences, that a complaint came."""

from __future__ import annotations

from actors.reacting import reaction
from engage.work import complaints, people

send_confirmation = reaction(people.send_confirmation)
acknowledge_complaint = reaction(complaints.acknowledge)
send_manage_link = reaction(people.send_manage_link)
