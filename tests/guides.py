"""Guides that cannot rot: what stands in one, in its order, and what its commands must print when they are run.

`...` in a guide stands for what differs each time: moments, paths, sizes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.processes import Done

DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PROGRESS = re.compile(r"[a-z]+( [\d.,]+ [kM]B)? \.\.\.")  # said on a slow machine only


@dataclass(frozen=True)
class Block:
    """What a guide shows, its language, and the sentences that lead to it from the block before."""

    language: str
    text: str
    before: str


def blocks(guide: Path) -> Iterator[Block]:
    """The blocks of a guide, in its order."""
    text, behind = guide.read_text(encoding="utf-8"), 0
    for found in BLOCK.finditer(text):
        yield Block(found[1], found[2], text[behind : found.start()])
        behind = found.end()


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """(command, what it prints) of a `console` block; none of another."""
    if block.language == "console":
        for piece in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            command, _, printed = piece.partition("\n")
            yield command, printed.strip()


def as_pattern(expected: str) -> str:
    """Any text for `...`; how columns are padded does not matter."""
    lines = (re.sub(r"(\\ )+", r"\\s+", re.escape(line.strip())) for line in expected.splitlines())
    return "\n".join(line.replace(re.escape("..."), ".*?") for line in lines)


def printed(done: Done) -> str:
    """What a person saw of a command, but for how far it was."""
    lines = [line.strip() for line in (done.out + done.err).strip().splitlines()]
    return "\n".join(line for line in lines if not PROGRESS.fullmatch(line))


def prints(expected: str, done: Done) -> bool:
    return re.fullmatch(as_pattern(expected), printed(done), re.DOTALL) is not None
