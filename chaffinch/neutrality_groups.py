"""The groups that a platform names for the neutrality audit: of authors, of comments, or of whom a comment is about.

A file of rows `axis, kind, id, group` (CSV with that head, or JSON lines): `author` rows name a pseudonym, `comment`
rows the platform's id of a comment, `name` rows a name that texts hold (a company, a product); the first row that fits
a comment names its group on that axis. Whoever is in no row of an axis is compared on others alone.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from moderation.errors import Fault, InvalidInputError
from records.leaning import DecidedComment
from records.personal import Keyring

FIELDS = ("axis", "kind", "id", "group")
KINDS = ("author", "comment", "name")
SLOT = "＿"
"""What stands in a text for a name."""

MOST_FAULTS = 50


@dataclass(frozen=True)
class Groups:
    """By axis: groups of keyed hashes of authors, of comments' own ids, and of names in texts."""

    authors: Mapping[str, Mapping[str, str]]
    comments: Mapping[str, Mapping[str, str]]
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    """How many rows of the file name each axis."""
    file: str = ""
    """A keyed hash of the rows: whether two audits had the same groups is told, and nobody is found by it."""

    @property
    def document(self) -> dict[str, Any]:
        """What the ledger and reports keep of them: no group and nobody's name."""
        groups: dict[str, set[str]] = defaultdict(set)
        for axis, named in (*self.authors.items(), *self.comments.items(), *self.names.items()):
            groups[axis] |= set(named.values())
        return {
            "file": self.file,
            "axes": {axis: {"groups": len(groups[axis]), "rows": self.rows.get(axis, 0)} for axis in sorted(groups)},
        }

    @cached_property
    def every_name(self) -> list[str]:
        """Longest first, so that no name is taken for a part of another."""
        return sorted({name for by in self.names.values() for name in by}, key=len, reverse=True)

    def of(self, comment: DecidedComment) -> dict[str, str]:
        """The comment's group by axis."""
        found: dict[str, str] = {}
        for axis, named in self.names.items():
            text = (comment.text or "").casefold()
            group = next((named[name] for name in named if name.casefold() in text), None)
            if group is not None:
                found[axis] = group
        for axis, authors in self.authors.items():
            if comment.author_index is not None and comment.author_index in authors:
                found.setdefault(axis, authors[comment.author_index])
        for axis, comments in self.comments.items():
            if comment.external_id is not None and comment.external_id in comments:
                found.setdefault(axis, comments[comment.external_id])
        return found

    def masked(self, text: str) -> str:
        """The text without its names."""
        for name in self.every_name:
            text = text.replace(name, SLOT)
        return text


def load_groups(path: Path, keyring: Keyring) -> Groups:
    """The file. Raises `InvalidInputError` with every fault."""
    authors: dict[str, dict[str, str]] = defaultdict(dict)
    comments: dict[str, dict[str, str]] = defaultdict(dict)
    names: dict[str, dict[str, str]] = defaultdict(dict)
    faults: list[Fault] = []
    given: list[tuple[str, ...]] = []
    for line, row in _rows(path, faults):
        if missing := [name for name in FIELDS if not isinstance(row.get(name), str) or not row[name].strip()]:
            faults.append(Fault(f"{path.name}:{line}", f"has to say {', '.join(missing)}"))
            continue
        axis, kind, told, group = (row[name].strip() for name in FIELDS)
        given.append((axis, kind, told, group))
        if kind == "author":
            authors[axis] |= dict.fromkeys(keyring.indexes("author", told), group)
        elif kind == "comment":
            comments[axis].setdefault(told, group)
        elif kind == "name":
            names[axis].setdefault(told, group)
        else:
            faults.append(Fault(f"{path.name}:{line}", f"kind has to be one of {', '.join(KINDS)}"))
    if not faults and not (authors or comments or names):
        faults.append(Fault(path.name, "is empty: name groups of authors, comments or names"))
    if faults:
        raise InvalidInputError("The groups cannot be used.", faults[:MOST_FAULTS])
    digest = hashlib.sha256(json.dumps(given, ensure_ascii=False).encode()).hexdigest()
    rows = Counter(axis for axis, *_ in dict.fromkeys(given))
    return Groups(dict(authors), dict(comments), dict(names), rows, keyring.index("groups", digest))


def _rows(path: Path, faults: list[Fault]) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        faults.append(Fault(path.name, "is no UTF-8 text: save it as UTF-8"))
        return
    yield from _csv(text, path, faults) if path.suffix == ".csv" else _json_lines(text, path, faults)


def _csv(text: str, path: Path, faults: list[Fault]) -> Iterable[tuple[int, Mapping[str, str]]]:
    reader = csv.DictReader(text.splitlines())
    if set(FIELDS) - set(reader.fieldnames or ()):
        faults.append(Fault(f"{path.name}:1", f"the first line has to name the columns {', '.join(FIELDS)}"))
        return
    for row in reader:
        yield reader.line_num, {name: row[name] or "" for name in FIELDS}


def _json_lines(text: str, path: Path, faults: list[Fault]) -> Iterable[tuple[int, Mapping[str, str]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            faults.append(Fault(f"{path.name}:{number}", f"is no JSON ({error})"))
            continue
        if isinstance(row, dict):
            yield number, row
        else:
            faults.append(Fault(f"{path.name}:{number}", f"has to be an object with {', '.join(FIELDS)}"))
