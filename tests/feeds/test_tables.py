"""Records as JSON, CSV and GeoJSON, whatever staff typed into them."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engage.feeds.tables import as_csv, as_geojson, as_json


def cells(value: object) -> list[str]:
    """What a reader of CSV finds in a row of one cell beside another."""
    body = as_csv(["a", "b"], [{"a": value, "b": "x"}]).decode()
    return list(csv.reader(io.StringIO(body, newline=""), strict=True))[1]


@pytest.mark.parametrize(
    "text",
    ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", "  =1", "\N{FULLWIDTH EQUALS SIGN}1", "\u200b=1\n"],
)
def test_no_text_can_become_a_formula(text: str) -> None:
    """B46, S38: it begins with an apostrophe, which spreadsheets show as text."""
    text = text.removeprefix("\u200b")
    assert cells(text)[0].startswith("'")


@pytest.mark.parametrize("text", ["Talk", "2026-12-03T18:30:00+00:00", "a=b", "https://www.example.org", "O'Neil", ""])
def test_other_texts_stay_as_they_are(text: str) -> None:
    """Only what could be run is marked."""
    assert cells(text)[0] == text


def test_numbers_are_numbers() -> None:
    """A longitude west of Greenwich begins with a minus and is no formula."""
    assert cells(-1.26)[0] == "-1.26"
    assert cells(42)[0] == "42"
    assert [cells(value)[0] for value in (True, False, None)] == ["true", "false", ""]


def test_a_table_is_as_rfc_4180_has_it() -> None:
    """CRLF everywhere, quotes doubled, commas and line feeds inside quotes, no byte-order mark, UTF-8."""
    body = as_csv(["a"], [{"a": 'say "hi", Zoë\nand go'}, {"a": ["x", "y"]}])
    assert body == 'a\r\n"say ""hi"", Zoë\nand go"\r\nx; y\r\n'.encode()
    assert as_csv(["a", "b"], []) == b"a,b\r\n"


@given(st.text())
def test_any_text_comes_back_from_a_table_and_from_json(text: str) -> None:
    """Two cells stay two cells; what control characters leave is there; nothing begins a formula."""
    first, second = cells(text)
    assert second == "x"
    assert not first.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert (
        json.loads(as_json({"licence": "x"}, "rows", [{"a": text}]))["rows"] == [{"a": text}] or not text.isprintable()
    )


def test_the_head_and_the_records_are_one_json_object() -> None:
    """Also without a single record."""
    assert json.loads(as_json({"licence": "x"}, "rows", [{"a": 1}, {"a": 2}])) == {
        "licence": "x",
        "rows": [{"a": 1}, {"a": 2}],
    }
    assert json.loads(as_json({"licence": "x"}, "rows", [])) == {"licence": "x", "rows": []}


def test_a_map_has_points_and_things_without_a_place() -> None:
    """RFC 7946: longitude before latitude, in degrees; geometry null where there is none."""
    placed = {"id": "a", "title": "A", "latitude": 54.530000001, "longitude": -1.26}
    nowhere = {"id": "b", "title": "B", "latitude": None, "longitude": None}
    found = json.loads(as_geojson({"licence": "x"}, [placed, nowhere]))
    assert (found["type"], found["licence"]) == ("FeatureCollection", "x")
    assert found["features"] == [
        {
            "type": "Feature",
            "id": "a",
            "geometry": {"type": "Point", "coordinates": [-1.26, 54.53]},
            "properties": {"id": "a", "title": "A"},
        },
        {"type": "Feature", "id": "b", "geometry": None, "properties": {"id": "b", "title": "B"}},
    ]
