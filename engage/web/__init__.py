"""The website as an ASGI application. A page is one file beside `pages/` and one line in ROUTES."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from asgi_cross_origin_protection import CrossOriginProtection
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from engage.app import App
from engage.web import forms
from engage.web.cards import Cards
from engage.web.clients import proxies
from engage.web.documents import document
from engage.web.errors import Rescue, http_page
from engage.web.feeds import CACHED, Feeds
from engage.web.gate import Gate
from engage.web.headers import SecureHeaders, always
from engage.web.hosts import Hosts
from engage.web.memory import Memory
from engage.web.once import Once
from engage.web.pages import (
    about,
    alerts,
    approvals,
    areas,
    choosing,
    complaints,
    concerns,
    confirm,
    devices,
    embed,
    follow,
    health,
    meetings,
    metrics,
    milestones,
    notify,
    open_data,
    personal,
    posters,
    preferences,
    static,
    subscribe,
    texts,
    trial,
    unsubscribe,
    upcoming,
)
from engage.web.personal_answers import PersonalAnswers
from engage.web.public import form, public
from engage.web.routing import page
from engage.web.site import Site
from engage.web.snapshot import Snapshot
from engage.web.styles import Styles

ROUTES = (
    public("/", upcoming.show, asks=upcoming.FIELDS),
    page("/meetings/{entry_id}.ics", meetings.download),
    public("/meetings/{entry_id}", meetings.show),
    page("/meetings/{entry_id}/concerns/{concern_id}", follow.show, follow.submit),
    public("/meetings/{entry_id}/poster", posters.show),
    public("/meetings/{entry_id}/poster.pdf", posters.download, slow=True),
    public("/areas/{area_id}", areas.show),
    public("/feeds", choosing.show, asks=choosing.FIELDS),
    public("/feeds/code.svg", choosing.code, asks=choosing.FIELDS, slow=True),
    page("/feeds/me/{token}.ics", personal.show),
    page("/feeds/plain/me/{token}.ics", personal.show_plain),
    page("/feeds/all/{area}.ics", personal.show_picked),
    page("/feeds/all/{area}/{topics}.ics", personal.show_picked),
    page("/feeds/plain/all/{area}.ics", personal.show_picked_plain),
    page("/feeds/plain/all/{area}/{topics}.ics", personal.show_picked_plain),
    public("/milestones", milestones.show, slow=True),
    public("/said-and-done", concerns.show, asks=concerns.FIELDS),
    public("/alerts", alerts.show_all),
    document("/alerts.atom", alerts.atom, timely=True),
    document("/alerts/{alert_id}.cap.xml", alerts.as_cap, timely=True),
    public("/alerts/{alert_id}", alerts.show),
    public("/embed", embed.explain, asks=("area",)),
    document("/embed/area/{area_id}.json", embed.as_json, timely=True),
    public("/embed/area/{area_id}", embed.show),
    public("/open-data", open_data.show),
    document("/open-data/meetings.json", open_data.meetings_json),
    document("/open-data/meetings.csv", open_data.meetings_csv),
    document("/open-data/meetings.geojson", open_data.meetings_geojson),
    document("/open-data/milestones.json", open_data.milestones_json),
    document("/open-data/milestones.csv", open_data.milestones_csv),
    form("/subscribe", subscribe.show, subscribe.submit, asks=subscribe.FIELDS),
    page("/approve/{token}", approvals.show, approvals.submit, longest=approvals.LONGEST),
    page("/confirm/{token}", confirm.show, confirm.submit, reads_form=False),
    page("/preferences", preferences.ask, preferences.send),
    page("/preferences/{token}", preferences.show, preferences.submit),
    page("/devices/{token}", devices.show, devices.submit, longest=devices.LONGEST),
    page("/preferences/{token}/texts", texts.show, texts.submit),
    page("/texts/{token}", texts.show_code, texts.submit_code),
    page("/unsubscribe/{token}", unsubscribe.show, unsubscribe.submit, reads_form=False),
    public("/accessibility", about.accessibility),
    public("/privacy", about.privacy),
    form("/complaints", complaints.show, complaints.submit, longest=forms.LARGEST, lines=("text",)),
    page("/robots.txt", about.robots),
    public("/static/engage.css", static.sheet, asks=("v",)),
    public("/static/office.css", static.office, asks=("v",)),
    public("/static/push.js", static.push, asks=("v",)),
    page("/push-worker.js", static.push_worker),
    Route("/healthz", health.lives),
    Route("/readyz", health.is_ready),
    page("/metrics", metrics.show),
    Route("/hooks/notify", notify.receive, methods=["GET", "POST"]),
    page("/trial/mail", trial.show_all),
    page("/trial/mail/{mail_id}", trial.show),
    page("/trial/mail/{mail_id}/html", trial.show_html),
)

# Their token is the right to act: one-click unsubscribe comes from mail servers, without Origin or cookie (RFC 8058).
TOKEN_FORMS = ("/approve/", "/confirm", "/unsubscribe", "/preferences/", "/devices/", "/texts/", "/hooks/notify")


class _OurHosts:
    """The middleware that answers only to our own names."""

    def __init__(self, app: ASGIApp, *, hosts: Hosts) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._hosts.is_ours(scope):
            raise HTTPException(400)
        await self._app(scope, receive, send)


async def _denied(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise HTTPException(403)


def _origins(app: App) -> tuple[str, ...]:
    """Behind a proxy, browsers know us by the configured address only."""
    parts = urlsplit(app.base_url)
    return (f"{parts.scheme}://{parts.netloc}",)


def create_app(app: App) -> Gate:
    """The ASGI application; `.snapshot` follows the database between lifespan's start and end."""
    snapshot = Snapshot(app, Feeds(always(app.base_url)))
    hosts = Hosts(app.base_url, is_live=app.is_live)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        snapshot.start()
        yield
        snapshot.stop()

    pages = Starlette(
        routes=ROUTES,
        lifespan=lifespan,
        exception_handlers={HTTPException: http_page},
        middleware=[
            Middleware(SecureHeaders, base_url=app.base_url),
            Middleware(Rescue),
            Middleware(_OurHosts, hosts=hosts),
            Middleware(
                CrossOriginProtection, exempt_paths=TOKEN_FORMS, allowed_origins=_origins(app), deny_app=_denied
            ),
        ],
    )
    pages.router.redirect_slashes = False  # it would build an address from the Host header
    pages.state.site = site = Site(
        app=app,
        snapshot=snapshot,
        personal=PersonalAnswers(app, snapshot),
        picked=PersonalAnswers(app, snapshot, cached=CACHED),
        styles=Styles(),
        cards=Cards(app.templates),
        once=Once(),
        memory=Memory(snapshot, lambda: app.now),
        trusted=proxies(app.settings.trusted_proxies),
    )
    return Gate(pages, site=site, hosts=hosts)
