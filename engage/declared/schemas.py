"""What editors are told of staff's files: JSON Schema made from the models, hover text included.

Taplo and Even Better TOML find a schema by the comment `#:schema` at the top of a file. Wall times are
`date-time-local`: `date-time` would demand an offset, which staff must not write.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engage.declared import folder as fetching
from engage.declared import saving
from engage.declared.alert_fields import AlertFields
from engage.declared.models import CalendarFile, Table
from engage.declared.office_models import OfficeFile, TipsFile
from engage.declared.tables import OFFICE, TIPS

SCHEMAS: dict[str, type[Table]] = {
    "office": OfficeFile,
    "calendar": CalendarFile,
    "tips": TipsFile,
    "alert": AlertFields,
}
FOLDER = ".schema"
_MARK = b"\xef\xbb\xbf"
_HOLDERS = ("properties", "$defs")  # their keys are names of ours, no words of JSON Schema


def schema_of(name: str) -> dict[str, Any]:
    """The schema of one kind of file, in the draft that editors for TOML read."""
    made: dict[str, Any] = _plain(SCHEMAS[name].model_json_schema())
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": f"engage: {name}", **made}


def _plain(node: Any) -> Any:
    """Without what TOML has no word for (null) and without the names that programmers gave."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    told = {
        key: {name: _plain(inner) for name, inner in value.items()} if key in _HOLDERS else _plain(value)
        for key, value in node.items()
        if key != "title" and not (key == "default" and value in (None, [], ""))
    }
    some = [one for one in told.get("anyOf", []) if one != {"type": "null"}]
    if len(some) == 1:
        told = {**some[0], **{key: value for key, value in told.items() if key != "anyOf"}}
    if "$ref" in told and len(told) > 1:  # beside a reference this draft reads nothing else
        told = {"allOf": [{"$ref": told.pop("$ref")}], **told}
    return told


def write(folder: Path) -> Iterator[Path]:
    """Put the schemas beside the calendars and let each file name its own; yields what was changed."""
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    for name in ("office", "calendar", "tips"):
        path, text = place / f"{name}.json", as_text(name)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            yield path
    for file, content in fetching.fetch(folder)[0].items():
        if b"#:schema" not in content[:1000]:
            saving.replace(folder / file, was=content, content=_named(file, content))
            yield folder / file


def as_text(name: str) -> str:
    """As it is printed and written."""
    return json.dumps(schema_of(name), ensure_ascii=False, indent=2) + "\n"


def _named(file: str, content: bytes) -> bytes:
    """The file with its schema's name in its first line; mark and line ends stay what they are."""
    kind = {OFFICE: "office", TIPS: "tips"}.get(file.lower(), "calendar")
    newline = "\r\n" if b"\r\n" in content else "\n"
    mark = _MARK if content.startswith(_MARK) else b""
    return mark + f"#:schema ./{FOLDER}/{kind}.json{newline}".encode() + content.removeprefix(mark)
