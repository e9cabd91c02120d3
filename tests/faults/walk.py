"""Part one: every fault point is killed at, failed at and frozen at, once each; then everything is counted."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.judge import Verdict, judge
from tests.faults.points import IN_HAND, WALKED_BY
from tests.faults.stage import LANES, Stage

PEOPLE = 40  # over three wards, one a lane
FREEZE = 1.0  # seconds: longer than a fence stays fresh


@dataclass(frozen=True)
class Walked:
    """One walk and what it broke."""

    name: str
    verdict: Verdict
    broken: list[str]
    seconds: float


Walk = Callable[[Stage], Walked]


def wards() -> dict[int, list[str]]:
    return {n: [f"w{n}p{i}" for i in range(n, PEOPLE, 3)] for n in range(3)}


def walks(seed: int) -> list[list[Walk]]:
    """All walks in groups that may run beside one another, each group on a machine of its own.

    Within a group it is one running machine: what one walk does to it, the next must bear.
    """
    chance = random.Random(seed)
    kills = [_kill(point, role, chance.randint(1, 2)) for point, role in WALKED_BY.items()]
    return [[_frozen], kills[0::3], kills[1::3], kills[2::3], [_poisoned, lambda stage: _failed(stage, chance)]]


def _kill(point: str, role: str, n: int) -> Walk:
    return lambda stage: _killed(stage, point, role, n)


def _send(stage: Stage) -> int:
    """An alert in each lane, due in a moment, so that each point is passed; returns where these sends begin."""
    before = len(stage.sends)
    for ward, lane in enumerate(LANES):
        stage.issue(ward, lane, later=60)
    stage.step(61)
    return before


def _counted(stage: Stage, name: str, before: int, *, deaths: int, began: float, wanted: list[str]) -> Walked:
    """Judge a walk; one whose faults never happened is broken too."""
    verdict = judge(stage, stage.sends[before:], deaths=deaths)
    fired = stage.fired()
    missed = [f"{name}: `{one}` never happened" for one in wanted if one not in fired]
    stage.points.unlink(missing_ok=True)
    return Walked(name, verdict, [*verdict.broken, *missed], time.monotonic() - began)


def _killed(stage: Stage, point: str, role: str, n: int) -> Walked:
    """Killed at the n-th pass, started again, drained."""
    began = time.monotonic()
    _leave_only(stage, "relay" if role == "worker" else "worker")
    stage.start(role, ENGAGE_FAULT=f"{point}:{n}:kill")
    before = _send(stage)
    stage.processes[role].join(30)
    if stage.processes[role].exitcode is None:
        return _counted(stage, f"{point} kill", before, deaths=0, began=began, wanted=[f"{point} kill"])
    stage.start(role)
    stage.rest()
    deaths = int(role == "worker")  # its other threads may have had something in hand, wherever this one was
    return _counted(stage, f"{point} kill", before, deaths=deaths, began=began, wanted=[f"{point} kill"])


def _leave_only(stage: Stage, *roles: str) -> None:
    """The doorbell and these roles run; at rest nobody owns anything, so that the others may simply be killed."""
    for name in ("relay", "worker"):
        if name in stage.processes and name not in roles:
            stage.kill(name)
    stage.start(*(name for name in ("redis", *roles) if name not in stage.processes))


def _poisoned(stage: Stage) -> Walked:
    """P8: a row that kills its process three times is dead, the others go."""
    began = time.monotonic()
    _leave_only(stage, "relay")
    before = len(stage.sends)
    stage.issue(0, "urgent")
    for _ in range(3):
        stage.start("worker", ENGAGE_FAULT="claimed:1:kill")
        stage.processes["worker"].join(30)
        stage.wait_until(lambda: not stage.is_claimed, 30)  # else the next would meet another row
    stage.start("worker")
    stage.rest()
    found = _counted(stage, "poison row", before, deaths=3, began=began, wanted=["claimed kill"])
    dead = sum(lane.states["dead"] for lane in found.verdict.lanes.values())
    if dead != 1:
        found.broken.append(f"P8: {dead} dead rows after a poison row, and not 1")
    return found


def _failed(stage: Stage, chance: random.Random) -> Walked:
    """An exception at each point in turn, in one process that goes on."""
    began = time.monotonic()
    _leave_only(stage)
    _arm(stage, "raise", chance)
    before = _send(stage)
    stage.rest()
    wanted = [f"{point} raise" for point in WALKED_BY]
    return _counted(stage, "exception everywhere", before, deaths=len(IN_HAND), began=began, wanted=wanted)


def _frozen(stage: Stage) -> Walked:
    """A freeze at each point in turn, longer than a fence stays fresh, shorter than the sweeper's patience."""
    began = time.monotonic()
    _leave_only(stage)
    wanted = [f"{point} stop" for point in WALKED_BY]
    over = threading.Event()
    hand = threading.Thread(target=_keep_thawing, args=(stage, over))
    hand.start()  # before anything freezes: it may hold the database's lock while we wait for it
    try:
        _arm(stage, "stop", random.Random(0))
        before = _send(stage)
        stage.wait_until(lambda: set(wanted) <= set(stage.fired()), 60)
        stage.rest()
    finally:
        over.set()
        hand.join()
    return _counted(stage, "freeze everywhere", before, deaths=stage.buried(), began=began, wanted=wanted)


def _keep_thawing(stage: Stage, over: threading.Event) -> None:
    """Wake what stands still, after a while."""
    while not over.wait(0.05):
        for name in ("relay", "worker"):
            if name in stage.processes and stage.is_frozen(name):
                time.sleep(FREEZE)
                stage.signal(name, signal.SIGCONT)


def _arm(stage: Stage, what: str, chance: random.Random) -> None:
    for role in ("relay", "worker"):
        points = [point for point, walked_by in WALKED_BY.items() if walked_by == role]
        stage.start(role, ENGAGE_FAULT=",".join(f"{point}:{chance.randint(1, 2)}:{what}" for point in points))
