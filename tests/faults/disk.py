"""A disk that can be full: a small tmpfs where we may mount one, else a limit on the size of files as its stand-in."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

SIZE = "256m"


@dataclass
class Disk:
    """*folder* holds the database and the logs."""

    folder: Path
    is_mounted: bool
    pids: Callable[[], Iterable[int]] = tuple

    @property
    def says(self) -> str:
        return (
            "a tmpfs of its own"
            if self.is_mounted
            else "stand-in: RLIMIT_FSIZE on every process (no tmpfs without root)"
        )

    def fill(self, seconds: float) -> None:
        if self.is_mounted:
            self._ballast(seconds)
        else:
            self._limit(seconds)

    def _ballast(self, seconds: float) -> None:
        ballast = self.folder / "ballast"
        with ballast.open("wb", buffering=0) as file:
            with suppress(OSError):
                while True:
                    file.write(bytes(1 << 20))
            with suppress(OSError):
                while True:
                    file.write(bytes(512))
            time.sleep(seconds)
        ballast.unlink()

    def _limit(self, seconds: float) -> None:
        """Files may not grow past a page: writes fail, as they do when the disk is full."""
        before = {}
        for pid in self.pids():
            with suppress(OSError):
                before[pid] = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, before[pid][1]))
        time.sleep(seconds)
        for pid, limits in before.items():
            with suppress(OSError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


@contextmanager
def own_disk(folder: Path) -> Iterator[Disk]:
    """Mount one on *folder*, which may exist; without the right to, the folder stays as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0700", "engage-faults", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield Disk(folder, mounted)
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=False)
