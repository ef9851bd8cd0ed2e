"""Where in a TOML file each table, key and array element stands; `tomllib` reads values and forgets the places."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

from tree_sitter import Language, Node, Parser

Path = tuple[str | int, ...]
"""Keys and array positions from the top, as pydantic names them: `("rules", 2, "terms", 0)`."""

Place = tuple[int, int]
"""Line and column, both from 1; columns count code points."""


def places(text: str) -> dict[Path, Place]:
    """The place of everything in a valid TOML `text` that has a path."""
    source = text.encode("utf-8")
    found: dict[Path, Place] = {(): (1, 1)}
    elements: dict[Path, int] = defaultdict(int)
    for node in _parser().parse(source).root_node.named_children:
        if node.type == "pair":
            _note_pair(node, (), source, found)
        elif node.type in ("table", "table_array_element"):
            _note_table(node, source, found, elements)
    return found


def nearest(found: dict[Path, Place], path: Path) -> Place:
    """The place of `path`, or of the innermost thing around it that has one (a key that is missing has none)."""
    while path not in found:
        path = path[:-1]
    return found[path]


@lru_cache(maxsize=1)
def _parser() -> Parser:
    import tree_sitter_toml  # read only when a file has a mistake to show

    return Parser(Language(tree_sitter_toml.language()))


def _note_table(node: Node, source: bytes, found: dict[Path, Place], elements: dict[Path, int]) -> None:
    """`[a.b]` or `[[a.b]]` with what follows it; under an array of tables the last element is meant."""
    header, *rest = node.named_children
    path: Path = ()
    for key in _keys(header):
        path = (*path, elements[path] - 1, key) if path in elements else (*path, key)
    if node.type == "table_array_element":
        found.setdefault(path, _place(node, source))
        elements[path] += 1
    if path in elements:
        path = (*path, elements[path] - 1)
    found[path] = _place(node, source)
    for pair in rest:
        if pair.type == "pair":
            _note_pair(pair, path, source, found)


def _note_pair(node: Node, around: Path, source: bytes, found: dict[Path, Place]) -> None:
    key, value = (child for child in node.named_children if child.type != "comment")
    path = (*around, *_keys(key))
    found[path] = _place(node, source)
    _note_value(value, path, source, found)


def _note_value(node: Node, path: Path, source: bytes, found: dict[Path, Place]) -> None:
    if node.type == "inline_table":
        for pair in node.named_children:
            _note_pair(pair, path, source, found)
    elif node.type == "array":
        items = [item for item in node.named_children if item.type != "comment"]
        for at, item in enumerate(items):
            found[*path, at] = _place(item, source)
            _note_value(item, (*path, at), source, found)


def _keys(node: Node) -> Iterator[str]:
    """The parts of a key, dotted or not, without their quotes."""
    if node.type == "dotted_key":
        for part in node.named_children:
            yield from _keys(part)
    else:
        written = (node.text or b"").decode("utf-8")
        yield tomllib.loads(f"key = {written}")["key"] if node.type == "quoted_key" else written


def _place(node: Node, source: bytes) -> Place:
    """Tree-sitter counts columns in bytes."""
    row, column = node.start_point
    line_start = node.start_byte - column
    return row + 1, len(source[line_start : node.start_byte].decode("utf-8")) + 1
