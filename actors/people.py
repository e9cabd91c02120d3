"""What concerns single people: the mails that they ask for, and forgetting what was kept for long enough."""

from __future__ import annotations

from actors.reacting import reaction
from engage.work import complaints, people, retention

send_confirmation = reaction(people.send_confirmation)
acknowledge_complaint = reaction(complaints.acknowledge)
forget_old = reaction(retention.forget_old, paged=True)
send_manage_link = reaction(people.send_manage_link)
