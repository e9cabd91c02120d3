"""The machine with its real processes while somebody pulls its plugs. The mail server is the judge."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from engage.domain.alerts import Alert, Severity
from engage.domain.people import Wanted
from engage.embedded import find_url
from engage.work.alerts import send
from engage.work.looking import audit
from tests.conftest import fresh_database
from tests.flows.system import System, running_system
from tests.office import add_people, apply

PEOPLE = 120


@pytest.fixture(params=["sqlite", "postgresql"])
def system(request: pytest.FixtureRequest, tmp_path: Path):
    url = fresh_database(request, request.param, tmp_path)
    with running_system(tmp_path, url) as found:
        yield found


def alert(now: datetime, severity: Severity, name: str) -> Alert:
    return Alert(
        id=name,
        title="Burglaries in Eastfield",
        text="Lock your back door tonight.",
        areas=("eastfield",),
        severity=severity,
        expires=now + timedelta(days=1),
    )


def with_people(system: System, n: int) -> None:
    """An applied office and *n* people in Eastfield, before any process runs."""
    app = system.app()
    apply(app)
    add_people(app, *((f"p{i}", Wanted(areas=("eastfield",))) for i in range(n)))
    with app.unit() as unit:
        unit.house.put("day", "2999-01-01")
    app.database.close()


def issue(system: System, severity: Severity, name: str = "alert") -> None:
    app = system.app()
    send(app, alert(system.now, severity, name), f"source of {name}", who="editor")
    app.database.close()


def recounted(system: System) -> Counter[str]:
    app = system.app()
    found = audit(app)
    app.database.close()
    assert [r for r in found if not r.is_equal] == []
    return sum((Counter(r.rows) for r in found if r.kind == "alert"), Counter())


def test_wiping_redis_at_three_points_loses_nothing_and_doubles_nothing(system: System):
    """Law 1: Redis is a doorbell. Wiped before the tasks ran, during the send and near its end: each person, one mail."""
    with_people(system, PEOPLE)
    system.sink.delay = 0.005
    system.start("redis", "relay", "worker", "urgent")
    system.wait_for(lambda: find_url(system.data), "Valkey")
    issue(system, Severity.WARNING)
    wiped = system.wipe_redis()
    system.wait_for(lambda: len(system.sink.accepted) > 5, "the send")
    wiped += system.wipe_redis()
    system.wait_for(lambda: len(system.sink.accepted) > PEOPLE // 2, "half of the send")
    wiped += system.wipe_redis()
    system.wait_for_rest()
    assert wiped
    assert Counter(m.to for m in system.sink.accepted) == Counter(f"p{i}@example.org" for i in range(PEOPLE))
    assert recounted(system) == {"sent": PEOPLE}


def test_without_redis_the_database_is_polled(system: System):
    """P2: no doorbell at all, and everybody is told all the same."""
    with_people(system, 5)
    system.start("relay", "worker")
    issue(system, Severity.URGENT)
    system.wait_for(lambda: len(system.sink.accepted) == 5, "five mails")
    system.start("redis")  # and once it is there, it is listened to
    system.wait_for(lambda: "doorbell heard" in system.logs(), "the bell")
    issue(system, Severity.URGENT, "second")
    system.wait_for(lambda: len(system.sink.accepted) == 10, "ten mails")
    system.wait_for_rest()
    assert recounted(system) == {"sent": 10}


@pytest.mark.parametrize("severity", [Severity.URGENT, Severity.WARNING, Severity.ADVICE])
def test_a_worker_killed_in_mid_send_loses_nobody(system: System, severity: Severity):
    """P3: urgent arrives at least once, at most once more per connection; others at most once, doubts are listed."""
    with_people(system, PEOPLE)
    system.sink.delay = 0.005
    system.start("redis", "relay", "worker")
    issue(system, severity)
    system.wait_for(lambda: len(system.sink.accepted) > 10, "the send")
    system.kill("worker")
    connections = 6  # at most: two threads for urgent, four for the rest
    system.start("worker")
    system.wait_for_rest(within=60)
    arrived = Counter(m.to for m in system.sink.accepted)
    states = recounted(system)
    assert sum(states.values()) == PEOPLE
    if severity is Severity.URGENT:
        assert set(arrived) == {f"p{i}@example.org" for i in range(PEOPLE)}
        assert sum(arrived.values()) <= PEOPLE + connections
        assert states == {"sent": PEOPLE}
    else:
        window = 10 if severity is Severity.ADVICE else 1
        assert max(arrived.values()) == 1
        assert set(states) <= {"sent", "ambiguous"}
        assert states["ambiguous"] <= connections * window
        assert len(arrived) + states["ambiguous"] >= PEOPLE


def test_a_worker_told_to_stop_finishes_and_doubles_nothing(system: System):
    """P4: SIGTERM in mid-send; out in time, what was not handed over goes with the next worker."""
    with_people(system, PEOPLE)
    system.sink.delay = 0.005
    system.start("redis", "relay", "worker")
    issue(system, Severity.WARNING)
    system.wait_for(lambda: len(system.sink.accepted) > 10, "the send")
    began = time.monotonic()
    assert system.stop("worker") == 0
    assert time.monotonic() - began < 30
    system.start("worker")
    system.wait_for_rest()
    assert Counter(m.to for m in system.sink.accepted) == Counter(f"p{i}@example.org" for i in range(PEOPLE))
    assert recounted(system) == {"sent": PEOPLE}
