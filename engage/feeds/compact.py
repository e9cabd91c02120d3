"""JSON as feeds write it: keys in the order given, no space that means nothing, letters as they are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from engage.feeds.words import clean

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def compact(value: Any) -> bytes:
    return _write(value).encode()


def enclosed(head: bytes, parts: Iterable[bytes], foot: bytes) -> bytes:
    """The parts of a list between what stands around it, copied once: a feed may be a megabyte."""
    separated = [piece for part in parts for piece in (part, b",\n")]
    return b"".join([head, *separated[:-1], foot])


def known(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Without what nobody knows, and texts without control characters."""
    return {
        key: clean(value) if isinstance(value, str) else value
        for key, value in facts.items()
        if value is not None and value not in ("", [], {}, ())
    }
