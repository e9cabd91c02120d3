"""The independent readers of our feeds, and how each is started. What they must find is in `declared`.

A reader is a driver in `drivers/` and one line in CONSUMERS; a judge of bytes, such as a linter, one name in JUDGES.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engage.feeds.lint import lint_bytes

FOLDER = Path(__file__).parent
LONGEST = 600  # seconds for one batch


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """*program* runs *driver*, which reads a folder of feeds and prints JSON; *install* says how to get it."""

    name: str
    program: str
    driver: str
    install: str

    def run(self, mode: str, feeds: Mapping[str, bytes], *more: str) -> dict[str, Any]:
        """What the driver says of each feed by name, all in one process."""
        names = list(feeds)
        with tempfile.TemporaryDirectory() as folder:
            for number, name in enumerate(names):
                Path(folder, f"{number:05}.ics").write_bytes(feeds[name])
            command = [self.program, str(FOLDER / "drivers" / self.driver), mode, folder, *more]
            done = subprocess.run(command, capture_output=True, check=False, timeout=LONGEST)
        if done.returncode:
            raise RuntimeError(f"{self.name} ended with {done.returncode}:\n{done.stderr.decode()[-2000:]}")
        return {names[int(file[:5])]: told for file, told in json.loads(done.stdout).items()}

    def is_here(self) -> bool:
        """Whether it can read nothing at all, which takes all that it needs."""
        try:
            self.run("entries", {})
        except (RuntimeError, OSError):
            return False
        return True


CONSUMERS = (
    Consumer(name="vobject", program=sys.executable, driver="by_vobject.py", install="make venv"),
    Consumer(name="ical", program=sys.executable, driver="by_ical.py", install="make venv"),
    Consumer(
        name="libical",
        program="/usr/bin/python3",
        driver="by_libical.py",
        install="apt-get install python3-gi gir1.2-ical-3.0",
    ),
    Consumer(
        name="ical.js",
        program="node",
        driver="by_icaljs.mjs",
        install="apt-get install nodejs npm, then npm install --no-package-lock --prefix tests/conformance",
    ),
)


# They look at the bytes in this process and return what they object to. The linter of `engage feed lint` joins here.
def lint(body: bytes) -> list[object]:
    """Our own linter: no problem anywhere. Warnings are about words, and made-up offices write what nobody would."""
    return [finding for finding in lint_bytes(body) if finding.severity == "problem"]


JUDGES: tuple[Callable[[bytes], Sequence[object]], ...] = (lint,)


def missing() -> list[Consumer]:
    return [consumer for consumer in CONSUMERS if not consumer.is_here()]


def ask_all(mode: str, feeds: Mapping[str, bytes], *more: str) -> dict[str, dict[str, Any]]:
    """Consumer -> feed -> what it says, the consumers side by side."""
    with ThreadPoolExecutor(len(CONSUMERS)) as pool:
        told = pool.map(lambda consumer: consumer.run(mode, feeds, *more), CONSUMERS)
        return dict(zip((consumer.name for consumer in CONSUMERS), told, strict=True))
