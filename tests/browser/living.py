"""The sample office as a running website, with alerts, people and mail, for a browser to visit."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engage.app import App, build
from engage.channels.mailbox import list_mail
from engage.domain.people import Wanted
from engage.store.migrate import migrate
from engage.store.unit import Database
from engage.web.server import listen, server_of
from tests.conftest import NOON, settings_for
from tests.office import Clock, add_people, apply, settle
from tests.work.notices import issue

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
UNSEEN = "No Chromium was found: nothing was looked at in a browser. Debian: apt-get install chromium"
SANDBOX = ["--no-sandbox"]  # tests may run as root, where Chromium's own cannot


def find_chromium() -> str | None:
    """The browser's path; Playwright's own download is not used."""
    return next((found for name in CHROMIUM if (found := shutil.which(name))), None)


@dataclass
class Living:
    """What a test needs of the office behind the pages."""

    app: App
    clock: Clock
    base: str

    def link(self, kind: str, to: str) -> str:
        """The address of the newest link of a kind (confirm, preferences, unsubscribe) in somebody's mail."""
        settle(self.app)
        for mail in list_mail(self.app.settings.data / "trial-mail", 1000):
            if mail.to == to and (found := re.search(rf"{re.escape(self.base)}/{kind}/\S+", mail.text)):
                return found[0]
        raise AssertionError(f"No mail to {to} has a {kind} link.")

    def alerted(self, to: str) -> str:
        """Where the link to stop leads, in an alert that reaches everybody in Hartlepool."""
        self.clock.move(hours=1)
        issue(self.app, f"for-{to.partition('@')[0]}", title="Van stolen", areas=("hartlepool",))
        return self.link("unsubscribe", to)

    def state_of(self, address: str) -> str | None:
        with self.app.reading() as unit:
            found = unit.people.by_address("email", address)
            return None if found is None else str(found.state)


@contextmanager
def living(folder: Path, **more: Any) -> Iterator[Living]:
    """The sample calendars at noon on Monday 23 November 2026, published and served."""
    with listen("127.0.0.1", 0) as listening:
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        shutil.copytree(ROOT / "calendars", folder / "calendars")
        clock = Clock(NOON)
        url = f"sqlite:///{folder / 'engage.sqlite3'}"
        migrate(Database(url, clock))
        app = build(settings_for(url, folder, folder / "calendars", base_url=base, **more), clock=clock)
        _fill(app)
        server = server_of(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        until = time.monotonic() + 30
        while not server.started and time.monotonic() < until:
            time.sleep(0.02)
        try:
            yield Living(app, clock, base)
        finally:
            server.should_exit = True
            thread.join(20)
            app.database.close()


def _fill(app: App) -> None:
    """Alerts of each severity, one corrected and one withdrawn, and a few people who are told."""
    from engage.domain.alerts import Severity
    from engage.work import alerts

    apply(app)
    settle(app)
    areas = ("hartlepool", "middlesbrough")
    add_people(app, *((f"p{n}", Wanted(areas=(areas[n % 2],))) for n in range(4)))
    text = "Sheds were broken into at night.\n\n## What to do\n\n- Lock your shed.\n- Ring 101 if you saw something."
    issue(app, "shed-breaks", title="Sheds broken into", text=text, areas=("hartlepool",), topics=("burglary",))
    issue(app, "road", title="Road closed by flood", text=text, severity=Severity.URGENT, areas=("middlesbrough",))
    issue(app, "doors", title="Check who is at your door", text=text, severity=Severity.ADVICE, areas=())
    settle(app)
    issue(app, "shed-breaks", title="Sheds broken into again", text=text, areas=("hartlepool",), topics=("burglary",))
    alerts.withdraw(app, "road", who="editor")
    settle(app)
