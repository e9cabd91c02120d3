"""`/meetings/{id}/concerns/{concern}`: follow one concern by e-mail, confirmed as a sign-up is (SECURITY B54, S15)."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engage.domain.concerns import Raised, raised
from engage.domain.people import CONFIRM_WITHIN, FOLLOW_WORDING, Wanted
from engage.web.choices import Answers
from engage.web.concern_views import told
from engage.web.forms import Form
from engage.web.pages.meetings import found as entry_of
from engage.web.pages.subscribe import read_address
from engage.web.robots import STALE, TRAP, age, form_token, later
from engage.web.site import language_of, network, render, site_of
from engage.work import people

log = structlog.get_logger("engage.web")


def show(request: Request) -> Response:
    return _form(request, _concern(request), Form(), Answers())


def submit(request: Request, form: Form) -> Response | Awaitable[Response]:
    site, concern, answers = site_of(request), _concern(request), Answers()
    address = read_address(request, form, answers)
    seconds = age(request, form.one("token"))
    if seconds is None:
        answers.mistakes["send"] = STALE
    if answers.mistakes:
        return _form(request, concern, form, answers, status=422)
    if not form.one(TRAP):
        wanted = Wanted(concerns=(concern.key,), language=language_of(request).tag)
        if not people.sign_up(site.app, "email", address, wanted, network=network(request)):
            log.warning("sign-up not followed: too many from one network or for one mailbox")
    sent = render(request, "subscribe_sent.html", hours=int(CONFIRM_WITHIN / timedelta(hours=1)))
    return later(sent, seconds)


def _concern(request: Request) -> Raised:
    """The concern that the address names; a 404 for none."""
    heard = raised([entry_of(request).entry])
    found = next((one for one in heard if one.concern.id == request.path_params["concern_id"]), None)
    if found is None:
        raise HTTPException(404)
    return found


def _form(request: Request, concern: Raised, given: Form, answers: Answers, *, status: int = 200) -> Response:
    office = site_of(request).shown.office
    return render(
        request,
        "follow.html",
        status=status,
        told=told(concern, office),
        given=given,
        mistakes=answers.mistakes,
        token=form_token(request),
        consent=language_of(request).say(FOLLOW_WORDING, office=office.name),
    )
