"""`/said-and-done`: what residents raised at meetings and what came of it, by area and topic; open ones are counted."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from engage.domain.concerns import Raised, about
from engage.web import forms
from engage.web.concern_views import told
from engage.web.forms import Form
from engage.web.places import options, topics
from engage.web.site import PUBLIC, render, site_of

PAGE = 20  # concerns; each may be two texts of 2,000 characters
FIELDS = ("area", "topic", "state", "page")
STATES = {"done": "With an outcome", "open": "Still open"}


def show(request: Request) -> Response:
    """`?area=...&topic=...&state=open&page=2`; what does not exist asks for nothing."""
    site, given = site_of(request), forms.asked(request)
    office = site.shown.office
    area = given.one("area") if given.one("area") in office.area_by_id else None
    topic = given.one("topic") if given.one("topic") in office.topic_by_id else None
    every = about(site.shown.concerns, area=area, topic=topic, office=office)
    wanted = [one for one in every if _is_wanted(one, given.one("state"))]
    page = _page(given, len(wanted))
    shown = [told(one, office) for one in wanted[PAGE * (page - 1) : PAGE * page]]
    return render(
        request,
        "said_and_done.html",
        cache=PUBLIC,
        given=given,
        areas=options(office),
        topics=topics(office),
        states=tuple(STATES.items()),
        total=len(every),
        still_open=sum(one.is_open for one in every),
        done=[one for one in shown if not one.is_open],
        unanswered=[one for one in shown if one.is_open],
        area=office.area_by_id[area].name if area else "",
        topic=office.topic_by_id[topic].name if topic else "",
        is_asked=bool(area or topic or given.one("state") in STATES),
        open_address=_address(given, state="open", page=""),
        newer=_address(given, page=str(page - 1)) if page > 1 else "",
        older=_address(given, page=str(page + 1)) if PAGE * page < len(wanted) else "",
    )


def _is_wanted(one: Raised, state: str) -> bool:
    return state not in STATES or one.is_open == (state == "open")


def _page(given: Form, count: int) -> int:
    """A page that exists."""
    text = given.one("page")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return max(1, min(number, -(-count // PAGE)))


def _address(given: Form, **changed: str) -> str:
    fields = {name: changed.get(name, given.one(name)) for name in FIELDS}
    query = urlencode({name: value for name, value in fields.items() if value and (name, value) != ("page", "1")})
    return f"/said-and-done?{query}" if query else "/said-and-done"
