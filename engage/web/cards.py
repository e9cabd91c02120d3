"""Entries as cards, and these as HTML, made once: lists differ in which cards they hold, not in how a card looks."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from jinja2 import Template
from markupsafe import Markup

from engage.domain.calendars import Office
from engage.domain.revisions import Revision
from engage.rendering import Templates
from engage.web.views import Card, Draw, card

MACROS = {"card": "web/cards.html", "line": "web/month.html"}  # a card in a list, and a line in a month


class _Made(NamedTuple):
    """A card with what it was made from, by which it is known again."""

    revision: Revision
    office: Office
    is_ahead: bool
    card: Card


class Cards:
    """At most one card of an entry, and its HTML once for each macro."""

    def __init__(self, templates: Templates) -> None:
        self._environment = templates.environment  # lists are English, whatever stands around them
        self._made: dict[str, _Made] = {}
        self._drawn: dict[tuple[str, str], tuple[Card, Template, Markup]] = {}

    def of(self, revision: Revision, office: Office, now: datetime) -> Card:
        """What a card says hangs on the moment only by whether the entry has begun."""
        entry_id, is_ahead = revision.entry.id, revision.entry.starts_at > now
        made = self._made.get(entry_id)
        if made is None or made.revision is not revision or made.office is not office or made.is_ahead != is_ahead:
            made = self._made[entry_id] = _Made(revision, office, is_ahead, card(revision, office, now))
        return made.card

    def drawing(self, macro: str) -> Draw:
        """What draws the cards of a page, one after the other; anew after a change of an entry or of the template."""
        template = self._environment.get_template(MACROS[macro])
        return lambda cards: Markup("").join([self._html(macro, template, found) for found in cards])

    def _html(self, macro: str, template: Template, found: Card) -> Markup:
        key = macro, found.id
        drawn = self._drawn.get(key)
        if drawn is None or drawn[0] is not found or drawn[1] is not template:
            html = getattr(template.module, macro)(found)
            drawn = self._drawn[key] = found, template, html
        return drawn[2]
