"""Making a backup while everything runs, and knowing how old the newest is. Bringing one back is in restoring."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from engage.errors import NotNow, Refused
from engage.store import archives, copies
from engage.store.archives import DATABASE, Manifest
from engage.store.migrate import NEWEST
from engage.store.unit import Unit
from engage.work.kit import Kit

LAST = "backup"  # the key of `meta` with the moment and place of the newest backup
CALENDARS, TEMPLATES, SECRET = "calendars", "templates", "secret.key"
ROOM = 2.2  # the copy and its archive are there at once
_NAME = re.compile(r"engage-\d{8}-\d{6}\.tar\.gz")
Tell = Callable[[str, int, int], None]  # what is being done, and how much of how much is


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where everything is that a backup holds; *templates* and *secret* are None where the office has none."""

    database: str
    data: Path
    calendars: Path
    templates: Path | None = None
    secret: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Made:
    """A finished backup."""

    path: Path
    size: int
    manifest: Manifest
    pruned: tuple[str, ...]


def make(kit: Kit, place: Place, folder: Path, *, keep: int | None, tell: Tell) -> Made:
    """Copy everything into one file in *folder*; with *keep*, all but the newest so many are deleted afterwards.

    Nothing is kept waiting. What cannot be finished leaves nothing behind but the older backups.
    """
    if keep is not None and keep < 1:
        raise Refused("--keep must be 1 or more: a backup that deletes itself is none.")
    _make_room(place, folder)
    target = folder / f"engage-{kit.now:%Y%m%d-%H%M%S}.tar.gz"
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".copying-") as name:
            stage = Path(name)
            manifest = _stage(kit, place, stage, tell)
            archives.pack(stage, manifest, target, lambda done, total: tell("packing", done, total))
    except OSError as error:
        raise NotNow(f"No backup was made: {error.strerror or error} ({folder}).") from error
    with kit.unit() as unit:
        unit.house.put(LAST, json.dumps({"at": manifest.made_at, "path": str(target)}))
    return Made(path=target, size=target.stat().st_size, manifest=manifest, pruned=_prune(folder, keep))


def _make_room(place: Place, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise NotNow(f"{folder} cannot be used for backups: {error.strerror or error}.") from error
    needed = int(ROOM * copies.size_of(place.database))
    if free < needed:
        raise NotNow(
            f"{folder} has {free / 1e6:,.0f} MB left and a backup may need {needed / 1e6:,.0f} MB. Make room, or name "
            "another folder: engage backup FOLDER"
        )


def _stage(kit: Kit, place: Place, stage: Path, tell: Tell) -> Manifest:
    """The files first: what is saved during the copy is then newer than they are, and planned again by hand."""
    for name, source in ((CALENDARS, place.calendars), (TEMPLATES, place.templates)):
        for path in _files(source):
            _copy(path, stage / name / path.relative_to(source or path))
    if place.secret is not None and place.secret.exists():
        _copy(place.secret, stage / SECRET)
    with kit.reading() as unit:
        mode = unit.house.get("mode") or "trial"
    made_at = kit.now
    copies.copy_out(place.database, stage / DATABASE, lambda done, total: tell("copying", done, total))
    return Manifest(
        engage=version("engage"),
        schema=NEWEST,
        mode=mode,
        engine=copies.engine_of(place.database),
        made_at=made_at.isoformat(),
        files=archives.digest_files(stage),
    )


def _files(folder: Path | None) -> Iterator[Path]:
    """What people keep there: not what their editors hide there."""
    if folder is not None and folder.is_dir():
        for path in sorted(folder.rglob("*")):
            is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
            if path.is_file() and not path.is_symlink() and not is_hidden:
                yield path


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:  # noqa: PTH123
        file.write(source.read_bytes())


def _prune(folder: Path, keep: int | None) -> tuple[str, ...]:
    """Delete the oldest, by the moment in their names; nothing that is not ours."""
    ours = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    old = ours[:-keep] if keep is not None else []
    for path in old:
        path.unlink(missing_ok=True)
    return tuple(path.name for path in old)


def newest(unit: Unit) -> tuple[datetime, Path] | None:
    """When the last backup of this database was made, and where it was put."""
    found = unit.house.get(LAST)
    if found is None:
        return None
    known = json.loads(found)
    return datetime.fromisoformat(known["at"]), Path(known["path"])
