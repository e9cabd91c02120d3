"""Foreign words made fit for our files: one line or several, without markup and without what nobody can see."""

from __future__ import annotations

import html
import re
import unicodedata

import nh3

from engage.declared.texts import Words

LONGEST_NOTE = 2000
LONGEST_TITLE = 200
CUT = " \N{HORIZONTAL ELLIPSIS}"  # ends a text that was too long
_READ = 20_000  # characters of a foreign text that are looked at: HTML may take ten times its words
_VISIBLE = Words(_READ, least=0, lines=True)
_TAG = re.compile(
    r"</?(?:a|b|br|div|em|font|h[1-6]|html|body|i|img|li|ol|p|script|span|strong|style|table|td|tr|u|ul)\b[^<>]{0,2000}>",
    re.IGNORECASE,
)
_NEW_LINE = re.compile(r"<(?:br|p|/p|div|/div|/li|tr|h[1-6]|/h[1-6])\b[^<>]{0,300}>", re.IGNORECASE)
_LINK = re.compile(r"<a\b[^<>]{0,300}?\bhref=\"(https?://[^\"<>\s]{1,2000})\"[^<>]{0,300}>", re.IGNORECASE)
_POSTCODE = re.compile(r"\b([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})\b", re.IGNORECASE)
_NO_PLACE = re.compile(
    r"|online|virtual|remote|tbc|tba|to be confirmed|(?:zoom|microsoft teams|teams|google meet|webex)\b.*"
)
MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.\w")


def one_line(text: str, most: int = LONGEST_TITLE) -> str:
    """Words with single blanks between them, cut at *most* with an ellipsis."""
    return _cut(" ".join(visible(text).split()), most)


def note(text: str, most: int = LONGEST_NOTE) -> str:
    """Paragraphs of plain text, at most one empty line between them."""
    lines = [" ".join(line.split()) for line in plain(text[:_READ]).splitlines()]
    return _cut(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), most)


def visible(text: str) -> str:
    """The text without controls, letters of no width and marks that turn it around."""
    breaks = re.sub(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text[:_READ])
    return _VISIBLE.read(breaks.encode("utf-8", "replace").decode())


def plain(text: str) -> str:
    """Text as it is; HTML without its markup, with the addresses of its links."""
    if not _TAG.search(text):
        return visible(text)
    marked = _NEW_LINE.sub("\n", text.replace("\n", " ").replace("\r", " "))
    marked = _LINK.sub(lambda found: f"{html.escape(html.unescape(found[1]))} ", marked)
    bare = nh3.clean(marked, tags=set(), clean_content_tags={"script", "style"})
    return visible(html.unescape(bare))


def slug(text: str, most: int, otherwise: str) -> str:
    """Small letters, digits and hyphens, cut at a word's end: "Tŷ Hafan: Q&A" is "ty-hafan-q-a"."""
    letters = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", letters)
    told = "-".join(words)
    if len(told) > most:
        told = told[: most + 1].rpartition("-")[0] or told[:most]
    return told or otherwise


def postcode_in(text: str) -> str:
    """The last British postcode in an address, as it is written on envelopes; nothing when there is none."""
    found = _POSTCODE.findall(text)
    return f"{found[-1][0]} {found[-1][1]}".upper() if found else ""


def without_postcode(text: str) -> str:
    return _POSTCODE.sub("", text)


def folded(text: str) -> str:
    """For comparing names: "St. Mary's  Hall" and "st marys hall" are the same."""
    letters = (
        unicodedata.normalize("NFKD", text.casefold()).replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "")
    )
    return " ".join(re.findall(r"\w+", "".join(c for c in letters if not unicodedata.combining(c))))


def is_place(text: str) -> bool:
    """Whether somebody could go there: "Online" and "To be confirmed" are no places."""
    return _NO_PLACE.fullmatch(folded(text)) is None


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return f"{text[: most - len(CUT)].rstrip()}{CUT}"
