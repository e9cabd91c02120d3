"""Crime-prevention tips, every week."""

from __future__ import annotations

from actors.reacting import reaction
from engage.work import tips

send_tips = reaction(tips.send_tips)
