"""Where in a TOML file a value stands. What it is, tomli says: this tree also stands for broken text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import tomli
import tree_sitter
import tree_sitter_toml

Point = tuple[int, int]  # row from 0, column from 0 in bytes
Part = str | int
_LANGUAGE = tree_sitter.Language(tree_sitter_toml.language())
_MARKS = frozenset({"comment", "[", "]", "[[", "]]", "{", "}", ",", "=", ".", "\n"})


@dataclass(slots=True)
class Spot:
    """One key, table or list element. What lies inside is read when somebody asks: few tables have problems."""

    key: Point
    value: Point
    kids: dict[Part, Spot] = field(default_factory=dict)
    unread: list[tree_sitter.Node] = field(default_factory=list)

    def inside(self) -> dict[Part, Spot]:
        """Its keys or elements."""
        nodes, self.unread = self.unread, []
        for node in nodes:
            _read(self, node)
        return self.kids


def locate(text: str, paths: Sequence[tuple[tuple[Part, ...], bool]]) -> list[tuple[int, int]]:
    """Line and column, from 1 and in characters, of each path; of its key where the flag is set, else of its value.

    A path that leads nowhere stands for the deepest part of it that exists: a missing key for its table.
    """
    source = text.encode()
    root, lines = _tree(source), source.split(b"\n")
    found = []
    for path, wants_key in paths:
        row, column = _point(root, path, wants_key=wants_key)
        found.append((row + 1, len(lines[row][:column].decode("utf-8", "replace")) + 1))
    return found


def _point(root: Spot, path: tuple[Part, ...], *, wants_key: bool) -> Point:
    spot, whole = root, True
    for part in path:
        inner = spot.inside().get(part)
        if inner is None:
            whole = False
            break
        spot = inner
    return spot.key if wants_key and whole else spot.value


def parsed(source: bytes) -> tree_sitter.Node:
    """The tree of a text, broken or not."""
    return tree_sitter.Parser(_LANGUAGE).parse(source).root_node


def _tree(source: bytes) -> Spot:
    root = Spot((0, 0), (0, 0))
    for node in parsed(source).children:
        if node.type == "pair":
            root.unread.append(node)
        elif node.type in {"table", "table_array_element"}:
            children = node.children
            header = next((child for child in children if child.type.endswith("_key")), None)
            if header is not None:
                table = _descend(root, names_in(header), node, is_list=node.type == "table_array_element")
                table.unread.extend(child for child in children if child.type == "pair")
    return root


def _descend(root: Spot, names: list[tuple[str, Point]], header: tree_sitter.Node, *, is_list: bool) -> Spot:
    """The table a header opens: `[a.b]` under `[[a]]` means the newest a."""
    table, start = root, _start(header)
    for place, (name, point) in enumerate(names):
        is_last = place == len(names) - 1
        fresh = name not in table.kids
        inner = table.kids.setdefault(name, Spot(point, start))
        if is_last and is_list:
            table = inner.kids[len(inner.kids)] = Spot(point, start)
        elif (newest := len(inner.kids) - 1) in inner.kids:
            table = inner.kids[newest]
        else:
            table = inner
            if is_last and not fresh:
                table.key, table.value = point, start  # an explicit [a] after [a.b]
    return table


def _read(spot: Spot, node: tree_sitter.Node) -> None:
    if node.type == "pair":
        _put(spot, node)
    elif node.type == "inline_table":
        for child in node.children:
            if child.type == "pair":
                _put(spot, child)
    elif node.type == "array":
        items = [child for child in node.children if child.type not in _MARKS]
        spot.kids.update({i: Spot(_start(item), _start(item), unread=[item]) for i, item in enumerate(items)})


def _put(table: Spot, pair: tree_sitter.Node) -> None:
    parts = [child for child in pair.children if child.type not in _MARKS]
    *path, (last, point) = names_in(parts[0])
    for name, above in path:
        table = table.kids.setdefault(name, Spot(above, above))
    value = parts[1] if len(parts) > 1 else parts[0]
    table.kids[last] = Spot(point, _start(value), unread=[value])


def names_in(node: tree_sitter.Node) -> list[tuple[str, Point]]:
    """A bare, quoted or dotted key as decoded names with their places; tomli does the unescaping."""
    if node.type == "dotted_key":
        return [name for child in node.children if child.type != "." for name in names_in(child)]
    raw = (node.text or b"").decode()
    return [(raw if node.type == "bare_key" else next(iter(tomli.loads(f"{raw}=0"))), _start(node))]


def _start(node: tree_sitter.Node) -> Point:
    return node.start_point.row, node.start_point.column
