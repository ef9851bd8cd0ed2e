"""Terms as paths over all readings of a text (`views/lattice.py`): what composes disguises of several kinds.

The terms are a trie of sounds. From each place of a stretch every reading whose sounds the trie goes on with is
followed, fillers between two of them skipped. A path ends where a term does; it keeps for each of the term's characters
where it is written and in what way. Steps from one place are bounded, so work grows with the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from moderation.readings import readings, without_tone
from moderation.rules.index import Owner
from moderation.rules.spelt_in_han import HAN, by_other_readings
from moderation.views.lattice import Reading, Way, is_alone, last_sign, readings_at, skip
from moderation.views.phonetic import sound_of

MOST_STEPS = 160
"""Readings followed from one place."""


class Step(NamedTuple):
    """How one or two characters of a term are written: `start <= i < end` of the canonical view."""

    start: int
    end: int
    way: Way
    size: int


@dataclass(frozen=True, slots=True)
class Path:
    """A term read at `start <= i < end` of the canonical view, and everybody who seeks it."""

    steps: tuple[Step, ...]
    owners: tuple[Owner, ...]

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.steps[0].start

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.steps[-1].end


@dataclass(slots=True, eq=False)  # a place in the trie is itself, and no other that holds the like
class _Node:
    """What terms go on with, by sound and by initial, and the terms that end here."""

    after: dict[str, _Node] = field(default_factory=dict)
    by_initial: dict[str, list[_Node]] = field(default_factory=dict)
    owners: list[Owner] = field(default_factory=list)

    def grow(self, sound: str, initials: str) -> _Node:
        found = self.after.get(sound)
        if found is None:
            found = self.after[sound] = _Node()
        for initial in initials:
            nodes = self.by_initial.setdefault(initial, [])
            if found not in nodes:
                nodes.append(found)
        return found


class PathIndex:
    """Chinese terms sought as paths. Fill it, then ask."""

    def __init__(self) -> None:
        self._root = _Node()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is sought."""
        return not self._root.after

    def add_term(self, term: str, owner: Owner) -> None:
        """Seeks `term`, as the canonical view shows it; nothing where it is not of Han characters alone."""
        if not HAN.fullmatch(term) or len(term) < 2:
            return
        initials = [_initials(char) for char in term]
        for sounds in ("".join(map(sound_of, term)), *by_other_readings(term)):
            if len(sounds) == len(term):
                node = self._root
                for sound, letters in zip(sounds, initials, strict=True):
                    node = node.grow(sound, letters)
                if owner not in node.owners:
                    node.owners.append(owner)

    def find(self, text: str, start: int, end: int) -> Iterator[Path]:
        """The terms at `start <= i < end` that something else than Han characters, or parts of one, is written for."""
        lattice = _Lattice(text, end)
        for at in range(start, last_sign(text, start, end) + 1):
            if not (at and _is_plain(text[at]) and _is_plain(text[at - 1])):
                yield from self._from(at, lattice)

    def _from(self, at: int, lattice: _Lattice) -> Iterator[Path]:
        open_ends: list[tuple[_Node, int, tuple[Step, ...]]] = [(self._root, at, ())]
        steps = 0
        while open_ends and steps < MOST_STEPS:
            node, place, taken = open_ends.pop()
            if taken and node.owners and _is_composed(taken):
                yield Path(taken, tuple(node.owners))
            if not node.after or place == lattice.end:
                continue
            for begin in lattice.begins(place) if taken else (place,):
                for size, way, sounds, after in _followed(node, lattice.at(begin)):
                    steps += 1
                    end = begin + size
                    if after.owners or _goes_on(after, lattice.ahead(end)):
                        open_ends.append((after, end, (*taken, Step(begin, end, way, sounds))))


@dataclass(slots=True)
class _Place:
    """The readings of a place: single sounds, sounds together, and initials, with their lengths and ways."""

    single: dict[str, list[tuple[int, Way]]] = field(default_factory=dict)
    several: list[Reading] = field(default_factory=list)
    initials: list[tuple[int, str]] = field(default_factory=list)


