"""`/subscribe`: the form, and the one page that follows it whoever asked (SECURITY B54, S15)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

import structlog
from starlette.requests import Request
from starlette.responses import Response

from engage.domain.people import CONFIRM_WITHIN, CONSENT_WORDING, Wanted
from engage.errors import Refused
from engage.web.choices import Answers, blank, questions, read_signup
from engage.web.forms import Form
from engage.web.pages import texts
from engage.web.site import network, render, site_of
from engage.work import people

OPEN_FOR = timedelta(hours=24)  # how long a form may lie on a screen
SHORTEST = 2.0  # seconds in which nobody fills the form; what comes sooner waits, which people never notice
TRAP = "website"  # a field that only programs fill

log = structlog.get_logger("engage.web")


def show(request: Request) -> Response:
    """`?area=...` comes from an area's page."""
    form, area = blank(), request.query_params.get("area", "")
    given = Form.of(**{name: form.all(name) for name in ("kinds", "audience", "frequency", "day", "hour")}, area=area)
    return _form(request, given, Answers())


def submit(request: Request, form: Form) -> Response | Awaitable[Response]:
    site = site_of(request)
    answers = read_signup(form, site.shown.office)
    by_text = texts.is_offered(request) and bool(form.one("phone"))
    address = _number(request, form, answers) if by_text else _address(request, form, answers)
    age = _age(request, form.one("token"))
    if age is None:
        answers.mistakes["send"] = "This form was open for a long time. Check your answers and send it again."
    if answers.mistakes:
        return _form(request, form, answers, status=422)
    if by_text:
        sent = texts.pretend(request) if form.one(TRAP) else texts.sign_up(request, address, answers.wanted)
        return _later(sent, SHORTEST - (age or 0.0))
    if not form.one(TRAP):
        _sign_up(request, address, answers.wanted)
    sent = render(request, "subscribe_sent.html", hours=int(CONFIRM_WITHIN / timedelta(hours=1)))
    return _later(sent, SHORTEST - (age or 0.0))


def _sign_up(request: Request, address: str, wanted: Wanted) -> None:
    done = people.sign_up(site_of(request).app, "email", address, wanted, network=network(request))
    if not done:
        log.warning("sign-up not followed: too many from one network or for one mailbox")


async def _later(response: Response, seconds: float) -> Response:
    """No thread is held meanwhile."""
    if seconds > 0:
        await asyncio.sleep(min(seconds, SHORTEST))
    return response


def _address(request: Request, form: Form, answers: Answers) -> str:
    text = form.one("email")
    try:
        return site_of(request).app.channels["email"].parse_address(text)
    except Refused as refused:
        sentence = str(refused) if text else "Enter your e-mail address."
        answers.mistakes = {"email": sentence, **answers.mistakes}  # as on the page, where it comes first
        return ""


def _number(request: Request, form: Form, answers: Answers) -> str:
    """A phone instead of an e-mail address; with both, the code of one would leave the other unproved."""
    if form.one("email"):
        either = "Give either your e-mail address or your number. You can add your number later."
        answers.mistakes = {"phone": either, **answers.mistakes}
        return ""
    try:
        return texts.read_number(request, form)
    except Refused as refused:
        answers.mistakes = {"phone": str(refused), **answers.mistakes}
        return ""


def _token(request: Request) -> str:
    """Says when the form was shown; a program must at least have asked for it."""
    now = site_of(request).app.now
    return site_of(request).app.links.token("form", int(now.timestamp()), now)


def _age(request: Request, token: str) -> float | None:
    """How many seconds ago the form was shown; None for a token that is old, missing or not ours."""
    app = site_of(request).app
    shown_at = app.links.subject("form", token, now=app.now, within=OPEN_FOR)
    return None if shown_at is None else app.now.timestamp() - int(shown_at)


def _form(request: Request, given: Form, answers: Answers, *, status: int = 200) -> Response:
    office = site_of(request).shown.office
    return render(
        request,
        "subscribe.html",
        status=status,
        given=given,
        mistakes=answers.mistakes,
        among=answers.among,
        token=_token(request),
        consent=CONSENT_WORDING.format(office=office.name),
        **questions(office),
    )
