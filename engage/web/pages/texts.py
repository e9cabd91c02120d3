"""Text messages: `/texts/{token}` takes the code of a sign-up, `/preferences/{token}/texts` a number and its code."""

from __future__ import annotations

import secrets
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from engage.domain.people import CODE_WITHIN, CONSENT_WORDING, MANAGE_WITHIN, Wanted
from engage.domain.wording import marked
from engage.errors import Refused
from engage.store.phones import SMS
from engage.web.forms import Form
from engage.web.site import language_of, network, render, site_of
from engage.work import people, texting

MINUTES = int(CODE_WITHIN.total_seconds() // 60)
WRONG = marked(
    "This is not the code, or it is older than %(minutes)s minutes, or it was tried too often. "
    "Check the newest message, or start again."
)


def is_offered(request: Request) -> bool:
    return texting.is_offered(site_of(request).app)


def read_number(request: Request, form: Form) -> str:
    """The number that was typed, as it is kept; raises Refused with a sentence."""
    if not form.one("phone"):
        raise Refused("Enter your mobile number.")
    return site_of(request).app.channels[SMS].parse_address(form.one("phone"))


# signing up
def sign_up(request: Request, number: str, wanted: Wanted) -> Response:
    """The page that waits for the code; it is the same whether or not one was sent."""
    app = site_of(request).app
    return _await(request, texting.sign_up(app, number, wanted, network=network(request)))


def pretend(request: Request) -> Response:
    """The same page for a program that filled the trap."""
    return _await(request, secrets.token_urlsafe(16))


def _await(request: Request, code_id: str) -> Response:
    app = site_of(request).app
    return _code_page(request, action=f"/texts/{app.links.token('text', code_id, app.now)}")


def show_code(request: Request) -> Response:
    _code_id(request)
    return _code_page(request, action=request.url.path)


def submit_code(request: Request, form: Form) -> Response:
    """The right code signs up; pressing twice is a code that was used."""
    if texting.confirm(site_of(request).app, _code_id(request), form.one("code")) is None:
        return _code_page(request, action=request.url.path, mistakes=_wrong(request), status=422)
    return render(request, "confirmed.html", follows=False, device=None)  # alerts on a device come beside e-mail


def _wrong(request: Request) -> dict[str, str]:
    return {"code": language_of(request).say(WRONG, minutes=MINUTES)}


def _code_id(request: Request) -> str:
    app = site_of(request).app
    found = app.links.subject("text", request.path_params["token"], now=app.now, within=CODE_WITHIN)
    if found is None:
        raise HTTPException(404)
    return found


def _code_page(request: Request, *, action: str, mistakes: dict[str, str] | None = None, status: int = 200) -> Response:
    facts: dict[str, Any] = {"action": action, "mistakes": mistakes or {}, "minutes": MINUTES}
    return render(request, "texts_code.html", status=status, **facts)


# adding, changing and giving up a number
def show(request: Request) -> Response:
    if (person := _person(request)) is None:
        return render(request, "link_expired.html", status=400, kind="preferences")
    return _page(request, person)


def submit(request: Request, form: Form) -> Response:
    if (person := _person(request)) is None:
        return render(request, "link_expired.html", status=400, kind="preferences")
    app = site_of(request).app
    if form.one("stop"):
        texting.drop(app, person)
        return _page(request, person, said=marked("You get no more text messages from us."))
    if code_id := form.one("asked"):
        if texting.confirm(app, code_id, form.one("code"), language=language_of(request).tag) != person:
            return _page(request, person, asked=code_id, mistakes=_wrong(request), status=422)
        saved = marked("Your number is saved. Urgent alerts come to it by text message.")
        return _page(request, person, said=saved)
    try:
        number = read_number(request, form)
    except Refused as refused:
        return _page(request, person, given=form, mistakes={"phone": str(refused)}, status=422)
    tag = language_of(request).tag
    asked = texting.ask_code(app, person, number, network=network(request), language=tag)
    return _page(request, person, asked=asked)


def _person(request: Request) -> int | None:
    """Whom the link speaks for, while it is fresh and they have not left."""
    app = site_of(request).app
    if not texting.is_offered(app):
        raise HTTPException(404)
    subject = app.links.subject("manage", request.path_params["token"], now=app.now, within=MANAGE_WITHIN)
    found = people.preferences(app, int(subject)) if subject is not None else None
    return found.recipient_id if found is not None and found.state == "confirmed" else None


def _page(
    request: Request,
    person: int,
    *,
    given: Form | None = None,
    asked: str = "",
    said: str = "",
    mistakes: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    app, office = site_of(request).app, site_of(request).shown.office
    facts: dict[str, Any] = {
        "given": given or Form(),
        "asked": asked,
        "said": said,
        "mistakes": mistakes or {},
        "ending": texting.number_ending(app, person),
        "is_only_way": texting.is_only_way(app, person),
        "choices": request.url.path.removesuffix("/texts"),
        "minutes": MINUTES,
        "consent": language_of(request).say(CONSENT_WORDING, office=office.name),
    }
    return render(request, "texts.html", status=status, **facts)
