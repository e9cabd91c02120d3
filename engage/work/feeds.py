"""Publishing: stored fragments are joined into the feeds that hold what changed. They are rendered once, at apply."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from engage.domain.calendars import Office
from engage.domain.events import Event, FeedPublished
from engage.domain.feeds import (
    Feed,
    Item,
    Trimmed,
    Variant,
    archives_of,
    in_archive,
    in_variant,
    selections_of,
    sort_into,
    trim,
)
from engage.domain.revisions import Revision
from engage.feeds import FORMATS
from engage.feeds.base import Format
from engage.feeds.ics import ICS
from engage.store.feeds import VERSION, Fragment, Published
from engage.store.schedule import VERSION as SCHEDULE
from engage.store.types import canonical
from engage.store.unit import Unit
from engage.work.kit import Kit, office_of
from engage.work.shelf import Fragments, Stock, by_entry
from engage.work.tasks import Outdated


def render(revisions: Iterable[Revision], office: Office, base_url: str) -> list[Fragment]:
    """Every revision in every format and variant; pure, so it is done before a unit opens."""
    return [
        Fragment(revision.entry.id, form.suffix, variant, body)
        for revision in revisions
        for form in FORMATS.values()
        for variant, body in form.fragments(revision, office, base_url=base_url).items()
    ]


@dataclass(frozen=True, kw_only=True)
class Job:
    """One feed in one format, with what it holds, before it is joined."""

    feed: Feed
    form: Format
    revisions: Sequence[Revision]
    signature: str

    @property
    def path(self) -> str:
        return f"{self.feed.path}.{self.form.suffix}"


@dataclass(kw_only=True)
class Joined:
    job: Job
    body: bytes
    entries: int
    left_out: int

    @cached_property
    def etag(self) -> str:
        return hashlib.sha256(self.body).hexdigest()[:32]

    @cached_property
    def gzipped(self) -> bytes:
        return gzip.compress(self.body, 6, mtime=0)  # no clock in the bytes

    def published(self, version: int, modified_at: datetime) -> Published:
        return Published(
            path=self.job.path,
            media_type=self.job.form.media_type,
            gzipped=self.gzipped,
            size=len(self.body),
            etag=self.etag,
            signature=self.job.signature,
            modified_at=modified_at,
            entries=self.entries,
            left_out=self.left_out,
            version=version,
        )


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The feeds that seem to have changed, as of one state of the schedule, joined and compressed.

    *rendered* are fragments that the store lacked: a format is new, and its feeds are to hold what was there before.
    """

    schedule: int
    paths: frozenset[str]
    joined: Sequence[Joined]
    rendered: Sequence[Fragment]


def prepare(kit: Kit, _event: Event) -> Prepared:
    """Join every feed whose content differs from what is published, without holding anybody up."""
    with kit.reading() as unit:
        office = office_of(unit)
        today = unit.now.astimezone(office.zone).date()
        known = unit.feeds.known()
        schedule = unit.house.counted(SCHEDULE)
        stock = kit.shelf.refresh(unit)
    rendered = _missing(stock, office, today, kit.base_url)
    fragments = {**stock.fragments, **by_entry(rendered)} if rendered else stock.fragments
    jobs = list(jobs_of(office, stock.revisions.values(), today, kit.base_url))
    joined: list[Joined] = []
    chosen: dict[str, Trimmed] = {}
    with ThreadPoolExecutor(1) as compressor:  # zlib leaves the interpreter to us meanwhile
        for job in jobs:
            before = known.get(job.path)
            if before is None or before.signature != job.signature:
                if job.feed.path not in chosen:
                    chosen[job.feed.path] = trimmed(job, fragments, today)
                one = join(job, chosen[job.feed.path], fragments, office, kit.base_url)
                if before is None or before.etag != one.etag:
                    compressor.submit(getattr, one, "gzipped")  # here, where nobody waits
                joined.append(one)
    return Prepared(schedule=schedule, paths=frozenset(job.path for job in jobs), joined=joined, rendered=rendered)


