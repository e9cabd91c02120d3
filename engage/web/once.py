"""Parts of pages that are the same on many of them, drawn once: `{{ once(options, areas, chosen) }}` in a template."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from markupsafe import Markup

MOST = 1024  # fragments kept; some are drawn for what a stranger put into an address

Macro = Callable[..., Markup]


class Once:
    """What a macro yields for the same facts. It must be imported without context, or each page has one of its own.

    A macro is another one after its file has changed, so that nothing outlives its template.
    """

    def __init__(self) -> None:
        self._drawn: dict[tuple[Macro, tuple[Hashable, ...]], Markup] = {}

    def __call__(self, macro: Macro, *facts: Hashable) -> Markup:
        key = macro, facts
        drawn = self._drawn.get(key)
        if drawn is None:
            drawn = macro(*facts)
            if len(self._drawn) >= MOST:
                self._drawn.clear()
            self._drawn[key] = drawn
        return drawn
