"""The joined view: fillers between the characters of a word removed (`c.a.s.i.n.o`, `微 . 信`, `加-V-X`).

A filler is what is neither letter nor digit nor mark. Whether one stands between words or within one is told by what it
is and by what stands beside it:

* A **symbol** (a dot, a dash, a star, a stroke, an emoji, up to `MAX_SYMBOLS` of them) between two letters is removed
  wherever it stands: at worst a compound is written as one word, which the canonical view shows apart. Between two
  digits it makes dates, scores and versions, and stays.
* A **space** goes where a Han character is beside it, since Chinese is written without; other scripts' spaces part
  words and stay.
* **Sentence marks** (commas, stops, colons, brackets, quotes), and the spaces and digits above, go where a word is
  taken apart: between at least three single letters in a row (five single digits; two letters where the text is
  Chinese: `加 v x`). Spaces stay between words that other fillers take apart: `j.u.d.i o.n.l.i.n.e`. `好，我来` keeps
  its comma. Brackets around one single character go, too: `微(信)`.

Marks with which a script spells are no fillers behind its letters: the Tibetan tsheg, Armenian and Hebrew marks, the
Ethiopic word space, and the joiners that the canonical view leaves.

A run of letters that becomes one word is then read again by its surroundings (`context.py`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby, pairwise

from moderation.views.canonical import composes
from moderation.views.context import in_context
from moderation.views.view import View

MAX_SYMBOLS = 12
"""Code points of a symbol run that may hide within a word; longer ones rule off paragraphs."""

MOST_READINGS = 3
"""A word that surroundings read otherwise (upside down, other letters) may stand beside a filler anew."""

_HAN, _LETTER, _DIGIT, _MARK, _SPACE, _SYMBOL, _BRACKET, _STOP = "HLDmsfbp"
_FILLERS = re.compile(r"[sfbp][sfbpm]*")
_WITHIN = re.compile(r"[fb]|[sp]m*[HLD]m*[sp]")
"""Without any of these before its last letter and without a space in a Chinese text, no filler is within a word."""

_STOPS = frozenset(",!?;:。、！？，；：︰﹐﹑﹔؟،।॥۔։།༎።፣၊။។")
_STROKES = frozenset("丶丨丿丷亅ـ")
"""Han characters that are only drawn, never written as words, and the stroke that draws Arabic words out."""

_ORDINARY = '"()\\[\\]“”《》【】,!?;:\u3001\u3002'
_PLAIN_HAN = "\u3400-\u4dbf\u4e00-\u4e27\u4e29-\u4e35\u4e38-\u4e3e\u4e40-\u4e84\u4e86-\u9fff"
_UNUSUAL = re.compile(f"[^{_ORDINARY}a-z0-9{_PLAIN_HAN}]")
_LONE = re.compile(f"[{_ORDINARY}](?:[{_PLAIN_HAN}](?![{_PLAIN_HAN}])|[a-z](?![a-z])|[0-9](?![0-9]))")
"""Without any of these a text is letters, digits, Han characters that are no strokes, and stops and brackets with more
than one of a kind behind each: nothing in it is a filler within a word. What most texts are, looked through fast."""

_APOSTROPHES = frozenset("'’")
_JOINERS = frozenset("\u200c\u200d")

_SPELT_WITH = re.compile(
    "(?<=[\u0f40-\u0fbc])[\u0f0b\u0f0c]"  # Tibetan: between syllables
    "|(?<=[\u0531-\u0587])[\u055a-\u055e\u058a]"  # Armenian: apostrophe, emphasis, question mark, hyphen
    "|(?<=[\u0591-\u05c7\u05d0-\u05ea])[\u05be\u05f3\u05f4]"  # Hebrew: maqaf, geresh, gershayim
    "|(?<=[\u1200-\u135f])\u1361"  # Ethiopic: between words
)
"""Marks within the words of a script, behind one of its letters; anywhere else they are fillers."""


_MAY_SPELL = re.compile("[\u0f0b\u0f0c\u055a-\u055e\u058a\u05be\u05f3\u05f4\u1361]")


def _marked(text: str) -> str:
    """`text` with a combining mark for each mark that its script spells with."""
    return _SPELT_WITH.sub("\u0301", text) if _MAY_SPELL.search(text) else text


class _Kinds(dict[int, str]):
    """Each code point's kind, a letter for each, so that regular expressions can look at kinds alone."""

    def __missing__(self, code: int) -> str:
        kind = self[code] = _kind(chr(code))
        return kind


def _kind(char: str) -> str:
    if char in _STROKES:
        return _SYMBOL
    category = unicodedata.category(char)
    if category.startswith("M") or composes(char) or char in _JOINERS:
        return _MARK
    if category.startswith("L") or category == "Nl":
        return _HAN if _is_han(char) else _LETTER
    if category.startswith("N"):
        return _DIGIT
    return _sign(char, category)


