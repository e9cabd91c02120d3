"""Feeds to be read, each with the entries that it must hold: golden ones, the samples through a real app, one empty."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engage.app import App, build
from engage.domain.calendars import Office
from engage.domain.feeds import Variant, feeds_of, holds, in_window
from engage.domain.revisions import Revision
from engage.store.migrate import migrate
from engage.store.unit import Database
from tests.conftest import NOON, settings_for
from tests.feeds.samples import BASE, GOLDEN, OFFICE, feed, programme, revision
from tests.office import Clock, apply, settle

ROOT = Path(__file__).parents[2]
SAMPLES = (ROOT / "calendars", ROOT / "tests" / "sample_office")


@dataclass(frozen=True, kw_only=True)
class Case:
    """A feed's bytes beside what they must say."""

    name: str
    body: bytes
    revisions: Sequence[Revision]
    office: Office
    base_url: str = BASE
    variant: Variant = ""


def golden() -> Iterator[Case]:
    """The files in git, which a test holds equal to what is written now."""
    told = [revision(entry, **given) for entry, given in programme()]
    for path in sorted(GOLDEN.glob("*.ics")):
        variant: Variant = "plain" if path.stem.startswith("plain") else "rich" if path.stem.startswith("rich") else ""
        near = feed("your-force-your-voice/area/north-ormesby")
        held = [r for r in told if holds(near, r.entry)] if "north-ormesby" in path.stem else told
        yield Case(name=f"golden/{path.name}", body=path.read_bytes(), revisions=held, office=OFFICE, variant=variant)


def samples() -> Iterator[Case]:
    """What a fresh office publishes from the sample folders: every feed, and those of whole calendars in each variant."""
    for folder in SAMPLES:
        with tempfile.TemporaryDirectory() as data:
            app = _applied(folder, Path(data))
            yield from _published(app, folder.name)
            app.database.close()


def _applied(folder: Path, data: Path) -> App:
    clock = Clock(NOON)
    url = f"sqlite:///{data / 'engage.sqlite3'}"
    database = Database(url, clock)
    migrate(database)
    database.close()
    app = build(settings_for(url, data, folder), clock=clock)
    apply(app)
    settle(app)
    return app


def _published(app: App, name: str) -> Iterator[Case]:
    with app.reading() as unit:
        office = unit.schedule.office()
        revisions = unit.schedule.revisions()
        bodies = {found.path: found.body for found in unit.feeds.since(0)}
        today = unit.now.date()
    assert office is not None
    shown = [r for r in revisions if in_window(r.entry, today)]
    for one in feeds_of(office):
        if one.variant and (one.area or one.topic or one.venue):
            continue
        yield Case(
            name=f"{name}/{one.path}.ics",
            body=bodies[f"{one.path}.ics"],
            revisions=[r for r in shown if holds(one, r.entry)],
            office=office,
            base_url=app.base_url,
            variant=one.variant,
        )
