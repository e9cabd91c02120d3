"""What the tests of decisions share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import fresh_database

ENGINES = ["sqlite", "postgresql"] if os.environ.get("ENGAGE_TEST_ALL") else ["sqlite"]


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Decisions are tried on SQLite, with `make test ALL=1` on PostgreSQL too; the store and the flows always on both."""
    return fresh_database(request, request.param, tmp_path)
