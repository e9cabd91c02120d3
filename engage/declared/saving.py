"""Writes one of staff's files anew, as a whole or not at all. What it should say is decided elsewhere."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from engage.disk import settle
from engage.errors import NotNow, Refused


def replace(path: Path, *, was: bytes, content: bytes) -> None:
    """Put *content* in the place of *was*; Refused when somebody saved the file since it was read.

    Whoever reads meanwhile sees the old file or the new one, never half of it; a link still leads where it led.
    """
    try:
        target = path.resolve(strict=True)
        mode = target.stat().st_mode
        written = _beside(target, content, mode)
        try:
            if target.read_bytes() != was:
                message = f"{path.name} was saved by somebody else in this moment. Nothing was written: do it again."
                raise Refused(message)
            written.replace(target)
        finally:
            written.unlink(missing_ok=True)
        settle(target.parent)
    except OSError as error:
        raise NotNow(f"{path} cannot be written: {(error.strerror or 'no reason given').lower()}.") from None


def _beside(target: Path, content: bytes, mode: int) -> Path:
    """A finished copy in the same folder, so that taking its place is one step; its name is none that is read."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.chmod(mode & 0o7777)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path
