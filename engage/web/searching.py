"""A resident's search as it was typed, read into a Search, with a sentence for each field that we could not read."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field, replace
from datetime import date
from urllib.parse import urlencode

from engage.domain import wording
from engage.domain.calendars import Area, Office
from engage.domain.finding import Search
from engage.domain.people import areas_of_postcode
from engage.web.forms import Form

FIELDS = ("postcode", "area", "topic", "from", "to", "view", "month")  # in the order of an address
LONGEST_POSTCODE = 10
YEARS = range(1900, 2200)  # others are slips of the pen
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})(?:-([0-9]{1,2}))?")
_BRITISH = re.compile(r"([0-9]{1,2})[/. -]([0-9]{1,2})[/. -]([0-9]{4})")


@dataclass
class Asked:
    """*mistakes*: sentences by field; what could not be read asks nothing. *among*: areas that share the postcode."""

    given: Form
    search: Search = field(default_factory=Search)
    month: date | None = None
    mistakes: dict[str, str] = field(default_factory=dict)
    among: tuple[Area, ...] = ()

    @property
    def is_grid(self) -> bool:
        """Whether a month is wanted as a calendar, not a list."""
        return self.given.one("view") == "month"


def read(given: Form, office: Office, today: date) -> Asked:
    """Every mistake at once, in the page's order; the other fields hold."""
    asked = Asked(given)
    areas = _areas(asked, office)
    topic = given.one("topic")
    if topic and topic not in office.topic_by_id:
        asked.mistakes["topic"] = "We do not know this topic. Choose one from the list."
        topic = ""
    first, last = _days(asked, today)
    asked.month = _month(given.one("month"))
    if asked.is_grid and asked.month is None:
        asked.month = (first or today).replace(day=1)
    if asked.month is not None:
        first, last = _within(asked.month, first, last)
    asked.search = Search(areas=areas, topic=topic or None, first=first, last=last)
    return asked


def address(given: Form, **changed: str) -> str:
    """The address of the same search with something changed; an empty text takes a field away."""
    fields = {name: changed.get(name, given.one(name)) for name in (*FIELDS, *changed)}
    query = urlencode({name: value for name, value in fields.items() if value})
    return f"/?{query}" if query else "/"


def said(search: Search, office: Office) -> str:
    """What is searched for, to follow a count: `in and around Eston about Burglary from ... to ...`."""
    words = []
    if search.areas:
        words.append(f"in and around {' or '.join(office.names_of_areas(search.areas))}")
    if search.topic:
        words.append(f"about {office.names_of_topics((search.topic,))[0]}")
    if search.first and search.first == search.last:
        words.append(f"on {wording.day(search.first)}")
    elif search.first and search.first.day == 1 and search.last == _end(search.first):
        words.append(f"in {wording.MONTHS[search.first.month - 1]} {search.first.year}")
    elif search.first and search.last:
        words.append(f"from {wording.day(search.first)} to {wording.day(search.last)}")
    elif search.first:
        words.append(f"from {wording.day(search.first)}")
    elif search.last:
        words.append(f"until {wording.day(search.last)}")
    return " ".join(words)


def looser(asked: Asked) -> list[tuple[str, Search, str]]:
    """What one may leave out of a search that found nothing: words, the search without it, and its address."""
    search, given = asked.search, asked.given
    found = []
    if search.topic:
        found.append(("about any topic", replace(search, topic=None), address(given, topic="")))
    if (search.first or search.last) and not asked.is_grid:
        without = {"from": "", "to": "", "month": ""}
        found.append(("on any date", replace(search, first=None, last=None), address(given, **without)))
    if search.areas:
        found.append(("in any area", replace(search, areas=()), address(given, postcode="", area="")))
    return found


def _areas(asked: Asked, office: Office) -> tuple[str, ...]:
    """The area chosen, the one of the postcode, or all that share the postcode until the person has told them apart."""
    area, postcode = asked.given.one("area"), asked.given.one("postcode").upper()
    if area and area not in office.area_by_id:
        asked.mistakes["area"] = "We do not know this area. Choose one from the list."
        area = ""
    if not postcode:
        return (area,) if area else ()
    fits = len(postcode) <= LONGEST_POSTCODE and postcode.replace(" ", "").isalnum() and postcode.isascii()
    found = tuple(one.id for one in areas_of_postcode(office, postcode)) if fits else ()
    if not found:
        message = "We do not know this postcode. Check it, or choose your area from the list."
        asked.mistakes = {"postcode": message, **asked.mistakes}
        return (area,) if area else ()
    if area and area in office.inside(found):
        return (area,)
    if area:
        found = tuple(one for one in found if one in office.inside((area,)))
    if not found:
        name = office.area_by_id[area].name
        asked.mistakes["postcode"] = f"This postcode is not in {name}. Change one of the two."
        return (area,)
    if len(found) > 1:
        asked.mistakes["area"] = "This postcode is in more than one area. Choose yours."
        asked.among = tuple(office.area_by_id[one] for one in found)
    return found


def _days(asked: Asked, today: date) -> tuple[date | None, date | None]:
    first, last = (_day(asked, name) for name in ("from", "to"))
    if first and last and last < first:
        asked.mistakes["to"] = "This is before the first day. Choose a later one, or leave it empty."
        return first, None
    if last and first is None and last < today and "from" not in asked.mistakes:
        asked.mistakes["to"] = "This day is over. To see what has been, say from which day on as well."
        return None, None
    return first, last


def _day(asked: Asked, name: str) -> date | None:
    """A day as browsers send it, as people type it, or a whole month, which begins and ends as it should."""
    text = asked.given.one(name)
    if not text:
        return None
    iso, british = _ISO.fullmatch(text), _BRITISH.fullmatch(text)
    month = _month(text)
    if month is not None:
        return month if name == "from" else _end(month)
    parts = iso.groups() if iso else british.groups()[::-1] if british else ()
    found = _date(*parts)
    if found is None:
        asked.mistakes[name] = "We cannot read this day. Write it as in 3/12/2026."
    return found


def _month(text: str) -> date | None:
    """The first day of `2026-12`; what means nothing is passed over, for nobody types it."""
    found = _ISO.fullmatch(text)
    return _date(found[1], found[2], "1") if found and found[3] is None else None


def _date(*parts: str | None) -> date | None:
    """Of year, month and day in digits."""
    try:
        year, month, day = (int(part or "") for part in parts)
        return date(year, month, day) if year in YEARS else None
    except ValueError:
        return None


def _end(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])


def _within(month: date, first: date | None, last: date | None) -> tuple[date, date]:
    """The month's own days, or those of them that were asked for."""
    end = _end(month)
    return max(month, first or month), min(end, last or end)
