"""Translations as translators write them: `.po` files, read as they stand. What a language says is in languages.

No compiled copy is kept: reading one takes about 20 ms, once in each process, and nothing can be older than its source.
A translation that would lose a value, a link or a tag of its sentence is passed over, and the English one shown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engage.errors import SettingsError

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

OURS = Path(__file__).resolve().parent / "locale"
_PLACEHOLDER = re.compile(r"%\((\w+)\)s|%(%)?")
_TAG = re.compile(r"<[^>]*>")


def filled(text: str, values: Mapping[str, Any]) -> str:
    """`%(hours)s` replaced by its value and `%%` by `%`; not Python's `%`, whose widths can ask for gigabytes."""
    return _PLACEHOLDER.sub(lambda found: str(values[found[1]]) if found[1] else "%", text)


def read(path: Path) -> Catalog:
    """The catalogue in a file; raises SettingsError with its line when it cannot be read."""
    from babel.messages.pofile import PoFileError, read_po

    try:
        with path.open("rb") as file:
            return read_po(file, locale=None, abort_invalid=True)
    except PoFileError as error:
        said = "this line is no msgid, msgstr, comment or text in quotes"
        raise SettingsError(f"{path.name}:{error.lineno + 1}: {said}. Compare it with the lines around it.") from None
    except (UnicodeDecodeError, ValueError) as error:
        raise SettingsError(f"{path.name} is not a catalogue of translations in UTF-8: {error}.") from None


def usable(catalogue: Catalog) -> GNUTranslations:
    """The translations that are finished and do not harm their sentence."""
    from babel.messages.mofile import write_mo

    for message in catalogue:
        if message.id and any(faults(message)):
            message.flags.add("fuzzy")  # which a compiled catalogue leaves out
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def faults(message: Message) -> Iterable[str]:
    """What a translation does to its sentence that it must not: values lost or invented, tags changed."""
    source, may = sources(message)[-1], set(_names(sources(message)[-1]))
    must = may if len(sources(message)) == 1 else set[str]()  # "one meeting" need not show its number
    for form in filter(None, forms(message)):
        names = set(_names(form))
        yield from (f"%({name})s is missing" for name in sorted(must - names - {"%"}))
        yield from (f"%({name})s has no value" for name in sorted(names - may - {"%"}))
        if "%" in names - may:
            yield "a per cent sign must be written %%"
        if Counter(_TAG.findall(form)) != Counter(_TAG.findall(source)):
            yield "its tags and links are not those of the source"


def sources(message: Message) -> Sequence[str]:
    """The English sentence, or both forms of one that has a plural."""
    return (message.id,) if isinstance(message.id, str) else message.id


def forms(message: Message) -> Sequence[str]:
    """Its translations: one, or as many as the language has plurals."""
    return message.string if isinstance(message.string, tuple | list) else (message.string or "",)


def _names(text: str) -> list[str]:
    """The values a sentence has, and "%" for a sign that begins nothing."""
    return [found[1] or "%" for found in _PLACEHOLDER.finditer(text) if not found[2]]
