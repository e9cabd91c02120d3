"""engage bounce, as a mail server runs it: a mail on stdin, the envelope beside it, an exit code it understands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engage.app import App
from engage.domain.people import Wanted
from tests import processes, returned
from tests.office import add_people, apply, settle
from tests.processes import Done
from tests.work.coming_back import newest, path_of, suppressions
from tests.work.notices import issue

Run = Callable[..., Done]


@pytest.fixture
def sent(app: App) -> App:
    """Ada got an alert; once on each database."""
    apply(app)
    add_people(app, ("ada", Wanted(kinds=("alerts",))))
    issue(app, "a")
    settle(app)
    return app


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A process of its own, with a mail on its stdin."""

    def command(app: App, *words: str, stdin: bytes = b"", **environment: str) -> Done:
        given = {"ENGAGE_DATA_DIR": str(tmp_path / "data"), "ENGAGE_DATABASE_URL": app.settings.database}
        return processes.run(*words, environment={**given, **environment}, given=stdin)

    return command


def test_a_bounce_on_stdin_ends_mail_to_the_address(sent: App, run: Run):
    """And again, as a mail server that was not sure would: the same answer, nothing more."""
    one = newest(sent)
    mail = returned.postfix(path_of(sent, one))
    assert run(sent, "bounce", stdin=mail).out == f"hard 5.1.1 delivery {one}\n"
    assert suppressions(sent) == ["bounced"]
    again = run(sent, "bounce", stdin=mail)
    assert (again.code, again.out) == (0, f"hard 5.1.1 delivery {one} known already\n")


@pytest.mark.parametrize("name", ["ORIGINAL_RECIPIENT", "RECIPIENT", "--recipient"])
def test_the_envelopes_recipient_may_be_said(sent: App, run: Run, name: str):
    """By option, or in the environment as Postfix and qmail do."""
    mail = returned.complaint("stripped@example.org", to="bounces@example.org")
    path = path_of(sent, newest(sent))
    done = (
        run(sent, "bounce", "--recipient", path, stdin=mail)
        if name.startswith("-")
        else run(sent, "bounce", stdin=mail, **{name: path})
    )
    assert done.out == f"complaint delivery {newest(sent)}\n"
    assert suppressions(sent) == ["complaint"]


@pytest.mark.parametrize("mail", [b"", b"\0" * 10, returned.postfix("x@example.org"), b"x" * 50_000_000])
def test_what_proves_nothing_is_taken_and_counted(sent: App, run: Run, mail: bytes):
    """A failure would make the mail server bounce the bounce."""
    done = run(sent, "bounce", stdin=mail)
    assert (done.code, done.out) in [(0, "unproven\n"), (0, "reply\n")]
    assert suppressions(sent) == []


def test_a_mail_that_cannot_be_kept_is_asked_for_again(sent: App, run: Run):
    """75 is what a mail server understands as later; everything was read, so that its pipe does not break."""
    stdin = returned.postfix(path_of(sent, newest(sent))) + b"x" * 3_000_000
    done = run(sent, "bounce", stdin=stdin, ENGAGE_MODE="live")
    assert (done.code, done.out) == (75, "")
    assert "ENGAGE_SMTP_URL" in done.err
    assert "Traceback" not in done.err
    assert "ada@" not in done.err
    assert suppressions(sent) == []


def test_status_and_show_tell_what_came_back(sent: App, run: Run):
    """To staff, without an address."""
    one = newest(sent)
    run(sent, "bounce", stdin=returned.postfix(path_of(sent, one)))
    run(sent, "bounce", stdin=returned.reply("x@example.org"))
    with sent.unit() as unit:
        unit.house.put("bounce-mailbox", '{"why": "The bounce mailbox cannot be reached.", "since": "2026-11-23"}')
    told = run(sent, "status")
    assert "came back in 7 days: 1 hard, 1 reply" in told.out
    assert "The bounce mailbox cannot be reached. Since 2026-11-23." in told.out
    shown = run(sent, "deliveries", "show", str(one))
    assert "bounced, there is no such address: 5.1.1" in shown.out
    assert f"delivery {one}  email  normal  sent" in shown.out
    assert "@" not in shown.out
    assert run(sent, "deliveries", "audit").code == 0
