"""PDF, where the extra `posters` is installed: a typst template and the facts it shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from engage.errors import NotNow, Refused
from engage.rendering import Templates, cleaned


def has_pdf() -> bool:
    """Whether typst is here: it is large, and only what is printed needs it."""
    return find_spec("typst") is not None


def typeset(templates: Templates, name: str, facts: Mapping[str, Any]) -> bytes:
    """The template's PDF. What staff wrote reaches typst as data, never as its language.

    Raises NotNow without typst, and Refused for a template that is wrong.
    """
    if not has_pdf():
        raise NotNow("PDF needs one more package. Run: pip install 'engage[posters]'")
    import typst

    try:
        return _compiled(templates.source(name), json.dumps(cleaned(facts)))
    except typst.TypstError as error:
        raise Refused(f"{name}: {error}") from error


@lru_cache(maxsize=64)
def _compiled(source: str, facts: str) -> bytes:
    """Kept: a page costs a third of a second."""
    import typst

    made = typst.compile(source.encode(), format="pdf", sys_inputs={"facts": facts})
    assert isinstance(made, bytes)
    return made
