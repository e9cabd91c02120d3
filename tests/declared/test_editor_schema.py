"""What editors will be told of the files, which is derived from the models."""

import pytest

from engage.declared.models import CalendarFile
from engage.declared.office_models import OfficeFile, TipsFile

MODELS = pytest.mark.parametrize("model", [CalendarFile, OfficeFile, TipsFile])


def _properties(model):
    schema = model.model_json_schema()
    for table in (schema, *schema["$defs"].values()):
        for name, described in table.get("properties", {}).items():
            yield f"{table['title']}.{name}", described


@MODELS
def test_every_key_is_described(model):
    """An editor shows the description where the key is typed."""
    assert [name for name, described in _properties(model) if not described.get("description")] == []


@MODELS
def test_unknown_keys_are_underlined(model):
    """No table takes keys that nobody reads."""
    schema = model.model_json_schema()
    assert all(table["additionalProperties"] is False for table in (schema, *schema["$defs"].values()))


def test_times_are_local():
    """`date-time` would mean one with an offset, which staff must not write."""
    meeting = CalendarFile.model_json_schema()["$defs"]["MeetingTable"]["properties"]
    assert meeting["starts"]["anyOf"][0]["format"] == "date-time-local"
