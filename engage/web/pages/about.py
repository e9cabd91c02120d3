"""The pages about this service: accessibility, privacy, and what robots are told."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from engage.domain.complaints import KEPT
from engage.domain.people import CONFIRM_WITHIN, CONSENT_WORDING, KNOWN_AGAIN_WITHIN, MANAGE_WITHIN
from engage.domain.retention import RULES, period
from engage.languages import Language
from engage.web.headers import TOKEN_PAGES
from engage.web.site import PUBLIC, render, site_of


def accessibility(request: Request) -> Response:
    return render(request, "accessibility.html", cache=PUBLIC)


def privacy(request: Request) -> Response:
    return render(
        request,
        "privacy.html",
        cache=PUBLIC,
        consent=Language().say(CONSENT_WORDING, office=site_of(request).shown.office.name),
        confirm_hours=int(CONFIRM_WITHIN.total_seconds() // 3600),
        complaint_days=KEPT.days,
        retention=RULES,
        known_again=period(KNOWN_AGAIN_WITHIN),
        manage_minutes=int(MANAGE_WITHIN.total_seconds() // 60),
    )


def robots(_request: Request) -> Response:
    """Feeds are not blocked, or Google Calendar could not read them (FEEDS C14); they say noindex themselves."""
    lines = ("User-agent: *", *(f"Disallow: {path}" for path in TOKEN_PAGES), "")
    return PlainTextResponse("\n".join(lines), headers={"Cache-Control": PUBLIC})
