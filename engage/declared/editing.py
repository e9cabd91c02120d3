"""Changes of single values in the text of a TOML file: every other byte stays. What to write is decided elsewhere.

A tree of the text gives the places; libraries that write TOML anew move tables about and drop blanks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import tree_sitter

from engage.declared.positions import names_in, parsed

_PUNCTUATION = frozenset({"comment", "[", "]", "{", "}", ",", "=", "\n", "\r\n"})


class Table(NamedTuple):
    """The *number*-th `[[name]]` of a file, counted from 0."""

    name: str
    number: int


class NoPlace(Exception):
    """The text is right and yet written so that nothing can be put there without rewriting it."""


class _Pair(NamedTuple):
    key: str
    node: tree_sitter.Node
    value: tree_sitter.Node


class Text:
    """The bytes of a file under change; its own line ends and byte-order mark are kept."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
        self._newline = b"\r\n" if b"\r\n" in content else b"\n"

    def set(self, table: Table, key: str, literal: str, *, order: Sequence[str]) -> None:
        """Give *key* this value: in its place if it stands there, else below the keys that go before it in *order*."""
        pairs = self._pairs(table)
        if found := _named(pairs, key):
            self._splice(*_span(found.value), literal)
            return
        before = order[: order.index(key)]
        above = [pair for pair in pairs if pair.key in before] or pairs[-1:]
        self._line_below(above[-1].value.end_byte if above else self._header_end(table), f"{key} = {literal}", above)

    def drop(self, table: Table, key: str) -> None:
        """Take a key out; a comment behind it stays, on a line of its own."""
        found = _named(self._pairs(table), key)
        if found is None:
            return
        start = self._line_start(found.node.start_byte)
        end = self._line_end(found.value.end_byte)
        rest = self.content[found.value.end_byte : end].strip()
        self._splice(start, end, rest.decode() + self._newline.decode() if rest else "")

    def append(self, table: Table, key: str, literal: str, *, order: Sequence[str]) -> None:
        """One more element of a list, in the way the list is written."""
        found = _named(self._pairs(table), key)
        if found is None:
            self.set(table, key, f"[{literal}]", order=order)
            return
        items = _items(found.value)
        if not items:
            self._splice(*_span(found.value), f"[{literal}]")
            return
        last = items[-1]
        if last.start_point.row == found.value.start_point.row:
            self._splice(last.end_byte, last.end_byte, f", {literal}")
            return
        closing = self.content[last.end_byte : found.value.end_byte]
        follows = re.match(rb"\s*,", closing)
        comma = "" if follows else ","
        end = self._line_end(last.end_byte)
        indent = self._indent(last.start_byte)
        self._splice(end, end, f"{indent}{literal}{',' if follows else ''}{self._newline.decode()}")
        self._splice(last.end_byte, last.end_byte, comma)

    def set_within(self, table: Table, key: str, number: int, inner: str, literal: str) -> None:
        """Change one value of the *number*-th inline table in the list *key*."""
        found = _named(self._pairs(table), key)
        items = _items(found.value) if found else []
        if number >= len(items) or (spot := _named(_pairs_of(items[number]), inner)) is None:
            raise NoPlace
        self._splice(*_span(spot.value), literal)

    def insert(self, lines: Sequence[str], *, below: Table | None) -> None:
        """A new table, an empty line above it: below *below* and what belongs to that, or at the end of the file."""
        newline = self._newline.decode()
        block = newline.join(["", *lines, ""])
        if below is not None:
            end = self._line_end(self._group_end(below))
            if not self.content[:end].endswith(b"\n"):
                block = newline + block
            self._splice(end, end, block)
            return
        end = len(self.content.rstrip())
        self._splice(end, len(self.content), newline + block)

    # ---- where things stand

    def _root(self) -> tree_sitter.Node:
        text = self.content if not self._mark else b"   " + self.content[3:]  # the same places, without the mark
        return parsed(text)

    def _nodes(self, table: Table) -> list[tree_sitter.Node]:
        """The table, and the tables inside it, such as [[meeting.papers]]."""
        seen, found = -1, list[tree_sitter.Node]()
        for node in self._root().children:
            name = _header(node)
            seen += name == table.name and node.type == "table_array_element"
            inner = name.startswith(f"{table.name}.") or (name == table.name and not found)
            if seen == table.number and inner:
                found.append(node)
            elif found:
                break
        if not found:
            raise NoPlace
        return found

    def _pairs(self, table: Table) -> list[_Pair]:
        return _pairs_of(self._nodes(table)[0])

    def _group_end(self, table: Table) -> int:
        """Behind its last key, before the comments that belong to what follows."""
        node = self._nodes(table)[-1]
        pairs = _pairs_of(node)
        return pairs[-1].value.end_byte if pairs else self._end_of_header(node)

    def _header_end(self, table: Table) -> int:
        return self._end_of_header(self._nodes(table)[0])

    @staticmethod
    def _end_of_header(node: tree_sitter.Node) -> int:
        return next(child.end_byte for child in node.children if child.type in {"]]", "]"})

    def _line_start(self, place: int) -> int:
        return max(self.content.rfind(b"\n", 0, place) + 1, len(self._mark) if place < 3 else 0)

    def _line_end(self, place: int) -> int:
        """Behind the line's end, or the end of the file."""
        return self.content.find(b"\n", place) + 1 or len(self.content)

    def _indent(self, place: int) -> str:
        line = self.content[self._line_start(place) : place].decode()
        return line[: len(line) - len(line.lstrip())]

    # ---- changing

    def _line_below(self, place: int, line: str, like: list[_Pair]) -> None:
        indent = self._indent(like[-1].node.start_byte) if like else ""
        end = self._line_end(place)
        newline = self._newline.decode()
        opened = "" if self.content[:end].endswith(b"\n") else newline
        self._splice(end, end, f"{opened}{indent}{line}{newline}")

    def _splice(self, start: int, end: int, text: str) -> None:
        said = re.sub(r"\r?\n", self._newline.decode(), text)
        self.content = self.content[:start] + said.encode() + self.content[end:]


def _header(node: tree_sitter.Node) -> str:
    """The dotted name of a table, nothing for other nodes."""
    if node.type not in {"table", "table_array_element"}:
        return ""
    key = next((child for child in node.children if child.type.endswith("_key")), None)
    return ".".join(_names(key)) if key is not None else ""


def _names(node: tree_sitter.Node) -> list[str]:
    return [name for name, _ in names_in(node)]


def _pairs_of(node: tree_sitter.Node) -> list[_Pair]:
    found = []
    for pair in (child for child in node.children if child.type == "pair"):
        key, *values = (child for child in pair.children if child.type not in _PUNCTUATION)
        if values:
            found.append(_Pair(".".join(_names(key)), pair, values[0]))
    return found


def _named(pairs: list[_Pair], key: str) -> _Pair | None:
    return next((pair for pair in pairs if pair.key == key), None)


def _items(node: tree_sitter.Node) -> list[tree_sitter.Node]:
    if node.type != "array":
        raise NoPlace
    return [child for child in node.children if child.type not in _PUNCTUATION]


def _span(node: tree_sitter.Node) -> tuple[int, int]:
    return node.start_byte, node.end_byte
