"""The schemas for editors, tried on a validator that is not ours."""

import tomllib
from datetime import date, datetime, time
from pathlib import Path

import jsonschema
import pytest

from engage.declared import schemas
from engage.declared.alert_file import KEYS
from tests.declared.samples import CALENDAR, MEETING, OFFICE, PROGRAMME, SERIES, VENUE

CALENDARS = Path(__file__).parents[2] / "calendars"
FORMATS = jsonschema.FormatChecker(formats=())


@FORMATS.checks("date-time-local", raises=ValueError)
def _is_wall_time(text):
    return not isinstance(text, str) or (datetime.fromisoformat(text).tzinfo is None and "T" in text)


@FORMATS.checks("date", raises=ValueError)
def _is_day(text):
    return not isinstance(text, str) or bool(date.fromisoformat(text))


@FORMATS.checks("time-local", raises=ValueError)
def _is_hour(text):
    return not isinstance(text, str) or time.fromisoformat(text).tzinfo is None


def _as_json(value):
    """As editors do it: a date or a time is its text."""
    if isinstance(value, dict):
        return {key: _as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_json(inner) for inner in value]
    return value.isoformat() if isinstance(value, date | time) else value


def faults(kind: str, toml: str) -> list[str]:
    """What the validator says, with its place."""
    schema = schemas.schema_of(kind)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema, format_checker=FORMATS)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(_as_json(tomllib.loads(toml)))]


def kind_of(path: Path) -> str:
    return path.stem if path.stem in {"office", "tips"} else "calendar"


@pytest.mark.parametrize("path", sorted(CALENDARS.glob("*.toml")), ids=lambda path: path.name)
def test_every_sample_is_right_by_its_schema(path):
    """Nothing is underlined in a file that checks."""
    assert faults(kind_of(path), path.read_text()) == []


@pytest.mark.parametrize(
    ("toml", "where"),
    [
        (MEETING + 'vneue = "hall"\n', "$.meeting[0]"),
        (MEETING + 'status = "canceled"\n', "$.meeting[0].status"),
        (MEETING.replace('"winter"', '"Winter 2026"'), "$.meeting[0].id"),
        (MEETING + "attendance = -3\n", "$.meeting[0].attendance"),
        (MEETING.replace('title = "Your questions"\n', ""), "$.meeting[0]"),
        (MEETING.replace("18:30:00", "18:30:00Z"), "$.meeting[0].starts"),
        (MEETING.replace("T18:30:00", ""), "$.meeting[0].starts"),
        (MEETING + 'duration = "90"\n', "$.meeting[0].duration"),
        (MEETING + 'online = "www.example.org"\n', "$.meeting[0].online"),
        (MEETING + 'topics = "burglary"\n', "$.meeting[0].topics"),
        (MEETING + 'counts = "yes"\n', "$.meeting[0].counts"),
        (MEETING + 'reminders = [{ befor = "1 day" }]\n', "$.meeting[0].reminders[0]"),
        (MEETING.replace("[[meeting]]", "[[meetings]]"), "$"),
        (MEETING.replace("[[meeting]]", "[meeting]"), "$.meeting"),
        (SERIES.replace("at = 18:30:00", 'at = "half past six"'), "$.series[0].at"),
        (SERIES + 'move = [{ from = 2026-12-08, to = "soon" }]\n', "$.series[0].move[0].to"),
        (VENUE + "geo = [54.5]\n", "$.venue[0].geo"),
        (PROGRAMME + 'announce_ahead = "5"\n', "$.programme.announce_ahead"),
        (MEETING + 'silence = [{ check = "bank-holiday" }]\n', "$.meeting[0].silence[0]"),
    ],
)
def test_a_typical_mistake_is_underlined_while_it_is_typed(toml, where):
    """At the place, before anybody saves."""
    assert faults("calendar", CALENDAR + VENUE + MEETING.replace("winter", "w")) == []
    found = faults("calendar", CALENDAR + toml)
    assert [fault.split(": ")[0] for fault in found] == [where]


def test_a_date_of_a_series_needs_no_title():
    """It needs its series and its date."""
    override = '[[meeting]]\nseries = "oakham"\ndate = 2026-12-08\n'
    assert faults("calendar", CALENDAR + SERIES + override) == []
    assert faults("calendar", CALENDAR + SERIES + override.replace("date = 2026-12-08\n", "")) != []
    assert faults("office", OFFICE) == []


@pytest.mark.parametrize("kind", schemas.SCHEMAS)
def test_every_key_has_its_hover_text(kind):
    """Also inside lists and inline tables; none is a programmer's name."""

    def properties(node):
        if isinstance(node, dict):
            for name, inner in node.get("properties", {}).items():
                yield name, inner
            for inner in node.values():
                yield from properties(inner)
        elif isinstance(node, list):
            for inner in node:
                yield from properties(inner)

    found = list(properties(schemas.schema_of(kind)))
    assert len(found) > 5
    assert [name for name, told in found if not told.get("description")] == []
    assert "Table" not in str([told.get("title", "") for _, told in found])


def test_an_alerts_schema_has_the_keys_that_are_read():
    """One list of them."""
    assert tuple(schemas.schema_of("alert")["properties"]) == KEYS
    assert faults("alert", 'title = "x"\nareas = "mill"\nexpires = 2026-12-03T18:30:00\nseverity = "urgent"\n') == []
    assert faults("alert", 'title = "x"\nseverty = "urgent"\n') != []


def test_schemas_are_put_beside_the_calendars_and_named_in_each(tmp_path):
    """Once: the second time there is nothing to do. Line ends and mark of the file stay."""
    (tmp_path / "office.toml").write_text(OFFICE)
    (tmp_path / "talks.toml").write_bytes(b"\xef\xbb\xbf" + (CALENDAR + MEETING).replace("\n", "\r\n").encode())
    changed = {path.relative_to(tmp_path).as_posix() for path in schemas.write(tmp_path)}
    assert changed == {".schema/office.json", ".schema/calendar.json", ".schema/tips.json", "office.toml", "talks.toml"}
    talks = (tmp_path / "talks.toml").read_bytes()
    assert talks.startswith(b"\xef\xbb\xbf#:schema ./.schema/calendar.json\r\n[calendar]\r\n")
    assert list(schemas.write(tmp_path)) == []


def test_the_samples_name_their_schemas_and_these_are_up_to_date():
    """After a change of the models run: engage schema --write"""
    for kind in ("office", "calendar", "tips"):
        assert (CALENDARS / schemas.FOLDER / f"{kind}.json").read_text() == schemas.as_text(kind)
    for path in CALENDARS.glob("*.toml"):
        assert path.read_text().splitlines()[0] == f"#:schema ./.schema/{kind_of(path)}.json"
