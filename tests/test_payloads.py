"""What travels over the doorbell (S34): ids and the names of lanes; that is shown by what actors take and what is sent."""

from __future__ import annotations

import inspect
import json

import pytest
from dramatiq.brokers.stub import StubBroker

from actors import boot
from actors.registry import declare
from actors.relay import Ringer
from engage.app import App
from engage.domain.alerts import Severity
from engage.domain.notices import Lane
from engage.domain.people import Wanted
from engage.store.house import Process
from engage.work import people, relay
from tests.office import Office, add_people, apply, settle
from tests.work.notices import address_all, issue

TAKEN = {"task_id": "int", "channel": "str", "lane": "str"}


class Heard(StubBroker):
    """Dramatiq's own broker for tests, which also keeps what a Redis would have been given."""

    def __init__(self) -> None:
        super().__init__(middleware=[])
        self.sent: list[dict] = []

    def enqueue(self, message, *, delay=None):
        self.sent.append(json.loads(message.encode()))
        return super().enqueue(message, delay=delay)


def test_an_actor_takes_an_id_or_a_lane_and_nothing_else() -> None:
    """S34: a new actor that wants an address, a text or a keyword of its own fails here."""
    actors = declare(StubBroker(middleware=[]))
    assert len(actors) > 20
    for name, actor in actors.items():
        takes = inspect.signature(actor.fn).parameters.values()
        assert takes, name
        for one in takes:
            assert TAKEN.get(one.name) == one.annotation, f"{name}({one})"
            assert one.kind is one.POSITIONAL_OR_KEYWORD, name
            assert one.default is one.empty, name


@pytest.mark.parametrize("severity", [Severity.WARNING, Severity.URGENT])
def test_what_is_sent_names_nobody(
    sqlite_app: App, office: Office, severity: Severity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S34: of people who sign up, ask for a link and are written to, a message holds a number or a lane, and no options."""
    apply(sqlite_app)
    settle(sqlite_app)
    people.sign_up(sqlite_app, "email", "canary@example.org", Wanted(), network="192.0.2.1")
    people.request_link(sqlite_app, "email", "canary@example.org", network="192.0.2.1")
    broker = Heard()
    process = Process(
        id="worker-1", role="worker", host="test", boot_id="test", pid=0, threads={"deliver": 2, "urgent": 2}
    )
    with sqlite_app.unit() as unit:
        unit.house.beat(process)
    ringer = Ringer(boot.Running(app=sqlite_app, process=process))
    ringer._actors = declare(broker)
    monkeypatch.setattr("actors.relay.waiting", lambda *_: 0)
    ringer._send(broker, relay.to_ring(sqlite_app))
    add_people(sqlite_app, ("ada", Wanted(kinds=("alerts",))))
    issue(sqlite_app, "a", severity=severity)
    address_all(sqlite_app)
    ringer._send(broker, relay.to_ring(sqlite_app))
    assert {"send_confirmation", "send_manage_link"} <= {sent["actor_name"] for sent in broker.sent}
    assert any(sent["actor_name"].startswith("drain") for sent in broker.sent)
    words = {*sqlite_app.channels, *Lane}
    for sent in broker.sent:
        assert all(type(one) is int or one in words for one in sent["args"]), sent
        assert sent["kwargs"] == sent["options"] == {}, sent
        assert "canary" not in json.dumps(sent)
