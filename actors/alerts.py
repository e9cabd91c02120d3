"""Alerts become notices, and notices ledger rows."""

from __future__ import annotations

from actors.reacting import reaction
from engage.work import alerts, notices

announce_alert = reaction(alerts.announce_alert)
address_notice = reaction(notices.address, paged=True)
