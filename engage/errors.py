"""What can go wrong, grouped by who must act. Expected results are values and are not here."""

from __future__ import annotations


class EngageError(Exception):
    """Base of all our errors; its text is one sentence for the person who can act."""


class SettingsError(EngageError):
    """The operator must change a setting; raised before anything starts."""


class NotNow(EngageError):
    """The system cannot do it at the moment; trying again later may help (exit code 3)."""


class StalePlan(EngageError):
    """Somebody applied another plan in between; the reader must plan again (exit code 1)."""


class Waiting(EngageError):
    """A person must confirm first; the text names the command that does it (exit code 1)."""


class NotFound(EngageError):
    """The thing named does not exist; the text says where to look (exit code 1)."""


class Refused(EngageError):
    """The input cannot be accepted; the text says what to change (exit code 1)."""