def _is_han(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff" or char in "〇々" or "\U00020000" <= char <= "\U000323af"


def _sign(char: str, category: str) -> str:
    if char == " ":
        return _SPACE
    if char in _STOPS:
        return _STOP
    is_bracket = category in {"Ps", "Pe", "Pi", "Pf"} or char == '"'
    return _BRACKET if is_bracket and char not in _APOSTROPHES else _SYMBOL


@cache
def _kinds() -> _Kinds:
    return _Kinds()


@dataclass(frozen=True, slots=True)
class _Filler:
    """A run of fillers, and the characters beside it."""

    base: int
    """Where the character before the run stands; marks may be between them."""
    start: int
    end: int
    text: str
    what: str
    """The kinds in the run, marks left out."""
    before: str
    after: str
    splits: bool
    """Whether single characters are on both sides: what one taken-apart word looks like."""


def joined(view: View, source: str) -> View:
    """`view`, canonical, without the fillers within words."""
    for _ in range(MOST_READINGS):
        whole = _without_fillers(view)
        if whole is view:
            return view
        view = in_context(whole, source)
        if view.text == whole.text:
            return view
    return view


def _without_fillers(view: View) -> View:
    """`view` itself where no filler is within a word."""
    if not (_UNUSUAL.search(view.text) or _LONE.search(view.text)):
        return view
    kinds = _marked(view.text).translate(_kinds())
    if not _WITHIN.search(kinds.rstrip("sfbpm")) and not (_HAN in kinds and _SPACE in kinds):
        return view
    fillers = list(_fillers(view.text, kinds))
    spare = [filler for filler, goes in zip(fillers, _spare(fillers, _HAN in kinds), strict=True) if goes]
    return view.replaced((filler.start, filler.end, "") for filler in spare) if spare else view


def _fillers(text: str, kinds: str) -> Iterator[_Filler]:
    for run in _FILLERS.finditer(kinds):
        start, end = run.span()
        if not start or end == len(kinds):
            continue
        base = _base(kinds, start - 1)
        follows = end + 1
        while kinds[follows : follows + 1] == _MARK:
            follows += 1
        before, after = kinds[base], kinds[end]
        single = not (base and _goes_on(before, kinds[_base(kinds, base - 1)]))
        single = single and not _goes_on(after, kinds[follows : follows + 1])
        single = single and (before == _DIGIT) == (after == _DIGIT)
        yield _Filler(base, start, end, text[start:end], run[0].replace(_MARK, ""), before, after, single)


def _goes_on(kind: str, beside: str) -> bool:
    """Whether a character of `kind` is no single one beside that; a Han numeral may be read as a digit yet."""
    return beside == kind or (kind == _HAN and beside == _DIGIT)


def _base(kinds: str, at: int) -> int:
    """Where the character stands that the marks at `at`, if there are any, stand on."""
    while at and kinds[at] == _MARK:
        at -= 1
    return at


def _spare(fillers: list[_Filler], chinese: bool) -> list[bool]:
    """For each filler whether it stands within a word."""
    spare = [_is_symbol(filler) for filler in fillers]
    for first, last in _taken_apart(fillers):
        if last - first + 1 >= _letters_needed(fillers[first], chinese):
            stay = _parts_words(fillers[first:last])
            for at in range(first, last):
                spare[at] = spare[at] or not (stay and _SPACE in fillers[at].what)
    for at, (left, right) in enumerate(pairwise(fillers)):
        if _only_brackets(left) and _only_brackets(right) and left.end + 1 == right.start:
            spare[at] = spare[at + 1] = True
    return spare


def _parts_words(chain: list[_Filler]) -> bool:
    """Whether the spaces of a chain part words: where one and the same other filler takes each of them apart."""
    words = [list(fillers) for spaced, fillers in groupby(chain, lambda filler: _SPACE in filler.what) if not spaced]
    gaps = sum(_SPACE in filler.what for filler in chain)
    return len({filler.text for word in words for filler in word}) == 1 and len(words) == gaps + 1


def _letters_needed(filler: _Filler, chinese: bool) -> int:
    """How many single characters in a row make a word taken apart by fillers like this one."""
    if filler.before == _DIGIT:
        return 5
    return 2 if (chinese and filler.what == _SPACE) or _only_brackets(filler) else 3


def _is_symbol(filler: _Filler) -> bool:
    """Whether the run is of symbols that no sentence needs there."""
    if _STOP in filler.what or _BRACKET in filler.what or len(filler.what) > MAX_SYMBOLS:
        return False
    if _HAN in (filler.before, filler.after):
        return True
    return _SPACE not in filler.what and not filler.before == filler.after == _DIGIT


def _only_brackets(filler: _Filler) -> bool:
    return not filler.what.strip(_BRACKET + _SPACE) and _BRACKET in filler.what


def _taken_apart(fillers: list[_Filler]) -> Iterator[tuple[int, int]]:
    """The longest ranges `first <= i < last` of fillers with one single character between each two."""
    first = 0
    for at, filler in enumerate(fillers):
        if not filler.splits:
            first = at + 1
            continue
        follows = fillers[at + 1] if at + 1 < len(fillers) else None
        if follows is None or not follows.splits or follows.before != filler.after or follows.base > filler.end:
            yield first, at + 1
            first = at + 1
