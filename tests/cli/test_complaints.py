"""Complaints at the command line: a list without persons, one with everything, closed with an outcome."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from engage.app import App
from engage.cli import complaints as command
from engage.cli import people as people_command
from engage.cli.commands import app as commands
from engage.domain.complaints import Complaint
from engage.errors import NotFound, Refused
from engage.work import complaints
from tests.office import apply, settle

RUN = CliRunner()


@pytest.fixture
def reference(sqlite_app: App, monkeypatch: pytest.MonkeyPatch) -> str:
    """One complaint of Ada's, in an office whose calendars are applied."""
    apply(sqlite_app)
    for module in (command, people_command):
        monkeypatch.setattr(module, "opened", lambda: sqlite_app)
    made = Complaint(about="details", text="Two\nlines", name="Ada", email="ada@example.org")
    found = complaints.make(sqlite_app, made, form="f", network="n")
    assert found is not None
    settle(sqlite_app)
    return found


def said(*words: str) -> str:
    done = RUN.invoke(commands, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_list_shows_days_left_and_nobody(reference: str):
    """For people as columns, for programs as one document."""
    text = said("complaints", "list")
    assert reference in text
    assert "2026-12-23" in text
    assert "30 days" in text
    assert "Ada" not in text
    (one,) = json.loads(said("complaints", "list", "--json"))
    assert (one["reference"], one["days_left"], one["state"]) == (reference, 30, "open")
    assert {"name", "email", "text", "reach"}.isdisjoint(one)


def test_one_is_shown_whole(reference: str):
    """What staff need in order to answer; the digest of the address is nobody's business."""
    text = said("complaints", "show", reference.lower())
    assert "email: ada@example.org" in text
    assert text.endswith("\n\nTwo\nlines\n")
    found = json.loads(said("complaints", "show", reference, "--json"))
    assert found["text"] == "Two\nlines"
    assert "hmac" not in found


def test_closing_takes_it_off_the_list(reference: str):
    """With --all it is still there; a second time is refused in a sentence."""
    said("complaints", "close", reference, "--outcome", "Settled by e-mail on 1 December.")
    assert json.loads(said("complaints", "list", "--json")) == []
    (one,) = json.loads(said("complaints", "list", "--all", "--json"))
    assert (one["state"], one["days_left"]) == ("closed", None)
    assert "closed" in said("complaints", "list", "--all")
    with pytest.raises(Refused, match="closed already"):
        RUN.invoke(commands, ["complaints", "close", reference, "--outcome", "x"], catch_exceptions=False)
    with pytest.raises(NotFound, match="engage complaints list"):
        RUN.invoke(commands, ["complaints", "show", "C-2222-2222"], catch_exceptions=False)


def test_what_we_hold_about_a_person_includes_their_complaints(reference: str):
    """S47: a copy for whoever asks for theirs."""
    found = json.loads(said("people", "show", "ada@example.org"))
    assert [one["reference"] for one in found["complaints"]] == [reference]
    assert found["complaints"][0]["text"] == "Two\nlines"
