"""What is the same for everybody, made once and kept ready until what it shows changes, at most for a minute."""

from __future__ import annotations

import asyncio
from asyncio import Future
from collections import Counter
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple

from engage.web.answers import Answering
from engage.web.snapshot import Snapshot

MOST = 2_000  # answers kept, some kilobytes each
MAKERS = 2  # making a page is work for the processor alone: more threads would only keep whoever answers from it

Clock = Callable[[], datetime]


class _Kept(NamedTuple):
    """An answer with the state that it shows and, where it tells the time, the moment from which it may not."""

    answer: Answering
    generation: int
    until: datetime | None


class Memory:
    """Answers by what they are of, and by the requests that led to them. Only the event loop touches it."""

    def __init__(self, snapshot: Snapshot, clock: Clock) -> None:
        self._snapshot, self._clock = snapshot, clock
        self.answered: Counter[int] = Counter()  # answers from memory by status, since this process started
        self._kept: dict[Hashable, _Kept] = {}
        self._asked: dict[Hashable, _Kept] = {}
        self._making: dict[Hashable, Future[_Kept]] = {}
        self._makers = ThreadPoolExecutor(MAKERS, "pages")
        self._generation = 0

    def find(self, asked: Hashable) -> Answering | None:
        """The answer to what was asked before in the same words, if it still holds."""
        kept = self._asked.get(asked)
        return kept.answer if kept is not None and self._holds(kept) else None

    async def fetch(
        self,
        key: Hashable,
        make: Callable[[], Answering],
        *,
        asked: Hashable = None,
        is_slow: bool = False,
        is_timely: bool = True,
    ) -> Answering:
        """What is kept under this *key*, or is made now, once for all who ask at the same time.

        Whoever asks in the words *asked* will `find` it. What takes milliseconds is made at once: to hand it to a
        thread costs as much again. What *is_slow* is made in one, as everybody else would wait for it. What is not
        *is_timely* tells nothing of the hour: it holds until the state in memory changes.
        """
        kept = self._kept.get(key)
        if kept is None or not self._holds(kept):
            generation = self._renewed()  # first: what changes while it is made makes it anew
            until = self._snapshot.turns_at(self._clock()) if is_timely else None

            def made() -> _Kept:
                return _Kept(make(), generation, until)

            kept = await self._apart((generation, key), made) if is_slow else made()
            _put(self._kept, key, kept)
        if asked is not None:
            _put(self._asked, asked, kept)
        return kept.answer

    def _holds(self, kept: _Kept) -> bool:
        return kept.generation == self._snapshot.generation and (kept.until is None or self._clock() < kept.until)

    def _renewed(self) -> int:
        """The state now; what was kept of another one goes."""
        generation = self._snapshot.generation
        if generation != self._generation:
            self._generation = generation
            self._kept.clear()
            self._asked.clear()
        return generation

    async def _apart(self, key: Hashable, made: Callable[[], _Kept]) -> _Kept:
        """Made in a thread for the first who asks; the others get the same, and it holds no longer for them."""
        if (making := self._making.get(key)) is None:
            making = self._making[key] = asyncio.get_running_loop().run_in_executor(self._makers, made)
            making.add_done_callback(lambda _: self._making.pop(key, None))
        return await asyncio.shield(making)  # whoever asked first may be gone before it is there


def _put(kept: dict[Hashable, _Kept], key: Hashable, value: _Kept) -> None:
    """The newest stands last; the oldest gives way."""
    kept.pop(key, None)
    if len(kept) >= MOST:
        kept.pop(next(iter(kept)))
    kept[key] = value
