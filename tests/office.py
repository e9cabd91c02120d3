"""An invented office whose files a test can edit, the cast of people, and a hand that drives the machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from engage.app import App
from engage.channels.mailbox import list_mail
from engage.domain.people import Wanted
from engage.work import calendars, relay
from engage.work.plans import Applied

OFFICE_TOML = """\
[office]
name = "Office for Community Safety of Westmark"
short_name = "Westmark OCS"
email = "ocs@example.org"
phone = "01632 960001"
website = "https://www.example.org"
timezone = "Europe/London"
uid_domain = "westmark.example.org"
colour = "#00703c"

[[area]]
id = "westmark"
name = "Westmark"
[[area]]
id = "eastfield"
name = "Eastfield"
within = "westmark"
postcodes = ["ZZ1", "ZZ2"]
[[area]]
id = "mill-lane"
name = "Mill Lane"
within = "eastfield"
postcodes = ["ZZ1 4"]
[[area]]
id = "harbour"
name = "Harbour"
within = "westmark"
postcodes = ["ZZ2", "ZZ3"]

[[topic]]
id = "burglary"
name = "Burglary"
[[topic]]
id = "fraud"
name = "Fraud"
[[topic]]
id = "community"
name = "Community"

[[staff]]
id = "editor"
name = "Sample Editor"
email = "editor@example.org"
may = ["write"]
[[staff]]
id = "approver"
name = "Sample Approver"
email = "approver@example.org"
may = ["write", "approve"]
"""

TALKS_HEAD = """\
[calendar]
name = "Village Talks"
description = "Meet us where you live"
topics = ["community"]
reminders = [{ before = "1 day" }]
duration = "90 min"

[programme]
opening = { count = 695, on = 2026-10-31 }
milestones = { every = 50 }
announce_ahead = 2

[[venue]]
id = "hall"
name = "Village Hall"
address = "1 Green Street, Eastfield"
postcode = "ZZ1 4AA"
area = "eastfield"
geo = [54.5, -1.2]
access = { step_free = true, hearing_loop = true }

[[venue]]
id = "quay"
name = "Quay House"
address = "Quay, Harbour"
postcode = "ZZ3 1AA"
area = "harbour"
"""

TIPS_TOML = """\
[[tip]]
id = "lock-doors"
title = "Lock the back door"
text = "Most burglars walk in through a door that is not locked. Check the back door before you go to bed tonight."
short = "Check that the back door is locked before you go to bed."
topics = ["burglary"]

[[tip]]
id = "dark-nights"
title = "Leave a light on"
text = "A light on a timer tells a burglar that somebody may be at home. Set one for the hour at which it gets dark."
short = "Set a light on a timer for the dark evenings."
topics = ["burglary"]
months = [10, 11, 12, 1, 2]

[[tip]]
id = "scam-calls"
title = "Hang up on a scam call"
text = "Your bank never asks you to move money to keep it safe. Hang up, wait, and dial 159 to reach your bank."
short = "Your bank never asks you to move money. Hang up and dial 159."
topics = ["fraud"]
"""


class Clock:
    """A clock that stands still; calling it tells the time."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, to: datetime | None = None, **by: float) -> None:
        """Step to a moment, or by `hours=3`."""
        self.now = to if to is not None else self.now + timedelta(**by)


@dataclass
class Office:
    """Staff's folder. `meeting` writes what a person would type."""

    folder: Path

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def talks(self, *blocks: str) -> None:
        """Write village-talks.toml: the head and these blocks."""
        self.write("village-talks.toml", TALKS_HEAD + "".join(f"\n{block}" for block in blocks))


def meeting(entry_id: str, starts: str, **keys: object) -> str:
    """One `[[meeting]]` as TOML; texts are quoted, lists and numbers written as they are."""
    lines = ["[[meeting]]", f'id = "{entry_id}"', f"starts = {starts}"]
    keys.setdefault("title", f"Talk {entry_id}")
    keys.setdefault("venue", "hall")
    for key, value in keys.items():
        if value is not None:
            shown = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else value
            lines.append(f"{key} = {shown}")
    return "\n".join(lines) + "\n"


def unguarded() -> str:
    """The office, in which a send of any size, and any number of them, needs no second person."""
    return OFFICE_TOML + "\n[guards]\napprove_above = 1000000\nburst = { alerts = 1000, minutes = 60 }\n"


def write_office(folder: Path) -> Office:
    """office.toml, tips.toml and one programme with three meetings ahead."""
    folder.mkdir(parents=True)
    office = Office(folder)
    office.write("office.toml", OFFICE_TOML)
    office.write("tips.toml", TIPS_TOML)
    office.talks(
        meeting("winter-a", "2026-11-24T18:30:00"),
        meeting("winter-b", "2026-12-08T18:30:00"),
        meeting("harbour-a", "2026-12-15T18:30:00", venue="quay"),
    )
    return office


# --- the hand that drives the machine without its processes ---------------------------------------------------------


def apply(app: App, *, confirm: str | None = None) -> Applied:
    """Apply the folder as it is; problems fail the test."""
    from engage.work import plans

    proposal = calendars.propose_folder(app, app.settings.calendars)
    assert proposal.is_sound, "\n".join(map(str, proposal.problems))
    return plans.apply(app, proposal, who="test", confirm=confirm)


def settle(app: App, *, rounds: int = 50) -> None:
    """Do everything that is owed and due now, as relay and workers would, until nothing is left."""
    from actors import boot
    from actors.deliveries import drain
    from actors.registry import REACTIONS
    from actors.worker import clear_up
    from engage.store.house import Process

    process = Process(id="hand", role="worker", host="test", boot_id="test", pid=0, threads={})
    running = boot.remember(boot.Running(app=app, process=process))
    try:
        for _ in range(rounds):
            relay.turn_dues(app)
            bell = relay.to_ring(app)
            if not bell.tasks and not bell.drains:
                return
            for task_id, actor in bell.tasks:
                REACTIONS[actor](task_id)
            for channel, lane in bell.drains:
                drain(channel, lane)
        raise AssertionError("The machine does not come to rest.")
    finally:
        clear_up(running)
        for session in running.local.__dict__.get("sessions", {}).values():
            session.close()


def add_people(app: App, *people: tuple[str, Wanted]) -> dict[str, int]:
    """Confirmed subscribers by the name before the @."""
    with app.unit() as unit:
        ids = unit.people.add([("email", f"{name}@example.org", w) for name, w in people], state="confirmed")
        unit.subscriptions.add([(i, w) for i, (_, w) in zip(ids, people, strict=True)])
    return {name: i for i, (name, _) in zip(ids, people, strict=True)}


def mails(app: App, to: str | None = None) -> list[tuple[str, str]]:
    """(to, subject) of what people have in the trial mailbox, oldest first; of one person when *to* is given."""
    found = [
        (m.to, m.subject) for m in reversed(list_mail(app.settings.data / "trial-mail", 1000)) if "canary" not in m.to
    ]
    return [m for m in found if to is None or m[0] == f"{to}@example.org"]


def audit_holds(app: App) -> None:
    """P1: what was planned is what there is, for every notice."""
    from engage.work.looking import audit

    assert [r for r in audit(app) if not r.is_equal] == []
