"""JSON as feeds write it: keys in the order given, no space that means nothing, letters as they are."""

from __future__ import annotations

import json
from typing import Any

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def compact(value: Any) -> bytes:
    return _write(value).encode()
