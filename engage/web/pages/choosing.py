"""`/feeds`: choose an area and topics, or a calendar and a part of it, then how to subscribe to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engage.domain.calendars import Office
from engage.domain.feeds import Feed
from engage.domain.personal import count
from engage.feeds.jsonfeed import KEYS
from engage.web import forms
from engage.web.calendar_links import Subscribable, pick, picked, subscribable
from engage.web.forms import Form
from engage.web.places import lines, options, topics
from engage.web.qr import qr
from engage.web.site import PUBLIC, Site, render, site_of

FIELDS = ("area", "topics", "calendar", "part")
ALL = "all"
CODE = Markup('<img class="qr" src="{}" alt="{}" loading="lazy">')
CODE_SAYS = "QR code that opens this page on a phone"


@dataclass(frozen=True, kw_only=True)
class Group:
    """Options of the part's list under one heading."""

    name: str
    options: tuple[tuple[str, str], ...]


def show(request: Request) -> Response:
    """`?area=...&topics=...`, or `?calendar=...&part=area/...`; what does not exist falls back on everything."""
    site = site_of(request)
    office = site.shown.office
    calendar = _known(request.query_params.get("calendar", ""), office.calendar_by_id)
    groups = _parts(office)
    part = _known(request.query_params.get("part", ""), {value for group in groups for value, _ in group.options})
    given = forms.asked(request)
    found_feeds = _picked(site, given) or [
        found
        for feed in _chosen(site.shown.feeds, calendar, part)
        if (found := subscribable(feed, site.app.base_url, site.snapshot))
    ]
    return render(
        request,
        "feeds.html",
        cache=PUBLIC,
        calendars=tuple((found.id, found.name) for found in office.calendars),
        groups=groups,
        calendar=calendar,
        part=part,
        chosen=found_feeds,
        archives=_archives(office, site.snapshot.feeds.answers),
        keys=KEYS,
        given=given,
        areas=options(office),
        topics=topics(office),
        asked="calendar" in request.query_params or "part" in request.query_params,
        code=CODE.format(f"/feeds/code.svg?{request.url.query}".rstrip("?"), CODE_SAYS),
    )


def code(request: Request) -> Response:
    """The code that opens the page on a phone: drawn when somebody unfolds it, as it takes longer than the page."""
    address = f"{site_of(request).app.base_url}/feeds?{request.url.query}".rstrip("?")
    drawn = qr(address, CODE_SAYS)
    if not drawn:
        raise HTTPException(404)
    return Response(drawn, media_type="image/svg+xml; charset=utf-8", headers={"Cache-Control": PUBLIC})


def _picked(site: Site, given: Form) -> list[Subscribable]:
    """One calendar of an area and topics, when somebody chose so."""
    office = site.shown.office
    interest = pick(office, given.one("area") or office.root.id, given.all("topics"))
    if interest is None or not (given.one("area") or interest.topics):
        return []
    today = site.app.now.astimezone(office.zone).date()
    entries = count(office, interest, site.shown.alike(today))
    return [picked(office, interest, site.app.base_url, entries=entries)]


def _archives(office: Office, published: Iterable[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Each calendar's name with its years and their addresses, newest first."""
    found: dict[str, list[tuple[str, str]]] = {}
    for address in sorted((one for one in published if "/archive/" in one), reverse=True):
        calendar_id, _, year = address.removeprefix("/feeds/").removesuffix(".ics").partition("/archive/")
        if calendar_id in office.calendar_by_id and year.isdigit():
            found.setdefault(calendar_id, []).append((year, address))
    return [(calendar.name, found[calendar.id]) for calendar in office.calendars if calendar.id in found]


def _known(value: str, choices: object) -> str:
    return value if value in choices else ALL  # type: ignore[operator]


def _chosen(feeds: tuple[Feed, ...], calendar: str, part: str) -> list[Feed]:
    """One feed, or with a part of everything one for each calendar."""
    if part == ALL:
        return [feed for feed in feeds if feed.path == calendar]
    return [feed for feed in feeds if feed.path.endswith(f"/{part}") and calendar in {ALL, feed.calendar}]


def _parts(office: Office) -> list[Group]:
    areas = [(f"area/{area.id}", "\N{EN DASH} " * (depth - 1) + area.name) for area, depth in lines(office) if depth]
    groups = [
        Group(name="In and around an area", options=tuple(areas)),
        Group(name="About a topic", options=tuple((f"topic/{t.id}", t.name) for t in office.topics)),
        Group(name="At a venue", options=tuple((f"venue/{v.id}", v.name) for v in office.venues)),
    ]
    return [group for group in groups if group.options]
