"""Stretches of a text with their readings, kept: what rules walk over (`moderation/rules/paths.py`).

A stretch is a view as others are: it says how a text may be read and knows of no rule. Each of its places is read when
the first path comes there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from moderation.views.lattice import Reading, Way, is_alone, readings_at, skip, stretches
from moderation.views.view import View


@dataclass(slots=True)
class Place:
    """The readings of a place: single sounds, sounds together, and initials, with their lengths and ways."""

    single: dict[str, list[tuple[int, Way]]] = field(default_factory=dict)
    several: list[Reading] = field(default_factory=list)
    initials: list[tuple[int, str]] = field(default_factory=list)


class Stretch:
    """The readings of the places `start <= i < end` of a canonical text."""

    __slots__ = ("_ahead", "_begins", "_places", "end", "start", "text")

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text, self.start, self.end = text, start, end
        self._places: dict[int, Place] = {}
        self._begins: dict[int, tuple[int, ...]] = {}
        self._ahead: dict[int, tuple[Place, ...]] = {}

    def at(self, place: int) -> Place:
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

    def ahead(self, place: int) -> tuple[Place, ...]:
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


def stretches_of(view: View) -> Iterator[Stretch]:
    """The stretches of `view`, canonical; none where nothing in it is odd."""
    return (Stretch(view.text, start, end) for start, end in stretches(view))


def _placed(readings: Iterable[Reading]) -> Place:
    found = Place()
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
def _of_character(char: str) -> Place:
    """What a Han character is wherever it stands, but where it is a part of another. Not to be changed."""
    return _placed(readings_at(char, 0, 1))
