"""What entries say: escapes, titles, places, links, categories (C48 to C51, C59 to C63, C68, C69)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from engage.feeds.lint.findings import Finding, problem, warning
from engage.feeds.lint.reading import Component
from engage.feeds.lint.sheet import Sheet

LONGEST = 2_000  # characters of a DESCRIPTION; apps cut or choke on more

TEXTS = ("SUMMARY", "DESCRIPTION", "LOCATION", "CONTACT", "COMMENT", "NAME", "STYLED-DESCRIPTION")
LINKS = ("URL", "SOURCE", "CONFERENCE", "ORGANIZER", "ATTENDEE")
SINGLE = ("TZID", "LABEL", "VALUE", "FMTTYPE", "LANGUAGE", "CN", "ENCODING")  # parameters of one value

_QUOTED = re.compile(r'"[^"]*"')
_ESCAPE = re.compile(r"\\[\\;,nN]")
_MARKUP = re.compile(
    r"</?(?:p|br|a|b|i|u|div|span|ul|ol|li|em|strong|html|table|tr|td|h[1-6])(?:\s[^<>]{0,500})?/?>"
    r"|&(?:amp|nbsp|lt|gt|quot|#\d{1,6});",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}:")
_GEO = re.compile(r"([+-]?\d{1,3}(?:\.\d{1,20})?);([+-]?\d{1,3}(?:\.\d{1,20})?)")
# UTF-8 read as Windows-1252 and written as UTF-8 again, and what a lost character leaves behind.
_MANGLED = re.compile(
    "\ufffd|[ÃÂ][\u0080-\u00bf\u0152-\u0178\u2018-\u2122]|â€[\u0080-\u02ff\u2018-\u2122]|[ÅÄ][\u0080-\u00bf]|ðŸ"
)


def escapes(component: Component) -> Iterator[Finding]:
    r"""C49: `\\ \; \, \n` in a text, nothing in a link."""
    for line in component.all(*TEXTS):
        left = _ESCAPE.sub("", line.value) if line.parameter("VALUE").upper() in ("", "TEXT") else ""
        if "\\" in left:
            told = rf"{line.name} has a backslash that escapes nothing. Only \\ \; \, and \n are known."
            yield problem("C49", line.number, told)
        elif found := re.search("[,;]", left):
            yield problem("C49", line.number, rf"{line.name} has a bare {found[0]} in its text. Write \{found[0]}.")
    for line in component.all(*LINKS):
        if "\\" in line.value:
            yield problem("C49", line.number, f"{line.name} is a link, and in links nothing is escaped. Take \\ out.")


def parameters(component: Component) -> Iterator[Finding]:
    """C69: what an unquoted colon or comma in a parameter leaves behind."""
    for lines in component.lines.values():
        for line in lines:
            if not line.parameters:
                continue
            many = [name for name in SINGLE if "," in _QUOTED.sub("", line.parameters.get(name, ""))]
            if many:
                yield problem("C69", line.number, f"{many[0]} of {line.name} holds a comma. Put the value in quotes.")
            elif line.is_sound and line.name in LINKS and not _SCHEME.match(line.value):
                told = f"What follows the first colon of {line.name} is no link. Quote a parameter that holds a colon."
                yield problem("C69", line.number, told)


def mangled(component: Component) -> Iterator[Finding]:
    """C61."""
    for line in component.all(*TEXTS, "CATEGORIES", "X-WR-CALNAME"):
        if found := _MANGLED.search(line.value):
            told = (
                f"{line.name} has lost letters ({found[0]!r}): it was read in another encoding. Use UTF-8 all the way."
            )
            yield warning("C61", line.number, told)


def title(entry: Component) -> Iterator[Finding]:
    """C48."""
    line = entry.first("SUMMARY")
    if line is None or not line.value.strip():
        yield warning("C48", line.number if line else entry.number, "The entry has no SUMMARY. Give it a title.")
    elif _MARKUP.search(line.value):
        yield warning("C48", line.number, "SUMMARY holds HTML, which apps show as it is. Write plain text.")


def page(entry: Component) -> Iterator[Finding]:
    """C50: many apps hide URL."""
    line = entry.first("URL")
    if line is None or not line.value.strip():
        yield warning(
            "C50", entry.number, "The entry has no URL. Link to its page, and repeat the link in DESCRIPTION."
        )
    elif line.value.strip() not in _plain(entry.text("DESCRIPTION")):
        yield warning("C50", line.number, "Many apps hide URL: repeat the link in DESCRIPTION.")


def place(entry: Component) -> Iterator[Finding]:
    """C51."""
    for line in entry.all("LOCATION"):
        if re.search(r"\\[nN]", _plain_pairs(line.value)):
            yield warning(
                "C51", line.number, "LOCATION has a line break. Write venue, street, town, postcode in one line."
            )
    for line in entry.all("GEO"):
        found = _GEO.fullmatch(line.value.strip())
        if found is None or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:
            told = "GEO must be latitude;longitude with a semicolon, such as 54.530000;-1.260000."
            yield problem("C51", line.number, told)


def categories(entry: Component) -> Iterator[Finding]:
    r"""C59: the comma between names is bare, one within a name is `\,`."""
    for line in entry.all("CATEGORIES"):
        left = _ESCAPE.sub("", line.value)
        if ";" in left or "\\" in left:
            yield problem("C59", line.number, r"CATEGORIES has a bare ; or \ in a name. Write \; or \\.")
        elif any(name != name.strip() or not name for name in left.split(",")):
            yield warning(
                "C59", line.number, r"A category begins with a space or is empty: a comma within a name is \,."
            )
        elif re.search(r"\\,(?=\S)", _plain_pairs(line.value)):
            yield warning("C59", line.number, "The comma between two categories seems escaped, which makes them one.")


def description(entry: Component) -> Iterator[Finding]:
    """C60."""
    for line in entry.all("DESCRIPTION"):
        if _MARKUP.search(line.value):
            told = "DESCRIPTION holds HTML, which many apps show as it is. Write plain text; HTML goes into X-ALT-DESC."
            yield warning("C60", line.number, told)
        length = len(line.value) - line.value.count("\\")
        if length > LONGEST:
            told = f"DESCRIPTION has {length:,} characters; apps cut after about {LONGEST:,}. Link to the rest."
            yield warning("C60", line.number, told)


def online(entry: Component) -> Iterator[Finding]:
    """C62: RFC 7986 section 5.11 demands the value type; apps that do not know CONFERENCE need the link in words."""
    for line in entry.all("CONFERENCE"):
        if line.parameter("VALUE").upper() != "URI":
            yield problem("C62", line.number, "RFC 7986 demands CONFERENCE;VALUE=URI:, with the value type said.")
        elif line.value.strip() not in _plain(entry.text("DESCRIPTION")):
            yield warning("C62", line.number, "Few apps know CONFERENCE: repeat the link in DESCRIPTION.")


def image(component: Component) -> Iterator[Finding]:
    """C63: RFC 7986 section 5.10."""
    for line in component.all("IMAGE"):
        if line.parameter("VALUE").upper() not in ("URI", "BINARY"):
            yield problem("C63", line.number, "RFC 7986 demands IMAGE;VALUE=URI:, with the value type said.")


def repeated_name(sheet: Sheet) -> Iterator[Finding]:
    """C48."""
    name = (sheet.calendar.text("NAME") or sheet.calendar.text("X-WR-CALNAME")).strip().casefold()[:200]
    if not name:
        return
    for entry in sheet.entries:
        line = entry.first("SUMMARY")
        said = line.value.strip().casefold() if line else ""
        if line and said.startswith(name) and said.removeprefix(name).lstrip()[:1] in tuple(":|\u2013\u2014-"):
            told = "SUMMARY repeats the calendar's name, which apps show beside it. Leave it out."
            yield warning("C48", line.number, told)


COMPONENT_CHECKS: tuple[Callable[[Component], Iterator[Finding]], ...] = (escapes, parameters, mangled, image)
ENTRY_CHECKS: tuple[Callable[[Component], Iterator[Finding]], ...] = (
    title,
    page,
    place,
    categories,
    description,
    online,
)
CHECKS: tuple[Callable[[Sheet], Iterator[Finding]], ...] = (repeated_name,)


def _plain(value: str) -> str:
    r"""A text with its escapes undone."""
    return _ESCAPE.sub(lambda found: "\n" if found[0][1] in "nN" else found[0][1], value)


def _plain_pairs(value: str) -> str:
    r"""Without `\\`, so that a backslash left over escapes what follows it."""
    return value.replace("\\\\", "")
