"""Notices and pages in words: jinja2 in a sandbox, the office's own folder before ours. Filling slots is in channels.

Templates are written by staff, never by the public; the sandbox is there for accidents and for a stolen account.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.environment import Environment
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engage import template_words
from engage.domain import slots
from engage.errors import NotFound, Refused
from engage.languages import ENGLISH, Language, Languages

PARTS = ("subject.txt", "short.txt", "long.txt", "long.html")
_PAGES = ("web/", "reports/")
_FOR_STAFF = frozenset(
    {"staff", "approve", "test", "canary"}
)  # in English: their sentences are made for those who run this
LARGEST = 256 * 1024  # characters of a template and of what it yields
MOST_JUDGED = 4096  # attributes of types whose safety is remembered; ours have a few hundred

_HERE = Path(__file__).resolve().parent
OURS = _HERE / "_templates" if (_HERE / "_templates").is_dir() else _HERE.parent / "templates"

# Whatever a template's own expressions can raise.
_WRONG = (TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)

# A width, a repeat or a replacement can ask for gigabytes in one step (measured: 1.9 GB for one `*`).
_GREEDY = frozenset({"center", "expandtabs", "format", "format_map", "ljust", "replace", "rjust", "translate", "zfill"})
_CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # no place in any text, fatal in XML
    "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"  # reorder or hide what is read
    "\ud800-\udfff]"
)


class Templates:
    """Every notice template, read again when its file changes. *override* may hold any of them and nothing else."""

    def __init__(self, override: Path | None = None) -> None:
        self._own = override if override is not None and override.resolve() != OURS.resolve() else None
        folders = [folder for folder in (override, OURS) if folder is not None]  # the office's may be made later
        self.languages = Languages(override / "locale" if override is not None else None)
        self._loader = _Folders(folders)
        self.environment = _environment(self._loader, self.languages.get(ENGLISH))
        self._environments = {ENGLISH: self.environment}

    def environment_in(self, language: str) -> _Sandbox:
        """The same templates, speaking *language*; made when first asked for."""
        if language not in self._environments:
            self._environments[language] = _environment(self._loader, self.languages.get(language))
        return self._environments[language]

    @property
    def has_own_pages(self) -> bool:
        """Whether the office draws pages its own way: how long these take, nobody has looked at."""
        return self._own is not None and (self._own / "web").is_dir()

    def render_notice(
        self, kind: str, part: str, /, *, language: str = ENGLISH, is_tried: bool = False, **facts: Any
    ) -> str:
        """One part of a notice, with slot tokens where something differs per person.

        Raises Refused with `file:line: what is wrong` when the template cannot yield it. Mail to staff goes without a
        template then, unless it is only tried: it may be the one that says which template is broken.
        """
        name = f"notices/{kind}.{part}"
        try:
            template = self.environment_in(ENGLISH if kind in _FOR_STAFF else language).get_template(name)
            text = _capped(template.generate({**cleaned(facts), **slots.TOKENS}))
        except _WRONG as error:
            if kind == "staff" and not is_tried:
                return _plainly(part, facts)
            raise Refused(_sentence(error, name)) from error
        if part in {"subject.txt", "short.txt"}:
            return " ".join(text.split())
        return re.sub(r"\n{3,}", "\n\n", text.strip("\n")) + "\n"

    def render_page(self, name: str, /, **facts: Any) -> str:
        """A page for staff. Raises Refused with `file:line: what is wrong`."""
        try:
            return self.environment.get_template(name).render(facts)
        except _WRONG as error:
            raise Refused(_sentence(error, name)) from error

    def source(self, name: str) -> str:
        """A file of the templates folders as it is written; the office's own comes first. Raises NotFound."""
        try:
            return self.environment.get_source(name)
        except TemplateError as error:
            raise NotFound(_sentence(error, name)) from error

    def alert_kinds(self) -> list[str]:
        """For what kinds of alert there is a form to begin with."""
        forms = self.environment.list_templates(
            filter_func=lambda name: name.startswith("alerts/") and name[-3:] == ".md"
        )
        return [name.removeprefix("alerts/").removesuffix(".md") for name in forms]

    def check_all(self, samples: Mapping[str, Mapping[str, Any]]) -> list[str]:
        """Everything wrong with any template: each kind is rendered with its sample facts, pages are only read."""
        found = [problem for kind, facts in samples.items() for problem in self.check(kind, facts)]
        return list(dict.fromkeys([*found, *self._unreadable_pages()]))

    def _unreadable_pages(self) -> Iterator[str]:
        for name in self.environment.list_templates(filter_func=lambda name: name.startswith(_PAGES)):
            try:
                self.environment.get_template(name)
            except _WRONG as error:
                yield _sentence(error, name)

    def check(self, kind: str, facts: Mapping[str, Any]) -> list[str]:
        """What is wrong with the templates of one kind of notice."""
        problems: list[str] = []
        for part in PARTS:
            try:
                text = self.render_notice(kind, part, is_tried=True, **facts)
            except Refused as refused:
                problems.append(str(refused))
                continue
            if not text.strip():
                problems.append(f"notices/{kind}.{part} yields no text; every kind needs all four parts.")
            elif part == "subject.txt" and slots.split(text)[1]:
                problems.append(f"notices/{kind}.{part} is the same for everybody: it cannot show links or reasons.")
            elif (lacking := _lacking_slot(kind, part, text)) is not None:
                problems.append(
                    f"notices/{kind}.{part} does not show {{{{ {lacking} }}}}; people could not act on the message."
                )
        return problems


