"""The website for another ASGI server than ours, to be measured beside it."""

from __future__ import annotations

from engage.app import build
from engage.settings import Settings
from engage.web import create_app

app = create_app(build(Settings.read()))
