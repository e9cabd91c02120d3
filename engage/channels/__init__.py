"""The ways to reach a person. A channel is one file and one line here; which serves a delivery is said below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from engage.channels.base import Channel
from engage.channels.email import Email
from engage.channels.mailbox import Mailbox
from engage.channels.notify import Notify
from engage.channels.sms import Sms
from engage.channels.webpush import WebPush
from engage.settings import Settings

CHANNELS: Mapping[str, Callable[[Settings], Channel]] = MappingProxyType(
    {
        "email": Email.from_settings,
        "mailbox": Mailbox.from_settings,
        "notify": Notify.from_settings,
        "sms": Sms.from_settings,
        "webpush": WebPush.from_settings,
    }
)


def serving(settings: Settings) -> dict[str, Channel]:
    """The channel behind each channel name of the ledger. One that is not configured is not there: nobody offers it."""
    found = {"email": CHANNELS[_email(settings)](settings)}
    if settings.notifies_sms:
        found["sms"] = CHANNELS["sms"](settings)
    if settings.vapid_private_key is not None:
        found["webpush"] = CHANNELS["webpush"](settings)
    return found


def _email(settings: Settings) -> str:
    """A mail server of one's own, else GOV.UK Notify; in trial mode without either, the trial mailbox."""
    if settings.notifies_email:
        return "notify"
    return "email" if settings.is_live or settings.smtp_url is not None else "mailbox"
