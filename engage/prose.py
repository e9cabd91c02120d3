"""Markdown that staff write, as HTML that mail and pages may show. Raw HTML in it is shown as typed, never obeyed."""

from __future__ import annotations

import re
from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

_TAGS = {"p", "br", "strong", "em", "a", "ul", "ol", "li", "h2", "h3", "blockquote", "code", "hr"}
_SIGNS = re.compile(r"([\\`*_~|\[\]<>#]|&(?=#?\w+;)|^(?:[-+](?=\s)|\d+(?=[.)]\s)))")
_READ = MarkdownIt("commonmark", {"html": False, "linkify": False})


def to_html(text: str) -> str:
    """Sanitised HTML; links other than http, https, mailto and tel are dropped."""
    return nh3.clean(
        _READ.render(text),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener",
    ).strip()


def literal(text: str) -> str:
    """What somebody typed, on one line, as Markdown that says just that."""
    return _SIGNS.sub(_escaped, " ".join(text.split()))


def _escaped(found: re.Match[str]) -> str:
    sign = found[0]
    return f"{sign}\\" if sign.isdigit() else f"\\{sign}"


def to_text(text: str) -> str:
    """The Markdown as plain text keeps: emphasis marks gone, links written out behind their words."""
    lines: list[str] = []
    for token in _READ.parse(text):
        if token.type == "inline":
            lines.append("".join(_plain(token.children or [])))
        elif token.type in {"code_block", "fence"}:  # an indented paragraph
            lines += [token.content.strip(), ""]
        elif token.type in {"paragraph_close", "heading_close"} and lines and lines[-1]:
            lines.append("")
        elif token.type == "list_item_open":
            lines.append("\0")  # the bullet joins the line that follows
    return "\n".join(lines).replace("\0\n", "- ").strip()


def _plain(children: Sequence[Token]) -> list[str]:
    told: list[str] = []
    href = ""
    for child in children:
        kind = child.type
        if kind == "link_open":
            href = str(child.attrs.get("href", ""))
        elif kind == "link_close":
            told.append(f" ({href})" if href and (not told or told[-1] != href) else "")
        elif kind in {"softbreak", "hardbreak"}:
            told.append("\n")
        else:
            told.append(child.content)
    return told
