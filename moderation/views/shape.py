"""The shape view: characters written in parts joined again (`木又益` as 权益), look-alike characters as one.

Almost every part is a character of its own, and 女子, 日月 and 人言 are words. Parts are read as the whole that they
draw only where the whole is meant:

* a part that nobody writes alone (`氵`, `讠`, `钅`) is always part of a whole;
* other parts are joined where the whole makes a word of jieba's dictionary with its neighbours (wholes beside each
  other count together: `弓虽女干` as 强奸) and the sentence as it stands leaves every part a word of one character: in
  the likeliest cut by the dictionary's frequencies no longer word needs one of them.

Look-alike Han characters (`未` and `末`, `微` and `徽`), the kana that are drawn like one and financial numerals are
read as the first of their class (`tables/shapes.tsv`, `tables/drawn.tsv`), Latin letters without accents, Hangul
written letter by letter as syllables; a rule's terms are, too, so that a word still meets itself.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import ahocorasick_rs

from moderation.dictionary import dictionary, seen_alone
from moderation.views.parts import is_common, ways
from moderation.views.tables import rows
from moderation.views.view import View

_REACH = 3
"""Characters looked at on either side; dictionary words of the trade have at most four."""

BOUND = frozenset("亻氵讠钅扌忄礻衤纟犭艹宀阝刂饣疒辶彳灬攵冫夂罒丬糹釒訁飠爫覀镸虍冖勹卩廴廾彡屮")
"""Parts that are no character of their own today."""

_SEEN = 10
"""How often jieba's dictionary has seen what is in use; rarer words are names and noise, rarer characters are parts."""

_OF_ADDED = 100
"""How often a word of `tables/words.tsv` counts as seen."""

_SELDOM_ALONE = 1_500
"""A character that the dictionary has seen less often by itself mostly is part of a longer word."""

_RARE = 300
"""A character seen less often beside a 才 or a stroke was put there: 圭 is, 是 is not."""

_STROKES = frozenset("丶丿乀乁亅丨丷乂囗〇一才")
"""Drawn for decoration as often as for a character; and the two words that would be a part of every sentence."""

_MAX_RUN = 8
"""Split characters beside each other that are read together; more are read in several goes."""


def whole(view: View) -> View:
    """`view` with split characters joined, and words that a mark of the sentence parts: `贷、款`."""
    if _PARTED.search(view.text):
        view = view.replaced(_parted_words(view.text))
    splits = () if view.text.isascii() else _parts()[0].find_matches_as_indexes(view.text)
    return view.replaced(_joins(view.text, splits)) if splits else view


_SIGNS, _QUOTES = ",.。、!?;:~…", r"()\[\]{}【】「」『』《》<>^_\"'“”‘’/\\|"
_PARTED = re.compile(
    f"[{_SIGNS}a-z0-9{_QUOTES}](?<=[\u3400-\u9fff].)"
    f"(?:(?<=[{_SIGNS}])[{_SIGNS}]{{0,2}}|(?<=[a-z0-9])"
    rf"|(?<=[{_QUOTES}])[{_QUOTES}]{{0,2}}(?:[a-z0-9^_]{{0,2}}[()\[\]{{}}【】^_]{{1,2}})?)"
    "(?=[\u3400-\u9fff])"
)
"""A few marks, one letter or digit, or brackets between two Han characters. Begins with a class so as to be fast."""


_ENDS = frozenset(",。!?;")


def _parted_words(text: str) -> Iterator[tuple[int, int, str]]:
    """Marks that stand within a word.

    The word is in the dictionary, and what stands beside the mark is part of no other. Where the mark may end a
    sentence, one of both characters is seldom a word by itself: 贷，款 is a loan; 红，包 may be an end and a beginning.
    """
    for mark in _PARTED.finditer(text):
        start, end = mark.span()
        may_end = not _ENDS.isdisjoint(mark[0])
        if may_end and seen_alone[text[start - 1]] >= _SELDOM_ALONE <= seen_alone[text[end]]:
            continue
        left, right = text[max(0, start - _REACH) : start], text[end : end + _REACH]
        if _spans_gap(left, right) and _loose(left)[-1] and _loose(right)[0]:
            yield start, end, ""


