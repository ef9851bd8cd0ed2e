"""Terms as paths over all readings of a text (`views/lattice.py`): what composes disguises of several kinds.

The terms are a trie of sounds. From each place of a stretch every reading whose sounds the trie goes on with is
followed, fillers between two of them skipped. A path ends where a term does; it keeps for each of the term's characters
where it is written and in what way. Steps from one place are bounded, so work grows with the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from moderation.readings import readings, without_tone
from moderation.rules.index import Owner
from moderation.rules.spelt_in_han import HAN, by_other_readings
from moderation.views.lattice import Reading, Stretch, Way
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


@dataclass(slots=True)
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
        """The terms that are written in `stretch` with something that is no Han character, or in parts."""
        for at in range(stretch.end - stretch.start):
            yield from self._from(stretch, at)

    def _from(self, stretch: Stretch, at: int) -> Iterator[Path]:
        low = stretch.start
        open_ends: list[tuple[_Node, int, tuple[Step, ...]]] = [(self._root, at, ())]
        steps = 0
        while open_ends and steps < MOST_STEPS:
            node, place, taken = open_ends.pop()
            if taken and node.owners and _is_composed(stretch, taken):
                yield Path(taken, tuple(node.owners))
            if not node.after or place == len(stretch.readings):
                continue
            for begin in (place, stretch.skips[place] - low) if taken and stretch.skips[place] else (place,):
                if begin == len(stretch.readings):
                    continue
                for reading in stretch.readings[begin]:
                    for after in _followed(node, reading):
                        steps += 1
                        step = Step(low + begin, reading.end, reading.way, len(reading.sounds))
                        open_ends.append((after, reading.end - low, (*taken, step)))


def _followed(node: _Node, reading: Reading) -> list[_Node]:
    if reading.way is Way.INITIAL or reading.sounds.isascii():
        return node.by_initial.get(reading.sounds, [])
    found: _Node | None = node
    for sound in reading.sounds:
        found = found.after.get(sound) if found else None
    return [found] if found else []


def is_free(text: str, path: Path) -> bool:
    """Whether the path neither begins nor ends within a word of letters or a number."""
    before, first = text[max(0, path.start - 1) : path.start], text[path.start]
    last, after = text[path.end - 1], text[path.end : path.end + 1]
    return not (_is_plain(before) and _is_plain(first)) and not (_is_plain(last) and _is_plain(after))


def _is_plain(char: str) -> bool:
    return char.isalnum() and char < "\u0530"


_PLAIN = frozenset({Way.HAN})


def _is_composed(stretch: Stretch, steps: tuple[Step, ...]) -> bool:
    """Whether no other view would read the path: it is neither Han characters alone nor initials alone."""
    ways = {step.way for step in steps}
    if ways == {Way.INITIAL}:
        return False
    parted = any(one.end < other.start for one, other in zip(steps, steps[1:], strict=False))
    return ways != _PLAIN or parted


def _initials(char: str) -> str:
    sound = without_tone(readings().get(ord(char), ""))
    first = sound[:1]
    return first if "a" <= first <= "z" else ""


