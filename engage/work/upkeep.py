"""Whether what must be looked after is looked after: database, disk, clock, backups, clean-up. A finding for each."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from engage.domain.retention import LATE, RULES, period
from engage.store import condition
from engage.store.copies import size_of
from engage.store.unit import Unit
from engage.work import backups, retention
from engage.work.checks import Finding
from engage.work.kit import Kit
from engage.work.relay import ALIVE

SWOLLEN = 256 * 1024 * 1024  # bytes of write-ahead log: sixty times what a busy day leaves
ROOM_WARN, ROOM_BAD = 2 * 1024**3, 256 * 1024**2
APART = timedelta(seconds=5)  # between two clocks
BACKUP_WARN, BACKUP_BAD = timedelta(days=2), timedelta(days=8)


def upkeep(kit: Kit, data: Path) -> list[Finding]:
    """Every one of them, in the order in which they matter."""
    with kit.reading() as unit:
        found = [_whole(unit), _clock(unit), _backup(kit, unit), _cleaned(unit)]
    return [*found[:1], _log(kit), _disk(kit, data), *found[1:]]


def _whole(unit: Unit) -> Finding:
    why = condition.damage(unit.conn)
    if why is None:
        return Finding(check="integrity", is_right=True, sentence="Nothing in the database is damaged.")
    return Finding(
        check="integrity",
        is_right=False,
        sentence=f"The database is damaged: {why[:200]}.",
        remedy="Stop the system, keep the data folder as it is, and bring a backup back: engage restore BACKUP",
    )


def _log(kit: Kit) -> Finding:
    size = condition.log_size(kit.database.url)
    sentence = f"The write-ahead log has {size / 1e6:,.1f} MB."
    if size < SWOLLEN:
        return Finding(check="database log", is_right=True, sentence=sentence)
    remedy = "Something reads for hours and keeps it from being folded in: restart the system."
    return Finding(check="database log", is_right=True, is_warning=True, sentence=sentence, remedy=remedy)


def _disk(kit: Kit, data: Path) -> Finding:
    folder = condition.folder_of(kit.database.url) or data
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding(check="disk", is_right=False, sentence=f"{folder} cannot be looked at: {error.strerror}.")
    needed = 2 * size_of(kit.database.url)
    sentence = f"{free / 1e9:,.1f} GB are free; the database has {needed / 2e6:,.1f} MB."
    remedy = "Delete what is not needed (old backups?), or give it a larger disk."
    if free < ROOM_BAD:
        return Finding(check="disk", is_right=False, sentence=sentence, remedy=remedy)
    is_short = free < max(ROOM_WARN, needed)
    return Finding(
        check="disk", is_right=True, is_warning=is_short, sentence=sentence, remedy=remedy if is_short else ""
    )


def _clock(unit: Unit) -> Finding:
    """Every rule about time rests on it: quiet hours, expiry, what is due. A rehearsal's may stand elsewhere."""
    remedy = "Have the machine set its clock by the network (timedatectl set-ntp true)."
    theirs, last = condition.clock_of(unit.conn), unit.house.get(ALIVE)
    if theirs is not None and (apart := abs(theirs - datetime.now(UTC))) > APART:
        sentence = f"This machine's and the database's differ by {apart.total_seconds():,.0f} s."
        return Finding(check="clock", is_right=False, sentence=sentence, remedy=remedy)
    if last is not None and datetime.fromisoformat(last) > unit.now + APART:
        ahead = datetime.fromisoformat(last) - unit.now
        sentence = f"The clock stepped back: the relay was last seen {ahead.total_seconds():,.0f} s from now."
        return Finding(check="clock", is_right=False, sentence=sentence, remedy=remedy)
    return Finding(check="clock", is_right=True, sentence=f"It is {unit.now:%Y-%m-%d %H:%M} UTC.")


def _backup(kit: Kit, unit: Unit) -> Finding:
    """Trial data may be lost; residents' may not."""
    remedy = "Run: engage backup, and have it run every night (engage install --print shows how)."
    known = backups.newest(unit)
    if known is None:
        return Finding(
            check="backups", is_right=not kit.is_live, is_warning=True, sentence="None was made yet.", remedy=remedy
        )
    at, path = known
    age = unit.now - at
    sentence = f"The newest is of {at:%Y-%m-%d %H:%M} UTC, in {path.parent}."
    if not path.exists():
        sentence, remedy = f"{sentence} It is not there any more.", "If it was moved somewhere safe, all is well."
        return Finding(check="backups", is_right=True, is_warning=True, sentence=sentence, remedy=remedy)
    is_old = age > BACKUP_WARN
    return Finding(
        check="backups",
        is_right=not (kit.is_live and age > BACKUP_BAD),
        is_warning=is_old,
        sentence=sentence,
        remedy=remedy if is_old else "",
    )


def _cleaned(unit: Unit) -> Finding:
    """What the privacy page promises, and whether it was kept."""
    promised = ", ".join(f"{rule.key} {period(rule.kept)}" for rule in RULES if rule.kept is not None)
    last = retention.last(unit)
    if last is None:
        sentence = f"Nothing had to be deleted yet. Kept: {promised}."
        return Finding(check="retention", is_right=True, sentence=sentence)
    is_late = unit.now.date() - date.fromisoformat(last) > LATE
    return Finding(
        check="retention",
        is_right=not is_late,
        sentence=f"What was old enough was deleted on {last}. Kept: {promised}.",
        remedy="It runs every day while relay and workers do. Run: engage up" if is_late else "",
    )