def _spans_gap(left: str, right: str) -> bool:
    """Whether a word of two to four characters reaches from the end of `left` into `right`."""
    begun = [left[-before:] for before in range(1, len(left) + 1) if dictionary().begins(left[-before:] + right[0])]
    frequency = _frequency()
    return any(frequency(word + right[:after]) >= _SEEN for word in begun for after in range(1, 5 - len(word)))


def in_classes(view: View) -> View:
    """`view` with look-alike characters as the first of their class, Hangul letters as syllables."""
    may_change = _HANGUL_OR_MARK.search(view.text) is not None
    if may_change:
        view = view.replaced(_spelt_hangul(view.text))
    if _DRAWN_OUT.search(view.text):
        view = view.replaced((run.start() + 1, run.end(), "") for run in _DRAWN_OUT.finditer(view.text))
    if may_change:
        view = view.without(_ACCENTS)
    return view.reading(view.text.translate(_classes()))


def is_word(text: str) -> bool:
    """Whether it is a word in use, of jieba's dictionary or of the trade (`tables/words.tsv`)."""
    return _frequency()(text) >= _SEEN


def in_class(char: str) -> str:
    """The first of the look-alikes of a character; itself where it has none."""
    return _classes()[ord(char)]


class _Classes(dict[int, str]):
    """Each code point's look-alike; a Latin letter's is the letter without its accents."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        base = unicodedata.normalize("NFD", char)[0]
        read = self[code] = base if base.isascii() and base.isalpha() else char
        return read


@cache
def _classes() -> _Classes:
    tables = (*rows("shapes"), *rows("drawn"))
    return _Classes({ord(char): first for first, alike in tables for char in alike})


_DRAWN_OUT = re.compile(r"([a-z])\1{2,}")
"""A letter held (`fuuuck`): no word has three of one in a row."""

_HANGUL_OR_MARK = re.compile("[\uac00-\ud7a3\u0300-\u036f]")
_ACCENTS = re.compile("(?<=[a-z\u00df-\u024f\u1e00-\u1eff])[\u0300-\u036f]+")
_OPEN_SYLLABLE = re.compile("[\uac00-\ud7a3][\u1100-\u1112]")
_FINALS = {
    "ᄀ": 1, "ᄁ": 2, "ᄂ": 4, "ᄃ": 7, "ᄅ": 8, "ᄆ": 16, "ᄇ": 17, "ᄉ": 19,
    "ᄊ": 20, "ᄋ": 21, "ᄌ": 22, "ᄎ": 23, "ᄏ": 24, "ᄐ": 25, "ᄑ": 26, "ᄒ": 27,
}  # fmt: skip
"""Where a consonant is among the finals of a syllable (Unicode Standard 3.12)."""


def _spelt_hangul(text: str) -> Iterator[tuple[int, int, str]]:
    """A Hangul consonant behind an open syllable closes it: 벼ᄋ is what the canonical view makes of ㅂㅕㅇ."""
    for match in _OPEN_SYLLABLE.finditer(text):
        syllable = ord(match[0][0])
        if (syllable - 0xAC00) % 28 == 0 and match[0][1] in _FINALS:
            yield *match.span(), chr(syllable + _FINALS[match[0][1]])


@dataclass(frozen=True, slots=True)
class _Split:
    """Parts at `start <= i < end` and what they may be the parts of, the most usual first."""

    start: int
    end: int
    wholes: tuple[str, ...]
    bound: bool
    """Whether one of the parts is never written alone."""


def _joins(text: str, splits: Iterable[tuple[int, int, int]]) -> Iterator[tuple[int, int, str]]:
    for run in _runs(splits):
        yield from _meant(text, run)


def _runs(splits: Iterable[tuple[int, int, int]]) -> Iterator[list[_Split]]:
    """Splits that touch, the longest at each place, in order."""
    parts = _parts()[1]
    run: list[_Split] = []
    for at, start, end in splits:
        if run and (start > run[-1].end or len(run) == _MAX_RUN):
            yield run
            run = []
        run.append(_Split(start, end, *parts[at]))
    if run:
        yield run


@cache
def _parts() -> tuple[ahocorasick_rs.AhoCorasick, list[tuple[tuple[str, ...], bool]]]:
    """Every way to write a common character in parts: the automaton, and what each spells and whether a part is bound.

    A way that is a word (女子, 人言) is left out: in any sentence that word is likelier.
    """
    frequency = _frequency()
    spells: dict[str, list[str]] = {}
    for whole, apart in ways().items():
        if not is_common(whole):
            continue
        for way in map("".join, apart):
            if 2 <= len(way) <= 3 and frequency(way) < _SEEN and not _is_everyday(way):
                spells.setdefault(way, []).append(whole)
    parts = [
        (tuple(sorted(wholes, key=frequency, reverse=True)), any(map(_is_bound, way))) for way, wholes in spells.items()
    ]
    kind = ahocorasick_rs.MatchKind.LeftmostLongest
    return ahocorasick_rs.AhoCorasick(list(spells), matchkind=kind), parts


@cache
def _frequency() -> Callable[[str], int]:
    """How often a word has been seen; 0 for none."""
    known = dictionary().frequency
    added = {word for (word,) in rows("words")}
    return lambda word: max(known(word), _OF_ADDED) if word in added else known(word)


def _meant(text: str, run: list[_Split]) -> Iterator[tuple[int, int, str]]:
    """Which splits of a run are meant: those with a bound part, and those that make words that the text lacks."""
    wholes = [_word_made(text, run, at) for at in range(len(run))]
    if not any(wholes) and not any(split.bound for split in run):
        return
    low = max(0, run[0].start - _REACH)
    alone = _loose(text[low : run[-1].end + _REACH])
    for whole, split in zip(wholes, run, strict=True):
        if split.bound or (whole and all(alone[split.start - low : split.end - low])):
            yield split.start, split.end, whole or split.wholes[0]


def _is_everyday(way: str) -> bool:
    """Whether the parts stand beside each other in any sentence: a mere stroke or a 才 and nothing rare."""
    others = [part for part in way if part not in _STROKES]
    return len(others) < len(way) and not any(_is_bound(part) or _frequency()(part) < _RARE for part in others)


@cache
def _is_bound(part: str) -> bool:
    """Whether nobody writes this part alone."""
    return part in BOUND or _frequency()(part) < _SEEN


def _word_made(text: str, run: list[_Split], at: int) -> str:
    """The whole for split `at` that makes a word with its neighbours; empty where none does.

    The neighbours are the text as it stands or, where splits touch, what those beside it may be read as.
    """
    split = run[at]
    before = {text[max(0, split.start - _REACH) : split.start]}
    after = {text[split.end : split.end + _REACH]}
    if at and run[at - 1].end == split.start:
        read = "".join(each.wholes[0] for each in run[max(0, at - _REACH) : at - 1])
        before.update(read + whole for whole in run[at - 1].wholes)
    if at + 1 < len(run):
        read = "".join(each.wholes[0] for each in run[at + 2 : at + 1 + _REACH])
        after.update(whole + read for whole in run[at + 1].wholes)
    for whole in split.wholes:
        if any(_in_word(left + whole + right, len(left)) for left in before for right in after):
            return whole
    return ""


def _in_word(text: str, at: int) -> bool:
    """Whether a word of two to four characters that the dictionary knows holds the character at `at`."""
    frequency = _frequency()
    return any(
        frequency(text[start:end]) > 0
        for start in range(max(0, at - 3), at + 1)
        for end in range(max(at + 1, start + 2), min(len(text), start + 4) + 1)
    )


def _loose(text: str) -> list[bool]:
    """For each character whether it is a word by itself in the likeliest cut of `text` (unigrams, as jieba's)."""
    frequency = _frequency()
    best: list[tuple[float, int]] = [(0.0, 0)] * (len(text) + 1)
    for start in reversed(range(len(text))):
        best[start] = max(
            (math.log(frequency(text[start:end]) or 1) - _LOG_TOTAL + best[end][0], end)
            for end in range(start + 1, min(len(text), start + 4) + 1)
            if end == start + 1 or frequency(text[start:end]) >= _SEEN
        )
    loose = [False] * len(text)
    at = 0
    while at < len(text):
        end = best[at][1]
        loose[at] = end == at + 1
        at = end
    return loose


_LOG_TOTAL = math.log(60_101_967)
"""Of jieba's dictionary: the sum of its frequencies."""
