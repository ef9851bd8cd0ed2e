"""The view in which disguised words stand as they are meant; models read it, for rules it would be a guess.

`哲搁人` is 这个人: what stands there is no word, and what sounds like it is a common one. Each way to read a stretch of
syllables, as it stands or with words that sound or look alike, costs what its words are worth (the less common, the
more), and each character that would have to be another one costs `ANOTHER` besides. The cheapest way is shown. So text
that is made of words stays as it is, and a name or a new word does too, unless something common is very near.

Work: one scan for words by sound, one by shape, one step for each word found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from moderation.dictionary import dictionary
from moderation.lexicon import Lexicon, Meant
from moderation.normaliser import Normalised, ViewName
from moderation.views.shape import in_class
from moderation.views.view import View

ANOTHER = 5.5
"""What one other character costs, in the logarithm of a word's share: one word in two hundred and fifty."""
SPELT = 3.0
"""What a syllable in letters costs: pinyin says which character is meant, and more often nothing else."""
_LETTERS_STAY = 4.0
"""What letters that stay letters cost beside their share, in a Chinese text."""
_HAN = re.compile("[\u3400-\u9fff]")
_JAPANESE = re.compile("[\u3041-\u309f]{2}")
"""Two kana beside each other; Chinese writes one for show."""
_HEARD = re.compile("[\ue000-\uf8ff]{2,}")
"""Two syllables at least: one alone sounds like too much."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """A syllable and what stands there: a range of the view, empty for all but the first syllable of one range."""

    start: int
    end: int
    shown: str


def restored(text: Normalised, lexicon: Lexicon) -> View:
    """`text.whole` with what is meant for what stands there; text that is not Chinese is its canonical view."""
    canonical = text.canonical
    if not _HAN.search(canonical.text) or _JAPANESE.search(canonical.text):
        return canonical
    whole = text.whole
    if lexicon.by_sound is None:
        return whole
    sound = text.view(ViewName.PHONETIC)
    pieces: list[tuple[int, int, str]] = []
    at = 0
    for run in _HEARD.finditer(sound.text):
        units, at = _units(whole, sound, run.span(), at)
        pieces += _read(units, run[0], lexicon)
    return whole.replaced(pieces)


def _units(whole: View, sound: View, run: tuple[int, int], at: int) -> tuple[list[_Unit], int]:
    """What stands at each syllable of a run, and where the next run may begin; both views go forward alone."""
    units: list[_Unit] = []
    for place in range(*run):
        begins, ends = sound.starts[place], sound.ends[place]
        while at < len(whole.text) and whole.starts[at] < begins:
            at += 1
        last = at
        while last < len(whole.text) and whole.ends[last] <= ends and whole.starts[last] < ends:
            last += 1
        units.append(_Unit(at, last, whole.text[at:last]))
        at = last
    return units, at


def _read(units: Sequence[_Unit], sounds: str, lexicon: Lexicon) -> list[tuple[int, int, str]]:
    """The ranges of one run that are read otherwise."""
    shown = "".join(unit.shown if len(unit.shown) == 1 else " " for unit in units)
    alone = list(accumulate((_alone(unit.shown) for unit in units), initial=0.0))
    ways: list[list[tuple[int, str, float]]] = [[] for _ in units]
    could_be = False
    for start, end, word, share in _meant(shown, sounds, lexicon):
        if shown[start:end] == word:
            ways[start].append((end, word, share))
        elif (worth := share - _changed(units[start:end], word)) > alone[end] - alone[start]:
            ways[start].append((end, word, worth))
            could_be = True
    if not could_be:
        return []
    _as_they_stand(units, shown, lexicon, ways)
    return [
        (units[start].start, units[end - 1].end, word)
        for start, end, word in _cheapest(ways)
        if word and word != "".join(unit.shown for unit in units[start:end])
    ]


@lru_cache(maxsize=1 << 14)
def _alone(shown: str) -> float:
    """What a character is worth as a word by itself: words that are there are worth no less than their characters."""
    return dictionary().share(shown) if len(shown) == 1 else float("-inf")


def _meant(shown: str, sounds: str, lexicon: Lexicon) -> list[Meant]:
    """Words that sound like a part of the run, and words that are drawn like one."""
    found = list(lexicon.by_sound.within(sounds)) if lexicon.by_sound else []
    classes = "".join(map(in_class, shown))
    if lexicon.by_shape and classes != shown:
        found += lexicon.by_shape.within(classes)
    return found


def _changed(units: Sequence[_Unit], word: str) -> float:
    """What it costs to take these units for the word."""
    return sum(
        0.0 if unit.shown == char else ANOTHER if len(unit.shown) == 1 else SPELT
        for unit, char in zip(units, word, strict=True)
    )


def _as_they_stand(
    units: Sequence[_Unit], shown: str, lexicon: Lexicon, ways: list[list[tuple[int, str, float]]]
) -> None:
    """Adds the words that stand there, characters by themselves, and letters that stay."""
    for start, edges in dictionary().get_DAG(shown).items():
        for share, last in edges:
            if units[start].shown and shown[start] != " ":
                word = shown[start : last + 1]
                ways[start].append((last + 1, word, max(share, lexicon.shares.get(word, share))))
    at = 0
    while at < len(units):
        if len(units[at].shown) == 1:
            at += 1
            continue
        end = at + 1
        while end < len(units) and len(units[end].shown) != 1 and units[end].start == units[end - 1].end:
            end += 1
        letters = "".join(unit.shown for unit in units[at:end])
        ways[at].append((end, "", lexicon.share(letters) - _LETTERS_STAY))
        for each in range(at, end):
            ways[each].append((each + 1, "", lexicon.unknown - _LETTERS_STAY))
        at = end


def _cheapest(ways: Sequence[Sequence[tuple[int, str, float]]]) -> list[tuple[int, int, str]]:
    """The path from the first unit to behind the last that is worth most: its steps in order."""
    worth: list[float] = [0.0] * (len(ways) + 1)
    step: list[tuple[int, str]] = [(0, "")] * len(ways)
    for at in reversed(range(len(ways))):
        worth[at] = float("-inf")
        for end, word, own in ways[at]:
            if own + worth[end] > worth[at]:
                worth[at], step[at] = own + worth[end], (end, word)
    path: list[tuple[int, int, str]] = []
    at = 0
    while at < len(ways):
        end, word = step[at]
        path.append((at, end, word))
        at = end
    return path
