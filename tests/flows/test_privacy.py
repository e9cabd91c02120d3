"""A person walks through the whole machine while everything around them fails, and leaves no trace outside of it.

Their address, number, name and links may stand in the database and in their mails, and nowhere else (SECURITY S33).
"""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from engage.domain.people import Wanted
from engage.work.looking import trace
from tests import returned
from tests.conftest import ENGINES, fresh_database
from tests.flows.system import System, running_system
from tests.flows.test_journey import filled, is_ready, issue, link_in, sign_up
from tests.office import add_people

WHO, NAME, NUMBER = "canary-7f3a", "Philomena", "07700900371"
HOOK = "a-token-of-the-hook"
LINK = re.compile(r"/(?:confirm|preferences|unsubscribe|devices|me)/([\w.~-]+)")


@pytest.fixture(params=[("sqlite", "json"), ("postgresql", "console")][: len(ENGINES)], ids="-".join)
def system(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[System]:
    engine, log_format = request.param
    break_templates(tmp_path / "wording")
    more = {
        "ENGAGE_LOG_FORMAT": log_format,
        "ENGAGE_TEMPLATES_DIR": str(tmp_path / "wording"),
        "ENGAGE_NOTIFY_CALLBACK_TOKEN": HOOK,
    }
    with running_system(tmp_path, fresh_database(request, engine, tmp_path), **more) as found:
        yield found


def break_templates(wording: Path) -> None:
    """A filter where it does not belong: its complaint quotes what it was given. The letter passes its own check."""
    letter = '{{ action_url }}{% if "127.0.0.1" in base_url %}{{ action_url|day }}{% endif %}'
    page = '{{ given.one("email")|day }}'
    for name, written in (("notices/already.long.txt", letter), ("web/preferences_ask.html", page)):
        (wording / name).parent.mkdir(parents=True)
        (wording / name).write_text(written)


class Walk:
    """What was said on the way, and what must not have been."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.said: dict[str, str] = {}

    def look(self, moment: str) -> None:
        """What the doorbell holds and the counters tell, now."""
        self.said[f"Redis {moment}"] = self.system.redis_text()
        self.said[f"metrics {moment}"] = self.system.request("GET", "/metrics")[1]

    def ask(self) -> None:
        """What commands tell of the whole, of every delivery and of every notice."""
        for words in ("status --json", "doctor", "deliveries list", "deliveries show 1"):
            self.said[words] = self.system.command(*words.split())
        assert "sent" in self.said["deliveries show 1"]
        app = self.system.app()
        with app.reading() as unit:
            rows = unit.audits.rows(limit=100)
        for named in {str(row.id) for row in rows} | {row.notice_id for row in rows}:
            self.said[f"trace {named}"] = "\n".join(trace(app, named))
        app.database.close()

    def state(self, alert: str) -> str:
        """How far the alert is: the states of its deliveries, and the class of the last failure."""
        app = self.system.app()
        with app.reading() as unit:
            rows = unit.audits.rows(notice_id=f"alert:{alert}")
        app.database.close()
        return " ".join(row.state if row.state == "sent" else f"{row.state} {row.last_class}" for row in rows)

    def wait_for_state(self, alert: str, state: str) -> None:
        self.system.wait_for(lambda: self.state(alert) == state, f"{alert} {state}")

    def files(self) -> dict[str, str]:
        """Everything in the data folder: logs of all processes, and all that Valkey ever was told."""
        found = (path for path in self.system.data.rglob("*") if path.is_file())
        return {str(path.relative_to(self.system.data)): path.read_bytes().decode(errors="replace") for path in found}

    def secrets(self) -> set[str]:
        """Who they are, and every link that was mailed to them, with the proofs of its return paths."""
        mails = [mail for mail in self.system.sink.accepted if WHO in mail.to]
        tokens = {found for mail in mails for found in LINK.findall(_plain(mail.content))}
        proofs = {mail.sender.partition("@")[0].rpartition(".")[2] for mail in mails}
        assert len(tokens) >= 3, "a confirmation, choices, and the way out"
        return {WHO, NAME, NUMBER, NUMBER[2:]} | tokens | proofs


def _plain(content: bytes) -> str:
    """Quoted-printable as it is read: what travels is broken into lines."""
    return content.decode().replace("=\r\n", "").replace("=3D", "=")


def address_table(system: System, *statements: str) -> None:
    """Break or mend the table that holds addresses, as the engine in use puts it."""
    app = system.app()
    with app.unit() as unit:
        sort = unit.conn.dialect.name
        unit.conn.execute(text(statements[0 if sort == "sqlite" else 1]))
    app.database.close()


def hook(system: System, told: dict[str, str]) -> int:
    """GOV.UK Notify calls."""
    connection = http.client.HTTPConnection("127.0.0.1", system.port, timeout=10)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {HOOK}"}
    connection.request("POST", "/hooks/notify", json.dumps(told), headers)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.timeout(240)
def test_nobody_is_named_outside_of_the_database_and_their_mail(system: System):
    """Signed up, written to over a broken line, refused by name, bounced, met by broken templates, and gone."""
    walk, sink = Walk(system), system.sink
    system.start("redis", "relay", "worker", "urgent", "web")
    system.wait_for(lambda: is_ready(system), "readiness", within=60)

    sign_up(system, WHO, "mill-lane")
    sign_up_again(system)
    assert system.request("POST", "/preferences", {"email": f"{WHO}@example.org"})[0] == 200
    assert system.request("POST", "/preferences", {"email": f"{WHO}@@example"})[0] == 500
    manage = link_in(system.wait_for_mail(WHO, 2)[1], "/preferences")
    assert system.request("GET", manage)[0] == 200
    made = re.search(r"/feeds/me/([\w-]+)\.ics", system.request("POST", manage, {"calendar": "new"})[1])
    assert made is not None
    assert system.request("GET", f"/feeds/me/{made[1]}.ics")[0] == 200

    sink.hang_up.append("content")
    issue(system, "over-a-broken-line", "eastfield")
    walk.wait_for_state("over-a-broken-line", "ambiguous ambiguous")
    walk.look("in the middle")
    system.command("deliveries", "retry", "--notice", "alert:over-a-broken-line")
    walk.wait_for_state("over-a-broken-line", "sent")
    sink.refuse = {WHO: f"550 5.7.1 <{WHO}@example.org> ({NAME}) wants nothing from you"}
    issue(system, "refused", "eastfield")
    walk.wait_for_state("refused", "failed policy")
    sink.refuse, sink.refuse_content = {}, {WHO: f"451 4.3.0 <{WHO}@example.org> ({NAME}) is not at home"}
    issue(system, "later", "eastfield")
    walk.wait_for_state("later", "ready temporary")
    sink.refuse_content = {}

    came_back(walk)
    break_addresses(system)

    way_out = next(m for m in reversed(system.messages(WHO)) if m["List-Unsubscribe"])["List-Unsubscribe"].strip("<>")
    assert system.request("POST", way_out, None)[0] == 200
    app = system.app()
    add_people(app, (f"{WHO}.two", Wanted(areas=("eastfield",))))
    app.database.close()
    sink.refuse = {f"{WHO}.two": f"550 5.1.1 <{WHO}.two@example.org> unknown"}
    issue(system, "nobody-there", "eastfield")
    walk.wait_for_state("nobody-there", "failed no-such-address")
    walk.look("at the end")
    walk.ask()
    for name in ("web", "urgent", "worker", "relay"):
        assert system.stop(name) == 0

    said = walk.said | walk.files()
    logs = "\n".join(content for name, content in said.items() if name.endswith(".log"))
    for happened in ("page failed", "letter not composed", "delivery not sent", "reply taken in"):
        assert happened in logs + "".join(walk.said.values()), f"{happened}: else nothing was tried"
    assert "drain" in "".join(content for name, content in said.items() if "appendonly" in name)
    found = [
        (secret, name) for secret in {*walk.secrets(), made[1]} for name, content in said.items() if secret in content
    ]
    assert found == []
    masked = [line for content in said.values() for line in content.splitlines() if "[masked]" in line]
    assert masked == [], "the mask is the last net, and nothing may fall that far"


def sign_up_again(system: System) -> None:
    """The same person, who has forgotten; then with an address that cannot be."""
    form = {**filled(system, WHO, "mill-lane"), "name": NAME}
    assert system.request("POST", "/subscribe", form)[0] == 200
    assert system.request("POST", "/subscribe", {**form, "email": f"{WHO}@@example"})[0] == 422
    logs = [system.data / "worker.log", system.data / "urgent.log"]
    said = "letter not composed"
    system.wait_for(lambda: any(said in log.read_text() for log in logs), said)


def came_back(walk: Walk) -> None:
    """A delay, a bounce that proves nothing, a reply with a name, and text messages."""
    path = walk.system.sink.accepted[-1].sender
    for n, shape in enumerate(
        (returned.postfix(path, "4.4.1", "delayed"), returned.postfix("x@y.example.org"), returned.reply(path), b"\xff")
    ):
        mail = shape.replace(b"ada@mail.example.org", f"{WHO}@example.org".encode()).replace(b"Ada", NAME.encode())
        walk.said[f"bounce {n}"] = walk.system.command("bounce", given=mail)
    text_message = {"id": "7", "source_number": NUMBER, "message": f"STOP it, {NAME}"}
    assert hook(walk.system, text_message) == 200
    assert hook(walk.system, {"id": "8", "status": "permanent-failure", "reference": "1", "to": NUMBER}) == 200
    assert hook(walk.system, {"id": f"{NUMBER}/{WHO}@example.org"}) == 400


def break_addresses(system: System) -> None:
    """The database refuses the row and says which; PostgreSQL quotes all of it."""
    address_table(
        system,
        "CREATE TRIGGER broken BEFORE INSERT ON address BEGIN SELECT RAISE(ABORT, 'broken'); END",
        "ALTER TABLE address ADD CONSTRAINT broken CHECK (channel <> 'email') NOT VALID",
    )
    with pytest.raises(AssertionError, match="problem with this page"):
        sign_up(system, f"{WHO}.three", "mill-lane")
    address_table(system, "DROP TRIGGER broken", "ALTER TABLE address DROP CONSTRAINT broken")
