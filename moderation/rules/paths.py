"""Terms as paths over all readings of a text (`views/lattice.py`): what composes disguises of several kinds.

The terms are a trie of sounds. From each place of a stretch every reading whose sounds the trie goes on with is
followed, fillers between two of them skipped. A path ends where a term does; it keeps for each of the term's characters
where it is written and in what way. Steps from one place are bounded, so work grows with the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from moderation.readings import readings, without_tone
from moderation.rules.index import Owner
from moderation.rules.spelt_in_han import HAN, by_other_readings
from moderation.views.lattice import Reading, Way, readings_at, skip
from moderation.views.phonetic import sound_of

MOST_STEPS = 160
"""Readings followed from one place."""


@dataclass(frozen=True, slots=True)
class Step:
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
        known: dict[int, Sequence[Reading]] = {}
        after, by_initial = self._root.after, self._root.by_initial
        for at in range(start, end):
            if at and _is_plain(text[at]) and _is_plain(text[at - 1]):
                continue
            if at not in known:
                known[at] = readings_at(text, at, end)
            if any(sounds[0] in after or sounds in by_initial for _, sounds, _ in known[at]):
                yield from self._from(text, at, end, known)

    def _from(self, text: str, at: int, end: int, known: dict[int, Sequence[Reading]]) -> Iterator[Path]:
        open_ends: list[tuple[_Node, int, tuple[Step, ...]]] = [(self._root, at, ())]
        steps = 0
        while open_ends and steps < MOST_STEPS:
            node, place, taken = open_ends.pop()
            if taken and node.owners and _is_composed(taken):
                yield Path(taken, tuple(node.owners))
            if not node.after or place == end:
                continue
            behind = skip(text, place, end) if taken else place
            for begin in (place, behind) if behind > place else (place,):
                if begin not in known:
                    known[begin] = readings_at(text, begin, end)
                for size, sounds, way in known[begin]:
                    for after in _followed(node, sounds, way):
                        steps += 1
                        step = Step(begin, begin + size, way, len(sounds))
                        open_ends.append((after, begin + size, (*taken, step)))


def _followed(node: _Node, sounds: str, way: Way) -> Sequence[_Node]:
    if way is Way.INITIAL:
        return node.by_initial.get(sounds, ())
    found: _Node | None = node
    for sound in sounds:
        found = found.after.get(sound) if found else None
    return (found,) if found else ()


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
