"""Bringing a backup back: what must be true before, and what is set right before anything runs on it.

Reading the archive is in store.archives. Everything starts on hold, and files that differ wait for a person.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engage.errors import EngageError, NotFound, Refused
from engage.store import archives, copies
from engage.store.archives import DATABASE, Manifest
from engage.store.leavers import Barred
from engage.store.migrate import NEWEST, check_schema
from engage.store.unit import Database
from engage.work import holds, relay
from engage.work.backups import CALENDARS, SECRET, TEMPLATES, Place, Tell
from engage.work.kit import Kit

ASIDE = "replaced"  # the beginning of the folder's name in which what was replaced is kept


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What was done. *aside* is where what was there before is kept; *left* how many had left since the backup."""

    manifest: Manifest
    aside: Path | None
    in_flight: int
    left: int | None


def restore(
    archive: Path,
    place: Place,
    *,
    mode: str,
    build: Callable[[str], Kit],
    clock: Callable[[], datetime],
    force: bool = False,
    files: bool = True,
    tell: Tell,
) -> Restored:
    """Replace the database (and, unless *files* is False, staff's files) by what the archive holds.

    Nothing is touched before everything was verified. *build* opens the kit over a database.
    """
    if not archive.is_file():
        raise NotFound(f"There is no file {archive}. Name a backup: engage-....tar.gz")
    if copies.is_in_use(place.database):
        raise Refused("engage is running on this database. Stop it first (Ctrl-C, or: systemctl stop engage).")
    place.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=place.data, prefix=".restoring-") as name:
        stage = Path(name)
        manifest = archives.unpack(archive, stage, lambda done, total: tell("verifying", done, total))
        _must_fit(manifest, place, mode)
        replaced = _replaced(place, stage if files else None)
        if replaced and not force:
            raise Refused(
                f"There is something already that would be replaced: {', '.join(replaced)}. With --force it is moved "
                f"aside within {place.data} and the backup takes its place."
            )
        known = _remembered(place.database, clock)
        aside = place.data / f"{ASIDE}-{clock():%Y%m%d-%H%M%S}" if replaced else None
        tell("loading", 0, 1)
        done = _load(manifest, stage, place, aside=aside, known=known, build=build)
        if files:
            _put_files(stage, place, aside)
        tell("loading", 1, 1)
    return Restored(manifest=manifest, aside=aside, in_flight=done, left=None if known is None else len(known))


def _must_fit(manifest: Manifest, place: Place, mode: str) -> None:
    if manifest.mode != mode:
        raise Refused(
            f"This is a backup of a {manifest.mode} system and ENGAGE_MODE is {mode}: rehearsals and residents' data "
            "are kept apart. Nothing was changed."
        )
    engine = copies.engine_of(place.database)
    if manifest.engine != engine:
        raise Refused(
            f"This is a backup of {manifest.engine} and ENGAGE_DATABASE_URL is for {engine}. Nothing was changed."
        )
    if manifest.schema > NEWEST:
        raise Refused(
            f"This backup was made by a newer engage ({manifest.engage}, schema {manifest.schema}): bring this one up "
            "to date first. Nothing was changed."
        )


def _replaced(place: Place, stage: Path | None) -> list[str]:
    """What is there and is not the same in the backup."""
    found = ["the database"] if copies.holds_data(place.database) else []
    for name, folder in ((CALENDARS, place.calendars), (TEMPLATES, place.templates)):
        if stage is not None and folder is not None and (stage / name).is_dir() and _differs(stage / name, folder):
            found.append(f"the files in {folder}")
    return found


def _differs(ours: Path, theirs: Path) -> bool:
    present = archives.digest_files(theirs) if theirs.is_dir() else {}
    shown = {name: held for name, held in present.items() if not name.startswith(".") and "/." not in name}
    return bool(shown) and shown != archives.digest_files(ours)


def _remembered(url: str, clock: Callable[[], datetime]) -> Barred | None:
    """Who had left by now, as far as the database that is replaced can say: they must not be written to again."""
    database = Database(url, clock)
    try:
        if not copies.holds_data(url):
            return None
        check_schema(database, patience=0)
        with database.reading() as unit:
            return unit.leavers.known()
    except EngageError:  # it is damaged, which is why they restore
        return None
    finally:
        database.close()


def _load(
    manifest: Manifest,
    stage: Path,
    place: Place,
    *,
    aside: Path | None,
    known: Barred | None,
    build: Callable[[str], Kit],
) -> int:
    """A SQLite file is made ready before it takes its place; PostgreSQL is on hold from its first commit on."""
    reason = f"a backup of {manifest.made_at[:16].replace('T', ' ')} UTC was restored"
    if aside is not None:
        aside.mkdir(mode=0o700)
    if manifest.engine == "sqlite":
        done = _make_ready(f"sqlite:///{stage / DATABASE}", manifest, reason, known, build)
        path = copies.file_of(place.database)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _move((path.with_name(path.name + end) for end in ("", "-wal", "-shm")), aside)
        (stage / DATABASE).replace(path)
        return done
    if aside is not None and copies.holds_data(place.database):
        copies.copy_out(place.database, aside / f"{DATABASE}.sql", lambda _done, _total: None)
    copies.copy_in(place.database, stage / DATABASE, hold=reason)
    return _make_ready(place.database, manifest, reason, known, build)


def _make_ready(url: str, manifest: Manifest, reason: str, known: Barred | None, build: Callable[[str], Kit]) -> int:
    """Bring the schema up to date, hold everything, and sort what was in flight as after a crash on another boot."""
    kit = build(url)
    try:
        with kit.unit() as unit:
            relay.release(unit)  # whatever the backup was made in, and the hold that PostgreSQL came with
            holds.start(unit, reason)
            unit.house.put(holds.RESTORED, manifest.made_at)
            unit.house.put(holds.UNSEEN, manifest.made_at)
            done = 0
            for row in unit.house.processes():
                released = relay.bury(unit, row.id, same_boot=False, crashed=True, findable=kit.findable)
                done += sum(released.values())
            if known is not None:
                for recipient_id in unit.leavers.carry(known):
                    unit.people.forget(recipient_id)
        return done
    finally:
        kit.database.close()


def _move(paths: Iterable[Path], aside: Path | None) -> None:
    for path in paths:
        if path.exists() and aside is not None:
            shutil.move(path, aside / path.name)
        else:
            path.unlink(missing_ok=True)


def _put_files(stage: Path, place: Place, aside: Path | None) -> None:
    for name, folder in ((CALENDARS, place.calendars), (TEMPLATES, place.templates)):
        if folder is None or not (stage / name).is_dir():
            continue
        if aside is not None and folder.is_dir() and _differs(stage / name, folder):
            (aside / name).mkdir()
            for path in [path for path in folder.iterdir() if not path.name.startswith(".")]:
                shutil.move(path, aside / name / path.name)
        for file in archives.digest_files(stage / name):
            (folder / file).parent.mkdir(parents=True, exist_ok=True)  # with the modes that new files get here
            shutil.copyfile(stage / name / file, folder / file)
    if (stage / SECRET).exists() and place.secret is not None:
        (stage / SECRET).replace(place.secret)
