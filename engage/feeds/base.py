"""What a feed format is. Each format is one file beside this one and one name in FORMATS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from engage.domain.calendars import Office
from engage.domain.feeds import Feed, Item, Variant
from engage.domain.revisions import Revision


class Format(Protocol):
    """A way to write a feed. Equal input gives equal bytes, in any process, on any day."""

    @property
    def suffix(self) -> str:
        """What follows the last dot of the feed's address."""

    @property
    def media_type(self) -> str:
        """The Content-Type with which it is served."""

    @property
    def variants(self) -> tuple[Variant, ...]:
        """Those in which it is published."""

    def fragments(self, revision: Revision, office: Office, *, base_url: str) -> Mapping[Variant, bytes]:
        """One entry in every variant, rendered once per revision and stored: what `join` is made of."""

    def join(self, feed: Feed, items: Sequence[Item], *, office: Office, base_url: str) -> bytes:
        """The whole body around the fragments of *items*, already chosen and trimmed; their order does not matter."""
