"""Which stretches of a text may be names of accounts: a number that grows with the text alone.

Names are kept as keyed hashes, so that each stretch has to be asked for as it stands. A text is cut into *pieces*: a
word of letters and digits, one character of a script that is written without spaces (Han, kana, Hangul, Thai and its
neighbours), any other character. Asked for are

* runs of up to `MOST_PIECES` pieces with a digit or a mark in them, of `LEAST` to `LONGEST` characters: `user:88123`,
  `auth0|5f7c`, `_bob99_`, `小明2024` in `替小明2024打广告`. A run of digits and marks alone is a name where no word or
  number goes on beside it, so that no part of a date or of a number of ours is;
* what stands between spaces and quotation marks, whole, up to `LONGEST_WHOLE` characters;
* runs of letters alone where an account is named, and nowhere else: after `account`, `user`, `账号`, `@`, `u/`, before
  `的账号`, `'s account`. Elsewhere such a word is a word, though an account is called so.

Each is read as it stands, as text is read (width, invisible characters, dashes, look-alike letters), in the case
written, and with the digits of other scripts as `0` to `9`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from moderation.normaliser import normalise
from moderation.spans import Span
from moderation.views.view import View

MOST_PIECES: Final = 16
LEAST: Final = 4
"""Characters below which a name may stand in any sentence; with a character of a script without spaces, three."""
LONGEST: Final = 64
LONGEST_WHOLE: Final = 256
LEAST_NAMED: Final = 2
"""Characters of a name where an account is named."""

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff"
    "\u3005-\u3007\u3041-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_UNSPACED_ONE = re.compile(f"[{_UNSPACED}]")
_PIECE = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+|.", re.DOTALL)
_WHOLE = re.compile(r"[^\s\"'“”‘’「」『』《》〈〉«»`,，。;；、!！?？()（）\[\]【】]{4,256}")
_ENDS: Final = frozenset("\"'“”‘’「」『』《》〈〉«»`,，。;；、!！?？()（）[]【】\n")
"""Marks that no name holds, where whole sentences are cut."""
_JOINS: Final = frozenset("-._+")
_BEFORE = re.compile(
    r"(?:账号|帐号|账户|帐户|用户名|用户|昵称|网名"
    r"|(?<![A-Za-z])(?:accounts?|users?|username|nickname|handle|uid)(?![A-Za-z])|(?<![A-Za-z])u/|@)"
    r"[\s:：“\"'‘「『（(=#]*",
    re.IGNORECASE,
)
_AFTER = re.compile(r"[”\"'’」』]?(?:的|这个|这一)(?:账号|帐号|账户|帐户|用户)|['’]s? account", re.IGNORECASE)


def like_names(said: str) -> Iterator[tuple[str, Span]]:
    """What may be a name, with its place in the text as sent; the same word as often as it stands there."""
    for reading in _readings(said):
        pieces = [found.span() for found in _PIECE.finditer(reading.text)]
        for start, end in _runs(reading.text, pieces):
            yield reading.text[start:end], reading.to_source(start, end)


def is_named(said: str, name: str) -> bool:
    """Whether this name stands in the text, as it is or disguised; one that is too short may stand in any."""
    return len(name) >= LEAST and (name in said or any(word == name for word, _ in like_names(said)))


def _readings(said: str) -> Iterator[View]:
    plain = "".join(_plain_digit(char) for char in said)
    for text in dict.fromkeys((said, plain)):
        each = range(len(text))
        yield View(text, tuple(each), tuple(at + 1 for at in each))
        read = normalise(text).canonical
        read = read.reading("".join("-" if unicodedata.category(char) == "Pd" else char for char in read.text))
        yield read
        bounds = zip(read.text, read.starts, read.ends, strict=True)
        yield read.reading("".join(_in_its_case(char, text[start:end]) for char, start, end in bounds))


def _plain_digit(char: str) -> str:
    return str(unicodedata.decimal(char)) if char.isdecimal() else char


def _in_its_case(read: str, source: str) -> str:
    plain = unicodedata.normalize("NFKC", source)
    return plain if len(plain) == 1 and plain.casefold() == read else read


def _runs(text: str, pieces: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for at in range(len(pieces)):
        yield from _from(text, pieces[at : at + MOST_PIECES])
    yield from (found.span() for found in _WHOLE.finditer(text) if not found.group().isalpha())
    yield from _named(text, pieces)


def _from(text: str, pieces: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Runs that begin with the first of these pieces and are no word of letters alone."""
    first = pieces[0][0]
    if text[first].isspace():
        return
    for start, end in pieces:
        if text[start] in _ENDS or end - first > LONGEST:
            return
        if not text[start].isspace() and _is_like_a_name(text, first, end):
            yield first, end


def _is_like_a_name(text: str, start: int, end: int) -> bool:
    run = text[start:end]
    if end - start < LEAST and not (end - start == LEAST - 1 and _UNSPACED_ONE.search(run)):
        return False
    others = [char for char in run if not (char.isspace() or char.isalpha() or unicodedata.category(char)[0] == "M")]
    if not others or not any(map(str.isalnum, run)):
        return False
    return any(map(str.isalpha, run)) or not (_goes_on(text, start - 1, -1) or _goes_on(text, end, 1))


def _goes_on(text: str, at: int, step: int) -> bool:
    """Whether a word or number goes on there, over a mark that joins."""
    if not 0 <= at < len(text):
        return False
    if text[at] in _JOINS:
        at += step
    return 0 <= at < len(text) and text[at].isalnum() and not _UNSPACED_ONE.match(text[at])


def _named(text: str, pieces: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Runs of whatever characters after and before words that name an account."""
    begins = {start: at for at, (start, _) in enumerate(pieces)}
    ends = {end: at for at, (_, end) in enumerate(pieces)}
    for found in _BEFORE.finditer(text):
        if (at := begins.get(found.end())) is not None:
            yield from _bounded((found.end(), end) for _, end in _word(text, pieces[at : at + MOST_PIECES]))
    for found in _AFTER.finditer(text):
        if (at := ends.get(found.start())) is not None:
            back = reversed(pieces[max(at + 1 - MOST_PIECES, 0) : at + 1])
            yield from _bounded((start, found.start()) for start, _ in _word(text, list(back)))


def _word(text: str, pieces: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Those of the pieces before the first space or mark that no name holds."""
    for start, end in pieces:
        if text[start].isspace() or text[start] in _ENDS:
            return
        yield start, end


def _bounded(runs: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    return ((start, end) for start, end in runs if LEAST_NAMED <= end - start <= LONGEST)