class _Lattice:
    """The readings of the places before `end`, each made when the first path comes there."""

    def __init__(self, text: str, end: int) -> None:
        self.text, self.end = text, end
        self._places: dict[int, _Place] = {}
        self._begins: dict[int, tuple[int, ...]] = {}
        self._ahead: dict[int, tuple[_Place, ...]] = {}

    def at(self, place: int) -> _Place:
        """What stands there."""
        found = self._places.get(place)
        if found is None:
            char = self.text[place]
            if is_alone(self.text, place, self.end):
                found = _of_character(char)
            else:
                found = _placed(readings_at(self.text, place, self.end))
            self._places[place] = found
        return found

    def ahead(self, place: int) -> tuple[_Place, ...]:
        """What stands there and behind a filler there; nothing at the end."""
        found = self._ahead.get(place)
        if found is None:
            found = self._ahead[place] = () if place == self.end else tuple(map(self.at, self.begins(place)))
        return found

    def begins(self, place: int) -> tuple[int, ...]:
        """Where the next character of a term may begin: there, or behind a filler."""
        found = self._begins.get(place)
        if found is None:
            behind = skip(self.text, place, self.end)
            found = self._begins[place] = (place, behind) if behind > place else (place,)
        return found


def _placed(readings: Iterable[Reading]) -> _Place:
    found = _Place()
    for reading in readings:
        size, sounds, way = reading
        if way is Way.INITIAL:
            found.initials.append((size, sounds))
        elif len(sounds) == 1:
            found.single.setdefault(sounds, []).append((size, way))
        else:
            found.several.append(reading)
    return found


@lru_cache(maxsize=1 << 14)
def _of_character(char: str) -> _Place:
    """What a Han character is wherever it stands, but where it is a part of another. Not to be changed."""
    return _placed(readings_at(char, 0, 1))


def _followed(node: _Node, here: _Place) -> Iterator[tuple[int, Way, int, _Node]]:
    """The readings that the trie goes on with: how long, in what way, of how many sounds, and where they lead."""
    after, single = node.after, here.single
    for sound in after if len(after) < len(single) else single:
        if sound in after and sound in single:
            for size, way in single[sound]:
                yield size, way, 1, after[sound]
    for size, sounds, way in here.several:
        found: _Node | None = node
        for sound in sounds:
            found = found.after.get(sound) if found else None
        if found:
            yield size, way, len(sounds), found
    for size, letter in here.initials:
        for found in node.by_initial.get(letter, ()):
            yield size, Way.INITIAL, 1, found


def _goes_on(node: _Node, ahead: tuple[_Place, ...]) -> bool:
    """Whether the trie goes on with anything that stands ahead. Most ways into it end here, before they are kept."""
    after = node.after.keys()
    for here in ahead:
        if not after.isdisjoint(here.single):
            return True
        if here.several and any(sounds[0] in after for _, sounds, _ in here.several):
            return True
        if here.initials and any(letter in node.by_initial for _, letter in here.initials):
            return True
    return False


def _is_composed(steps: tuple[Step, ...]) -> bool:
    """Whether no other view would read the path: it is neither Han characters alone nor initials alone."""
    ways = {step.way for step in steps}
    parted = any(one.end < other.start for one, other in pairwise(steps))
    return ways != {Way.INITIAL} and (not ways <= {Way.HAN, Way.LOOKS} or parted)


def is_free(text: str, path: Path) -> bool:
    """Whether the path neither begins nor ends within a word of letters or a number."""
    before, first = text[max(0, path.start - 1) : path.start], text[path.start]
    last, after = text[path.end - 1], text[path.end : path.end + 1]
    if first.isdecimal() and before in _OF_NUMBERS and text[max(0, path.start - 2) : path.start - 1].isalnum():
        return False
    return not (_is_plain(before) and _is_plain(first)) and not (_is_plain(last) and _is_plain(after))


_OF_NUMBERS = frozenset("×*/.:-~+=#")
"""Signs before a digit that make it a part of a number or a size: `M4×4`."""


def _is_plain(char: str) -> bool:
    return char.isalnum() and char < "\u0530"


def _initials(char: str) -> str:
    first = without_tone(readings().get(ord(char), ""))[:1]
    return first if "a" <= first <= "z" else ""
