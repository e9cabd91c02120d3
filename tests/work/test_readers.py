"""Whatever staff do, and whenever a calendar app looks: it ends up showing what the files declare."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from actors import boot
from actors.registry import REACTIONS
from engage.app import App, build
from engage.domain.feeds import GONE_KEPT, MONTHS_KEPT, months_before
from engage.store.house import Process
from engage.work import days
from tests.conftest import NOON, settings_for
from tests.office import OFFICE_TOML, TALKS_HEAD, Clock, Office, apply, meeting, write_office
from tests.work.readers import Reader, Shown, by_last_modified, by_sequence, take_all

# How many sequences of edits; a long run sets it to some thousands.
EXAMPLES = int(os.environ.get("ENGAGE_TEST_EDITS", "12"))
PATHS = ("all.ics", "village-talks/venue/quay.ics")
VENUES = {"hall": "1 Green Street, Eastfield, ZZ1 4AA", "quay": "Quay, Harbour, ZZ3 1AA"}
LENGTH = timedelta(minutes=90)

some_id = st.sampled_from(["winter-a", "winter-b", "harbour-a", "new-a", "new-b"])
some_start = st.builds(
    lambda day, hour: datetime(2026, 11, 20, hour, 30) + timedelta(days=day),
    st.integers(0, 60),
    st.sampled_from([10, 18, 19]),
)
some_word = st.sampled_from(["Ash", "Birch", "Cedar"])
some_pause = st.sampled_from([0.0, 0.0, 0.3, 0.9, 1.0, 61.0, 7_200.0])


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A meeting as staff wrote it. `removed` is no word of theirs: it has left the file before its end."""

    starts: datetime
    title: str
    venue: str
    status: str = "confirmed"
    reason: str | None = None

    def toml(self, entry_id: str) -> str:
        told = {"title": self.title, "venue": self.venue, "status": self.status, "reason": self.reason}
        return meeting(entry_id, f"{self.starts:%Y-%m-%dT%H:%M:%S}", **told)

    @property
    def is_gone(self) -> bool:
        return self.status in {"cancelled", "removed"}

    def last_shown(self, today: datetime) -> bool:
        """What is gone leaves the feed a month after its date, the rest after 13 months."""
        date, day = (self.starts + LENGTH).date(), today.date()
        return date >= months_before(day, MONTHS_KEPT) and (not self.is_gone or day <= date + GONE_KEPT)

    def shown(self, names: dict[str, str]) -> dict[str, str]:
        ends = self.starts + LENGTH
        return {
            "SUMMARY": f"CANCELLED: {self.title}" if self.is_gone else self.title,
            "STATUS": "CANCELLED" if self.is_gone else self.status.upper(),
            "DTSTART": f"TZID=Europe/London:{self.starts:%Y%m%dT%H%M%S}",
            "DTEND": f"TZID=Europe/London:{ends:%Y%m%dT%H%M%S}",
            "LOCATION": f"{names[self.venue]}, {VENUES[self.venue]}".replace(",", r"\,"),
            "CATEGORIES": names["community"],
            "CONTACT": rf"{names['office']}\, ocs@example.org\, {names['phone']}",
        }


