"""The mail server of the benchmarks, in a process of its own: its work must not take turns with the sender's."""

from __future__ import annotations

import multiprocessing
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from engage.testing import Accepted, SmtpSink

OWN = multiprocessing.get_context("spawn")

Arrival = tuple[str, float]


class Arrivals(list[Arrival]):
    """Who got something and when; a hundred thousand letters would fill the memory. *of*: by name without number."""

    def __init__(self) -> None:
        self.of: dict[str, list[Arrival]] = defaultdict(list)

    def append(self, message: Accepted) -> None:  # type: ignore[override]
        arrival = (message.to, message.at)
        super().append(arrival)
        self.of[message.to.partition("@")[0].rstrip("0123456789")].append(arrival)

    def clear(self) -> None:
        super().clear()
        self.of.clear()


@dataclass
class Postbox:
    """Asks the process. Moments are monotonic seconds, the same in every process of a machine."""

    url: str
    line: Connection

    def empty(self) -> None:
        self._ask("empty", "")

    def count(self, name: str = "") -> int:
        """How many letters have come, in all or to people of a name."""
        return int(self._ask("count", name))

    def arrivals(self, name: str = "") -> list[Arrival]:
        """(to, moment) in order of arrival."""
        return list(self._ask("arrivals", name))

    def wait_for(self, count: int, *, within: float = 120) -> list[Arrival]:
        """What has come once it is *count*, and everybody once."""
        until = time.monotonic() + within
        while (come := self.count()) < count and time.monotonic() < until:
            time.sleep(0.05)
        arrivals = self.arrivals()
        if len(arrivals) != count or len({to for to, _ in arrivals}) != count:
            raise RuntimeError(f"{count:,} letters to as many people were expected, {come:,} came.")
        return arrivals

    def _ask(self, what: str, name: str) -> Any:
        self.line.send((what, name))
        return self.line.recv()


@contextmanager
def postbox() -> Iterator[Postbox]:
    ours, theirs = OWN.Pipe()
    process = OWN.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield Postbox(str(ours.recv()), ours)
    finally:
        ours.send(("stop", ""))
        process.join(20)


def _serve(line: Connection) -> None:
    with SmtpSink() as sink:
        arrivals = Arrivals()
        sink.accepted = arrivals  # type: ignore[assignment]
        line.send(sink.url)
        while True:
            what, name = line.recv()
            if what == "stop":
                return
            if what == "empty":
                arrivals.clear()
            asked = arrivals.of[name] if name else arrivals
            line.send(list(asked) if what == "arrivals" else len(asked))
