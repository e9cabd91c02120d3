"""Checks an office's own templates in a process of its own, so that a loop without end harms nobody but itself.

The sandbox stops neither nested loops (more than 20 s, measured) nor texts that double themselves. Rendering is in
rendering; `python -m engage.template_check FOLDER` reads the sample facts on stdin and prints the problems as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engage.rendering import Templates

SECONDS = 5
BYTES = 512 * 1024 * 1024


def check_apart(override: Path, samples: Mapping[str, Mapping[str, Any]], *, seconds: int = SECONDS) -> list[str]:
    """Every problem of the templates in *override*; a template that takes too long or too much is one."""
    command = [sys.executable, "-m", "engage.template_check", str(override), str(seconds)]
    try:
        child = subprocess.run(  # noqa: S603 - our own interpreter, our own module
            command,
            input=json.dumps(dict(samples), default=lambda moment: moment.isoformat()),
            capture_output=True,
            text=True,
            check=False,
            timeout=3 * seconds,  # a child that waits uses no CPU time
        )
    except subprocess.TimeoutExpired:
        child = None
    if child is not None and child.returncode == 0:
        return [str(problem) for problem in json.loads(child.stdout)]
    if child is None or child.returncode < 0 or "MemoryError" in child.stderr:
        cost = f"more than {seconds} s or {BYTES >> 20} MB"
        remedy = "look for a loop inside a loop or a text that is added to itself."
        return [f"The templates in {override.name} took {cost} to render: {remedy}"]
    raise RuntimeError(f"The check of templates broke: {child.stderr[-2000:]}")


def _limit(seconds: int) -> None:
    if sys.platform == "win32":  # no such limits there; the parent's timeout remains
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _main(override: str, seconds: str) -> None:
    _limit(int(seconds))
    sys.stdout.write(json.dumps(Templates(Path(override)).check_all(json.load(sys.stdin))))


if __name__ == "__main__":
    _main(*sys.argv[1:])