class Edits(RuleBasedStateMachine):
    """Staff edit files and save; apps poll now and then. What is saved is applied and published as in production."""

    template: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp(prefix="engage-edits-"))
        shutil.copy(self.template, self.folder / "engage.sqlite3")
        self.clock = Clock(NOON)
        self.office: Office = write_office(self.folder / "calendars")
        url = f"sqlite:///{self.folder / 'engage.sqlite3'}"
        self.app: App = build(settings_for(url, self.folder, self.office.folder), clock=self.clock)
        boot.remember(boot.Running(app=self.app, process=PROCESS))
        self.names = {"hall": "Village Hall", "quay": "Quay House", "community": "Community"}
        self.names |= {"office": "Westmark OCS", "phone": "01632 960001"}
        self.files = {
            "winter-a": Declared(starts=datetime(2026, 11, 24, 18, 30), title="Talk winter-a", venue="hall"),
            "winter-b": Declared(starts=datetime(2026, 12, 8, 18, 30), title="Talk winter-b", venue="hall"),
            "harbour-a": Declared(starts=datetime(2026, 12, 15, 18, 30), title="Talk harbour-a", venue="quay"),
        }
        self.applied = dict(self.files)  # what the last apply made true, tombstones included
        self.named = {entry_id: dict(self.names) for entry_id in self.files}  # as of when each was last rendered
        self.readers = [
            Reader(path=path, takes=takes, asks_by=asks_by, forgets=forgets)
            for path in PATHS
            for takes in (take_all, by_sequence, by_last_modified)
            for asks_by in ("etag", "since")
            for forgets in (True, False)
        ]
        self.start_day()

    def teardown(self) -> None:
        self.save()
        for reader in self.readers:
            self.look(reader)
        self.app.database.close()
        shutil.rmtree(self.folder)

    # staff

    @rule(entry_id=some_id, starts=some_start, title=some_word, venue=st.sampled_from(list(VENUES)))
    def add_or_put_back(self, entry_id: str, starts: datetime, title: str, venue: str) -> None:
        if entry_id not in self.files:
            self.files[entry_id] = Declared(starts=starts, title=title, venue=venue)

    @rule(entry_id=some_id, starts=some_start)
    def move(self, entry_id: str, starts: datetime) -> None:
        self.edit(entry_id, starts=starts)

    @rule(entry_id=some_id, title=some_word)
    def retitle(self, entry_id: str, title: str) -> None:
        self.edit(entry_id, title=title)

    @rule(entry_id=some_id, venue=st.sampled_from(list(VENUES)))
    def relocate(self, entry_id: str, venue: str) -> None:
        self.edit(entry_id, venue=venue)

    @rule(entry_id=some_id, status=st.sampled_from(["confirmed", "tentative", "cancelled"]))
    def decide(self, entry_id: str, status: str) -> None:
        self.edit(entry_id, status=status, reason="The hall is flooded" if status == "cancelled" else None)

    @rule(entry_id=some_id)
    def delete(self, entry_id: str) -> None:
        self.files.pop(entry_id, None)

    @rule(order=st.randoms(use_true_random=False))
    def reorder(self, order: object) -> None:
        ids = list(self.files)
        order.shuffle(ids)  # type: ignore[attr-defined]
        self.files = {entry_id: self.files[entry_id] for entry_id in ids}

    @rule(what=st.sampled_from(["hall", "quay", "community", "office", "phone"]), word=some_word)
    def rename(self, what: str, word: str) -> None:
        self.names[what] = word

    def edit(self, entry_id: str, **changed: object) -> None:
        if entry_id in self.files:
            self.files[entry_id] = replace(self.files[entry_id], **changed)

    # the system

    @rule(pause=some_pause)
    def save(self, pause: float = 0.0) -> None:
        """Write the files, apply and publish, as soon as within the second of the save before."""
        self.clock.move(seconds=pause)
        self.start_day()
        self.office.write("office.toml", self.office_toml())
        self.office.write("village-talks.toml", self.talks_toml())
        waiting = apply(self.app)
        if waiting.waits_for:
            apply(self.app, confirm=waiting.fingerprint)
        self.work()
        self.note_applied()

    @rule(passed=st.integers(1, 20))
    def let_days_pass(self, passed: int) -> None:
        self.clock.move(days=passed)
        self.start_day()

    def start_day(self) -> None:
        if days.keep_day(self.app):
            self.work()

    def work(self) -> None:
        """What the workers do about feeds; messages are another test's."""
        while ready := self.ready():
            for task_id, actor in ready:
                REACTIONS[actor](task_id)

    def ready(self) -> list[tuple[int, str]]:
        with self.app.reading() as unit:
            return [(t.id, t.actor) for t in unit.tasks.ready() if t.actor in {"start_day", "publish_feeds"}]

    def note_applied(self) -> None:
        now = self.clock.now.replace(tzinfo=None)  # in winter, London's clock
        for entry_id, before in self.applied.items():
            if entry_id not in self.files and before.status != "removed" and before.starts + LENGTH > now:
                self.applied[entry_id] = replace(before, status="removed", reason=None)
                self.named[entry_id] = dict(self.names)
        self.applied |= self.files
        self.named |= {entry_id: dict(self.names) for entry_id in self.files}

    def office_toml(self) -> str:
        told = OFFICE_TOML.replace('name = "Community"', f'name = "{self.names["community"]}"')
        told = told.replace("Westmark OCS", self.names["office"])
        return told.replace("01632 960001", self.names["phone"])

    def talks_toml(self) -> str:
        head = TALKS_HEAD.replace("Village Hall", self.names["hall"]).replace("Quay House", self.names["quay"])
        return head + "".join(f"\n{declared.toml(entry_id)}" for entry_id, declared in self.files.items())

    # apps

    @rule(numbers=st.frozensets(st.integers(0, 23), min_size=6), pause=some_pause)
    def poll(self, numbers: frozenset[int], pause: float) -> None:
        """Some look now, and again after the next save."""
        for number in numbers:
            self.look(self.readers[number])
        self.save(pause)
        for number in numbers:
            self.look(self.readers[number])

    def look(self, reader: Reader) -> None:
        """Poll; it must now show what was applied last. What left the feed is gone, but for those who never delete."""
        with self.app.reading() as unit:
            (published,) = [feed for feed in unit.feeds.since(0) if feed.path == reader.path]
        reader.poll(published)
        wanted = dict(self.declared(reader.path))
        found = {uid.partition("@")[0]: shown for uid, shown in reader.entries.items()}
        assert set(found) == set(wanted) or (not reader.forgets and set(found) > set(wanted)), reader
        for entry_id, shown in wanted.items():
            assert picked(found[entry_id], shown) == shown, (reader.path, reader.takes.__name__, reader.asks_by)

    def declared(self, path: str) -> Iterator[tuple[str, dict[str, str]]]:
        for entry_id, entry in self.applied.items():
            if entry.last_shown(self.clock.now) and (path == "all.ics" or entry.venue == "quay"):
                yield entry_id, entry.shown(self.named[entry_id])


PROCESS = Process(id="hand", role="worker", host="test", boot_id="test", pid=0, threads={})


def picked(shown: Shown, wanted: dict[str, str]) -> dict[str, str]:
    return {name: shown[name] for name in wanted}


@pytest.mark.timeout(0)
def test_every_reader_ends_up_with_what_is_declared(applied_sqlite: Path):
    """C40 to C44, C53 to C55, C08: any edits in any order, with polls, days and saves within one second between them."""
    Edits.template = applied_sqlite
    run_state_machine_as_test(
        Edits,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=40,
            deadline=None,
            phases=[phase for phase in Phase if phase is not Phase.shrink or EXAMPLES > 100],  # it takes minutes
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