# What a person must be able to do from the message itself; the rest are messages people subscribed to.
_NEEDED = {
    "approve": "action_url",
    "code": "code",
    "confirm": "action_url",
    "follow": "action_url",
    "manage": "action_url",
    "already": "action_url",
    "complaint": None,
    "staff": None,
    "test": None,
    "canary": None,
}


def _lacking_slot(kind: str, part: str, text: str) -> str | None:
    needed = _NEEDED.get(kind, "unsubscribe_url")
    if needed is None or part == "subject.txt" or (part == "short.txt" and needed == "unsubscribe_url"):
        return None
    return None if slots.token(needed) in text else needed


def cleaned(value: Any) -> Any:
    """The fact without what would hide, reorder or end text, and without anything that reads as a slot."""
    if isinstance(value, str):
        return slots.defuse(_CONTROLS.sub("", value))
    if isinstance(value, Mapping):
        return {key: cleaned(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(inner) for inner in value]
    return value


def _plainly(part: str, facts: Mapping[str, Any]) -> str:
    """Mail to staff without a template."""
    heading, *rest = [str(cleaned(line)) for line in (facts["heading"], *facts["lines"], facts["link"] or "") if line]
    if part in {"subject.txt", "short.txt"}:
        return " ".join(heading.split())
    lines = [heading, *rest]
    if part == "long.html":
        lines = [f"<p>{escape(line)}</p>" for line in lines]
    return "\n\n".join(lines) + "\n"


def _capped(pieces: Any) -> str:
    kept: list[str] = []
    size = 0
    for piece in pieces:
        kept.append(piece)
        size += len(piece)
        if size > LARGEST:
            raise SecurityError(f"yields more than {LARGEST // 1024} KiB")
    return "".join(kept)


def _sentence(error: Exception, name: str) -> str:
    """`notices/tip.long.txt:3: 'titel' is undefined`."""
    if isinstance(error, TemplateSyntaxError):
        return f"{error.name or name}:{error.lineno}: {error.message}"
    if isinstance(error, TemplateNotFound):
        return f"{error.name or name} is missing from the templates folder."
    line, trace = 0, error.__traceback__
    while trace is not None:  # jinja2 puts frames with the template's own lines into the traceback
        found = Path(trace.tb_frame.f_code.co_filename)
        if found.suffix in {".txt", ".html"}:
            name, line = f"{found.parent.name}/{found.name}", trace.tb_lineno
        trace = trace.tb_next
    return f"{name}:{line}: {error}"


class _Sandbox(ImmutableSandboxedEnvironment):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._judged: dict[tuple[type, str], bool] = {}

    def get_source(self, name: str) -> str:
        assert self.loader is not None
        return self.loader.get_source(self, name)[0]

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002 - jinja2's shape
        raise SecurityError(f"the operator {operator} is not available in templates")

    def wrap_str_format(self, value: Any) -> None:
        """None leaves `format` to is_safe_attribute: jinja2's own wrapper lets any width pass."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Judged once for each type, on which alone it hangs: a page asks two thousand times."""
        judged, key = self._judged, (type(obj), attr)
        if (known := judged.get(key)) is not None:
            return known
        is_safe = super().is_safe_attribute(obj, attr, value) and not (isinstance(obj, str) and attr in _GREEDY)
        if len(judged) < MOST_JUDGED:
            judged[key] = is_safe
        return is_safe


class _Folders(FileSystemLoader):
    """Templates from the folders given, and from nowhere a link inside them may lead."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, filename, uptodate = super().get_source(environment, template)
        real = Path(filename).resolve()
        if not any(real.is_relative_to(Path(folder).resolve()) for folder in self.searchpath):
            raise TemplateSyntaxError("the file leads out of the templates folder", 1, template)
        if len(source) > LARGEST:
            raise TemplateSyntaxError(f"the file is larger than {LARGEST // 1024} KiB", 1, template)
        places = [os.path.normpath(f"{folder}/{template}") for folder in self.searchpath]
        earlier = places[: places.index(filename)]
        return source, filename, lambda: uptodate() and not any(map(os.path.isfile, earlier))


def _environment(loader: BaseLoader, language: Language) -> _Sandbox:
    environment = _Sandbox(
        loader=loader,
        undefined=StrictUndefined,
        autoescape=lambda name: name is None or not name.endswith(".txt"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.newstyle_gettext = True  # type: ignore[attr-defined]  # values go to the functions of template_words
    environment.globals.update(template_words.functions(language))
    environment.filters.update(template_words.filters(language))
    for greedy in ("center", "format", "indent", "pprint", "replace"):
        del environment.filters[greedy]
    return environment
