"""Terms as paths over all readings of a text (`views/lattice.py`): what composes disguises of several kinds.

The terms are a trie of sounds. From each place of a stretch every reading whose sounds the trie goes on with is
followed, fillers between two of them skipped. A path ends where a term does; it keeps for each of the term's characters
where it is written and in what way. Steps from one place are bounded, so work grows with the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from moderation.readings import readings, without_tone
from moderation.rules.index import Owner
from moderation.rules.spelt_in_han import HAN, by_other_readings
from moderation.views.lattice import Way, last_sign
from moderation.views.phonetic import sound_of
from moderation.views.stretch import Place, Stretch

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

    def find(self, stretch: Stretch) -> Iterator[Path]:
        """The terms in `stretch` that something else than Han characters, or parts of one, is written for."""
        text = stretch.text
        for at in range(stretch.start, last_sign(text, stretch.start, stretch.end) + 1):
            if not (at and _is_plain(text[at]) and _is_plain(text[at - 1])):
                yield from self._from(at, stretch)

    def _from(self, at: int, stretch: Stretch) -> Iterator[Path]:
        begun = _onward(self._root, at, stretch)
        open_ends: list[tuple[_Node, int, tuple[Step, ...]]] = [(after, end, (step,)) for after, end, step in begun]
        steps = len(open_ends)
        while open_ends and steps < MOST_STEPS:
            node, place, taken = open_ends.pop()
            if node.owners and _is_composed(taken):
                yield Path(taken, tuple(node.owners))
            if not node.after or place == stretch.end:
                continue
            for begin in stretch.begins(place):
                onward = _onward(node, begin, stretch)
                steps += len(onward)
                open_ends += [(after, end, (*taken, step)) for after, end, step in onward]


def _onward(node: _Node, begin: int, stretch: Stretch) -> list[tuple[_Node, int, Step]]:
    """Where the readings of a place lead that the trie goes on with, without what ends nothing and leads nowhere.

    Most ways into the trie end after one step: they are told by two sets that have nothing in common.
    """
    found = []
    for size, way, sounds, after in _followed(node, stretch.at(begin)):
        end = begin + size
        if after.owners or _goes_on(after, stretch.ahead(end)):
            found.append((after, end, Step(begin, end, way, sounds)))
    return found


def _followed(node: _Node, here: Place) -> Iterator[tuple[int, Way, int, _Node]]:
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


def _goes_on(node: _Node, ahead: tuple[Place, ...]) -> bool:
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
