"""What an entry says to people who read it in their calendar: its title and plain-text description.

No markup and no iCalendar here; texts depend on the revision and the office alone, never on the day they are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from urllib.parse import quote
from zoneinfo import ZoneInfo

from engage.domain import wording
from engage.domain.calendars import Access, Entry, Office, Status
from engage.domain.revisions import Revision
from engage.feeds.once import once

LONGEST = 2_000  # characters of a description; clients cut or choke on more

_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")  # what readers written in Python take for a line's end
_DROPPED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")  # some turn text
_LINK = re.compile(r"^https?://\S+$", re.MULTILINE)
_SURROGATES = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """The text with plain line feeds and without control characters, which RFC 5545 forbids and parsers refuse."""
    if text.isprintable():  # most texts are, and a cold apply asks for thousands
        return text
    return _SURROGATES.sub("\ufffd", _DROPPED.sub("", _BREAKS.sub("\n", text)))


def one_line(text: str) -> str:
    return " ".join(part.strip() for part in clean(text).split("\n")).strip()


def web_address(url: str) -> str:
    """Percent-encoded wherever a character could end the line or the link; what is encoded already stays."""
    return quote(one_line(url), safe="%/:?#[]@!$&'()*+,;=~")


def page_of(entry: Entry, base_url: str) -> str:
    """The address of the entry's own page."""
    return f"{base_url.rstrip('/')}/meetings/{entry.id}"


def title(entry: Entry) -> str:
    return one_line(entry.title) or entry.id


def summary(entry: Entry) -> str:
    """The title; readers whose app ignores STATUS see in it that the entry is off."""
    return f"CANCELLED: {title(entry)}" if entry.is_gone else title(entry)


@once
def description(revision: Revision, office: Office, *, base_url: str) -> str:
    """Plain text, what matters most first, links on lines of their own; a note too long gives way to the rest."""
    entry = revision.entry
    before = [*_what_changed(revision)]
    after = [*_what_to_know(entry, office), *_follow_up(revision, office)]
    link = f"More about this {entry.kind}:\n{page_of(entry, base_url)}"
    room = LONGEST - len("\n\n".join([*before, *after, link])) - 2
    note = [_shortened(entry.note, room)] if entry.note and room > 80 else []
    body = "\n\n".join(clean(part) for part in [*before, *note, *after])
    body = _shortened(body, LONGEST - len(link) - 2)
    return f"{body}\n\n{link}" if body else link


def html(text: str) -> str:
    """The text as one paragraph of HTML: everything escaped, and what stands on a line of its own as a link is one."""
    linked = _LINK.sub(r'<a href="\g<0>">\g<0></a>', escape(text))
    return f"<p>{linked.replace(chr(10), '<br>')}</p>"


def contact(entry: Entry, office: Office) -> str:
    """Where to ask: the entry's own contact, else the office's. A role, never a person."""
    return one_line(
        entry.contact or ", ".join(part for part in (office.short_name, office.email, office.phone) if part)
    )


def access_words(access: Access) -> str:
    """Access information as a sentence each; what staff did not say is left out, what is missing is said."""
    told = {
        "step-free": access.step_free,
        "hearing loop": access.hearing_loop,
        "quiet space": access.quiet_space,
        "accessible toilet": access.accessible_toilet,
    }
    facts = [
        name if there else f"no {name}" if name != "step-free" else "not step-free"
        for name, there in told.items()
        if there is not None
    ]
    sentences = [
        f"Access: {', '.join(facts)}" if facts else "",
        f"Parking: {access.parking}" if access.parking else "",
        f"British Sign Language: {access.bsl}" if access.bsl else "",
        access.notes or "",
    ]
    return "\n".join(one_line(sentence) for sentence in sentences if sentence)


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 11th, 650th."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _what_changed(revision: Revision) -> Iterator[str]:
    entry = revision.entry
    if entry.is_gone:
        yield _why_gone(entry)
        return
    if revision.moved_from is not None:
        was = revision.moved_from.astimezone(ZoneInfo(entry.timezone))
        yield f"Moved from {wording.day(was)}" + ("" if entry.all_day else f", {was:%H:%M}")
    if entry.status is Status.TENTATIVE:
        yield "Not confirmed yet: the date, the time or the place may change."


def _why_gone(entry: Entry) -> str:
    said, alone = {
        Status.CANCELLED: ("Cancelled", "is cancelled"),
        Status.NOT_HELD: ("Did not take place", "did not take place"),
        Status.REMOVED: ("Withdrawn", "has been taken out of our programme"),
    }[entry.status]
    return f"{said}: {entry.reason}" if entry.reason else f"This {entry.kind} {alone}."


def _what_to_know(entry: Entry, office: Office) -> Iterator[str]:
    venue = office.venue_by_id.get(entry.venue or "")
    if venue and venue.access and (words := access_words(venue.access)):
        yield words
    if entry.online:
        yield f"Join online:\n{web_address(entry.online)}"
    if entry.attending:
        yield f"With: {', '.join(_role(role) for role in entry.attending)}"
    yield f"Contact: {contact(entry, office)}"


def _follow_up(revision: Revision, office: Office) -> Iterator[str]:
    entry = revision.entry
    if entry.minutes:
        yield f"Minutes:\n{web_address(entry.minutes)}"
    for paper in entry.papers:
        yield f"{one_line(paper.title)}:\n{web_address(paper.url)}"
    if revision.expected_milestone is not None and not entry.is_gone:
        calendar = office.calendar_by_id.get(entry.calendar_id)
        name = f"{one_line(calendar.name)} " if calendar else ""
        yield f"Expected to be the {ordinal(revision.expected_milestone)} {name}{entry.kind}"
    if entry.url:
        yield f"See also:\n{web_address(entry.url)}"


def _role(role: str) -> str:
    """`chief-constable` -> Chief constable."""
    words = one_line(role).replace("-", " ")
    return words[:1].upper() + words[1:]


def _shortened(text: str, room: int) -> str:
    """Cut at a word's end where one is near; the link that follows leads to the whole."""
    text = clean(text).strip()
    if len(text) <= room:
        return text
    cut = text[: max(room - 2, 0)]
    words = cut.rsplit(maxsplit=1)[0] if cut else ""
    return f"{(words if 2 * len(words) > room else cut).rstrip()} \N{HORIZONTAL ELLIPSIS}"
