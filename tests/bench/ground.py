"""An office with thousands of people, and their ledger, to start from as often as wanted: a database that is copied."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from engage.app import App, build
from engage.domain.people import Imported, Wanted
from engage.settings import Settings
from engage.store.migrate import migrate
from engage.store.unit import Database
from engage.work.imports import import_people
from tests.conftest import _create, _named, serving_postgres
from tests.flows.system import seconds_to_noon
from tests.office import apply, unguarded, write_office
from tests.work.notices import address_all

AREA = "eastfield"


@dataclass(frozen=True)
class Ground:
    """*server* is the PostgreSQL it is on, None for SQLite."""

    folder: Path
    calendars: Path
    server: str | None
    offset: int

    @contextmanager
    def prepared(self) -> Iterator[App]:
        """What is written here is there in every copy."""
        app = self._app(self._url("template"))
        yield app
        app.database.close()
        if self.server is not None:  # as autovacuum would have, by the time anybody is written to
            _create(self._url("template"), "VACUUM ANALYZE")

    @contextmanager
    def fresh(self, **more: object) -> Iterator[App]:
        """An app on a copy of its own; *more* are settings."""
        name = f"b{uuid4().hex}"
        self._copy(name)
        app = self._app(self._url(name), **more)
        yield app
        app.database.close()
        self._drop(name)

    def _app(self, url: str, **more: object) -> App:
        given = {
            "data_dir": self.folder / "data",
            "calendars_dir": self.calendars,
            "database_url": url,
            "now_offset": self.offset,
        }
        return build(Settings.read(_env_file=None, **given, **more))

    def _url(self, name: str) -> str:
        return _named(self.server, name) if self.server else f"sqlite:///{self._path(name)}"

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite3"

    def _copy(self, name: str) -> None:
        if self.server is None:
            shutil.copy(self._path("template"), self._path(name))
        else:
            _create(self.server, f"CREATE DATABASE {name} TEMPLATE template STRATEGY FILE_COPY")

    def _drop(self, name: str) -> None:
        if self.server is not None:
            _create(self.server, f"DROP DATABASE {name} WITH (FORCE)")
            return
        for path in self.folder.glob(f"{name}.sqlite3*"):
            path.unlink()


@contextmanager
def ground(people: int, *, engine: str = "sqlite") -> Iterator[Ground]:
    """An applied office and its people."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        office = write_office(folder / "calendars")
        office.write("office.toml", unguarded())
        if engine == "sqlite":
            yield _peopled(Ground(folder, office.folder, None, seconds_to_noon()), people)
            return
        with serving_postgres() as server:
            _create(server, "CREATE DATABASE template TEMPLATE engage_template STRATEGY FILE_COPY")
            yield _peopled(Ground(folder, office.folder, server, seconds_to_noon()), people)


def _peopled(made: Ground, people: int) -> Ground:
    database = Database(made._url("template"), lambda: datetime.now(UTC))
    migrate(database)
    database.close()
    with made.prepared() as app:
        apply(app)
        admit(app, "person", people, AREA)
        address_all(app)  # whatever follows from the files
    return made


def admit(app: App, name: str, count: int, area: str) -> None:
    """Import so many residents who follow alerts of an area, as from an old list with proof of their consent."""
    wanted = Wanted(kinds=("alerts",), areas=(area,), area=area)
    evidence = {"consent_at": "2020-01-01", "consent_source": "paper form", "consent_wording": "I agree"}
    addresses = (f"{name}{number}@example.org" for number in range(count))
    import_people(app, [Imported(channel="email", address=one, wanted=wanted, **evidence) for one in addresses])
