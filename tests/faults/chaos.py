"""Part two: a seeded mix of everything that goes wrong, while every lane is busy. How to break what is in `breakages`."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from functools import partial

from engage.work import people
from engage.work.alerts import withdraw
from tests.faults.breakages import PROCESSES, SURROUNDINGS, Breakage
from tests.faults.judge import THREADS, WINDOWS, Verdict, judge
from tests.faults.sink import subject_of
from tests.faults.stage import LANES, ROLES, Send, Stage

WARDS = 12
REFUSALS = {"gone": "550 5.1.1 No such user", "spam": "554 5.7.1 Not wanted"}


@dataclass
class Outcome:
    """What the mix did, and what came of it."""

    verdict: Verdict
    done: dict[str, int]
    recovered: dict[str, list[float]]  # kind of breakage -> seconds to the next message at the sink
    held: int
    drained: float
    broken: list[str] = field(default_factory=list)


def wards(recipients: int) -> dict[int, list[str]]:
    """One in a hundred is refused for good, half of them because the address is dead."""

    def name(n: int) -> str:
        return f"{'gone' if n % 200 == 7 else 'spam' if n % 200 == 107 else 'p'}{n}"

    return {ward: [name(n) for n in range(ward, recipients, WARDS)] for ward in range(WARDS)}


class Mix:
    """Two hands, one at the processes and one at what surrounds them, each with a shuffled deck."""

    def __init__(self, stage: Stage, seed: int, until: float) -> None:
        self.stage, self.until = stage, until
        self.done: dict[str, int] = {}
        self.recovered: dict[str, list[float]] = {}
        self.failures: list[str] = []
        decks = {"processes": PROCESSES, "surroundings": SURROUNDINGS[stage.engine]}
        self._hands = [
            threading.Thread(target=self._play, args=(deck, random.Random(f"{seed} {name}")), name=name)
            for name, deck in decks.items()
        ]

    def start(self) -> None:
        for hand in self._hands:
            hand.start()

    def join(self) -> None:
        for hand in self._hands:
            hand.join()

    def _play(self, deck: list[Breakage], chance: random.Random) -> None:
        cards: list[Breakage] = []
        while time.monotonic() < self.until:
            cards = cards or chance.sample(deck, len(deck))
            breakage = cards.pop()
            try:
                began = breakage(self.stage, chance) or time.monotonic()
            except Exception as error:  # noqa: BLE001 - the outermost edge of this hand
                self.failures.append(f"{breakage.__name__} could not be done: {type(error).__name__}: {error}")
                return
            name = breakage.__name__.replace("_", " ")
            self.done[name] = self.done.get(name, 0) + 1
            self.stage.skip_halt()
            if threading.current_thread() is self._hands[0]:
                _supervise(self.stage)
            time.sleep(chance.uniform(0.1, 0.6))
            self._note(name, began)

    def _note(self, name: str, began: float) -> None:
        after = [m.at - began for m in self.stage.sink.accepted[-2000:] if m.at > began]
        if after:
            self.recovered.setdefault(name, []).append(after[0])


def run(stage: Stage, seed: int, seconds: float) -> Outcome:
    """Issue alerts of every lane to a ward each while things break, heal everything, drain, count."""
    chance = random.Random(f"{seed} sends")
    stage.sink.refuse.update(REFUSALS)
    stage.start(*ROLES)
    stage.wait_for(lambda: "doorbell heard" in stage.logs(), "the bell", within=60)
    mix = Mix(stage, seed, time.monotonic() + seconds)
    mix.start()
    taken_back = _issue_all(stage, chance, seconds)
    mix.join()
    _supervise(stage)
    drained = stage.rest(or_else=lambda: _supervise(stage))
    refused = {n: "failed" for names in stage.people.values() for n in names if n[:4] in REFUSALS}
    kept = [send for send in stage.sends if send is not taken_back[0]]
    verdict = judge(stage, kept, deaths=stage.buried(), refused=refused, commands=True)
    broken = [*verdict.broken, *mix.failures, *_stopped(stage, *taken_back), *stage.complaints]
    return Outcome(verdict, mix.done, mix.recovered, stage.held, drained, broken)


def _issue_all(stage: Stage, chance: random.Random, seconds: float) -> tuple[Send, float]:
    """Each ward gets one alert, spread over the first half; a bulk one is withdrawn while it goes."""
    for ward in range(WARDS):
        send = stage.issue(ward, list(LANES)[ward % 3])
        time.sleep(chance.uniform(0.2, 0.8) * seconds / 2 / WARDS)
        if ward == 5:
            time.sleep(0.2)
            stage.insist(partial(withdraw, stage.inside, send.notice_id.partition(":")[2], who="editor"))
            withdrawn = send, time.monotonic()
        if ward == 7:
            for name in chance.sample(stage.people[8], 20):
                stage.insist(partial(people.leave, stage.inside, stage.ids[name], how="link"))
                stage.people[8].remove(name)
    return withdrawn


def _supervise(stage: Stage) -> None:
    """Start again what ended by itself, as `engage up` does: a process does not start on a full disk."""
    for role in ROLES:
        if not stage.processes[role].is_alive():
            stage.start(role)


def _stopped(stage: Stage, send: Send, moment: float) -> list[str]:
    """P6: after the commit of a withdrawal at most a window a connection goes; who was told is told of it, once."""
    late = [m for m in stage.sink.accepted if m.at > moment and subject_of(m) == send.title]
    most = THREADS * WINDOWS[send.lane]
    broken = [f"P6: {len(late)} copies went after the withdrawal, at most {most}"] if len(late) > most else []
    told = {m.to for m in stage.sink.accepted if subject_of(m) == send.title}
    again = [m.to for m in stage.sink.accepted if subject_of(m) == f"Withdrawn: {send.title}"]
    if len(again) != len(set(again)):
        broken.append("P7: somebody was told twice of a withdrawal")
    doubtful = stage.named(send.notice_id, version=2)
    if missed := told - set(again) - doubtful:
        broken.append(f"P7: {len(missed)} who were told were not told of the withdrawal")
    return broken
