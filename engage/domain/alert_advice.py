"""What a careful colleague would say of an alert before it goes; none of it stops it. Mistakes are found elsewhere."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from engage.domain.alerts import Alert, Severity
from engage.domain.readability import reading_age

OLDEST = 12  # years; half of all adults read with ease what a child of eleven does
FAR = timedelta(days=14)
SEGMENTS = 2
TITLE = 60  # characters that a phone shows of a subject
SHOWN = 8  # words of jargon named


@dataclass(frozen=True, kw_only=True)
class PlainWords:
    """The office's list: *jargon* and what to write instead, and the *verbs* with which advice begins."""

    jargon: Mapping[str, str]
    verbs: Collection[str]


@dataclass(frozen=True, kw_only=True)
class Advice:
    code: str
    message: str


def advise(
    alert: Alert, text: str, plain: PlainWords, *, segments: int | None, root: str, now: datetime
) -> list[Advice]:
    """*text* is the alert's without Markdown; *segments* those of its text message, None when nobody gets one."""
    return [Advice(code=code, message=message) for code, message in _said(alert, text, plain, segments, root, now)]


def _said(
    alert: Alert, text: str, plain: PlainWords, segments: int | None, root: str, now: datetime
) -> Iterator[tuple[str, str]]:
    age = reading_age(text)
    if age is not None and age > OLDEST:
        yield "reading-age", f"It needs a reading age of {age:g}; aim for {OLDEST}: shorter sentences, everyday words."
    if found := _jargon(f"{alert.title}\n{text}", plain.jargon):
        instead = "; ".join(f'"{word}" ({plain.jargon[word]})' for word in found[:SHOWN])
        yield "jargon", f"Words that only insiders know, and what to write: {instead}."
    if not says_what_to_do(text, plain.verbs):
        yield "no-action", "It does not say what to do. Add a line that begins with a verb: Lock, Call, Check, Avoid."
    if not alert.areas:
        yield "no-area", f"It names no area, so everybody in {root} gets it. Name the smallest area that fits."
    if alert.expires - max(now, alert.starts or now) > FAR:
        yield "expires-late", f"It holds for more than {FAR.days} days. People stop reading alerts that never end."
    if alert.severity is Severity.URGENT and alert.expires - now > timedelta(days=2):
        yield "urgent-long", "It is urgent and holds for more than two days. Urgent means danger now: it wakes people."
    if segments is not None and segments > SEGMENTS:
        yield (
            "long-text",
            f"Its text message takes {segments} segments; {SEGMENTS} are plenty: shorten its first lines.",
        )
    if len(alert.title) > TITLE:
        yield "long-title", f"A phone shows about {TITLE} characters of a subject; this one has {len(alert.title)}."


def _jargon(text: str, jargon: Mapping[str, str]) -> list[str]:
    """Abbreviations count in capitals only: `MO` is not `mo`."""
    return [
        word for word in jargon if re.search(rf"\b{re.escape(word)}\b", text, 0 if word.isupper() else re.IGNORECASE)
    ]


def says_what_to_do(text: str, verbs: Collection[str]) -> bool:
    """Whether a sentence or a point of a list begins with one of *verbs*."""
    begins = re.findall(r"(?:^|[.!?:]\s+|\n)[\s>*-]*(?:please\s+|if [^.,\n]{1,80},\s*)?([a-z']+)", text.lower())
    return any(word in verbs for word in begins)
