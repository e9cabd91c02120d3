"""`/`: what is coming, month by month."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from engage.web.places import branches
from engage.web.site import PUBLIC, render, site_of
from engage.web.views import card, coming, months

PAGE = 60  # entries on a page, rounded up to whole months
_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")


def show(request: Request) -> Response:
    """`?from=2027-03` starts with a later month; anything else there is ignored."""
    site = site_of(request)
    shown, now = site.shown, site.app.now
    every = months(card(revision, shown.office, now) for revision in coming(shown.in_order, now))
    first = request.query_params.get("from", "")
    first = first if _MONTH.fullmatch(first) else ""
    found = [month for month in every if month.key >= first]
    kept, count = [], 0
    while found and count < PAGE:
        count += len(found[0].cards)
        kept.append(found.pop(0))
    return render(
        request,
        "upcoming.html",
        cache=PUBLIC,
        months=kept,
        later=found[0] if found else None,
        is_later=bool(first),
        total=sum(len(month.cards) for month in every),
        branches=branches(shown.office),
    )
