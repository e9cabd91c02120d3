"""`/approve/{token}`: what waits for a second person, as it is now. GET shows, POST approves or declines (S54).

The link is one person's, for one version, and expires; the token is the right to act, so nobody signs in.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from engage.domain import wording
from engage.errors import EngageError
from engage.web.approval_views import facts_of
from engage.web.forms import Form
from engage.web.site import render, site_of
from engage.work import approvals, asking
from engage.work.approvals import Over
from engage.work.asking import Ask

LONGEST = 500  # characters of a reason


def show(request: Request) -> Response:
    ask = _ask(request)
    return _expired(request) if ask is None else _page(request, ask)


def submit(request: Request, form: Form) -> Response:
    """Whatever is neither yes nor no decides nothing: the page is shown again."""
    ask, app = _ask(request), site_of(request).app
    if ask is None:
        return _expired(request)
    try:
        if form.one("decision") == "decline":
            approvals.decline(app, ask, form.one("reason"))
            return _over(request, "Declined", "Nobody gets it. Whoever is concerned has been told.", status=200)
        if form.one("decision") != "approve":
            return _page(request, ask)
        if approvals.is_another_question(approvals.look(app, ask), _number(form.one("seen"))):
            return _page(request, ask, grew=True)
        approvals.approve(app, ask)
    except EngageError as error:
        return _said(request, error)
    what = "The alert is on its way." if ask.sort == "alert" else "The plan was applied and is being published."
    return _over(request, "Approved", what, status=200)


def _ask(request: Request) -> Ask | None:
    return asking.read(site_of(request).app, request.path_params["token"])


def _page(request: Request, ask: Ask, *, grew: bool = False) -> Response:
    site = site_of(request)
    try:
        asked = approvals.look(site.app, ask)
    except EngageError as error:
        return _said(request, error)
    expires = asked.alert and wording.moment(asked.alert.expires.astimezone(site.shown.office.zone))
    facts = facts_of(asked, site.shown.office)
    return render(request, "approval.html", status=409 if grew else 200, grew=grew, expires=expires, **facts)


def _said(request: Request, error: EngageError) -> Response:
    """Over, or not theirs to decide."""
    if isinstance(error, Over):
        return _over(request, "There is nothing to decide any more", str(error), status=410)
    return _over(request, "You cannot decide this", str(error), status=403)


def _over(request: Request, heading: str, sentence: str, *, status: int) -> Response:
    return render(request, "approval_over.html", status=status, heading=heading, sentence=sentence)


def _expired(request: Request) -> Response:
    return render(request, "link_expired.html", status=400, kind="approve")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
