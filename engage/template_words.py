"""What templates call to speak: sentences in the reader's language, days and times. The sandbox is in rendering."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from engage.catalogues import filled
from engage.languages import Language


def functions(language: Language) -> dict[str, Any]:
    """`{% trans %}` keeps the markup of its sentence; `_("...")` is text like any other, whatever it is given."""

    @pass_context
    def gettext(context: Context, text: str, /, **values: Any) -> str:
        return _put(context, language.translate(text), language.said(values))

    @pass_context
    def ngettext(context: Context, one: str, many: str, number: int, /, **values: Any) -> str:
        return _put(context, language.translate_many(one, many, number), language.said({"num": number, **values}))

    said: dict[str, Any] = {"gettext": gettext, "ngettext": ngettext, "_": language.say}
    return {**said, "lang": language.html_tag, "direction": language.direction}


def _put(context: Context, text: str, values: Mapping[str, Any]) -> str:
    if not context.eval_ctx.autoescape:
        return filled(text, values)
    shown = {name: Markup.escape(value) for name, value in values.items()}
    return Markup(filled(text, shown))  # noqa: S704 - the sentence is the template's own


def _said(say: Callable[[Any], str]) -> Callable[[date | str], str]:
    """A filter that also takes the ISO text under which facts are stored."""
    return lambda when: say(_moment(when))


def _moment(when: date | str) -> date:
    if not isinstance(when, str):
        return when
    try:
        return datetime.fromisoformat(when)
    except ValueError:
        raise ValueError("a day or a time is wanted here") from None  # Python's own words quote the text


def filters(language: Language) -> dict[str, Callable[..., str]]:
    return {
        "day": _said(language.day),
        "short_day": _said(language.short_day),
        "clock": _said(language.clock),
        "moment": _said(language.moment),
        "short_moment": _said(language.short_moment),
        # {{ when|until(ends) }}: both on one line, the day said once
        "until": lambda when, ends: language.span(_moment(when), _moment(ends) if ends else None),  # type: ignore[arg-type]
        "translated": language.translate,  # a sentence that Python marked
    }
