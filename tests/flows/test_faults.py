"""The machine with its real processes while somebody pulls its plugs. The mail server is the judge."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from engage.domain.alerts import Alert, Severity
from engage.domain.people import Wanted
from engage.work.alerts import send
from engage.work.looking import audit
from tests.conftest import fresh_database
from tests.flows.system import System, running_system
from tests.office import add_people, apply, unguarded

PEOPLE = 120
EVERYBODY = Counter(f"p{i}@example.org" for i in range(PEOPLE))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def system(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One running system for every fault: what one test does to it, the next one must bear."""
    folder = tmp_path_factory.mktemp("system")
    with running_system(folder, fresh_database(request, request.param, folder)) as found:
        with_people(found)
        found.sink.delay = 0.005
        found.start("redis", "relay", "worker")
        found.wait_for(lambda: "doorbell heard" in found.logs(), "the bell", within=60)
        yield found


def with_people(system: System) -> None:
    """An applied office and people in Eastfield, before any process runs."""
    system.office.write("office.toml", unguarded())
    app = system.app()
    apply(app)
    add_people(app, *((f"p{i}", Wanted(areas=("eastfield",))) for i in range(PEOPLE)))
    app.database.close()


class Send:
    """One alert, and what the server has accepted of it."""

    def __init__(self, system: System, severity: Severity) -> None:
        self.system, self._before = system, len(system.sink.accepted)
        self.name = f"alert-{self._before}-{severity}"
        app = system.app()
        alert = Alert(
            id=self.name,
            title="Burglaries in Eastfield",
            text="Lock your back door tonight.",
            areas=("eastfield",),
            severity=severity,
            expires=system.now + timedelta(days=1),
        )
        send(app, alert, self.name, who="editor")
        app.database.close()

    @property
    def arrived(self) -> Counter[str]:
        return Counter(m.to for m in self.system.sink.accepted[self._before :])

    def wait_for(self, n: int) -> None:
        self.system.wait_for(lambda: sum(self.arrived.values()) >= n, f"{n} mails")

    def states(self) -> Counter[str]:
        """The ledger's rows of this alert, after P1 was found to hold for every notice."""
        app = self.system.app()
        found = audit(app)
        app.database.close()
        assert [r for r in found if not r.is_equal] == []
        return sum((Counter(r.rows) for r in found if r.notice_id == f"alert:{self.name}"), Counter())


def test_wiping_redis_at_three_points_loses_nothing_and_doubles_nothing(system: System):
    """Law 1: Redis is a doorbell. Wiped before the tasks ran, during the send and near its end: each person, one mail."""
    alert = Send(system, Severity.WARNING)
    wiped = system.wipe_redis()
    alert.wait_for(5)
    wiped += system.wipe_redis()
    alert.wait_for(PEOPLE // 2)
    wiped += system.wipe_redis()
    system.wait_for_rest()
    assert wiped
    assert alert.arrived == EVERYBODY
    assert alert.states() == {"sent": PEOPLE}


def test_without_redis_the_database_is_polled(system: System):
    """P2: the doorbell dies and everybody is told all the same; once it is back, it is heard again."""
    system.kill("redis")
    without = Send(system, Severity.URGENT)
    without.wait_for(PEOPLE)
    system.start("redis")
    again = Send(system, Severity.URGENT)
    again.wait_for(PEOPLE)
    system.wait_for_rest()
    assert without.states() == again.states() == {"sent": PEOPLE}
    assert again.arrived == EVERYBODY


@pytest.mark.parametrize("severity", [Severity.URGENT, Severity.WARNING, Severity.ADVICE])
def test_a_worker_killed_in_mid_send_loses_nobody(system: System, severity: Severity):
    """P3: urgent arrives at least once, at most once more per connection; others at most once, doubts are listed."""
    alert = Send(system, severity)
    alert.wait_for(10)
    system.kill("worker")
    connections = 5  # at most: four threads, and the one that looks for itself
    system.start("worker")
    system.wait_for_rest(within=90)
    arrived, states = alert.arrived, alert.states()
    assert sum(states.values()) == PEOPLE
    if severity is Severity.URGENT:
        assert set(arrived) == set(EVERYBODY)
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
    alert = Send(system, Severity.WARNING)
    alert.wait_for(10)
    began = time.monotonic()
    assert system.stop("worker") == 0
    assert time.monotonic() - began < 60
    system.start("worker")
    system.wait_for_rest()
    assert alert.arrived == EVERYBODY
    assert alert.states() == {"sent": PEOPLE}
