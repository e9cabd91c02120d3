"""What people can choose: the forms' questions in words, and a form's answers as Wanted or as mistakes to mend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import time
from typing import Any

from engage.domain.calendars import Area, Office
from engage.domain.notices import SUBSCRIPTION_KINDS
from engage.domain.people import Audience, Frequency, Wanted, areas_of_postcode
from engage.domain.wording import marked
from engage.languages import ENGLISH, Language
from engage.web.forms import Form
from engage.web.places import options, topics

KINDS = {
    "meetings": (marked("Community meetings"), marked("New dates, changes, and a reminder before each meeting")),
    "alerts": (marked("Alerts"), marked("What is happening near you that you should know about now")),
    "tips": (marked("Crime prevention advice"), marked("A short tip for the season, about the topics you choose")),
    "milestones": (marked("Milestones"), marked("When a programme of meetings reaches a round number")),
}
AUDIENCES = {
    Audience.RESIDENT: (marked("A resident"), ""),
    Audience.BUSINESS: (marked("A business"), ""),
    Audience.WATCH: (marked("A Neighbourhood Watch or another watch group"), ""),
}
FREQUENCIES = {
    Frequency.IMMEDIATE: (marked("As they come"), marked("Each message on its own")),
    Frequency.DAILY: (marked("Once a day"), marked("Advice and milestones together in one message")),
    Frequency.WEEKLY: (marked("Once a week"), marked("Advice and milestones together in one message")),
}
HOURS = range(8, 21)  # outside the usual quiet hours
LONGEST_POSTCODE = 10


@dataclass
class Answers:
    """A form that was read. *mistakes*: sentences by field, in the page's order; *among*: areas to pick from."""

    wanted: Wanted = field(default_factory=Wanted)
    mistakes: dict[str, str] = field(default_factory=dict)
    among: tuple[Area, ...] = ()


def questions(office: Office, language: Language, *, hours: Iterable[int] = HOURS) -> dict[str, Any]:
    """What the templates need to ask, in the language of the page."""
    said = language.translate
    return {
        "kinds": [(kind, *map(said, KINDS[kind])) for kind in SUBSCRIPTION_KINDS],
        "audiences": [(who.value, *map(said, words)) for who, words in AUDIENCES.items()],
        "frequencies": [(often.value, *map(said, words)) for often, words in FREQUENCIES.items()],
        "days": tuple((str(day), name) for day, name in enumerate(language.weekdays)),
        "hours": tuple((str(hour), language.clock(time(hour))) for hour in hours),
        "topics": topics(office),
        "areas": options(office),
    }


def blank() -> Form:
    """The sign-up form before anybody touched it: every kind, as they come."""
    return Form.of(
        kinds=SUBSCRIPTION_KINDS, audience=Audience.RESIDENT, frequency=Frequency.IMMEDIATE, day="0", hour="9"
    )


def filled(wanted: Wanted) -> Form:
    """A person's choices as the form that would have made them."""
    return Form.of(
        kinds=(wanted.kinds or SUBSCRIPTION_KINDS) if wanted.routine else (),
        topics=wanted.topics,
        areas=wanted.areas,
        audience=wanted.audience,
        frequency=wanted.frequency,
        day=str(wanted.digest_day),
        hour=str(wanted.digest_hour),
        language=wanted.language,
    )


def read_signup(form: Form, office: Office, language: str = ENGLISH) -> Answers:
    """The choices of somebody new, who lives in one place and reads *language*."""
    answers = Answers()
    area, postcode = _home(form, office, answers)
    areas = (area,) if area else ()
    _read_common(form, office, answers, area=area, postcode=postcode, areas=areas, language=language)
    return answers


def read_preferences(form: Form, office: Office, before: Wanted) -> Answers:
    """The choices of somebody known, who may follow several areas; home stays as it was."""
    answers = Answers()
    areas = tuple(a for a in form.all("areas") if a in office.area_by_id)
    if not areas:
        answers.mistakes["areas"] = marked("Choose at least one area.")
    language = form.one("language") if form.one("language") in office.languages else before.language
    _read_common(form, office, answers, area=before.area, postcode=before.postcode, areas=areas, language=language)
    return answers


def _home(form: Form, office: Office, answers: Answers) -> tuple[str | None, str | None]:
    """The area chosen, or else the one of the postcode; several are for the person to tell apart."""
    area, postcode = form.one("area"), form.one("postcode").upper()
    fits = len(postcode) <= LONGEST_POSTCODE and postcode.replace(" ", "").isalnum() and postcode.isascii()
    found = areas_of_postcode(office, postcode) if fits else ()
    if area in office.area_by_id:
        return area, postcode if area in {one.id for one in found} else None
    if len(found) == 1:
        return found[0].id, postcode
    if found:
        answers.among = found
        answers.mistakes["area"] = marked("This postcode is in more than one area. Choose yours.")
    elif postcode:
        unknown = marked("We do not know this postcode. Check it, or choose your area from the list.")
        answers.mistakes["postcode"] = unknown
    else:
        answers.mistakes["postcode"] = marked("Give your postcode, or choose your area from the list.")
    return None, None


def _read_common(form: Form, office: Office, answers: Answers, **home: Any) -> None:
    kinds = tuple(kind for kind in SUBSCRIPTION_KINDS if kind in form.all("kinds"))
    if not kinds:
        answers.mistakes["kinds"] = marked("Choose at least one kind of message.")
    answers.wanted = Wanted(
        audience=_one_of(Audience, form.one("audience"), Audience.RESIDENT),
        frequency=_one_of(Frequency, form.one("frequency"), Frequency.IMMEDIATE),
        kinds=kinds,
        topics=tuple(topic for topic in form.all("topics") if topic in office.topic_by_id),
        digest_day=_number(form.one("day"), range(7), 0),
        digest_hour=_number(form.one("hour"), range(24), 9),
        **home,
    )


def _one_of(kind: Any, value: str, default: Any) -> Any:
    return kind(value) if value in set(kind) else default


def _number(text: str, allowed: range, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 and int(text) in allowed else default
