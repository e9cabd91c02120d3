"""JSON as feeds write it: keys in the order given, no space that means nothing, letters as they are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def compact(value: Any) -> bytes:
    return _write(value).encode()


def enclosed(head: bytes, parts: Iterable[bytes], foot: bytes) -> bytes:
    """The parts of a list between what stands around it, copied once: a feed may be a megabyte."""
    separated = [piece for part in parts for piece in (part, b",\n")]
    return b"".join([head, *separated[:-1], foot])
