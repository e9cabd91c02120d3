"""The languages that pages and messages can be in: their sentences, days, times and numbers. Sources are in English.

Which language somebody gets is decided where they are known: in web by the request, in work by their choices.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from functools import cached_property
from gettext import GNUTranslations, NullTranslations
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engage import catalogues
from engage.domain import wording

if TYPE_CHECKING:
    from babel import Locale

ENGLISH = "en"


class Language:
    """English, as the sources have it: the base of every other, which says otherwise what it can."""

    tag = ENGLISH
    html_tag = wording.tag_of(ENGLISH)
    name = "English"
    direction = "ltr"
    weekdays: Sequence[str] = wording.DAYS

    def translate(self, text: str) -> str:
        """The sentence in this language, its values still to be filled in; itself where there is no translation."""
        return text

    def translate_many(self, one: str, many: str, number: int) -> str:
        return one if number == 1 else many

    def say(self, text: str, **values: Any) -> str:
        """The sentence with its values: numbers as this language writes them."""
        return catalogues.filled(self.translate(text), self.said(values))

    def said(self, values: dict[str, Any]) -> dict[str, Any]:
        return {name: self.number(v) if type(v) is int else v for name, v in values.items()}

    def number(self, value: int) -> str:
        return str(value)

    def day(self, when: date) -> str:
        return wording.day(when)

    def short_day(self, when: date) -> str:
        return wording.short_day(when)

    def clock(self, when: datetime | time) -> str:
        return wording.clock(when)

    def moment(self, when: datetime) -> str:
        return wording.moment(when)

    def short_moment(self, when: datetime) -> str:
        return wording.short_moment(when)

    def span(self, starts: datetime, ends: datetime | None) -> str:
        return wording.span(starts, ends)


class Translated(Language):
    """A language with a catalogue; its days and numbers are those of the Unicode CLDR."""

    def __init__(self, tag: str, sentences: NullTranslations) -> None:
        self.tag = self.html_tag = tag
        self._sentences = sentences
        self._locale = _locale(tag)
        self.name = _capital(self._locale.get_display_name(self._locale) or tag)
        self.direction = self._locale.text_direction

    def translate(self, text: str) -> str:
        return self._sentences.gettext(text) if text else text  # a catalogue keeps its own head under ""

    def translate_many(self, one: str, many: str, number: int) -> str:
        return self._sentences.ngettext(one, many, number)

    @cached_property
    def weekdays(self) -> Sequence[str]:  # type: ignore[override]  # read only, either way
        names = self._locale.days["stand-alone"]["wide"]
        return [_capital(names[day]) for day in range(7)]

    def number(self, value: int) -> str:
        from babel.numbers import format_decimal

        return format_decimal(value, locale=self._locale)

    def day(self, when: date) -> str:
        from babel.dates import format_date

        return format_date(when, "full", locale=self._locale)

    def short_day(self, when: date) -> str:
        from babel.dates import format_skeleton

        return format_skeleton("MMMEd", _wall(when), locale=self._locale)

    def clock(self, when: datetime | time) -> str:
        from babel.dates import format_time

        return format_time(time(when.hour, when.minute), "short", locale=self._locale)

    def moment(self, when: datetime) -> str:
        return self.say("%(day)s at %(clock)s", day=self.day(when), clock=self.clock(when))

    def short_moment(self, when: datetime) -> str:
        return f"{self.short_day(when)} {self.clock(when)}"

    def span(self, starts: datetime, ends: datetime | None) -> str:
        if ends is None or ends <= starts:
            return self.moment(starts)
        if ends.date() == starts.date():
            day, first, last = self.day(starts), self.clock(starts), self.clock(ends)
            return self.say("%(day)s, %(first)s to %(last)s", day=day, first=first, last=last)
        return self.say("%(first)s to %(last)s", first=self.moment(starts), last=self.moment(ends))


class Languages:
    """Every language by its tag, made when first asked for. The office's own catalogues go before ours."""

    def __init__(self, own: Path | None = None) -> None:
        self._folders = [folder for folder in (own, catalogues.OURS) if folder is not None and folder.is_dir()]
        self._made = {ENGLISH: Language()}
        for path in sorted(own.glob("*.po")) if own in self._folders and own is not None else ():
            catalogues.read(path)  # what is wrong with it is said at the start, not to a resident

    def get(self, tag: str) -> Language:
        """The language of *tag*, such as `cy`; without a catalogue only its days and numbers are its own."""
        if tag not in self._made:
            self._made[tag] = Translated(tag, self._sentences(tag))
        return self._made[tag]

    def spoken(self, tag: str, offered: Sequence[str]) -> Language:
        """The language of a person who chose *tag*, in an office that has those; else the office's own."""
        return self.get(tag if tag in offered else offered[0])

    def has(self, tag: str) -> bool:
        return tag == ENGLISH or bool(self._paths(tag))

    def faults(self, tag: str) -> list[tuple[str, str]]:
        """(sentence, what is wrong) of translations that are passed over."""
        messages = [message for path in self._paths(tag) for message in catalogues.read(path) if message.id]
        return [(catalogues.sources(one)[0], fault) for one in messages for fault in catalogues.faults(one)]

    def _paths(self, tag: str) -> list[Path]:
        return [path for folder in self._folders if (path := folder / f"{tag}.po").is_file()]

    def _sentences(self, tag: str) -> NullTranslations:
        """The catalogues of a language, each asked for what those before it lack."""
        found: list[GNUTranslations] = [catalogues.usable(catalogues.read(path)) for path in self._paths(tag)]
        for before, after in pairwise(found):
            before.add_fallback(after)
        return found[0] if found else NullTranslations()


def _locale(tag: str) -> Locale:
    """What Babel knows of a language: of `ar-XB` what it knows of `ar`."""
    from babel import Locale, UnknownLocaleError

    parts = tag.split("-")
    for length in range(len(parts), 0, -1):
        try:
            return Locale.parse("_".join(parts[:length]))
        except UnknownLocaleError:
            continue
    return Locale.parse("en_GB")


def _wall(when: date) -> datetime:
    """A day as Babel's skeletons want it: without a zone, which they would convert."""
    return datetime(when.year, when.month, when.day)  # noqa: DTZ001


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