def publish(_kit: Kit, unit: Unit, prepared: Prepared) -> None:
    """Swap the feeds whose bytes changed, all in one unit: nobody polls half of an apply.

    Counting up first makes publishers wait for one another, so that the newest schedule is the last to be written.
    """
    version = unit.house.count_up(VERSION)
    if unit.house.counted(SCHEDULE) != prepared.schedule:
        raise Outdated
    unit.feeds.save_fragments(prepared.rendered)
    known = unit.feeds.known()
    swapped, same = [], {}
    for one in prepared.joined:
        path = one.job.path
        if path in known and known[path].etag == one.etag:
            same[path] = one.job.signature
        else:
            swapped.append(one)
    moments = {path: one.modified_at for path, one in known.items()}
    unit.feeds.publish([one.published(version, _after(moments.get(one.job.path), unit.now)) for one in swapped])
    unit.feeds.sign(same)
    unit.feeds.withdraw(set(known) - prepared.paths)
    unit.emit(*(FeedPublished(path=one.job.path, version=version) for one in swapped))


def _after(before: datetime | None, now: datetime) -> datetime:
    """Last-Modified of new bytes, which counts whole seconds: never that of the old ones, not even in the same second.

    The newest revision would not do: when an entry leaves a feed, that becomes older.
    """
    return now if before is None else max(now, before.replace(microsecond=0) + timedelta(seconds=1))


def jobs_of(office: Office, revisions: Iterable[Revision], today: date, base_url: str) -> Iterator[Job]:
    """Every feed in every format in which it is published."""
    revisions = list(revisions)
    feeds = [*selections_of(office), *archives_of(office, (r.entry for r in revisions), today)]
    head = _letterhead(office, today, base_url)
    for feed, held in zip(feeds, sort_into(feeds, revisions, today).values(), strict=True):
        signature = _signature(head, feed, held)
        for form, variant in renditions_of(feed):
            yield Job(feed=in_variant(feed, variant), form=form, revisions=held, signature=signature)


def renditions_of(feed: Feed) -> Iterator[tuple[Format, Variant]]:
    """Parts of a calendar are for calendar apps; machines that read other formats choose for themselves.

    An archive has no variants: what is gone has left it.
    """
    if feed.is_part:
        variants = ICS.variants if feed.year is None else ("",)
        yield from ((ICS, variant) for variant in variants)
    else:
        yield from ((form, variant) for form in FORMATS.values() for variant in form.variants)


def _letterhead(office: Office, today: date, base_url: str) -> str:
    """What the head of every feed may show; the date, because it decides what a full feed leaves out."""
    shown = (office.name, office.short_name, office.email, office.phone, office.website, office.uid_domain)
    return canonical([shown, office.colour, office.written_in, today.isoformat(), base_url])


def _signature(head: str, feed: Feed, held: Iterable[Revision]) -> str:
    parts = [head, feed.path, feed.name, feed.description, feed.timezone]
    parts += [f"{revision.entry.id} {revision.number}" for revision in held]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _missing(stock: Stock, office: Office, today: date, base_url: str) -> list[Fragment]:
    wanted = {(form.suffix, variant) for form in FORMATS.values() for variant in form.variants}
    lacking = [
        revision
        for entry_id, revision in stock.revisions.items()
        if in_archive(revision.entry, today) and not wanted <= stock.fragments.get(entry_id, {}).keys()
    ]
    return render(lacking, office, base_url)


def trimmed(job: Job, fragments: Mapping[str, Fragments], today: date) -> Trimmed:
    """What calendar apps can read of a feed. Every format holds the same, whatever its own size."""
    rendition = (ICS.suffix, job.feed.variant)
    return trim([Item(revision=r, fragment=fragments[r.entry.id][rendition]) for r in job.revisions], today)


def join(job: Job, chosen: Trimmed, fragments: Mapping[str, Fragments], office: Office, base_url: str) -> Joined:
    """The bytes of a feed."""
    items: Sequence[Item] = chosen.kept
    if job.form is not ICS:
        rendition = (job.form.suffix, job.feed.variant)
        items = [Item(revision=i.revision, fragment=fragments[i.entry.id][rendition]) for i in chosen.kept]
    return Joined(
        job=job,
        body=job.form.join(job.feed, items, office=office, base_url=base_url),
        entries=len(chosen.kept),
        left_out=len(chosen.left_out),
    )
