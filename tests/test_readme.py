"""The README and what it leads to stay true: they name what the registries and settings hold, and it stays short."""

from __future__ import annotations

import re
from pathlib import Path

from engage.channels import CHANNELS
from engage.domain.reminders import KINDS
from engage.feeds import FORMATS
from engage.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_fits_a_sitting():
    """150 lines at most."""
    assert len(README.splitlines()) <= 150


def test_every_setting_is_in_the_table():
    """A setting that exists and is not explained cannot be used; one that is explained must exist."""
    told = set(re.findall(r"ENGAGE_[A-Z_]+", (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")))
    there = {f"ENGAGE_{name.upper()}" for name in Settings.model_fields}
    assert told == there


def test_every_page_that_the_readme_leads_to_is_there():
    """Links and pictures alike."""
    led = re.findall(r"\]\(([^)#]+)\)", README)
    assert led
    assert [path for path in led if not path.startswith("http") and not (ROOT / path).exists()] == []


def test_the_registries_are_named():
    """Channels, formats and reminder kinds as they are now."""
    (line,) = re.findall(r"Now: channels (.*?);\s+formats (.*?);\s+reminder\s+kinds (.*?)\.", README, re.DOTALL)
    assert [re.findall(r"`(\w+)`", part) for part in line] == [list(CHANNELS), list(FORMATS), list(KINDS)]
