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
    """The place of everything in a valid TOML `text` that has a path; linear in the text."""
    source = text.encode("utf-8")
    walk = _Walk(source)
    for node in _parser().parse(source).root_node.named_children:
        if node.type == "pair":
            walk.note_pair(node, ())
        elif node.type in ("table", "table_array_element"):
            walk.note_table(node)
    return walk.found


def nearest(found: dict[Path, Place], path: Path) -> Place:
    """The place of `path`, or of the innermost thing around it that has one (a key that is missing has none)."""
    while path not in found:
        path = path[:-1]
    return found[path]


@lru_cache(maxsize=1)
def _parser() -> Parser:
    import tree_sitter_toml  # read only when a file has a mistake to show

    return Parser(Language(tree_sitter_toml.language()))


class _Walk:
    """Notes the places of nodes, in the order of the text."""

    def __init__(self, source: bytes) -> None:
        self.found: dict[Path, Place] = {(): (1, 1)}
        self._source = source
        self._elements: dict[Path, int] = defaultdict(int)
        self._line_start = self._counted_to = self._column = 0

    def note_table(self, node: Node) -> None:
        """`[a.b]` or `[[a.b]]` with what follows it; under an array of tables the last element is meant."""
        header, *rest = node.named_children
        place = self._place(node)
        path: Path = ()
        for key in _keys(header):
            path = (*path, self._elements[path] - 1, key) if path in self._elements else (*path, key)
        if node.type == "table_array_element":
            self.found.setdefault(path, place)
            self._elements[path] += 1
        if path in self._elements:
            path = (*path, self._elements[path] - 1)
        self.found[path] = place
        for pair in rest:
            if pair.type == "pair":
                self.note_pair(pair, path)

    def note_pair(self, node: Node, around: Path) -> None:
        """`a.b = value`, and what is in the value."""
        key, value = (child for child in node.named_children if child.type != "comment")
        path = (*around, *_keys(key))
        self.found[path] = self._place(node)
        self._note_value(value, path)

    def _note_value(self, node: Node, path: Path) -> None:
        if node.type == "inline_table":
            for pair in node.named_children:
                self.note_pair(pair, path)
        elif node.type == "array":
            items = [item for item in node.named_children if item.type != "comment"]
            for at, item in enumerate(items):
                self.found[*path, at] = self._place(item)
                self._note_value(item, (*path, at))

    def _place(self, node: Node) -> Place:
        """Tree-sitter counts columns in bytes; code points are counted on from the place before."""
        row, column = node.start_point
        line_start = node.start_byte - column
        if line_start != self._line_start or node.start_byte < self._counted_to:
            self._line_start = self._counted_to = line_start
            self._column = 0
        self._column += len(self._source[self._counted_to : node.start_byte].decode("utf-8"))
        self._counted_to = node.start_byte
        return row + 1, self._column + 1


def _keys(node: Node) -> Iterator[str]:
    """The parts of a key, dotted or not, without their quotes."""
    if node.type == "dotted_key":
        for part in node.named_children:
            yield from _keys(part)
    else:
        written = (node.text or b"").decode("utf-8")
        yield tomllib.loads(f"key = {written}")["key"] if node.type == "quoted_key" else written
