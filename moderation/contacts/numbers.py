"""Digits however they are spelt: Han and financial numerals, circled, look-alike letters, words, with fillers between.

A *run* is five or more digits with at most three marks between two of them; letters end it. A run keeps its groups
and what parts them, because `138-0013-8000` is a number and `1, 3, 5, 7, 9, 11, 13, 15` a list, though both are eleven
digits. Spellings are data (`moderation/tables/contacts_digits.tsv`): some always mean the digit, some are ordinary
letters or characters and are read as digits only within a run of seven and more (where true digits are a third, and
outnumber characters), some are words and count where at least seven stand in a row.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import NamedTuple

import re2

from moderation.contacts.patterns import begins_a_word, pattern
from moderation.views.tables import rows
from moderation.views.view import View

MIN_RUN = 5
_MAX_NEAR_RUN = 24
_MIN_NEAR_RUN = 7
_MAX_GROUPS = 5
_LETTERS = "oilbsz"
_TYING = frozenset("-._:")


class _Spellings(NamedTuple):
    same: dict[int, str]
    near: dict[int, str]
    words: dict[str, str]


@dataclass(frozen=True, slots=True)
class NumberRun:
    """Digits and where they stand: `starts[i]` to `ends[i]` in the view is the spelling of `digits[i]`."""

    digits: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    gaps: tuple[str, ...]
    """What parts each digit from the next, one fewer than digits."""
    plus: int | None
    """Where its plus sign stands; None where it has none."""

    @property
    def start(self) -> int:
        """Where the first digit stands."""
        return self.starts[0]

    @property
    def begins(self) -> int:
        """Where the plus sign or else the first digit stands."""
        return self.start if self.plus is None else self.plus

    @property
    def end(self) -> int:
        """Behind the last digit."""
        return self.ends[-1]

    @property
    def groups(self) -> tuple[int, ...]:
        """How many digits stand together, in order."""
        cuts = [0, *(at + 1 for at, gap in enumerate(self.gaps) if gap), len(self.digits)]
        return tuple(end - start for start, end in pairwise(cuts))

    @property
    def fillers(self) -> frozenset[str]:
        """What stands between its groups, each once."""
        return frozenset(gap.strip() or gap for gap in self.gaps if gap)

    def part(self, start: int, end: int) -> NumberRun:
        """The digits `start <= i < end` alone."""
        return NumberRun(
            self.digits[start:end],
            self.starts[start:end],
            self.ends[start:end],
            self.gaps[start : end - 1],
            self.plus if start == 0 else None,
        )

    def parts(self) -> Iterator[NumberRun]:
        """Itself, then each stretch of whole groups that another filler sets apart from its neighbours.

        `12 138-0013-8000` holds a number, `1-3-8-0-0-1-3-8-0-0-0-4-4` does not.
        """
        yield self
        cuts = [0, *(at + 1 for at, gap in enumerate(self.gaps) if gap), len(self.digits)]
        for at, start in enumerate(cuts[:-1]):
            for end in cuts[at + 1 : at + 1 + _MAX_GROUPS]:
                if (start, end) != (0, len(self.digits)) and MIN_RUN <= end - start and self._stands_apart(start, end):
                    yield self.part(start, end)

    def _stands_apart(self, start: int, end: int) -> bool:
        inside = {gap for gap in self.gaps[start : end - 1] if gap}
        around = {gap for gap in (*self.gaps[max(start - 1, 0) : start], *self.gaps[end - 1 : end]) if gap}
        return not inside & around and not around & _TYING


@lru_cache(maxsize=1)
def _spellings() -> _Spellings:
    spelt: dict[str, dict[str, str]] = {"same": {}, "near": {}, "word": {}}
    for digit, kind, spellings in rows("contacts_digits"):
        spelt[kind] |= dict.fromkeys(spellings.split(), digit)
    same = str.maketrans(spelt["same"]) | _unicode_digits()
    return _Spellings(same, str.maketrans(spelt["near"]), spelt["word"])


def _unicode_digits() -> dict[int, str]:
    """Every character that Unicode calls a digit (Numeric_Type=Decimal or Digit): other scripts', circled, dingbats."""
    digits = ((code, unicodedata.digit(chr(code), None)) for code in range(0x80, 0x20000))
    return {code: str(digit) for code, digit in digits if digit is not None}


@lru_cache(maxsize=1)
def _near_pattern() -> re2._Regexp:
    near = "".join(f"\\x{{{code:x}}}" for code in _spellings().near)
    return pattern(f"[0-9{near}]{{{_MIN_NEAR_RUN},{_MAX_NEAR_RUN}}}")


@lru_cache(maxsize=1)
def _word_pattern() -> re2._Regexp:
    words = "|".join(sorted(_spellings().words, key=len, reverse=True))
    return pattern(rf"(?:(?:{words}|[0-9])[ ,._-]{{0,2}}){{{_MIN_NEAR_RUN},{_MAX_NEAR_RUN}}}")


@lru_cache(maxsize=1)
def _one_word() -> re2._Regexp:
    return pattern("|".join([*sorted(_spellings().words, key=len, reverse=True), "[0-9]"]))


