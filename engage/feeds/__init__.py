"""The formats in which feeds are published. Which entries a feed holds is in engage.domain.feeds."""

from __future__ import annotations

from engage.feeds.atom import ATOM
from engage.feeds.base import Format
from engage.feeds.ics import ICS
from engage.feeds.jcal import JCAL
from engage.feeds.jsonfeed import JSON

FORMATS: dict[str, Format] = {"ics": ICS, "jcal": JCAL, "json": JSON, "atom": ATOM}
