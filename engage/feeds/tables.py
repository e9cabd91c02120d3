"""Records as JSON, CSV and GeoJSON. What the records hold is in engage.feeds.open_data."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

from engage.feeds.compact import compact, enclosed
from engage.feeds.words import clean

JSON = "application/json; charset=utf-8"
CSV = "text/csv; charset=utf-8; header=present"
GEOJSON = "application/geo+json; charset=utf-8"

Record = Mapping[str, Any]

# A spreadsheet runs a cell that begins so, the wide forms of the signs included (SECURITY B46, S38).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}",
            "\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}")  # fmt: skip


def as_json(head: Record, name: str, records: Iterable[Record]) -> bytes:
    """One object: what is said of the whole, then the list under *name*, a record a line."""
    start = compact(head).removesuffix(b"}")
    return enclosed(b"%s,%s:[\n" % (start, compact(name)), map(compact, records), b"\n]}\n")


def as_geojson(head: Record, records: Iterable[Record]) -> bytes:
    """A FeatureCollection (RFC 7946): longitude first; what has no place on the map has no geometry."""
    start = compact({"type": "FeatureCollection", **head}).removesuffix(b"}")
    return enclosed(b'%s,"features":[\n' % start, (compact(_feature(record)) for record in records), b"\n]}\n")


def _feature(record: Record) -> dict[str, Any]:
    longitude, latitude = record["longitude"], record["latitude"]
    placed = longitude is not None and latitude is not None
    point = {"type": "Point", "coordinates": [round(longitude, 6), round(latitude, 6)]} if placed else None
    told = {key: value for key, value in record.items() if key not in ("latitude", "longitude")}
    return {"type": "Feature", "id": record["id"], "geometry": point, "properties": told}


def as_csv(names: Sequence[str], records: Iterable[Record]) -> bytes:
    """RFC 4180 in UTF-8 without a byte-order mark; the first line names the columns, whatever follows."""
    written = StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([_cell(record[name]) for name in names] for record in records)
    return written.getvalue().encode()


def _cell(value: Any) -> str:
    """Numbers as they are, for a minus there is no formula; texts can never be one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = clean("; ".join(value) if isinstance(value, list) else value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
