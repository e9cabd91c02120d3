"""A backup as one file: everything in it is named in its manifest with a digest, so that half of one is never taken.

What is put into it, and what follows from bringing it back, is decided in engage.work.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from engage.disk import settle
from engage.errors import NotNow, Refused

MANIFEST = "manifest.json"
DATABASE = "database"
CHUNK = 1 << 20
Tell = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Held:
    """One file of a backup."""

    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup is of. *made_at* is the moment of the copy, in UTC."""

    engage: str
    schema: str
    mode: str
    engine: str
    made_at: str
    files: Mapping[str, Held]

    @property
    def size(self) -> int:
        return sum(held.size for held in self.files.values())


def digest_files(folder: Path) -> dict[str, Held]:
    """Every file below *folder*, by its path with slashes."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _held(path) for path in found}


def _held(path: Path) -> Held:
    with path.open("rb") as file:
        return Held(size=path.stat().st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def pack(folder: Path, manifest: Manifest, target: Path, tell: Tell) -> None:
    """Write the archive beside *target* and rename it: whoever sees the name sees all of it. Mode 0600."""
    draft = target.with_name(f".{target.name}.part")
    draft.unlink(missing_ok=True)
    try:
        with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:  # noqa: PTH123
            _write(file, folder, manifest, tell)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
        settle(target.parent)
    finally:
        draft.unlink(missing_ok=True)


def _write(file: IO[bytes], folder: Path, manifest: Manifest, tell: Tell) -> None:
    """The manifest comes first: it says what to expect. Level 1 is three times as fast as 6 and a tenth larger."""
    done = 0
    with (
        gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1) as squeezed,
        tarfile.open(fileobj=squeezed, mode="w|") as tar,
    ):
        said = json.dumps(asdict(manifest), indent=2, ensure_ascii=False).encode()
        tar.addfile(_entry(MANIFEST, len(said)), io.BytesIO(said))
        for name, held in manifest.files.items():
            with (folder / name).open("rb") as part:
                tar.addfile(_entry(name, held.size), part)
            done += held.size
            tell(done, manifest.size)


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


def unpack(archive: Path, into: Path, tell: Tell) -> Manifest:
    """Take everything out into an empty folder and compare it with the manifest.

    Raises Refused when anything is missing, added or other than it was.
    """
    try:
        with tarfile.open(archive, "r|gz") as tar:
            return _take_out(tar, archive, into, tell)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Refused(
            f"{archive.name} is torn, or is no backup of engage ({error}). Nothing was changed: take another."
        ) from error
    except OSError as error:
        raise NotNow(f"{archive} cannot be read: {error.strerror or error}.") from error


def _take_out(tar: tarfile.TarFile, archive: Path, into: Path, tell: Tell) -> Manifest:
    first = tar.next()
    if first is None or first.name != MANIFEST:
        raise Refused(f"{archive.name} is no backup of engage: it has no manifest. Nothing was changed.")
    manifest = _manifest(tar, first, archive)
    missing, done = set(manifest.files), 0
    while (entry := tar.next()) is not None:
        if entry.name not in missing or not entry.isreg():
            raise Refused(
                f"{archive.name} holds {entry.name!r}, which its manifest does not name. Nothing was changed."
            )
        missing.discard(entry.name)
        if _copy(tar, entry, into / entry.name) != manifest.files[entry.name]:
            raise Refused(
                f"{archive.name} is damaged: {entry.name} is not what was backed up (its checksum differs). "
                "Nothing was changed: take another."
            )
        done += entry.size
        tell(done, manifest.size)
    if missing or DATABASE not in manifest.files:
        raise Refused(
            f"{archive.name} is not complete: {min(missing, default=DATABASE)} is missing. Nothing was changed."
        )
    return manifest


def _manifest(tar: tarfile.TarFile, entry: tarfile.TarInfo, archive: Path) -> Manifest:
    try:
        given = json.loads(_stream(tar, entry).read())
        files = {name: Held(**held) for name, held in given.pop("files").items()}
        manifest = Manifest(**given, files=files)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refused(f"The manifest of {archive.name} cannot be read. Nothing was changed: take another.") from error
    if not all(_stays_inside(name) for name in files):
        raise Refused(f"The manifest of {archive.name} names a file outside of the backup. Nothing was changed.")
    return manifest


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and bool(path.parts) and ".." not in path.parts and "\\" not in name


def _copy(tar: tarfile.TarFile, entry: tarfile.TarInfo, target: Path) -> Held:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    seen, size, source = hashlib.sha256(), 0, _stream(tar, entry)
    with open(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:  # noqa: PTH123
        while piece := source.read(CHUNK):
            seen.update(piece)
            size += len(piece)
            file.write(piece)
    return Held(size=size, sha256=seen.hexdigest())


def _stream(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    found = tar.extractfile(entry)
    assert found is not None, "a regular file"
    return found
