"""What a power cut must not undo. Who writes which file is decided elsewhere."""

from __future__ import annotations

import os
from pathlib import Path


def settle(folder: Path) -> None:
    """Let a rename in *folder* survive: the new name is on disk when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
