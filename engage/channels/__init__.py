"""The ways to reach a person. A channel is one file and one line here; which serves a delivery is said below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from engage.channels.base import Channel
from engage.channels.email import Email
from engage.channels.mailbox import Mailbox
from engage.channels.webpush import WebPush
from engage.settings import Settings

CHANNELS: Mapping[str, Callable[[Settings], Channel]] = MappingProxyType(
    {
        "email": Email.from_settings,
        "mailbox": Mailbox.from_settings,
        "webpush": WebPush.from_settings,
    }
)


def serving(settings: Settings) -> dict[str, Channel]:
    """The channel behind each channel name of the ledger; in trial mode without a mail server, the trial mailbox.

    Web push is offered where there is a key for it.
    """
    email = "email" if settings.is_live or settings.smtp_url is not None else "mailbox"
    pushed = {"webpush"} if settings.vapid_private_key is not None else set()
    return {"email": CHANNELS[email](settings), **{name: CHANNELS[name](settings) for name in pushed}}
