"""`engage doctor`: a sentence per finding, exit code 1 when one is wrong; nothing is pretended."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engage.app import App, build
from engage.channels.arrivals import reach
from engage.channels.email import Email
from engage.channels.server import Server
from engage.cli.commands import app as commands
from engage.domain.complaints import Complaint
from engage.rendering import Templates
from engage.store.house import Process
from engage.testing import SmtpSink
from engage.work import complaints
from engage.work.checks import of_calendars, of_languages, of_processes
from engage.work.relay import put_on_hold
from tests.conftest import settings_for
from tests.office import OFFICE_TOML, Clock, Office, apply, settle


@pytest.fixture
def ready(sqlite_app: App) -> App:
    """Applied and at rest, with relay and workers that say they live."""
    apply(sqlite_app)
    settle(sqlite_app)
    beat(sqlite_app)
    return sqlite_app


def beat(app: App) -> None:
    with app.unit() as unit:
        for role, threads in (("relay", {}), ("worker", {"tasks": 4, "deliver": 4, "urgent": 4})):
            unit.house.beat(Process(id=role, role=role, host="h", boot_id="b", pid=1, threads=threads))


def wrong(app: App) -> list[str]:
    return [f.check for f in of_processes(app) if not f.is_right]


def test_what_runs_well_is_said_to(ready: App):
    """Nothing is wrong with processes and calendars."""
    assert wrong(ready) == []
    assert of_calendars(ready, ready.settings.calendars).is_right


def test_what_stopped_is_named_with_what_to_do(ready: App, clock: Clock):
    """Everything that beats has stopped for a minute."""
    clock.move(minutes=2)
    assert wrong(ready) == ["relay", "workers for tasks", "workers for messages", "workers for urgent messages"]
    assert all("engage up" in f.sentence for f in of_processes(ready) if not f.is_right)


def test_a_hold_is_wrong_until_it_is_released(ready: App):
    """It may be meant, but nothing goes."""
    with ready.unit() as unit:
        put_on_hold(unit, "the drill")
    assert wrong(ready) == ["hold"]


def test_a_complaint_that_is_nearly_due_is_named(ready: App, clock: Clock):
    """S49: an answer is owed within 30 days; a week before, and from then on, something is wrong."""
    made = Complaint(about="other", text="x")
    reference = complaints.make(ready, made, form="f", network="n")
    assert reference is not None
    assert "complaints" not in wrong(ready)
    for days, said in ((22, ""), (1, "within 7 days"), (10, "3 days late")):
        clock.move(days=days)
        found = next(f for f in of_processes(ready) if f.check == "complaints")
        assert found.is_right is not bool(said)
        assert said in found.sentence
    assert reference in found.sentence
    complaints.close(ready, reference, who="sam", outcome="done")
    assert "complaints" not in wrong(ready)


def test_a_broken_calendar_is_found_with_its_place(ready: App, office: Office):
    """The first problem stands in the sentence."""
    office.write("village-talks.toml", "[[meeting\n")
    found = of_calendars(ready, ready.settings.calendars)
    assert not found.is_right
    assert "village-talks.toml:1" in found.sentence


def test_a_calendar_that_everybody_may_change_is_wrong_in_live_mode(ready: App, office: Office):
    """Whoever can write it speaks for the Commissioner (SECURITY B22); on a laptop that is tried out it may be so."""
    folder = ready.settings.calendars
    (folder / "village-talks.toml").chmod(0o666)
    assert of_calendars(ready, folder).is_right
    found = of_calendars(replace(ready, is_live=True), folder)
    assert (found.is_right, "Everybody on this machine may change village-talks.toml." in found.sentence) == (
        False,
        True,
    )


def test_a_mail_server_is_asked(ready: App):
    """One that greets us, and one that is not there any more."""
    with SmtpSink() as sink:
        channel = Email(Server.parse(sink.url))
        assert reach(channel) is None
        assert sink.accepted == []
    why = reach(channel)
    assert why is not None
    assert why.startswith("The mail server cannot be reached")


@pytest.mark.parametrize("has_database", [False, True])
def test_the_command_exits_with_one_when_something_is_wrong(
    tmp_path: Path, office: Office, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch, has_database: bool
):
    """Without a database it stops there; without processes it names them."""
    path = tmp_path / "engage.sqlite3"
    if has_database:
        shutil.copy(sqlite_template, path)
        build(settings_for(f"sqlite:///{path}", tmp_path, office.folder)).database.close()
    for name, value in (("DATABASE_URL", f"sqlite:///{path}"), ("DATA_DIR", tmp_path / "data"), ("CALENDARS_DIR", office.folder)):  # fmt: skip
        monkeypatch.setenv(f"ENGAGE_{name}", str(value))
    done = CliRunner().invoke(commands, ["doctor", "--json"])
    found = {f["check"]: f["ok"] for f in json.loads(done.stdout)}
    assert done.exit_code == 1
    if has_database:
        assert found["database"]
        assert found["calendars"]
        assert found["server for email"]
        assert (found["redis"], found["relay"]) == (False, False)
    else:
        assert found == {"database": False}


def test_a_language_without_a_catalogue_is_named(ready: App, office: Office, tmp_path):
    """The office names it, and nobody has translated; with the office's own catalogue all is well."""
    assert of_languages(ready).sentence == "Can be shown: en."
    office.write("office.toml", OFFICE_TOML.replace("colour", 'languages = ["en", "fr", "cy"]\ncolour'))
    apply(ready)
    assert of_languages(ready).sentence.startswith("There is no catalogue of fr")
    (tmp_path / "locale").mkdir()
    (tmp_path / "locale" / "fr.po").write_text('msgid "Save"\nmsgstr "Enregistrer"\n')
    french = replace(ready, templates=Templates(tmp_path))
    assert (of_languages(french).is_right, of_languages(french).sentence) == (True, "Can be shown: en, fr, cy.")


def test_a_translation_that_harms_its_sentence_is_named(ready: App, office: Office, tmp_path):
    """With the sentence and what is wrong, for whoever translates."""
    office.write("office.toml", OFFICE_TOML.replace("colour", 'languages = ["en", "fr"]\ncolour'))
    apply(ready)
    (tmp_path / "locale").mkdir()
    (tmp_path / "locale" / "fr.po").write_text('msgid "%(count)s more"\nmsgstr "encore"\n')
    found = of_languages(replace(ready, templates=Templates(tmp_path)))
    assert not found.is_right
    assert "In fr the translation of '%(count)s more' is passed over: %(count)s is missing." in found.sentence
