"""What became of everybody, counted at the sink; our own tables are only asked what they say of those who got nothing."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from engage.channels.email import CONNECTIONS
from engage.store.schema import delivery
from tests.faults.sink import subject_of
from tests.faults.stage import LANES, Send, Stage

THREADS = 5  # of a worker: four, and the one that looks for itself
WINDOWS = {"urgent": CONNECTIONS, "normal": CONNECTIONS, "bulk": max(10, CONNECTIONS)}  # of all connections of a thread
PREFIX = {"urgent": "Urgent: ", "normal": "Warning: ", "bulk": ""}
NAMED = ("failed", "suppressed", "expired", "cancelled", "parked", "ambiguous", "dead")


@dataclass
class Lane:
    """One lane's count. *doubled* are extra copies; *bound* is how many P3 allows."""

    planned: int = 0
    arrived: int = 0
    lost: int = 0
    doubled: int = 0
    bound: int = 0
    doubt_bound: int = 0
    states: Counter[str] = field(default_factory=Counter)  # of those who got nothing

    @property
    def ambiguous(self) -> int:
        return self.states["ambiguous"]


@dataclass
class Verdict:
    lanes: dict[str, Lane]
    broken: list[str]

    @property
    def lost(self) -> int:
        return sum(lane.lost for lane in self.lanes.values())

    @property
    def doubled(self) -> int:
        return sum(lane.doubled for lane in self.lanes.values())


def judge(
    stage: Stage,
    sends: Sequence[Send],
    *,
    deaths: int,
    refused: Mapping[str, str] | None = None,
    commands: bool = False,
) -> Verdict:
    """Count *sends*. *deaths*: processes or sessions that ended in mid-send; *refused*: name -> its last state."""
    arrived, states = _arrived(stage), _states(stage)
    cuts = Counter(to.partition("@")[0] for to in stage.sink.unanswered)
    lanes = {lane: Lane() for lane in LANES}
    refused = refused or {}
    broken: list[str] = []
    doubt: set[int] = set()
    for send in sends:
        lane = lanes[send.lane]
        got = arrived[PREFIX[send.lane] + send.title]
        rows = states[send.notice_id]
        missing = send.people - set(got)
        lane.planned += len(send.people)
        lane.arrived += len(set(got) & send.people)
        lane.doubled += sum(got.values()) - len(got)
        named = {name: rows[name][0] for name in missing if name in rows and rows[name][0] in NAMED}
        lane.lost += len(missing) - len(named)
        lane.states.update(named.values())
        doubt |= {rows[name][1] for name in rows if rows[name][0] == "ambiguous"}
        broken += [f"{send.title}: {name} is no subscriber of it" for name in set(got) - send.people]
        broken += _unexpected(send, rows, got, refused)
    cuts_in = _cuts_by_lane(sends, cuts)
    for name, lane in lanes.items():
        most = deaths * THREADS * WINDOWS[name]
        lane.bound = most + cuts_in if name == "urgent" else 0
        lane.doubt_bound = most + cuts_in
        broken += _promises(name, lane)
    if commands:
        broken += _as_listed(stage, doubt)
    return Verdict(lanes, broken)


def _arrived(stage: Stage) -> dict[str, Counter[str]]:
    """Subject -> how often each person's copy was accepted."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for message in tuple(stage.sink.accepted):
        found[subject_of(message)][message.to.partition("@")[0]] += 1
    return found


def _states(stage: Stage) -> dict[str, dict[str, tuple[str, int]]]:
    """Notice -> person -> (state, id) of its first version's row; the daily proof that mail arrives is no person."""
    names = {id: name for name, id in stage.ids.items()}
    columns = (delivery.c.id, delivery.c.notice_id, delivery.c.recipient_id, delivery.c.state)
    found: dict[str, dict[str, tuple[str, int]]] = defaultdict(dict)
    with stage.inside.reading() as unit:
        for row in unit.conn.execute(select(*columns).where(delivery.c.version == 1)):
            if row.recipient_id in names:
                found[row.notice_id][names[row.recipient_id]] = (str(row.state), row.id)
    return found


def _unexpected(
    send: Send, rows: Mapping[str, tuple[str, int]], got: Mapping[str, int], refused: Mapping[str, str]
) -> Iterator[str]:
    """Rows that say something else than what the sink did to that person."""
    for name in send.people:
        state = rows[name][0] if name in rows else "missing"
        if state in ("failed", "suppressed") and name not in refused:
            yield f"{send.title}: {name} was never refused and is {state}"
        if name in refused and name in got:
            yield f"{send.title}: {name} was refused and yet accepted"


def _cuts_by_lane(sends: Sequence[Send], cuts: Counter[str]) -> int:
    """Answers that the sink withheld after it had accepted: each may be one copy more, or one doubt."""
    everybody = frozenset().union(*(send.people for send in sends)) if sends else frozenset()
    return sum(n for name, n in cuts.items() if name in everybody)


def _promises(name: str, lane: Lane) -> list[str]:
    broken = []
    if lane.lost:
        broken.append(f"P3: {lane.lost} lost in the {name} lane")
    if lane.doubled > lane.bound:
        broken.append(f"P3: {lane.doubled} doubled in the {name} lane, at most {lane.bound}")
    if lane.ambiguous > lane.doubt_bound:
        broken.append(f"P3: {lane.ambiguous} ambiguous in the {name} lane, at most {lane.doubt_bound}")
    return broken


def _as_listed(stage: Stage, doubt: set[int]) -> list[str]:
    """P1 and P10 as staff see them: the audit's exit code, and the list of what may or may not have gone."""
    broken = []
    code, said = stage.command("deliveries audit")
    if code:
        broken.append(f"P1: the audit says {said.strip()!r}")
    _, said = stage.command("deliveries list --state ambiguous --limit 100000 --json")
    listed = {row["id"] for row in json.loads(said[said.index("[") :])}
    if not doubt <= listed:
        broken.append(f"P10: {len(doubt - listed)} ambiguous deliveries are not listed")
    return broken
