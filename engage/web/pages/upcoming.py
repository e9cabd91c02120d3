"""`/`: what is coming, found by place, topic and day, as a list by month or as a calendar of one month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from engage.domain.calendars import Kind
from engage.domain.finding import Search
from engage.domain.revisions import Revision
from engage.web import forms, searching
from engage.web.grids import grid, key_of
from engage.web.places import branches, options, topics
from engage.web.searching import Asked
from engage.web.site import PUBLIC, Site, render, site_of
from engage.web.views import months

FIELDS = (*searching.FIELDS, "later")
PAGE = 60  # entries in a list, rounded up to whole months
MOST = 120  # entries beyond which a list ends within a month


def show(request: Request) -> Response:
    """Wrong input is answered beside its field, and everything else that was asked still holds."""
    site, given = site_of(request), forms.asked(request)
    office, now = site.shown.office, site.app.now
    today = now.astimezone(office.zone).date()
    asked = searching.read(given, office, today)
    found, count = _found(site, asked.search)
    return render(
        request,
        "upcoming.html",
        cache=PUBLIC,
        given=given,
        mistakes=asked.mistakes,
        among=asked.among,
        areas=options(office),
        topics=topics(office),
        branches=branches(office),
        is_asked=any(given.one(name) for name in searching.FIELDS),
        count=count,
        said=searching.said(asked.search, office),
        follow=_with("/subscribe", asked),
        subscribe=_with("/feeds", asked),
        area_names=office.names_of_areas(asked.search.areas),
        looser=_looser(asked, site) if not found else [],
        views=_views(asked, today),
        **(_grid(site, asked, found, today) if asked.month and asked.is_grid else _list(site, asked, found)),
    )


def _list(site: Site, asked: Asked, found: Sequence[Revision]) -> dict[str, Any]:
    """A page of the list; `?later=2027-03-01` starts with what begins on that day."""
    later = asked.given.one("later")
    rest = [r for r in found if later <= r.entry.begins_on.isoformat()] if later else found
    kept = rest[: _cut(rest)]
    following = rest[len(kept)].entry.begins_on if len(kept) < len(rest) else None
    return {
        "grid": None,
        "months": months(site.cards_of(kept), site.cards.drawing("card")),
        "later": _later(asked, following) if following else None,
        "is_later": bool(later),
        "back": searching.address(asked.given),
    }


def _cut(rest: Sequence[Revision]) -> int:
    """How many make a page: whole months, or whole days where a month alone is more than a page can hold."""
    days = [revision.entry.begins_on for revision in rest[: MOST + 1]]
    if len(days) <= PAGE:
        return len(days)
    ends = [at for at in range(PAGE, len(days)) if days[at].month != days[at - 1].month]
    if not ends:
        ends = [at for at in range(len(days) - 1, 0, -1) if days[at] != days[at - 1]]
    return ends[0] if ends and len(rest) > ends[0] else len(days)


def _later(asked: Asked, day: date) -> tuple[str, date]:
    return searching.address(asked.given, later=day.isoformat()), day


def _grid(site: Site, asked: Asked, found: Sequence[Revision], today: date) -> dict[str, Any]:
    assert asked.month is not None
    days = [today, *(r.entry.begins_on for r in (site.shown.in_order[:1] + site.shown.in_order[-1:]))]
    draw = site.cards.drawing("line")
    drawn = grid(asked.month, site.cards_of(found), today, among=(min(days), max(days)), draw=draw)
    months_beside = [key for key, _ in filter(None, (drawn.before, drawn.after))]
    turned = {key: searching.address(asked.given, **{"month": key, "from": "", "to": ""}) for key in months_beside}
    of_day = {"view": "", "month": ""}
    fuller = {
        day.day: searching.address(asked.given, **of_day, **{"from": str(day.day), "to": str(day.day)})
        for week in drawn.weeks
        for day in week
        if day and day.left_out
    }
    return {
        "grid": drawn,
        "turned": turned,
        "fuller": fuller,
        "months": [],
        "later": None,
        "is_later": False,
    }


def _found(site: Site, search: Search) -> tuple[Sequence[Revision], str]:
    """What suits, and `12 meetings`; campaigns and deadlines among them make it dates."""
    part = site.shown.timeline.about(search, site.shown.office)
    found = part.on(search.first, search.last, site.app.now)
    is_meetings = part.kinds <= {Kind.MEETING} or all(revision.entry.kind is Kind.MEETING for revision in found)
    word = "meeting" if is_meetings else "date"
    return found, f"{len(found) or 'No'} {word}{'' if len(found) == 1 else 's'}"


def _with(path: str, asked: Asked) -> str:
    """Another page's form, filled with the area and the topic that were searched for."""
    area = asked.search.areas[0] if len(asked.search.areas) == 1 else ""
    wanted = {"area": area, "topics": asked.search.topic or ""}
    query = urlencode({name: value for name, value in wanted.items() if value})
    return f"{path}?{query}" if query else path


def _looser(asked: Asked, site: Site) -> list[tuple[str, str, str]]:
    """Searches that would find something: what they leave open, how much they find, their address."""
    tried = [(words, _found(site, search), address) for words, search, address in searching.looser(asked)]
    return [(words, count, address) for words, (found, count), address in tried if found]


def _views(asked: Asked, today: date) -> list[tuple[str, str, bool]]:
    """The two ways to see it: words, address, whether it is this one."""
    month = key_of(asked.month or (asked.search.first or today))
    as_list = searching.address(asked.given, view="")
    as_month = searching.address(asked.given, view="month", month=month)
    return [("List", as_list, not asked.is_grid), ("Month", as_month, asked.is_grid)]
