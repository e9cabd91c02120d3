"""A large office as residents meet it: 5,000 meetings of a programme and 13,000 subscribers, behind the website alone."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engage.app import App
from engage.domain.calendars import Office
from tests.bench.edits import running
from tests.bench.ground import admit
from tests.bench.meetings import write_meetings
from tests.bench.polls import published, wait_for
from tests.flows.system import System
from tests.work.notices import issue

MEETINGS, PEOPLE, AREA = 5000, 13_000, "hartlepool"
PROGRAMME = "\n[programme]\nopening = { count = 650, on = 2019-03-31 }\nmilestones = { every = 50 }\n"
CONCERN = """\
concerns = [
  {{ id = "lamps", raised = "The lamps in our street are out, and nobody walks there after dark." }},
  {{ id = "bikes", raised = "Bikes tear up the green.", outcome = "Officers seized four of them.", on = {on} }},
]
"""


@dataclass(frozen=True)
class Town:
    """The website is up at *base*; *held* and *coming* are ids of meetings."""

    system: System
    office: Office
    held: list[str]
    coming: list[str]

    @property
    def base(self) -> str:
        return self.system.base_url


@contextmanager
def town(people: int) -> Iterator[Town]:
    """Every request may say where it comes from, so that a run is not one network's."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)  # nginx serves as another account
        _write(folder / "calendars")
        with running(folder, folder / "calendars") as system:
            system.more["ENGAGE_TRUSTED_PROXIES"] = "127.0.0.1"
            made = _filled(system, people)
            system.start("web")
            wait_for(system.port, system.data / "web.log")
            yield made


def _write(folder: Path) -> None:
    """Half of the meetings are of a programme; at every tenth that is over something was raised."""
    today = datetime.now(UTC).date()
    for path in write_meetings(folder, MEETINGS, files=2, today=today):
        text = path.read_text().replace('duration = "1h30m"\n', f'duration = "1h30m"\n{PROGRAMME}', 1)
        head, *meetings = text.split("[[meeting]]\n")
        over = MEETINGS // 2 // 3
        for at in range(0, over - 60, 10):
            meetings[at] = meetings[at].rstrip("\n") + "\n" + CONCERN.format(on=today - timedelta(30)) + "\n"
        path.write_text("[[meeting]]\n".join([head, *meetings]))
    office = folder / "office.toml"
    office.write_text(re.sub(r"(?m)^approve_above = .*$", "approve_above = 1000000", office.read_text()))


def _filled(system: System, people: int) -> Town:
    app = published(system)
    admit(app, "person", people, AREA)
    for number in range(3):
        issue(app, f"alert-{number}", areas=(AREA,))
    made = _seen(app, system)
    app.database.close()
    return made


def _seen(app: App, system: System) -> Town:
    with app.reading() as unit:
        office = unit.schedule.office()
        entries = [revision.entry for revision in unit.schedule.revisions()]
    assert office is not None
    held = [entry.id for entry in entries if entry.ends_at <= app.now]
    coming = [entry.id for entry in entries if entry.ends_at > app.now]
    return Town(system, office, held, coming)
