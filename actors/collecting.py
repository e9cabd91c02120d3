"""Looks into the bounce mailbox every minute. What follows from what is in it is decided in engage.work."""

from __future__ import annotations

import platform
import threading
import time

import structlog

from actors.boot import Running
from engage.channels.imap import ReturnMailbox
from engage.work import inbox

log = structlog.get_logger()

PAUSE = 60.0


class Collector(threading.Thread):
    """Beside the relay's tick, for a slow mail server must hold up nobody."""

    def __init__(self, running: Running, mailbox: ReturnMailbox | None) -> None:
        super().__init__(name="collector", daemon=True)
        self._running, self._mailbox = running, mailbox

    @classmethod
    def started(cls, running: Running) -> Collector:
        """Raises SettingsError when ENGAGE_BOUNCE_IMAP_URL is wrong; without it the thread ends at once."""
        url = running.app.settings.bounce_imap_url
        collector = cls(running, ReturnMailbox.parse(url.get_secret_value()) if url else None)
        collector.start()
        return collector

    def run(self) -> None:
        while self._mailbox is not None and not self._running.stopping:
            self._look(self._mailbox)
            again = time.monotonic() + PAUSE
            while time.monotonic() < again and not self._running.stopping:
                time.sleep(0.2)

    def _look(self, mailbox: ReturnMailbox) -> None:
        try:
            inbox.collect(self._running.app, mailbox, platform.node())
        except Exception:
            log.exception("bounce mailbox not read")
