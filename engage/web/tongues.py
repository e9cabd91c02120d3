"""Which language a page is in: what its address says, else what the browser prefers, of those the office names.

This site sets no cookies, so a choice made in the footer travels in the links and forms of the pages that follow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlencode

from starlette.requests import Request

from engage.languages import Language, Languages

# Pages that are translated from top to bottom; of the others the frame is, and what is in it stays English throughout.
TRANSLATED = frozenset(
    f"{name}.html"
    for name in (
        "confirm", "confirmed", "device", "error", "follow", "forgotten", "link_expired", "preferences",
        "preferences_ask", "preferences_sent", "subscribe", "subscribe_sent", "texts", "texts_code", "unsubscribe",
        "unsubscribed",
    )
)  # fmt: skip
PARAMETER = "lang"
_MOST = 30  # languages read of a header; nobody speaks more
_FORM = re.compile(r"<form\b([^>]*)>")
_ACTION = re.compile(r'\baction="([^"]*)"')
_LINK = re.compile(r'(<a\b[^>]*\bhref=")(/(?!/)[^"]*)(")')
_FILE = re.compile(r"\.(?:ics|jcal|json|atom|xml|csv|geojson|pdf|css|js)$|^/static/")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A language in the footer, under the name that those who speak it give it."""

    language: str
    tag: str  # as HTML has it
    name: str
    address: str
    is_current: bool


def negotiated(request: Request, offered: tuple[str, ...]) -> str:
    """The tag of the page's language."""
    return asked(request, offered) or preferred(request.headers.get("accept-language", ""), offered)


def asked(request: Request, offered: Sequence[str]) -> str | None:
    """The language that the address names, if the office has it."""
    found = request.query_params.get(PARAMETER)
    return found if found in offered else None


@lru_cache(maxsize=256)
def preferred(header: str, offered: tuple[str, ...]) -> str:
    """The best of *offered* by an Accept-Language header (RFC 4647, lookup): `cy-GB` finds `cy`; else the first."""
    by_name = {tag.lower(): tag for tag in offered}
    for wanted in _ranges(header):
        parts = wanted.split("-")
        for length in range(len(parts), 0, -1):
            if found := by_name.get("-".join(parts[:length])):
                return found
    return offered[0]


def _ranges(header: str) -> list[str]:
    """Language ranges, the most wanted first; equally wanted ones as they stand."""
    found: list[tuple[float, str]] = []
    for part in header.lower().split(",")[:_MOST]:
        name, _, weight = part.partition(";")
        quality = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", weight)
        found.append((float(quality[1]) if quality else 0.0 if weight.strip() else 1.0, name.strip()))
    return [name for quality, name in sorted(found, key=lambda one: -one[0]) if quality > 0]


def choices(request: Request, offered: Sequence[str], current: str, languages: Languages) -> list[Choice]:
    """The switch between languages; none where there is one only.

    It stays on this site, whatever was asked for: `//host` and a tab between the slashes are another to a browser.
    """
    here = f"/{quote(request.url.path.lstrip('/'))}"
    rest = [(name, value) for name, value in request.query_params.multi_items() if name != PARAMETER]
    return [
        Choice(
            language=language.tag,
            tag=language.html_tag,
            name=language.name,
            address=f"{here}?{urlencode([*rest, (PARAMETER, language.tag)])}",
            is_current=language.tag == current,
        )
        for language in map(languages.get, offered)
        if len(offered) > 1
    ]


def carried(html: str, path: str, language: Language) -> str:
    """The page with *language* in the address of each page of ours that it leads to."""
    html = _LINK.sub(lambda found: f"{found[1]}{_with(found[2], language.tag)}{found[3]}", html)
    return _FORM.sub(lambda found: _form(found[1], path, language.tag), html)


def _form(attributes: str, path: str, tag: str) -> str:
    """A form that asks gets a hidden field, as its fields replace the address; one that sends gets an address."""
    if 'method="post"' not in attributes:
        return f'<form{attributes}><input type="hidden" name="{PARAMETER}" value="{tag}">'
    found = _ACTION.search(attributes)
    target = found[1] if found else ""
    if target and target[0] not in "/#":
        return f"<form{attributes}>"
    action = f'action="{_with(target if target.startswith("/") else path + target, tag)}"'
    return f"<form{_ACTION.sub('', attributes)} {action}>"


def _with(address: str, tag: str) -> str:
    """An address of ours with the language, unless it names one or is a file."""
    target, mark, anchor = address.partition("#")
    page, _, query = target.partition("?")
    if _FILE.search(page) or re.search(rf"(?:^|[?&;]){PARAMETER}=", query):
        return address
    return f"{target}{'&amp;' if query else '?'}{PARAMETER}={tag}{mark}{anchor}"
