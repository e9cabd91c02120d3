"""Permanent ids for what has none: the slug of a title and its day. The same source gives the same ids."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engage.declared.texts import RESERVED
from engage.imports.drafts import Draft
from engage.imports.texts import slug

LONGEST, LONGEST_SERIES = 80, 69
_DATED = re.compile(r"(.+)-\d{4}(?:-\d\d-\d\d)?")


class Ids:
    """Ids that are free, over the folder and this file. A series also takes the ids of all its dates."""

    def __init__(self, taken: Iterable[str], series: Iterable[str] = ()) -> None:
        self._taken = {name.casefold() for name in taken}
        self._bases = {found[1] for name in self._taken if (found := _DATED.fullmatch(name))}
        self._numbers: dict[str, int] = {}
        self._series = {name.casefold() for name in series}

    def series(self, draft: Draft) -> str:
        """Of the title alone: every date adds its own."""
        base = slug(draft.title, LONGEST_SERIES - 4, "series")
        found = self._free(base, self._taken | self._series | self._bases | RESERVED)
        self._series.add(found)
        return found

    def single(self, draft: Draft) -> str:
        """Title and day; a single entry beside the series of the same title says so."""
        title = slug(draft.title, LONGEST - 22, "entry")
        extra = "-extra" if title in self._series else ""
        return self._free(f"{title}{extra}-{draft.day}", self._taken)

    def other(self, name: str, otherwise: str) -> str:
        """Of a venue."""
        return self._free(slug(name, LONGEST - 4, otherwise), self._taken | RESERVED)

    def _free(self, base: str, taken: set[str] | frozenset[str]) -> str:
        """The base itself, or with the next number: five thousand meetings may have one title and one day."""
        number = self._numbers.get(base, 0) + 1
        found = base if number == 1 else f"{base}-{number}"
        while found in taken:
            number += 1
            found = f"{base}-{number}"
        self._numbers[base] = number
        self._taken.add(found)
        return found
