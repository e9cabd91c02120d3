"""Watches staff's files, applies what they save, and tries their templates. What waits is decided in engage.work."""

from __future__ import annotations

import platform
import threading
import time
from datetime import timedelta
from pathlib import Path

import structlog
from watchfiles import watch

from actors.boot import Running
from engage.errors import EngageError, NotFound, Refused
from engage.work import calendars, troubles

log = structlog.get_logger()

QUIET_MS = 20  # an editor's save arrives in several steps
TEMPLATES_EVERY = 5.0  # seconds between looks at the templates
LOOK_AGAIN = 10.0  # seconds until what could not be applied for a passing reason is tried again


class Watcher(threading.Thread):
    """Reads the whole folder whenever something in it changes; kinds of change are not trusted."""

    def __init__(self, running: Running) -> None:
        super().__init__(name="watcher", daemon=True)
        self._running = running
        self._folder: Path = running.app.settings.calendars
        self._seen: object = None
        self._not_before = 0.0
        self._templates: object = None
        self._templates_at = 0.0

    def run(self) -> None:
        self.look()
        while not self._is_over():
            if not self._folder.is_dir():
                time.sleep(1)
                self.look()
                continue
            try:
                for _ in watch(
                    self._folder,
                    watch_filter=lambda _change, path: path.endswith(".toml"),
                    debounce=QUIET_MS,
                    step=QUIET_MS,
                    rust_timeout=1000,
                    yield_on_timeout=True,
                    raise_interrupt=False,
                    recursive=False,
                ):
                    self.look()
                    if self._is_over():
                        return
            except OSError:
                time.sleep(1)  # the folder went away while we looked

    def _is_over(self) -> bool:
        return self._running.stopping

    def look(self) -> None:
        """Apply the folder as it is now, if it changed since it was last applied or refused; else try again later."""
        self._look_at_calendars()
        if time.monotonic() >= self._templates_at:
            self._templates_at = time.monotonic() + TEMPLATES_EVERY
            self._look_at_templates()

    def _look_at_templates(self) -> None:
        """Try them when one was saved; only the host that reads the calendars speaks for the office's files."""
        app = self._running.app
        try:
            stamp = troubles.stamp(app.settings.templates)
            if stamp == self._templates:
                return
            with calendars.turn(app, platform.node(), for_=timedelta(seconds=60)) as ours:
                if ours:
                    troubles.look_at_templates(app, app.settings.templates)
                    self._templates = stamp
        except Exception:
            log.exception("templates not tried")

    def _look_at_calendars(self) -> None:
        try:
            stamp = calendars.stamp(self._folder)
            if stamp == self._seen or time.monotonic() < self._not_before:
                return
            with calendars.turn(self._running.app, platform.node(), for_=timedelta(seconds=60)) as ours:
                if ours:
                    calendars.apply_folder(self._running.app, self._folder, who="saved file")
                    self._running.nudged.set()
                    self._seen = stamp
                    return
            self._later("another host applies the calendars")
        except (NotFound, Refused) as error:
            self._seen = stamp
            log.warning("files not applied", reason=str(error))
        except EngageError as error:
            self._later(str(error))
        except Exception as error:
            log.exception("files not applied")
            self._later(type(error).__name__)

    def _later(self, why: str) -> None:
        self._not_before = time.monotonic() + LOOK_AGAIN
        log.warning("files not applied yet", reason=why)
