"""A database for tests that take everything back: made once per engine, not once per test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engage.store.unit import Database
from tests.conftest import NOON, fresh_database

BOTH = ["sqlite", "postgresql"]


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty, migrated database of its own, once on each engine."""
    return fresh_database(request, request.param, tmp_path)


@pytest.fixture(scope="session", params=BOTH)
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Use it in units of `rows.undone` only: what is committed here is seen by every other test."""
    database = Database(fresh_database(request, request.param, tmp_path_factory.mktemp("shared")), lambda: NOON)
    yield database
    database.close()
