"""`/complaints`: a form that the law asks for, and the page with the reference that follows it whoever wrote."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from engage.domain import wording
from engage.domain.complaints import ABOUT, LONGEST, Complaint, due_on
from engage.errors import Refused
from engage.web.forms import Form
from engage.web.robots import STALE, TOKEN, TRAP, age, form_token, later
from engage.web.site import network, render, site_of
from engage.work import complaints

ANSWERS = {
    "email": "By e-mail",
    "other": "By telephone or post",
    "none": "I do not need an answer",
}
TOO_LONG = "This has {n:,} characters. Shorten it to {most:,}, or write to us by e-mail."
TOO_MANY = (
    "Many complaints came from your internet connection within this hour, so we have not taken this one. "
    "Send it again in an hour, or write to {email}."
)
FILLED = "A hidden field was filled in, perhaps by your browser. Check your answers and send it again."


def show(request: Request) -> Response:
    return _form(request, Form.of(answer="email"), {}, token=TOKEN)


def submit(request: Request, form: Form) -> Response | Awaitable[Response]:
    site = site_of(request)
    mistakes = _mistakes(form)
    made = _made(request, form, mistakes)
    seconds = age(request, form.one("token"))
    if seconds is None:
        mistakes["send"] = STALE
    elif form.one(TRAP):  # here a person's words would be lost, so a program is not told that all is well
        mistakes["send"] = FILLED
    if mistakes:
        return _form(request, form, mistakes, token=form_token(request), status=422)
    reference = complaints.make(site.app, made, form=form.one("token"), network=network(request))
    if reference is None:
        too_many = {"send": TOO_MANY.format(email=site.shown.office.email)}
        return _form(request, form, too_many, token=form_token(request), status=429)
    due = wording.day(due_on(site.app.now, site.shown.office.zone))
    sent = render(
        request,
        "complaint_sent.html",
        reference=reference,
        due=due,
        by_email=made.email is not None,
        is_answered=form.one("answer") != "none",
    )
    return later(sent, seconds)


def _mistakes(form: Form) -> dict[str, str]:
    """What is missing or too long, in the page's order."""
    missing = {
        "about": "" if form.one("about") in ABOUT else "Choose what it is about.",
        "text": "" if form.one("text") else "Say what happened.",
        "answer": "" if form.one("answer") in ANSWERS else "Choose how we should answer.",
        "reach": "Give your telephone number or your postal address."
        if form.one("answer") == "other" and not form.one("reach")
        else "",
    }
    long = {
        name: TOO_LONG.format(n=len(form.one(name)), most=most)
        for name, most in LONGEST.items()
        if len(form.one(name)) > most
    }
    found = {**missing, **long}
    return {name: found[name] for name in ("about", "text", "name", "answer", "reach") if found.get(name)}


def _made(request: Request, form: Form, mistakes: dict[str, str]) -> Complaint:
    """What is not needed for the answer that the person chose is not kept."""
    answer = form.one("answer")
    email = None
    if answer == "email":
        try:
            email = site_of(request).app.channels["email"].parse_address(form.one("email"))
        except Refused as refused:
            mistakes["email"] = str(refused) if form.one("email") else "Enter your e-mail address."
    return Complaint(
        about=form.one("about"),
        text=form.one("text"),
        name=form.one("name") or None,
        email=email,
        reach=form.one("reach") if answer == "other" else None,
    )


def _form(request: Request, given: Form, mistakes: Mapping[str, str], *, token: str, status: int = 200) -> Response:
    return render(
        request,
        "complaints.html",
        status=status,
        given=given,
        mistakes=mistakes,
        token=token,
        subjects=[(value, label, "") for value, label in ABOUT.items()],
        answers=[(value, label, "") for value, label in ANSWERS.items()],
        longest=LONGEST,
    )
