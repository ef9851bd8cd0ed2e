"""What only surroundings tell: foreign letters in a word, numerals in a number, flags that spell, words upside down.

Each step is a policy; it says where a character is what it seems, and where it stands for another.

**Look-alike letters** (Unicode TR39 for letters whose glyphs are the same, a few by hand for what is drawn alike). A
word is read in the script that can spell all of it. A Latin word with a Cyrillic `о` is Latin; a Russian word with a
Latin `o` is Russian; a word that both can spell is Russian in a text with Russian words beside it, and Latin
elsewhere; a word that neither can spell (`PDFы`) stays. Letters that are only drawn alike (`к`, `τ`) count as Latin in
a word that changes alphabets twice, as nobody writes so but to hide. A word wholly of look-alikes (`сору`) is read as
Latin only where the text holds Latin or Han letters and no other letter of its own script; so Russian, Greek, Armenian
and Cherokee texts come out unharmed.

**Numerals.** Financial ones (`壹贰叁`) are digits in a run of three numerals or of two financial ones (an account, a
telephone number), ordinary numerals in an amount (`叁仟元`), and stand for themselves elsewhere: 陆 and 伍 are names.

**Regional indicators** that pair into flags are flags; a run that does not is letters.

**Upside-down words** are written from their end: a run with two different turned letters that no orthography has is
read backwards, each character from the whole run.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from moderation.views.tables import rows
from moderation.views.view import View

_LATIN = "a-z\u00df-\u00f6\u00f8-\u024f\u1e00-\u1eff"
_FOREIGN = (
    "\u0370-\u052f\u0531-\u0587\u13a0-\u167f\u16a0-\u16ff\u18b0-\u18ff\u1c80-\u1c8f\u1f00-\u1fff\u2c80-\u2cff"
    "\u2d30-\u2d7f\ua4d0-\ua4ff\ua640-\ua69f\uab70-\uabbf\U00010280-\U0001057f\U000118a0-\U000118ff\U00016f00-\U00016f9f"
)
_MARKS = "\u0300-\u036f"
_WORD = re.compile(f"[{_LATIN}{_FOREIGN}{_MARKS}0-9]+")
_HOME = re.compile(f"[{_LATIN}\u3400-\u9fff]")
_FOREIGN_LETTER = re.compile(f"[{_FOREIGN}]")
_FOREIGN_OR_MARK = re.compile(f"[{_FOREIGN}{_MARKS}]")
_REGIONAL = re.compile("[\U0001f1e6-\U0001f1ff]+")
_TURNED = dict(zip("ɐɔǝɟƃɥᴉıɾʞɯɹʇʌʍʎqpndbuʃ", "acefghiijkmrtvwybdupqnl", strict=True))
_TURNED_RUN = re.compile(f"[{_LATIN}{_FOREIGN}{_MARKS}0-9{''.join(_TURNED)}]+")
_ONLY_TURNED = frozenset("ɐɟƃɥᴉɾʞɯɹʇʍʎ")
_FINANCIAL = dict(zip("零壹贰叁肆伍陆柒捌玖拾佰仟", "〇一二三四五六七八九十百千", strict=True))
_DIGITS = dict(zip("零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖", "00123456789123456789", strict=True))
_FINANCIAL_RUN = re.compile("[0-9零〇一二三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]+")
_FINANCIAL_SIGN = re.compile("[壹贰叁肆伍陆柒捌玖拾佰仟]")
_MULTIPLE = re.compile("[十百千万亿拾佰仟]")
_UNIT = re.compile("[元块圆整角分钱金个]")

SUSPECT = re.compile(f"[{_FOREIGN}\U0001f1e6-\U0001f1ff{''.join(sorted(_ONLY_TURNED))}壹贰叁肆伍陆柒捌玖拾佰仟]")
"""Where none of these is, nothing is folded by its surroundings."""


def in_context(view: View, source: str) -> View:
    """`view` with what its surroundings tell; `source` is the text as sent, whose capitals look like other letters."""
    if not SUSPECT.search(view.text):
        return view
    view = view.replaced(_spelt_by_flags(view.text))
    view = view.replaced(_numbers(view.text))
    view = view.replaced(_meant_words(view, source))
    return view.replaced(_upside_down(view.text))


def _spelt_by_flags(text: str) -> Iterator[tuple[int, int, str]]:
    for run in _REGIONAL.finditer(text):
        letters = "".join(chr(ord(char) - 0x1F1E6 + ord("a")) for char in run[0])
        pairs = [letters[at : at + 2] for at in range(0, len(letters), 2)]
        if not _flags().issuperset(pairs):
            yield from ((run.start() + at, run.start() + at + 1, letter) for at, letter in enumerate(letters))


@cache
def _flags() -> frozenset[str]:
    return frozenset(region for region, *_ in rows("flags"))


def _numbers(text: str) -> Iterator[tuple[int, int, str]]:
    if not _FINANCIAL_SIGN.search(text):
        return
    for run in _FINANCIAL_RUN.finditer(text):
        if not _FINANCIAL_SIGN.search(run[0]):
            continue
        read = _number(run[0], text[run.end() : run.end() + 1])
        yield from ((run.start() + at, run.start() + at + 1, char) for at, char in enumerate(read))


def _number(run: str, after: str) -> str:
    """A run of numerals: digits one after another, an amount, or (where they could be a name) as they are."""
    if not _MULTIPLE.search(run) and (len(run) > 2 or len(_FINANCIAL_SIGN.findall(run)) > 1):
        return "".join(_DIGITS.get(char, char) for char in run)
    if len(run) > 2 or _UNIT.match(after):
        return "".join(_FINANCIAL.get(char, char) for char in run)
    return run


def _upside_down(text: str) -> Iterator[tuple[int, int, str]]:
    for run in _TURNED_RUN.finditer(text):
        if len(_ONLY_TURNED.intersection(run[0])) > 1 and not _FOREIGN_OR_MARK.search(run[0]):
            yield *run.span(), "".join(_TURNED.get(char, char) for char in reversed(run[0]))


@dataclass(frozen=True, slots=True)
class _Lookalikes:
    strict: dict[str, str]
    """Letters that no eye tells from a Latin one."""
    loose: dict[str, str]
    """These and those that are only drawn alike."""
    back: dict[str, dict[str, str]]
    """By script: the letter of that script that looks like a Latin one."""


@cache
def _lookalikes() -> _Lookalikes:
    table = rows("lookalikes")
    strict = {char: letter for char, letter, likeness in table if likeness == "same"}
    back: dict[str, dict[str, str]] = {}
    for char, letter in strict.items():
        if char == unicodedata.normalize("NFKC", char.casefold()):
            back.setdefault(_script(char), {}).setdefault(letter, char)
    return _Lookalikes(strict, {char: letter for char, letter, _ in table}, back)


@cache
def _script(char: str) -> str:
    """The script of a letter, by the first word of its name: CYRILLIC, GREEK, CHEROKEE."""
    return unicodedata.name(char, "?").split(" ")[0]


@dataclass(frozen=True, slots=True)
class _Word:
    """A word with foreign letters: where those stand and where its Latin ones do."""

    foreign: list[int]
    latin: list[int]


def _meant_words(view: View, source: str) -> Iterator[tuple[int, int, str]]:
    if not _FOREIGN_LETTER.search(view.text):
        return
    words = [_word(view.text, match) for match in _WORD.finditer(view.text) if _FOREIGN_LETTER.search(match[0])]
    proper = _scripts_in_earnest(view, source, words)
    for word in words:
        letters = _read_word(view, source, word, proper)
        yield from ((at, at + 1, letter) for at, letter in letters.items() if letter != view.text[at])


def _word(text: str, match: re.Match[str]) -> _Word:
    foreign = [found.start() for found in _FOREIGN_LETTER.finditer(text, *match.span())]
    here = set(foreign)
    return _Word(foreign, [at for at in range(*match.span()) if text[at].isalpha() and at not in here])


def _like(view: View, source: str, at: int, table: dict[str, str]) -> str | None:
    """The Latin letter that the character at `at` looks like, as it was written or in lower case.

    None for a letter with a mark on it: it is its own, and another letter would compose with the mark.
    """
    if _is_marked(view.text, at):
        return None
    start, end = view.starts[at], view.ends[at]
    written = source[start] if end - start == 1 else ""
    return table.get(written) or table.get(view.text[at])


def _is_marked(text: str, at: int) -> bool:
    return at + 1 < len(text) and unicodedata.category(text[at + 1]).startswith("M")


def _scripts_in_earnest(view: View, source: str, words: list[_Word]) -> frozenset[str] | None:
    """The scripts that have words of their own, with a letter that looks like no Latin one.

    None where the text has no Latin and no Han letter, so that nothing tells what its look-alikes stand for.
    """
    strict = _lookalikes().strict
    if not _HOME.search(view.text):
        return None
    return frozenset(
        _script(view.text[at])
        for word in words
        if not word.latin
        for at in word.foreign
        if _like(view, source, at, strict) is None
    )


def _read_word(view: View, source: str, word: _Word, proper: frozenset[str] | None) -> dict[int, str]:
    """Which letter to read at which place; nothing where the word stays as it is."""
    table = _lookalikes()
    scripts = {_script(view.text[at]) for at in word.foreign}
    as_latin = {at: _like(view, source, at, table.strict) for at in word.foreign}
    if not word.latin:
        alone = len(word.foreign) > 1 and proper is not None and not proper & scripts
        return _complete(as_latin) if alone else {}
    if _switches(word) > 1:
        as_latin = {at: _like(view, source, at, table.loose) for at in word.foreign}
    as_foreign: dict[int, str | None] = {}
    if len(scripts) == 1:
        back = table.back.get(next(iter(scripts)), {})
        as_foreign = {at: None if _is_marked(view.text, at) else back.get(view.text[at]) for at in word.latin}
    if (proper and proper & scripts) or not _complete(as_latin):
        return _complete(as_foreign) or _complete(as_latin)
    return _complete(as_latin)


def _switches(word: _Word) -> int:
    """How often a word changes between its Latin and its foreign letters."""
    foreign = set(word.foreign)
    order = [at in foreign for at in sorted(word.latin + word.foreign)]
    return sum(before != after for before, after in pairwise(order))


def _complete(reading: dict[int, str | None]) -> dict[int, str]:
    """`reading`, or nothing where one of its letters is unknown."""
    known = {at: letter for at, letter in reading.items() if letter is not None}
    return known if len(known) == len(reading) else {}
