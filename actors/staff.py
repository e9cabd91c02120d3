"""Mail to staff: what is wrong in their files, what waits for them."""

from __future__ import annotations

from actors.reacting import reaction
from engage.work import troubles

tell_trouble = reaction(troubles.tell_trouble)
