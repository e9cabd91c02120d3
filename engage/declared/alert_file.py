"""An alert as staff write it: Markdown under TOML front matter between `+++` lines. Issuing it is in engage.work."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import tomli

from engage.declared.alert_fields import AlertFields
from engage.domain import clock
from engage.domain.alerts import Alert, Severity
from engage.domain.calendars import Office
from engage.domain.people import Audience
from engage.domain.problems import Problem, did_you_mean

KEYS = tuple(AlertFields.model_fields)
LASTS = timedelta(days=3)
LONGEST = 20_000  # characters of text
_UNFILLED = re.compile(r"<<[^<>]{0,200}>>")  # what `alert new` leaves for a person to say
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, kw_only=True)
class AlertFile:
    """What was read: an alert, or everything that is wrong with it."""

    alert: Alert | None
    problems: tuple[Problem, ...]


def read_alert(name: str, text: str, office: Office, *, channels: Collection[str], now: datetime) -> AlertFile:
    """Read *text* of the file *name*, whose stem becomes the alert's id."""
    reader = _Reader(name, text, office, channels, now)
    alert = reader.read()
    stopped = any(p.severity == "problem" for p in reader.problems)
    return AlertFile(alert=None if stopped else alert, problems=tuple(sorted(reader.problems)))


class _Reader:
    def __init__(self, name: str, text: str, office: Office, channels: Collection[str], now: datetime) -> None:
        self._name, self._office, self._channels, self._now = name, office, channels, now
        self._lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
        self.problems: list[Problem] = []

    def read(self) -> Alert | None:
        marks = [n for n, line in enumerate(self._lines) if line.strip() == "+++"]
        if len(marks) < 2 or any(line.strip() for line in self._lines[: marks[0]]):
            self._say(1, "front-matter", "An alert begins with a line +++, then its keys, then another line +++.")
            return None
        given = self._front(marks[0] + 1, marks[1])
        body = "\n".join(self._lines[marks[1] + 1 :]).strip()
        if not body:
            self._say(
                marks[1] + 1, "no-text", "There is no text under the second +++. Say what happened and what to do."
            )
        for number, line in enumerate(self._lines[marks[1] + 1 :], marks[1] + 2):
            if unfilled := _UNFILLED.search(line):
                self._say(number, "unfilled", f"Write this down, or take it out: {unfilled[0]}")
        if len(body) > LONGEST:
            self._say(marks[1] + 2, "too-long", f"The text has {len(body)} characters; at most {LONGEST} can be sent.")
        return None if given is None else self._alert(given, body)

    def _front(self, first: int, last: int) -> Mapping[str, Any] | None:
        try:
            given = tomli.loads("\n".join(self._lines[first:last]))
        except (tomli.TOMLDecodeError, RecursionError) as error:
            at = re.search(r"at line (\d+), column (\d+)", str(error))
            line = first + int(at[1]) if at else first + 1
            self._say(line, "toml", f"This is not written as TOML: {str(error).split(' (at ')[0].lower()}.")
            return None
        for key in given:
            if key not in KEYS:
                self._say_at(key, "unknown-key", f'There is no key "{key}" in an alert.{did_you_mean(key, KEYS)}')
        return given

    def _alert(self, given: Mapping[str, Any], body: str) -> Alert:
        starts, expires = self._moment(given, "starts"), self._moment(given, "expires")
        base = starts or self._now
        if expires is None:
            expires = base + LASTS
        elif expires <= max(base, self._now):
            self._say_at(
                "expires", "expired", "The alert would be over before it begins: set `expires` to a later moment."
            )
        areas = self._listed(given, "areas", self._office.area_by_id, "area")
        topics = self._listed(given, "topics", self._office.topic_by_id, "topic")
        return Alert(
            id=self._id(),
            title=self._title(given),
            text=body,
            kind=str(given.get("kind", "alert")),
            areas=areas,
            topics=topics,
            audience=self._listed(given, "audience", [a.value for a in Audience], "audience"),
            exclude=self._listed(given, "exclude", self._office.area_by_id, "area"),
            must=self._listed(given, "must", self._office.area_by_id, "area"),
            severity=self._severity(given),
            starts=starts,
            expires=expires,
            send_at=self._moment(given, "send_at"),
            channels=self._listed(given, "channels", self._channels, "channel"),
            sender=str(given["sender"]) if "sender" in given else None,
        )

    def _id(self) -> str:
        stem = self._name.rsplit("/", 1)[-1].rsplit(".", 1)[0].lower()
        found = re.sub(r"[^a-z0-9]+", "-", stem).strip("-")[:80]
        if not found:
            self._say(1, "name", "Give the file a name of letters and digits: it becomes the alert's address.")
        return found

    def _title(self, given: Mapping[str, Any]) -> str:
        title = given.get("title")
        if not isinstance(title, str) or not title.strip():
            self._say_at("title", "no-title", 'An alert needs a title: title = "Burglaries in North Ormesby"')
            return ""
        if len(title) > 120:
            self._say_at("title", "title-length", f"The title has {len(title)} characters; at most 120 are readable.")
        return _CONTROL.sub(" ", title).strip()

    def _severity(self, given: Mapping[str, Any]) -> Severity:
        word = given.get("severity", Severity.WARNING)
        try:
            return Severity(word)
        except ValueError:
            known = ", ".join(Severity)
            hint = did_you_mean(str(word), Severity)
            self._say_at("severity", "severity", f'There is no severity "{word}". It is one of {known}.{hint}')
            return Severity.WARNING

    def _moment(self, given: Mapping[str, Any], key: str) -> datetime | None:
        value = given.get(key)
        if value is None:
            return None
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime.combine(value, time(23, 59) if key == "expires" else time(8))
        if not isinstance(value, datetime):
            self._say_at(key, "moment", f"`{key}` is a date and time such as 2026-12-08T18:30:00, without quotes.")
            return None
        if value.tzinfo is not None:
            return value.astimezone(UTC)
        moment = clock.to_utc(value, self._office.zone)
        if moment is None:
            self._say_at(
                key, "no-such-time", f"{value:%d %B %Y %H:%M} does not exist: the clocks go forward that night."
            )
        return moment

    def _listed(self, given: Mapping[str, Any], key: str, known: Collection[str], word: str) -> tuple[str, ...]:
        value = given.get(key, [])
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            self._say_at(key, "list", f'`{key}` is a list such as ["{next(iter(known), "…")}"].')
            return ()
        for item in items:
            if item not in known:
                self._say_at(key, f"unknown-{word}", f'There is no {word} "{item}".{did_you_mean(item, known)}')
        return tuple(dict.fromkeys(items))

    def _say_at(self, key: str, code: str, message: str) -> None:
        """Point at the line that sets *key*, or at the front matter when none does."""
        pattern = re.compile(rf"\s*\"?{re.escape(key)}\"?\s*=")
        found = next((n for n, line in enumerate(self._lines, 1) if pattern.match(line)), 1)
        self._say(found, code, message)

    def _say(self, line: int, code: str, message: str) -> None:
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        column = len(text) - len(text.lstrip()) + 1
        self.problems.append(Problem(file=self._name, line=line, column=column, code=code, message=message, text=text))
