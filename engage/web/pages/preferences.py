"""`/preferences` mails a fresh link, and says the same to everybody; `/preferences/{token}` shows and saves choices."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from engage.domain.people import MANAGE_WITHIN
from engage.domain.wording import marked
from engage.errors import Refused
from engage.languages import Language
from engage.store.phones import SMS
from engage.web.calendar_links import links
from engage.web.choices import HOURS, Answers, filled, questions, read_preferences
from engage.web.concern_views import told
from engage.web.forms import Form
from engage.web.pages import texts
from engage.web.places import lines
from engage.web.site import language_of, network, render, site_of
from engage.work import following, people, personal
from engage.work.people import Preferences

MOST_OFFERED = 20  # open concerns to follow, the newest of them
MINUTES = int(MANAGE_WITHIN.total_seconds() // 60)


def ask(request: Request) -> Response:
    return _asking(request, Form(), {})


def send(request: Request, form: Form) -> Response:
    """Whether the address is a subscriber's, only its mailbox learns."""
    app = site_of(request).app
    if texts.is_offered(request) and form.one("phone") and not form.one("email"):
        return _send_by_text(request, form)
    try:
        address = app.channels["email"].parse_address(form.one("email"))
    except Refused as refused:
        sentence = str(refused) if form.one("email") else marked("Enter your e-mail address.")
        return _asking(request, form, {"email": sentence}, status=422)
    people.request_link(app, "email", address, network=network(request))
    return render(request, "preferences_sent.html", minutes=MINUTES, by_text=False)


def _send_by_text(request: Request, form: Form) -> Response:
    try:
        number = texts.read_number(request, form)
    except Refused as refused:
        return _asking(request, form, {"phone": str(refused)}, status=422)
    people.request_link(site_of(request).app, SMS, number, network=network(request))
    return render(request, "preferences_sent.html", minutes=MINUTES, by_text=True)


def show(request: Request) -> Response:
    found = _found(request)
    if found is None:
        return _expired(request)
    return _saved_choices(request, found)


def submit(request: Request, form: Form) -> Response:
    site, found = site_of(request), _found(request)
    if found is None:
        return _expired(request)
    if (pressed := _pressed(request, found, form)) is not None:
        return pressed
    answers = read_preferences(form, site.shown.office, found.wanted)
    if answers.mistakes:
        return _form(request, found, form, answers, status=422)
    if not people.change(site.app, found.recipient_id, answers.wanted):
        return _expired(request)
    chosen = None
    if answers.wanted.language != found.wanted.language:
        chosen = site.app.language(site.shown.office, answers.wanted.language)
    return _form(request, found, form, answers, saved=True, language=chosen)


def _pressed(request: Request, found: Preferences, form: Form) -> Response | None:
    """The answer to one of the buttons beside the choices; None when it was theirs."""
    if form.one("leave"):
        people.forget(site_of(request).app, found.recipient_id)
        return render(request, "forgotten.html")
    if form.one("calendar"):
        return _own_calendar(request, found, form.one("calendar"))
    if form.one("follow") or form.one("unfollow"):
        return _followed(request, found, form)
    return None


def _followed(request: Request, found: Preferences, form: Form) -> Response:
    """One press follows a concern or ends it; a concern that is no longer there is passed over."""
    app = site_of(request).app
    if form.one("unfollow"):
        following.unfollow(app, found.recipient_id, form.one("unfollow"))
    else:
        following.follow(app, found.recipient_id, form.one("follow"))
    return _saved_choices(request, people.preferences(app, found.recipient_id) or found)


def _own_calendar(request: Request, found: Preferences, wish: str) -> Response:
    """A new address is shown in this answer only: the store keeps what tells it, not what it is."""
    app = site_of(request).app
    if wish != "new":
        return _saved_choices(request, found, stopped=personal.stop(app, found.recipient_id))
    token = personal.make(app, found.recipient_id)
    if token is None:
        return _expired(request)
    return _saved_choices(
        request, found, made=links(f"me/{token}", language_of(request).say("Your meetings"), app.base_url)
    )


def _found(request: Request) -> Preferences | None:
    """The person the link speaks for, while it is fresh and they have not left."""
    app = site_of(request).app
    subject = app.links.subject("manage", request.path_params["token"], now=app.now, within=MANAGE_WITHIN)
    found = people.preferences(app, int(subject)) if subject is not None else None
    return found if found is not None and found.state == "confirmed" else None


def _saved_choices(request: Request, found: Preferences, **calendar: object) -> Response:
    return _form(request, found, _all_areas(request, filled(found.wanted)), Answers(), calendar=calendar)


def _all_areas(request: Request, form: Form) -> Form:
    """Somebody who follows no area in particular follows the whole; who follows nothing but concerns has none."""
    if form.all("areas") or not form.all("kinds"):
        return form
    names = ("kinds", "topics", "audience", "frequency", "day", "hour", "language")
    return Form.of(**{name: form.all(name) for name in names}, areas=site_of(request).shown.office.root.id)


def _form(
    request: Request,
    found: Preferences,
    given: Form,
    answers: Answers,
    *,
    status: int = 200,
    saved: bool = False,
    calendar: Mapping[str, object] = MappingProxyType({}),
    language: Language | None = None,
) -> Response:
    office, spoken = site_of(request).shown.office, language or language_of(request)
    # an import may have set an hour that we do not offer
    asked = questions(office, spoken, hours=sorted({*HOURS, found.wanted.digest_hour}))
    made_at = personal.since(site_of(request).app, found.recipient_id)
    own = {"made": None, "stopped": False, "since": made_at and made_at.astimezone(office.zone), **calendar}
    facts = {"given": given, "mistakes": answers.mistakes, "saved": saved, "own": own, "minutes": MINUTES, **asked}
    facts["tree"] = lines(office)
    facts |= _concerns(request, found)
    facts["device"] = site_of(request).app.links.device(found.recipient_id, site_of(request).app.now)
    return render(request, "preferences.html", status=status, language=language, **facts)


def _concerns(request: Request, found: Preferences) -> dict[str, object]:
    """The concerns that the person follows, and those still open that their areas and topics would show them."""
    site, wanted = site_of(request), found.wanted
    heard = site.shown.concerns
    near = site.shown.office.near(wanted.areas)
    offered = [
        one
        for one in heard
        if one.is_open
        and one.key not in wanted.concerns
        and (not near or not near.isdisjoint(one.entry.areas))
        and (not wanted.topics or one.concern.topic in (None, *wanted.topics))
    ]
    followed = [one for one in heard if one.key in wanted.concerns]
    views = {"followed": followed, "followable": offered[-MOST_OFFERED:]}
    return {
        "is_routine": wanted.routine,
        **{name: [(one.key, told(one, site.shown.office)) for one in ones] for name, ones in views.items()},
    }


def _asking(request: Request, given: Form, mistakes: dict[str, str], *, status: int = 200) -> Response:
    return render(request, "preferences_ask.html", status=status, given=given, mistakes=mistakes, minutes=MINUTES)


def _expired(request: Request) -> Response:
    return render(request, "link_expired.html", status=400, kind="preferences")
