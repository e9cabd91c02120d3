"""A database of its own for each flow, once on each engine."""

from __future__ import annotations

from tests.store.conftest import database_url

__all__ = ["database_url"]
