"""Calendar apps as small models: how each takes a feed in and what it then shows. No app's own code is here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engage.store.feeds import Published
from engage.web.feeds import Answer

Shown = Mapping[str, str]  # the properties of one VEVENT by name, unfolded


def take_all(held: Shown | None, told: Shown) -> Shown:
    """Thunderbird: whatever the feed says."""
    return told


def by_sequence(held: Shown | None, told: Shown) -> Shown:
    """RFC 5546 2.1.5: the higher SEQUENCE, among equals the later DTSTAMP."""
    return told if held is None or _rank(told) > _rank(held) else held


def by_last_modified(held: Shown | None, told: Shown) -> Shown:
    """ICSx5: an entry whose LAST-MODIFIED did not rise is skipped."""
    return told if held is None or told["LAST-MODIFIED"] > held["LAST-MODIFIED"] else held


def _rank(shown: Shown) -> tuple[int, str]:
    return int(shown["SEQUENCE"]), shown["DTSTAMP"]


@dataclass(kw_only=True)
class Reader:
    """One subscription. *asks_by* is the header it polls with; *forgets* what has left the feed, or never deletes."""

    path: str
    takes: Callable[[Shown | None, Shown], Shown]
    asks_by: str
    forgets: bool = True
    entries: dict[str, Shown] = field(default_factory=dict)
    _etag: bytes = b""
    _modified: bytes = b""

    def poll(self, published: Published) -> None:
        """One conditional request, answered by the very code that answers on the wire."""
        asked = {"none_match": b"", "since": b"", "encoding": b""}
        asked |= {"none_match": self._etag} if self.asks_by == "etag" else {"since": self._modified}
        head, body = Answer(published, []).choose(**asked, head=False)
        headers = dict(head.start["headers"])
        if head.status == 304:
            return
        self._etag, self._modified = headers[b"etag"], headers[b"last-modified"]
        told = parse(body)
        kept = {} if self.forgets else dict(self.entries)
        self.entries = {**kept, **{uid: self.takes(self.entries.get(uid), shown) for uid, shown in told.items()}}


def parse(body: bytes) -> dict[str, Shown]:
    """UID -> the properties of each VEVENT; parameters stay with the value."""
    text = body.replace(b"\r\n ", b"").decode()
    blocks = re.findall(r"BEGIN:VEVENT\r\n(.*?)END:VEVENT", text, re.DOTALL)
    entries = [dict(re.findall(r"^([A-Z-]+)[:;](.*)\r$", block, re.MULTILINE)) for block in blocks]
    return {entry["UID"]: entry for entry in entries}
