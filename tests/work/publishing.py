"""`python -m tests.work.publishing CALENDARS DATA`: a process of its own that publishes, and prints what it published.

The first time over a folder it applies the calendars; after that it is a restart, and only publishes again.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from engage.app import App, build
from engage.domain.events import CalendarApplied
from engage.store.migrate import migrate
from engage.store.unit import Database
from engage.work import feeds
from tests.conftest import NOON, settings_for
from tests.office import Clock, apply, settle


def main(calendars: Path, data: Path) -> None:
    path, clock = data / "engage.sqlite3", Clock(NOON)
    is_fresh = not path.exists()
    if is_fresh:
        database = Database(f"sqlite:///{path}", clock)
        migrate(database)
        database.close()
    else:
        clock.move(hours=5)
    app = build(settings_for(f"sqlite:///{path}", data, calendars), clock=clock)
    if is_fresh:
        apply(app)
        settle(app)
    else:
        with app.unit() as unit:
            feeds.publish(app, unit, feeds.prepare(app, CalendarApplied(plan_id=1)))
    json.dump(published(app), sys.stdout)
    app.database.close()


def published(app: App) -> dict[str, list[object]]:
    with app.reading() as unit:
        return {
            feed.path: [feed.etag, digest(feed.body), digest(feed.gzipped), feed.version, feed.modified_at.isoformat()]
            for feed in unit.feeds.since(0)
        }


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
