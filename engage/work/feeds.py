"""Publishing: stored VEVENTs are joined into every feed whose bytes change. Entries are rendered once, at apply."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from engage.domain.calendars import Office
from engage.domain.events import Event, FeedPublished
from engage.domain.feeds import VARIANTS, Item, Variant, feeds_of, holds, in_window, trim
from engage.domain.revisions import Revision
from engage.feeds import FORMATS
from engage.feeds.ics import render_variants
from engage.store.feeds import VERSION, Published
from engage.store.unit import Unit
from engage.work.kit import Kit, office_of

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)  # Last-Modified of a feed that never held anything

Vevents = list[tuple[str, str, bytes]]


def render(revisions: Iterable[Revision], office: Office, base_url: str) -> Vevents:
    """(entry id, variant, bytes) of every revision in every variant; pure, so it is done before a unit opens."""
    return [
        (revision.entry.id, variant, body)
        for revision in revisions
        for variant, body in render_variants(revision, office, base_url=base_url).items()
    ]


def publish(kit: Kit, unit: Unit, _event: Event) -> None:
    """Bring every feed up to the stored revisions and the office's date; feeds whose bytes stay equal stay untouched.

    One unit swaps them all: nobody polls half of an apply.
    """
    office = office_of(unit)
    today = unit.now.astimezone(office.zone).date()
    known = unit.feeds.etags()
    version = unit.house.counted(VERSION) + 1
    gone, swapped = set(known), []
    for rendered in _rendered(kit, unit, office, today):
        gone.discard(rendered.path)
        if known.get(rendered.path) != rendered.etag:
            unit.feeds.publish(rendered.published(version))
            swapped.append(FeedPublished(path=rendered.path, version=version))
    for path in gone:
        unit.feeds.withdraw(path)
    if swapped or gone:
        unit.house.count_up(VERSION)
        unit.emit(*swapped)


@dataclass(frozen=True, kw_only=True)
class _Rendered:
    path: str
    media_type: str
    body: bytes
    modified_at: datetime
    entries: int
    left_out: int

    @property
    def etag(self) -> str:
        return hashlib.sha256(self.body).hexdigest()[:32]

    def published(self, version: int) -> Published:
        return Published(
            path=self.path,
            media_type=self.media_type,
            body=self.body,
            gzipped=gzip.compress(self.body, 6, mtime=0),  # no clock in the bytes
            etag=self.etag,
            modified_at=self.modified_at,
            entries=self.entries,
            left_out=self.left_out,
            version=version,
        )


def _rendered(kit: Kit, unit: Unit, office: Office, today: date) -> Iterator[_Rendered]:
    revisions = [r for r in unit.schedule.revisions() if in_window(r.entry, today)]
    items: dict[Variant, list[Item]] = {}
    for variant in VARIANTS:
        stored = unit.schedule.vevents(variant)
        items[variant] = [Item(revision=r, vevent=stored[r.entry.id]) for r in revisions if r.entry.id in stored]
    for feed in feeds_of(office):
        chosen = trim([item for item in items[feed.variant] if holds(feed, item.entry)], today)
        for form in FORMATS.values():
            yield _Rendered(
                path=f"{feed.path}.{form.suffix}",
                media_type=form.media_type,
                body=form.render(feed, chosen.kept, office=office, base_url=kit.base_url),
                modified_at=max((item.revision.modified_at for item in chosen.kept), default=EPOCH),
                entries=len(chosen.kept),
                left_out=len(chosen.left_out),
            )
