"""A language that nobody speaks: every letter of every marked sentence as an Arabic one, read from right to left.

What is still in Latin letters on a page was never marked.
"""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.catalog import Catalog

from engage.catalogues import sources
from tests.catalogues import gathered, written

TAG = "ar-XB"
_KEPT = re.compile(r"%\(\w+\)s|%%|<[^>]*>")
_LETTERS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهابتثجحخدذرزسشصضطظعغفقكلمنه",
)


def said(sentence: str) -> str:
    """The sentence in that language: its values and tags stay, all else reads from right to left."""
    kept = _KEPT.findall(sentence)
    parts = [part.translate(_LETTERS) for part in _KEPT.split(sentence)]
    return "".join(part + mark for part, mark in zip(parts, [*kept, ""], strict=True))


def write(folder: Path) -> None:
    """Its catalogue, where an office puts its own."""
    catalogue = Catalog(locale="ar", charset="utf-8", fuzzy=False)
    for message in gathered():
        if message.id:
            ids = sources(message)
            forms = tuple(said(ids[-1]) for _ in range(catalogue.num_plurals))
            catalogue.add(message.id, said(message.id) if isinstance(message.id, str) else forms)
    folder.mkdir(parents=True)
    (folder / f"{TAG}.po").write_text(written(catalogue), encoding="utf-8")
