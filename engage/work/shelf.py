"""What publishing needs at hand, kept in memory between publications: revisions and their fragments.

Losing a shelf costs time only; it is brought up to date by what differs in the store. Joining feeds is in work.feeds.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from engage.domain.revisions import Revision
from engage.store.feeds import Fragment
from engage.store.schedule import Mark
from engage.store.unit import Unit

Rendition = tuple[str, str]  # a format's suffix and a variant
Fragments = Mapping[Rendition, bytes]
MANY = 1_000  # entries put here at once, from which on the search for cycles is felt


@dataclass(frozen=True, kw_only=True)
class Stock:
    """Every entry as last published, by id: its revision, the digest of what can be seen of it, its bytes."""

    revisions: Mapping[str, Revision]
    digests: Mapping[str, str]
    fragments: Mapping[str, Fragments]


@dataclass
class Shelf:
    """One process's copy of the stored schedule as feeds need it."""

    _marks: Mapping[str, Mark] = field(default_factory=dict, repr=False)
    _stock: Stock = field(default=Stock(revisions={}, digests={}, fragments={}), repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def refresh(self, unit: Unit) -> Stock:
        """The stock as of this unit, which only reads; loads only entries that were saved since the last look."""
        with self._lock:
            marks = unit.schedule.marks()
            changed = {entry_id for entry_id, mark in marks.items() if self._marks.get(entry_id) != mark}
            if changed:
                digests = {entry_id: mark.digest for entry_id, mark in marks.items()}
                self._stock = self._renewed(unit, digests, None if len(changed) > len(marks) / 2 else changed)
                self._marks = marks
                if len(changed) > MANY:
                    _keep_for_good()
            return self._stock

    def _renewed(self, unit: Unit, digests: Mapping[str, str], ids: Collection[str] | None) -> Stock:
        fresh = {revision.entry.id: revision for revision in unit.schedule.revisions(ids)}
        return Stock(
            revisions={**self._stock.revisions, **fresh},
            digests=digests,
            fragments={**self._stock.fragments, **by_entry(unit.feeds.fragments(ids))},
        )


def _keep_for_good() -> None:
    """Let Python's search for cycles pass over what lies here: it has none, and the search took a publication a fifth
    of its time.
    """
    gc.collect()
    gc.freeze()


def by_entry(fragments: Collection[Fragment]) -> dict[str, dict[Rendition, bytes]]:
    """Entry id -> its bytes by format and variant."""
    found: dict[str, dict[Rendition, bytes]] = {}
    for entry_id, form, variant, body in fragments:
        found.setdefault(entry_id, {})[form, variant] = body
    return found
