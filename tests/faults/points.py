"""Every named fault point of the source, and which process passes it. One without a walk breaks the rehearsal."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
POINT = re.compile(r'\bfaults\.point\("([^"]+)"\)')

WALKED_BY = {
    "due-turned": "relay",
    "task-claimed": "worker",
    "fanout-planned": "worker",
    "task-page": "worker",
    "claimed": "worker",
    "fenced": "worker",
    "accepted": "worker",
    "settled": "worker",
}
IN_HAND = frozenset({"fenced", "accepted"})  # what dies here may have been handed over


def in_source() -> set[str]:
    """The points that engage and actors pass."""
    files = [*ROOT.joinpath("engage").rglob("*.py"), *ROOT.joinpath("actors").rglob("*.py")]
    return {name for file in files for name in POINT.findall(file.read_text())}


def unwalked() -> set[str]:
    """Points without a walk, and walks without a point."""
    return in_source() ^ set(WALKED_BY)
