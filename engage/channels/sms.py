"""Text messages through GOV.UK Notify, as a template that holds `((text))` and nothing else. The session is in notify.

In the Notify service, switch off "start text messages with the service name": our texts begin with the office's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any

from engage.channels.base import Letter
from engage.channels.message import Headings
from engage.channels.notify import NotifySession, Request, account_of, rate_of
from engage.channels.notify_api import ANSWER, Account
from engage.channels.phones import parse_phone
from engage.channels.texts import Short
from engage.domain.outcomes import Refused
from engage.domain.rates import Rate
from engage.errors import Refused as NotAccepted
from engage.errors import SettingsError
from engage.settings import Settings

STOP = "Reply STOP to end."  # in every text that somebody subscribed to (PECR regulation 22)


class Sms:
    """The channel. With *only*, texts to any other number are refused: trial mode must not text residents."""

    name = "sms"
    repeatable = False
    findable = True
    connections = 1

    def __init__(
        self,
        account: Account,
        template_id: str,
        rate: Rate,
        *,
        only: Collection[str] | None = None,
        invented: bool = False,
        patience: float = ANSWER,
    ) -> None:
        self.account, self.template_id, self.rate, self.patience = account, template_id, rate, patience
        self.invented = invented
        self.only = None if only is None else frozenset(self._spelled(only))

    @classmethod
    def from_settings(cls, settings: Settings) -> Sms:
        """In trial mode a Notify off this machine may text nobody but ENGAGE_TRIAL_RECIPIENTS."""
        if settings.notify_sms_template_id is None:
            raise SettingsError("ENGAGE_NOTIFY_SMS_TEMPLATE_ID is not set: GOV.UK Notify sends templates only.")
        account = account_of(settings)
        only = None if settings.is_live or account.is_loopback else settings.trial_recipients
        template_id, invented = str(settings.notify_sms_template_id), not settings.is_live
        return cls(account, template_id, rate_of(settings), only=only, invented=invented)

    def connect(self) -> NotifySession:
        return NotifySession(self.account, self.request, self.holds, patience=self.patience)

    def build(self, render: Callable[[str], str], headings: Headings) -> Short:
        text = render("short.txt")
        return Short(text if headings.list_id is None else f"{text} {STOP}")

    def parse_address(self, text: str) -> str:
        return parse_phone(text, invented=self.invented)

    def request(self, letter: Letter) -> Request | Refused:
        if self.only is not None and letter.to not in self.only:
            return Refused("Trial mode sends to the numbers in ENGAGE_TRIAL_RECIPIENTS only.", "trial")
        if not (letter.to.startswith("+") and letter.to[1:].isdigit()):
            return Refused("The number is not one that Notify takes.", "address")
        personalisation = {"text": letter.content.decode()}
        posted = {"phone_number": letter.to, "template_id": self.template_id, "personalisation": personalisation}
        return "/v2/notifications/sms", posted

    def holds(self, letter: Letter, found: Mapping[str, Any]) -> bool:
        """However the number is written there."""
        digits = "".join(filter(str.isdigit, str(found.get("phone_number", ""))))
        return digits[-9:] == letter.to[-9:]

    def _spelled(self, addresses: Collection[str]) -> list[str]:
        """The numbers among *addresses*; the rest are for e-mail."""
        found = []
        for address in addresses:
            with suppress(NotAccepted):
                found.append(self.parse_address(address))
        return found
