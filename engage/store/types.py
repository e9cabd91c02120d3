"""Column types that mean the same on both databases, and the codec between rows and dataclasses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any, TypeVar

import cattrs
from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, TypeDecorator

T = TypeVar("T")


class Moment(TypeDecorator[datetime]):
    """An aware moment: timestamptz on PostgreSQL, UTC text on SQLite. Naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            message = "A moment needs a time zone."
            raise ValueError(message)
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Body = JSON()
BigId = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers rows itself for INTEGER only


@cache
def _converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=False)
    converter.register_unstructure_hook(datetime, lambda v: v.isoformat())
    converter.register_structure_hook(datetime, lambda v, _: datetime.fromisoformat(v))
    converter.register_unstructure_hook(date, lambda v: v.isoformat())
    converter.register_structure_hook(date, lambda v, _: date.fromisoformat(v))
    converter.register_unstructure_hook(time, lambda v: v.isoformat())
    converter.register_structure_hook(time, lambda v, _: time.fromisoformat(v))
    return converter


def to_body(value: object) -> Any:
    """A dataclass as plain JSON values. Unset fields are kept: a later default must not rewrite history."""
    return _converter().unstructure(value)


def from_body(body: Mapping[str, Any], cls: type[T]) -> T:
    return _converter().structure(body, cls)


def canonical(value: object) -> str:
    """The one JSON text of a value: what digests and fingerprints are made of."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
