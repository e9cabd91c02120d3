"""Drafting a report: from what somebody asked for to the bytes of its form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from engage.domain.periods import Period, for_panel, for_year
from engage.work.kit import Kit, office_of
from engage.work.reports.annual import annual
from engage.work.reports.document import Document
from engage.work.reports.forms import FORMS
from engage.work.reports.gathering import Gathered, gather
from engage.work.reports.panel import panel

Chosen = Callable[[date | None, date | None, date], Period]
REPORTS: Mapping[str, tuple[Chosen, Callable[[Gathered], Document]]] = {
    "panel": (for_panel, panel),
    "annual": (for_year, annual),
}


def draft(kit: Kit, report: str, *, form: str, first: date | None = None, last: date | None = None) -> bytes:
    """One of REPORTS in one of FORMS. Raises Refused for what is no period, NotNow without an applied calendar."""
    choose, sections = REPORTS[report]
    with kit.reading() as unit:
        zone = office_of(unit).zone
    found = gather(kit, choose(first, last, kit.now.astimezone(zone).date()))
    return FORMS[form](kit, found, sections(found))
