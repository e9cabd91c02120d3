"""Law 4 as a property: whatever staff, residents, servers and crashes do, a person has each version once per channel."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from types import SimpleNamespace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from engage import faults
from engage.app import App, build
from engage.channels.base import Letter
from engage.channels.message import Headings, Skeleton, compose
from engage.domain.alerts import Severity
from engage.domain.outcomes import Outcome, Refused, Sent, TryAgain, Unknown
from engage.domain.people import Frequency, Wanted
from engage.work import alerts, days, people, relay, repairs
from tests.conftest import NOON, settings_for
from tests.faults.points import WALKED_BY
from tests.office import Clock, add_people, audit_holds, settle
from tests.work.notices import alert, take_one

AREAS = ("westmark", "eastfield", "mill-lane", "harbour")
WITHIN = {"mill-lane": "eastfield", "eastfield": "westmark", "harbour": "westmark"}
PEOPLE = 5
TITLE = re.compile(r"^(?:\* )?((?:Withdrawn: )?)(?:Correction: |Urgent: |Warning: )?(Notice \S+)$", re.MULTILINE)
OPEN = ("ambiguous", "failed", "dead")  # states that say to staff that somebody may have got nothing

Told = tuple[str, str]  # to whom, and the title with its version


@dataclass
class Server:
    """A channel that keeps what it accepted and answers as told; what it says of a letter it may still have taken."""

    told: Counter[Told] = field(default_factory=Counter)
    excused: Counter[Told] = field(default_factory=Counter)
    answers: list[str] = field(default_factory=list)
    name: str = "email"
    repeatable: bool = False
    findable: bool = False
    rate: None = None
    connections: int = 1

    def connect(self) -> Server:
        return self

    def close(self) -> None:
        pass

    def build(self, render: Callable[[str], str], headings: Headings) -> Skeleton:
        return compose(render, headings)

    def send(self, letters: Sequence[Letter], _following: Sequence[Letter] = (), /) -> Iterator[Outcome]:
        for letter in letters:
            answer = self.answers.pop() if self.answers else "taken"
            if answer in ("taken", "taken, unanswered"):
                titles = titles_of(letter)
                self.told.update((letter.to, title) for title in titles)
                if answer == "taken, unanswered":
                    self.excused.update((letter.to, title) for title in titles if "-urgent-" in title)
            yield {
                "taken": Sent("ok"),
                "taken, unanswered": Unknown("gone"),
                "unanswered": Unknown("gone"),
                "busy": TryAgain("busy"),
                "unwanted": Refused("no", "policy"),
            }[answer]


def titles_of(letter: Letter) -> list[str]:
    """What the letter tells, by its subject, or by the items of a digest."""
    message = message_from_bytes(letter.content, policy=policy.default)
    found = TITLE.findall(str(message["Subject"]))
    if not found:
        found = TITLE.findall(message.get_body(("plain",)).get_content().replace("\r\n", "\n"))
    assert found, "a letter that tells nothing"
    return [withdrawn + title for withdrawn, title in found]


class Killed(BaseException):
    """The process ends here: nobody catches it."""


@contextmanager
def killed_at(point: str, n: int) -> Iterator[None]:
    def die(*_: object) -> None:
        raise Killed

    before, faults.os = faults.os, SimpleNamespace(kill=die, getpid=os.getpid)  # type: ignore[assignment]
    try:
        with faults.armed(f"{point}:{n}:kill"):
            yield
    finally:
        faults.os = before


def concerns(followed: Sequence[str], area: str) -> bool:
    """An area is near when it is the same, around or inside."""

    def around(one: str) -> set[str]:
        return {one} | (around(WITHIN[one]) if one in WITHIN else set())

    return not followed or any(area in around(one) or one in around(area) for one in followed)


class Rehearsal(RuleBasedStateMachine):
    template: Path

    @initialize(first=st.lists(st.sets(st.sampled_from(AREAS)), min_size=PEOPLE, max_size=PEOPLE))
    def people_join(self, first: list[set[str]]) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=self.template.parent))
        shutil.copy(self.template, self.folder / "engage.sqlite3")
        self.clock = Clock(NOON)
        url = f"sqlite:///{self.folder / 'engage.sqlite3'}"
        self.server = Server()
        built = build(settings_for(url, self.folder, self.folder), clock=self.clock)
        self.app: App = replace(built, channels={"email": self.server})
        self.follows = {f"p{i}": tuple(sorted(areas)) for i, areas in enumerate(first)}
        joining = ((name, Wanted(kinds=("alerts",), areas=areas)) for name, areas in self.follows.items())
        self.ids = add_people(self.app, *joining)
        self.versions: dict[str, int] = {}
        self.withdrawn: set[str] = set()
        self.entitled: dict[str, set[str]] = {}  # title -> who it concerned when it was announced
        self.left: dict[str, Counter[Told]] = {}
        self.kills = 0

    def teardown(self) -> None:
        if not hasattr(self, "app"):
            return
        try:
            self._let_a_week_pass()
            self.everybody_was_told()
        finally:
            self.app.database.close()
            shutil.rmtree(self.folder)

    # staff
    @rule(area=st.sampled_from(AREAS), severity=st.sampled_from(Severity))
    def issue(self, area: str, severity: Severity) -> None:
        id = f"n{len(self.versions)}-{severity}-{area}"
        self.versions[id] = 0
        self._tell(id)

    @rule(which=st.integers(0, 20))
    def correct(self, which: int) -> None:
        if standing := [id for id in self.versions if id not in self.withdrawn]:
            self._tell(standing[which % len(standing)])

    @rule(which=st.integers(0, 20))
    def withdraw(self, which: int) -> None:
        if standing := [id for id in self.versions if id not in self.withdrawn]:
            id = standing[which % len(standing)]
            self.withdrawn.add(id)
            alerts.withdraw(self.app, id, who="editor")
            take_one(self.app, "announce_alert")
            self._tick()

    def _tell(self, id: str) -> None:
        """Issue the next version; whom it concerns is settled when it is announced, which is at once here."""
        self.versions[id] += 1
        _, severity, area = id.split("-", 2)
        title = f"Notice {id}/{self.versions[id]}"
        made = alert(self.app, id, hours=900, title=title, areas=(area,), severity=Severity(severity))
        alerts.send(self.app, made, title, who="editor")
        take_one(self.app, "announce_alert")
        self.entitled[title] = {n for n, f in self.follows.items() if n not in self.left and concerns(f, area)}
        self._tick()

    # residents
    @rule(who=st.integers(0, PEOPLE - 1), areas=st.sets(st.sampled_from(AREAS)), often=st.sampled_from(Frequency))
    def change(self, who: int, areas: set[str], often: Frequency) -> None:
        name = f"p{who}"
        self.follows[name] = tuple(sorted(areas))
        wanted = Wanted(kinds=("alerts",), areas=self.follows[name], frequency=often, digest_day=who)
        people.change(self.app, self.ids[name], wanted)
        self._tick()

    @rule(who=st.integers(0, PEOPLE - 1))
    def leave(self, who: int) -> None:
        people.leave(self.app, self.ids[f"p{who}"], how="link")
        self.left.setdefault(f"p{who}", self._told_to(f"p{who}"))
        self._tick()

    # the machine
    @rule(
        answers=st.lists(st.sampled_from(["taken", "taken, unanswered", "unanswered", "busy", "unwanted"]), max_size=6)
    )
    def work(self, answers: list[str]) -> None:
        self.server.answers = answers
        settle(self.app)
        self.server.answers = []
        self._tick()

    @rule(point=st.sampled_from(sorted(WALKED_BY)), n=st.integers(1, 4))
    def die_at_work(self, point: str, n: int) -> None:
        with killed_at(point, n):
            try:
                settle(self.app)
            except Killed:
                self.kills += 1
                with self.app.unit() as unit:
                    relay.bury(unit, "hand", same_boot=True, crashed=True)
        self._tick()

    @rule(point=st.sampled_from(sorted(WALKED_BY)), n=st.integers(1, 4))
    def fail_at_work(self, point: str, n: int) -> None:
        with faults.armed(f"{point}:{n}:raise"), suppress(RuntimeError):
            settle(self.app)
        self.kills += 1  # what was in hand counts as in doubt
        self._tick()

    @rule(minutes=st.sampled_from([1, 10, 90]))
    def wait(self, minutes: int) -> None:
        self.clock.move(minutes=minutes)
        days.keep_day(self.app)

    @rule()
    def try_again(self) -> None:
        """Staff send again what may not have gone: who had it may get it twice, and that is theirs to weigh."""
        with self.app.reading() as unit:
            doubtful = [row for state in OPEN for row in unit.audits.rows(state=state)]
        for row in doubtful:
            name = next(n for n, id in self.ids.items() if id == row.recipient_id)
            if row.state == "ambiguous":
                self.server.excused.update(dict.fromkeys(self._told_to(name), 1))
        for notice_id in {row.notice_id for row in doubtful}:
            repairs.retry(self.app, None, notice_id)
        self._tick()

    def _tick(self) -> None:
        self.clock.move(seconds=1)

    def _told_to(self, name: str) -> Counter[Told]:
        return Counter({told: n for told, n in self.server.told.items() if told[0] == f"{name}@example.org"})

    # what always holds
    @invariant()
    def the_ledger_comes_out(self) -> None:
        if hasattr(self, "app"):
            audit_holds(self.app)

    @invariant()
    def nobody_is_told_twice(self) -> None:
        for told, n in self.server.told.items() if hasattr(self, "app") else ():
            repeats = self.kills if "-urgent-" in told[1] else 0  # urgent is at least once, one more a crash
            assert n <= 1 + repeats + self.server.excused[told], told

    @invariant()
    def nobody_hears_from_us_after_leaving(self) -> None:
        for name, told in self.left.items() if hasattr(self, "app") else ():
            assert self._told_to(name) == told

    # what holds in the end
    def _let_a_week_pass(self) -> None:
        settle(self.app)
        for day in range(1, 9):
            self.clock.move(max(self.clock.now, _at(day, 9)))  # planned the day before
            days.keep_day(self.app)
            settle(self.app)
        self.the_ledger_comes_out()
        self.nobody_is_told_twice()
        self.nobody_hears_from_us_after_leaving()

    def everybody_was_told(self) -> None:
        """Whom the newest version concerned, or an older one had reached, has it, or is listed as not having it."""
        for id, version in self.versions.items():
            newest = f"Notice {id}/{version}"
            had = {told[0] for told in self.server.told if told[1].startswith(f"Notice {id}/")}
            if id in self.withdrawn:
                newest, wanted = f"Withdrawn: {newest}", {to.partition("@")[0] for to in had}
            else:
                wanted = self.entitled[newest] | {to.partition("@")[0] for to in had}
            for name in wanted - set(self.left):
                assert self.server.told[f"{name}@example.org", newest] or self._is_listed(name), (name, newest)

    def _is_listed(self, name: str) -> bool:
        with self.app.reading() as unit:
            return any(
                row.recipient_id == self.ids[name] for s in OPEN for row in unit.audits.rows(state=s, limit=1000)
            )


def _at(day: int, hour: int) -> datetime:
    return NOON.replace(hour=hour) + timedelta(days=day)


def test_everybody_is_told_once_whatever_happens(unguarded_sqlite: Path):
    """Law 4 and P7, and P1 after every step."""
    Rehearsal.template = unguarded_sqlite
    few = int(os.environ.get("ENGAGE_TOLD_ONCE", "4"))
    unhurried = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))
    quick = settings(unhurried, max_examples=few, stateful_step_count=15)
    run_state_machine_as_test(Rehearsal, settings=quick)


def test_who_was_in_hand_when_the_work_failed_is_told(unguarded_sqlite: Path):
    """The last alert for a week: nothing else comes by that would find what a thread left behind."""
    Rehearsal.template = unguarded_sqlite
    rehearsal = Rehearsal()
    rehearsal.people_join([{"eastfield"}] * PEOPLE)
    rehearsal.issue("eastfield", Severity.URGENT)
    rehearsal.fail_at_work("claimed", 1)
    rehearsal.teardown()
