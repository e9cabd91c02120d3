"""Publishing: stored VEVENTs are joined into every feed whose bytes change. Entries are rendered once, at apply."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from engage.domain.calendars import Office
from engage.domain.events import Event, FeedPublished
from engage.domain.feeds import VARIANTS, Item, Variant, feeds_of, holds, in_window, trim
from engage.domain.revisions import Revision
from engage.feeds import FORMATS
from engage.feeds.ics import render_variants
from engage.store.feeds import VERSION, Published
from engage.store.schedule import VERSION as SCHEDULE
from engage.store.unit import Unit
from engage.work.kit import Kit, office_of
from engage.work.tasks import Outdated

Vevents = list[tuple[str, str, bytes]]


def render(revisions: Iterable[Revision], office: Office, base_url: str) -> Vevents:
    """(entry id, variant, bytes) of every revision in every variant; pure, so it is done before a unit opens."""
    return [
        (revision.entry.id, variant, body)
        for revision in revisions
        for variant, body in render_variants(revision, office, base_url=base_url).items()
    ]


@dataclass(kw_only=True)
class _Rendered:
    path: str
    media_type: str
    body: bytes
    entries: int
    left_out: int
    gzipped: bytes = b""

    @cached_property
    def etag(self) -> str:
        return hashlib.sha256(self.body).hexdigest()[:32]

    def compress(self) -> bytes:
        self.gzipped = self.gzipped or gzip.compress(self.body, 6, mtime=0)  # no clock in the bytes
        return self.gzipped

    def published(self, version: int, modified_at: datetime) -> Published:
        return Published(
            path=self.path,
            media_type=self.media_type,
            body=self.body,
            gzipped=self.compress(),
            etag=self.etag,
            modified_at=modified_at,
            entries=self.entries,
            left_out=self.left_out,
            version=version,
        )


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Every feed as of one state of the schedule, compressed where it seems to have changed."""

    schedule: int
    rendered: Sequence[_Rendered]


def prepare(kit: Kit, _event: Event) -> Prepared:
    """Join every feed from what is stored and the office's date, without holding anybody up."""
    with kit.reading() as unit:
        office = office_of(unit)
        today = unit.now.astimezone(office.zone).date()
        known = unit.feeds.etags()
        schedule = unit.house.counted(SCHEDULE)
        revisions = [r for r in unit.schedule.revisions() if in_window(r.entry, today)]
        stored = {variant: unit.schedule.vevents(variant) for variant in VARIANTS}
    rendered = list(_rendered(kit, office, today, revisions, stored))
    for one in rendered:
        if known.get(one.path) != one.etag:
            one.compress()
    return Prepared(schedule=schedule, rendered=rendered)


def publish(_kit: Kit, unit: Unit, prepared: Prepared) -> None:
    """Swap the feeds whose bytes changed, all in one unit: nobody polls half of an apply.

    Counting up first makes publishers wait for one another, so that the newest schedule is the last to be written.
    """
    version = unit.house.count_up(VERSION)
    if unit.house.counted(SCHEDULE) != prepared.schedule:
        raise Outdated
    known, before = unit.feeds.etags(), unit.feeds.modified()
    swapped = [one for one in prepared.rendered if known.get(one.path) != one.etag]
    for one in swapped:
        unit.feeds.publish(one.published(version, _after(before.get(one.path), unit.now)))
    for path in set(known) - {one.path for one in prepared.rendered}:
        unit.feeds.withdraw(path)
    unit.emit(*(FeedPublished(path=one.path, version=version) for one in swapped))


def _after(before: datetime | None, now: datetime) -> datetime:
    """Last-Modified of new bytes, which counts whole seconds: never that of the old ones, not even in the same second.

    The newest revision would not do: when an entry leaves a feed, that becomes older.
    """
    return now if before is None else max(now, before.replace(microsecond=0) + timedelta(seconds=1))


def _rendered(
    kit: Kit, office: Office, today: date, revisions: Sequence[Revision], stored: Mapping[Variant, Mapping[str, bytes]]
) -> Iterator[_Rendered]:
    items = {
        variant: [Item(revision=r, vevent=vevents[r.entry.id]) for r in revisions if r.entry.id in vevents]
        for variant, vevents in stored.items()
    }
    for feed in feeds_of(office):
        chosen = trim([item for item in items[feed.variant] if holds(feed, item.entry)], today)
        for form in FORMATS.values():
            yield _Rendered(
                path=f"{feed.path}.{form.suffix}",
                media_type=form.media_type,
                body=form.render(feed, chosen.kept, office=office, base_url=kit.base_url),
                entries=len(chosen.kept),
                left_out=len(chosen.left_out),
            )
