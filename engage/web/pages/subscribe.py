"""`/subscribe`: the form, and the one page that follows it whoever asked (SECURITY B54, S15)."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta

import structlog
from starlette.requests import Request
from starlette.responses import Response

from engage.domain.people import CONFIRM_WITHIN, CONSENT_WORDING, Wanted
from engage.domain.wording import marked
from engage.errors import Refused
from engage.web import forms
from engage.web.choices import Answers, blank, questions, read_signup
from engage.web.forms import Form
from engage.web.pages import texts
from engage.web.robots import STALE, TOKEN, TRAP, age, form_token, later
from engage.web.site import language_of, network, render, site_of
from engage.work import people

FIELDS = ("area", "topics")

log = structlog.get_logger("engage.web")


def show(request: Request) -> Response:
    """`?area=...&topics=...` comes from an area's page or from a search."""
    form, asked = blank(), forms.asked(request)
    given = Form.of(
        **{name: form.all(name) for name in ("kinds", "audience", "frequency", "day", "hour")},
        area=asked.one("area"),
        topics=asked.all("topics"),
    )
    return _form(request, given, Answers(), token=TOKEN)


def submit(request: Request, form: Form) -> Response | Awaitable[Response]:
    site = site_of(request)
    answers = read_signup(form, site.shown.office, language_of(request).tag)
    by_text = texts.is_offered(request) and bool(form.one("phone"))
    address = _number(request, form, answers) if by_text else read_address(request, form, answers)
    seconds = age(request, form.one("token"))
    if seconds is None:
        answers.mistakes["send"] = STALE
    if answers.mistakes:
        return _form(request, form, answers, token=form_token(request), status=422)
    if by_text:
        sent = texts.pretend(request) if form.one(TRAP) else texts.sign_up(request, address, answers.wanted)
        return later(sent, seconds)
    if not form.one(TRAP):
        _sign_up(request, address, answers.wanted)
    sent = render(request, "subscribe_sent.html", hours=int(CONFIRM_WITHIN / timedelta(hours=1)))
    return later(sent, seconds)


def _sign_up(request: Request, address: str, wanted: Wanted) -> None:
    done = people.sign_up(site_of(request).app, "email", address, wanted, network=network(request))
    if not done:
        log.warning("sign-up not followed: too many from one network or for one mailbox")


def read_address(request: Request, form: Form, answers: Answers) -> str:
    text = form.one("email")
    try:
        return site_of(request).app.channels["email"].parse_address(text)
    except Refused as refused:
        sentence = str(refused) if text else marked("Enter your e-mail address.")
        answers.mistakes = {"email": sentence, **answers.mistakes}  # as on the page, where it comes first
        return ""


def _number(request: Request, form: Form, answers: Answers) -> str:
    """A phone instead of an e-mail address; with both, the code of one would leave the other unproved."""
    if form.one("email"):
        either = marked("Give either your e-mail address or your number. You can add your number later.")
        answers.mistakes = {"phone": either, **answers.mistakes}
        return ""
    try:
        return texts.read_number(request, form)
    except Refused as refused:
        answers.mistakes = {"phone": str(refused), **answers.mistakes}
        return ""


def _form(request: Request, given: Form, answers: Answers, *, token: str, status: int = 200) -> Response:
    office, language = site_of(request).shown.office, language_of(request)
    return render(
        request,
        "subscribe.html",
        status=status,
        given=given,
        mistakes=answers.mistakes,
        among=answers.among,
        token=token,
        consent=language.say(CONSENT_WORDING, office=office.name),
        **questions(office, language),
    )
