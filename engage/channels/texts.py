"""Messages that are text and not MIME: rendered once per notice version, filled per person. Mails are in message."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from engage.domain import slots
from engage.domain.fragments import downgraded


@dataclass(frozen=True)
class Short:
    """A text message."""

    text: str

    def fill(self, values: Mapping[str, str]) -> bytes:
        return downgraded(slots.fill(self.text, values)).encode()


@dataclass(frozen=True)
class Plain:
    """Subject and text of an e-mail that somebody else builds, with its one-click link for *subscription* mail."""

    subject: str
    text: str
    subscription: bool

    def fill(self, values: Mapping[str, str]) -> bytes:
        content = {"subject": self.subject, "body": slots.fill(self.text, values)}
        if self.subscription:
            content["unsubscribe_url"] = values["unsubscribe_url"]
        return json.dumps(content).encode()