_RUN = pattern(rf"\+?\(?[0-9](?:[^\pL\pN¥$€£₩₽฿%‰°=<>×÷~^]{{0,3}}[0-9]){{{MIN_RUN - 1},}}")


_MOBILE = pattern(r"1[3-9]\d{9}")


def plain_digits(text: str) -> str:
    """`text` with every digit as an ASCII one; as long as it was."""
    read = text.translate(_spellings().same)
    pieces: list[str] = []
    done = 0
    for match in _near_pattern().finditer(read):
        start, end = match.span()
        if not _MOBILE.fullmatch(match.group().translate(_spellings().near)):
            start, end = _without_edges(read, start, end)
        if _mostly_digits(read[start:end]) and not _within_a_word(read, start, end):
            pieces += (read[done:start], read[start:end].translate(_spellings().near))
            done = end
    return "".join((*pieces, read[done:]))


def _without_edges(read: str, start: int, end: int) -> tuple[int, int]:
    """The run without ordinary words at its ends: the first of `要138` and the last of `138吧` are no digits."""
    while start < end and not (read[start].isdecimal() or read[start] in "oil"):
        start += 1
    while start < end and not (read[end - 1].isdecimal() or read[end - 1] in _LETTERS):
        end -= 1
    return start, end


def _mostly_digits(part: str) -> bool:
    digits = sum(map(str.isdecimal, part))
    words = sum(not char.isascii() for char in part)
    return _MIN_NEAR_RUN <= len(part) <= 3 * digits and words < digits < len(part)


def _within_a_word(text: str, start: int, end: int) -> bool:
    """Whether a Latin letter goes on where the run ends: `il2020year` is no number."""
    before = start > 0 and text[start - 1].isascii() and text[start - 1].isalpha()
    after = end < len(text) and text[end].isascii() and text[end].isalpha()
    return before or after


def number_runs(source: str, view: View, read: str) -> tuple[NumberRun, ...]:
    """All runs of a view of `source`, in order; `read` is the view's text with plain digits."""
    matches = (match for match in _RUN.finditer(read) if "**" not in match.group())  # a masked number is none
    plain = [_run(source, view, read, *match.span()) for match in matches]
    bare = (_without_words(source, view, run) for run in plain)
    pairs = [_likelier_first(view.text, run, other) for run, other in zip(plain, bare, strict=True)]
    return tuple(sorted((*chain.from_iterable(pairs), *_spelt_runs(read)), key=lambda run: run.start))


def _likelier_first(text: str, run: NumberRun, bare: NumberRun | None) -> tuple[NumberRun, ...]:
    """A run with spelt digits at its ends and without: first without, where a word takes them or a space parts them."""
    if bare is None:
        return (run,)
    return (bare, run) if _parts_with(run, bare) or begins_a_word(text[bare.end : bare.end + 3]) else (run, bare)


def _parts_with(run: NumberRun, bare: NumberRun) -> bool:
    first, last = run.starts.index(bare.start), run.ends.index(bare.end)
    return bool("".join((*run.gaps[first - 1 : first], *run.gaps[last : last + 1])).isspace())


def _run(source: str, view: View, read: str, start: int, end: int) -> NumberRun:
    at = [i for i in range(start, end) if read[i].isdecimal()]
    gaps = tuple(read[left + 1 : right] or _left_out(source, view, left) for left, right in pairwise(at))
    digits = "".join(read[i] for i in at)
    plus = start if read[start] == "+" else None
    return NumberRun(digits, tuple(at), tuple(i + 1 for i in at), gaps, plus)


def _without_words(source: str, view: View, run: NumberRun) -> NumberRun | None:
    """The run without spelt digits at its ends, where that leaves another: `陆` of `13800138000陆小姐` is a name."""
    plain = [at for at, start in enumerate(run.starts) if source[view.starts[start]].isdigit()]
    if not plain or plain[-1] + 1 - plain[0] in (len(run.digits), *range(MIN_RUN)):
        return None
    return run.part(plain[0], plain[-1] + 1)


def _left_out(source: str, view: View, at: int) -> str:
    """What a reader sees in the source between `at` and the next character of a view that leaves fillers out."""
    between = source[view.ends[at] : view.starts[at + 1]]
    return "".join(char for char in between if char.isprintable() or char.isspace())


def _spelt_runs(read: str) -> Iterator[NumberRun]:
    words = _spellings().words
    for match in _word_pattern().finditer(read):
        offset = match.start()
        found = list(_one_word().finditer(match.group()))
        digits = "".join(words.get(word.group(), word.group()) for word in found)
        if sum(word.group() in words for word in found) < _MIN_NEAR_RUN - 1 or _within_a_word(read, *match.span()):
            continue
        starts = tuple(offset + word.start() for word in found)
        ends = tuple(offset + word.end() for word in found)
        plus = _PLUS.search(read[max(offset - _BEFORE, 0) : offset])
        at = max(offset - _BEFORE, 0) + plus.start(1) if plus else None
        yield NumberRun(digits, starts, ends, ("",) * (len(digits) - 1), at)


_BEFORE = 8
_PLUS = pattern(r"(?:^|[^\pL\pN])(\+|plus|плюс)\s?\(?$")
"""Before a number in words its plus sign may be a word too."""
