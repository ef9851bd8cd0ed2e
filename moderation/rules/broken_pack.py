"""A pack that is not valid TOML: what the parser cannot read is told, and the rest of the file is looked at too.

Each rule is read by itself, and of one that cannot be read each statement (`terms = [...]` with all its lines). Those
that fail are told and left out; what stands around them keeps its line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from moderation.errors import ConfigError, Fault
from moderation.rules.entries import Entry, read_entries
from moderation.rules.mistake import Mistake
from moderation.toml import Document, read_typed

_RULE = re.compile(r"\s*\[\[\s*rules\s*\]\]\s*(#.*)?$")
_STARTS = re.compile(r"""\s*(?:([\w-]+)[\w."' -]*=|\[\[?[\w." -]+\]\]?\s*(?:\#.*)?$|\#)""")
_PLACE = re.compile(r"^(.*) \(at (?:line (\d+), column (\d+)|end of document)\)$", re.DOTALL)
_JOINED = 30
"""So many statements one value may be taken for: a text over several lines may have lines that look like others."""

_MOST = 20
"""Statements of one rule that are left out since together they make no table; beyond that the rule is."""


def read_pack(name: str, text: str) -> tuple[list[Entry], list[Mistake]]:
    """The rules of a pack, as far as it can be read, and what is wrong with the file itself."""
    try:
        return read_entries(read_typed(text, name))
    except ConfigError as error:
        whole = [unreadable(name, fault, lines=text.count("\n") + 1) for fault in error.faults]
    parts = [_read(part) for part in _parts(text)]
    told = [Mistake(name, *place, "the file", f"{detail}; mend it") for part in parts for place, detail in part.told]
    left = "".join(part.text for part in parts)
    document = _whole(name, left) if told else None
    if document is None:
        return [], whole
    if not document.table.get("rules"):
        return [], told
    entries, around = read_entries(document)
    unread = [part.unread for part in parts if part.is_rule]
    kept = unread if len(unread) == len(entries) else [frozenset[str]()] * len(entries)
    return [_less(entry, keys) for entry, keys in zip(entries, kept, strict=True)], [*told, *around]


def unreadable(name: str, fault: Fault, *, lines: int = 1) -> Mistake:
    """A file of so many lines that is no TOML, at the place that `tomllib` names."""
    place = re.search(r"at line (\d+), column (\d+)", fault.detail)
    line, column = (int(place[1]), int(place[2])) if place else (1, 1)
    if fault.detail.endswith("(at end of document)"):
        line = lines
    return Mistake(name, line, column, "the file", f"{fault.detail}; mend it, and the rest of the file is checked")


@dataclass(frozen=True, slots=True)
class _Part:
    """A rule, or what stands before the first: `first` is its first line, `told` what was left out of it and why."""

    first: int
    text: str
    is_rule: bool = False
    told: tuple[tuple[tuple[int, int], str], ...] = ()
    unread: frozenset[str] = field(default=frozenset())


def _whole(name: str, text: str) -> Document | None:
    try:
        return read_typed(text, name)
    except ConfigError:
        return None


def _less(entry: Entry, unread: frozenset[str]) -> Entry:
    """The rule without complaints about what was left out of it."""
    faults = tuple((inside, detail) for inside, detail in entry.faults if inside[:1] not in {(key,) for key in unread})
    return replace(entry, faults=faults, unread=unread, is_whole=False)


def _parts(text: str) -> Iterator[_Part]:
    """The file, cut before each rule."""
    lines = text.splitlines(keepends=True)
    cuts = [number for number, line in enumerate(lines) if _RULE.match(line)]
    for begins, ends in zip([0, *cuts], [*cuts, len(lines)], strict=True):
        if begins < ends:
            yield _Part(begins + 1, "".join(lines[begins:ends]), is_rule=begins in cuts)


def _read(part: _Part) -> _Part:
    if _wrong(part.text) is None:
        return part
    part = _by_statement(part)
    for _ in range(_MOST):
        wrong = _wrong(part.text)
        if wrong is None:
            return part
        (line, column), detail = wrong
        at = next((each for each in _statements(part.text) if each[0] < line <= each[1]), None)
        if at is None or not "".join(part.text.splitlines(keepends=True)[slice(*at)]).strip():
            break
        part = _without(part, at, (line, column), detail)
    (line, column), detail = wrong = _wrong(part.text) or ((1, 1), "")
    return _without(replace(part, is_rule=False), (0, part.text.count("\n") + 1), wrong[0], detail) if detail else part


def _by_statement(part: _Part) -> _Part:
    """Without the statements that cannot be read even alone."""
    lines, found, number = part.text.splitlines(keepends=True), list(_statements(part.text)), 0
    while number < len(found):
        begins, ends = found[number]
        wrong = _wrong("".join(lines[begins:ends]))
        number += 1
        if wrong is None:
            continue
        joined = (each for each in range(number, min(number + _JOINED, len(found)))
                  if _wrong("".join(lines[begins : found[each][1]])) is None)  # fmt: skip
        until = next(joined, None)
        if until is not None:
            number = until + 1
            continue
        (line, column), detail = wrong
        part = _without(part, (begins, ends), (begins + line, column), detail)
    return part


def _statements(text: str) -> Iterator[tuple[int, int]]:
    """From which line to before which each key with its value, each header and each comment stands."""
    lines = text.splitlines()
    cuts = [number for number, line in enumerate(lines) if number == 0 or _STARTS.match(line)]
    yield from zip(cuts, [*cuts[1:], len(lines)], strict=True)


def _without(part: _Part, lines: tuple[int, int], place: tuple[int, int], detail: str) -> _Part:
    """The part with these lines empty; `place` counts from the first line of the part."""
    kept = part.text.splitlines(keepends=True)
    key = _STARTS.match(kept[lines[0]])
    for number in range(*lines):
        if number < len(kept):
            kept[number] = "\n"
    line, column = part.first + place[0] - 1, place[1]
    told = (*part.told, ((line, column), f"{detail} (at line {line}, column {column})"))
    unread = part.unread | ({key[1]} if key and key[1] else set())
    return replace(part, text="".join(kept), told=told, unread=frozenset(unread))


def _wrong(text: str) -> tuple[tuple[int, int], str] | None:
    """Where and why `tomllib` cannot read this; None where it can. The end of the document is told as its last line."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        told = _PLACE.match(str(error))
        if told is None or told[2] is None:
            return (len(text.splitlines()) or 1, 1), told[1] if told else str(error)
        return (int(told[2]), int(told[3])), told[1]
    except RecursionError:
        return (1, 1), "nests its arrays too deep"
    return None
