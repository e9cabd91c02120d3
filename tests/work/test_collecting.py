"""The bounce mailbox: taken in once by one host, and what is said when it fails."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import structlog
from pydantic import SecretStr

from actors import boot
from actors.collecting import Collector
from engage.app import App
from engage.channels.imap import ReturnMailbox
from engage.errors import SettingsError
from engage.store.house import Process
from engage.work import looking
from engage.work.inbox import collect, take_mail
from tests import returned
from tests.imap_server import ImapServer
from tests.office import Clock
from tests.work.coming_back import counts, newest, path_of, refusals, suppressions

ME = Process(id="relay-1", role="relay", host="here", boot_id="test", pid=0, threads={})


@pytest.fixture
def server() -> Iterator[ImapServer]:
    with ImapServer() as running:
        yield running


def test_the_mailbox_is_taken_in_once(sent: App, server: ImapServer):
    """Each mail is marked after its commit; a pipe that brings the same counts nothing."""
    mail = returned.postfix(path_of(sent, newest(sent)))
    server.mails = {1: mail, 2: returned.reply("x@example.org"), 3: b"\0"}
    mailbox = ReturnMailbox.parse(server.url)
    assert collect(sent, mailbox, "here") == 3
    assert collect(sent, mailbox, "here") == 0
    assert server.seen == {1, 2, 3}
    assert take_mail(sent, mail).is_new is False
    assert suppressions(sent) == ["bounced"]
    assert counts(sent) == {"hard": 1, "reply": 2}


def test_a_mail_whose_mark_was_lost_counts_once(sent: App, server: ImapServer):
    """The connection breaks between the commit and the mark."""
    server.mails = {1: returned.postfix(path_of(sent, newest(sent)))}
    server.trouble = "hang up STORE"
    mailbox = ReturnMailbox.parse(server.url)
    assert collect(sent, mailbox, "here") == 0
    assert (server.seen, suppressions(sent)) == (set(), ["bounced"])
    server.trouble = ""
    assert collect(sent, mailbox, "here") == 1
    assert (counts(sent), refusals(sent)) == ({"hard": 1}, 1)


def test_one_host_looks_at_a_time(sent: App, server: ImapServer, clock: Clock):
    """Until it has not looked for two minutes."""
    mailbox = ReturnMailbox.parse(server.url)
    collect(sent, mailbox, "here")
    collect(sent, mailbox, "there")
    assert server.connections == 1
    clock.move(minutes=3)
    collect(sent, mailbox, "there")
    collect(sent, mailbox, "here")
    assert server.connections == 2


def test_a_mailbox_that_fails_is_logged_once_and_told_in_status(sent: App, server: ImapServer, clock: Clock):
    """Since when it has failed; gone when it works again."""
    mailbox = ReturnMailbox.parse(server.url)
    server.trouble = "refuse LOGIN"
    with structlog.testing.capture_logs() as lines:
        for _ in range(3):
            collect(sent, mailbox, "here")
            clock.move(minutes=1)
        told = looking.status(sent)["bounce_mailbox"]
        assert told == {"why": "The bounce mailbox refused our user or password.", "since": "2026-11-23T12:00:00+00:00"}
        server.trouble = ""
        collect(sent, mailbox, "here")
    assert [line["event"] for line in lines] == ["bounce mailbox failed", "bounce mailbox works again"]
    assert "bounces@" not in json.dumps(lines, default=str)
    assert looking.status(sent)["bounce_mailbox"] is None


def test_nothing_is_asked_of_the_network_inside_a_unit(sqlite_applied: App, server: ImapServer):
    """While the server keeps us waiting, others write."""
    server.trouble = "silent"
    mailbox = ReturnMailbox.parse(server.url)
    mailbox.seconds = 3.0
    looking_now = threading.Thread(target=collect, args=(sqlite_applied, mailbox, "here"))
    looking_now.start()
    while not any(command.startswith("SELECT") for command in tuple(server.commands)):
        pass
    with sqlite_applied.unit() as unit:
        unit.house.put("x", "y")
    assert looking_now.is_alive(), "written while it waits"
    looking_now.join(10)


def test_the_relay_looks_by_itself_and_stops_when_told(sqlite_applied: App, server: ImapServer):
    """The thread beside its tick, with the setting a person would write."""
    server.mails = {1: returned.reply("x@example.org")}
    settings = sqlite_applied.settings.model_copy(update={"bounce_imap_url": SecretStr(server.url)})
    running = boot.Running(app=replace(sqlite_applied, settings=settings), process=ME)
    collector = Collector.started(running)
    until = time.monotonic() + 10
    while 1 not in server.seen and time.monotonic() < until:
        time.sleep(0.01)
    running.stopping = True
    collector.join(5)
    assert not collector.is_alive()
    assert counts(sqlite_applied) == {"reply": 1}


def test_without_the_setting_there_is_nothing_to_look_into(sqlite_applied: App):
    """The thread ends at once; a wrong setting stops the relay with a sentence."""
    collector = Collector.started(boot.Running(app=sqlite_applied, process=ME))
    collector.join(5)
    assert not collector.is_alive()
    wrong = sqlite_applied.settings.model_copy(update={"bounce_imap_url": SecretStr("imaps://nobody")})
    with pytest.raises(SettingsError, match="is written imaps://"):
        Collector.started(boot.Running(app=replace(sqlite_applied, settings=wrong), process=ME))
