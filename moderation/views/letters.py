r"""What signs and letters may stand for, in words of Latin letters and beside Han characters (`pieced.py` asks).

A token with signs among its letters is read letter by letter: drawn letters (`\/` for v, `|<` for k), digits and
signs, fillers dropped, a picture as an English word (`tables/pictures.tsv`: `b!t🪙`). A 1 is an i or an l, so there
are a few readings; their number is bounded, whatever the token holds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from itertools import islice, product

from moderation.views.tables import rows

MOST_READINGS, LONGEST_TOKEN = 6, 24
"""Ways to read one token, and the code points of the longest one that is read."""

_DRAWN = (
    ("|\\/|", "m"), ("/\\/\\", "m"), ("\\/\\/", "w"), ("|\\|", "n"), ("|-|", "h"), ("|_|", "u"), ("(_)", "u"),
    ("\\/", "v"), ("/\\", "a"), ("|)", "d"), ("[)", "d"), ("|>", "p"), ("|<", "k"), ("|3", "b"), ("()", "o"),
    ("}{", "h"), ("][", "i"),
)  # fmt: skip
"""Letters drawn with several signs, the longest first."""

_SIGNS = {
    "0": "o", "3": "e", "4": "a", "@": "a", "5": "s", "$": "s", "7": "t", "8": "b", "9": "g", "6": "gb", "2": "z",
    "€": "e", "+": "t", "¢": "c", "£": "l", "(": "c", "<": "c", "{": "c", "1": "il", "!": "il", "|": "il",
    "¡": "i", "©": "c", "®": "r", "§": "s", "¥": "y", "×": "x", "#": "h",
}  # fmt: skip
"""Signs and the letters that they are drawn like."""

_FOREIGN = dict(
    zip(
        "αβγδεζηθικλμνξορςστυφχψωабвгдежзийклмнопрстуфхцчшщъыьэюя",
        "abydezn0iklmveopcotuoxwwa6brдexeuukлmhonpctyoxu4wwbыbeюr",
        strict=True,
    )
)
"""Greek and Cyrillic letters and the Latin ones that they are drawn like, in words that mix alphabets."""

_CYRILLIC = {
    "0": "о", "3": "зе", "4": "ча", "6": "б", "1": "ил", "!": "и", "@": "а", "$": "с", "8": "в", "9": "я", "7": "т",
    "5": "с", "a": "а", "e": "е", "o": "о", "p": "р", "c": "с", "x": "х", "k": "к", "m": "м", "t": "т", "h": "н",
    "b": "в", "y": "у", "i": "и", "n": "п", "u": "и", "r": "г",
}  # fmt: skip
"""The same in a word of Cyrillic letters, Latin ones among them."""

_FILLERS = frozenset("._*~·•-'`^,=:/\\")
_PICTURE_TAIL = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f\u200d\u2640\u2642]")
_LETTERS, _CYRILLIC_LETTERS = re.compile("[a-z]{2,}"), re.compile("[а-яё]{2,}")


@cache
def pictures() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """What each picture may stand for, by its first code point: Chinese words and English ones."""
    return {
        sign: (tuple(read.split()), tuple(said.split())) for signs, read, said in rows("pictures") for sign in signs
    }


@cache
def letters() -> dict[str, tuple[str, ...]]:
    """What a letter of another script may stand for beside a Han character, as the canonical view shows it."""
    return {unicodedata.normalize("NFKC", letter): tuple(read.split()) for letter, read in rows("letters")}


@lru_cache(maxsize=1 << 12)
def decoded(token: str) -> tuple[str, ...]:
    """The words of Latin letters that `token`, as the canonical view shows it, may stand for; at most six."""
    if len(token) > LONGEST_TOKEN:
        return ()
    token = _PICTURE_TAIL.sub("", token)
    for drawn, letter in _DRAWN:
        token = token.replace(drawn, letter)
    return _words(token, _choices(token, _ways), _LETTERS)


@lru_cache(maxsize=1 << 12)
def decoded_cyrillic(token: str) -> tuple[str, ...]:
    """The same of Cyrillic letters."""
    if len(token) > LONGEST_TOKEN:
        return ()
    return _words(token, _choices(token, lambda sign: tuple(_CYRILLIC.get(sign, sign))), _CYRILLIC_LETTERS)


def _words(token: str, choices: Iterator[tuple[str, ...]], letters: re.Pattern[str]) -> tuple[str, ...]:
    read = dict.fromkeys("".join(choice) for choice in islice(choices, 2 * MOST_READINGS))
    return tuple(word for word in read if letters.fullmatch(word) and word != token)[:MOST_READINGS]


def _choices(token: str, ways_of: Callable[[str], tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Each way to read the signs of a token; all signs of one kind alike, so that there are few."""
    kinds = {sign: ways_of(sign) for sign in dict.fromkeys(token)}
    for ways in product(*kinds.values()):
        chosen = dict(zip(kinds, ways, strict=True))
        yield tuple(chosen[sign] for sign in token)


def _ways(sign: str) -> tuple[str, ...]:
    if sign in _FILLERS:
        return ("",)
    if sign in pictures():
        return (*pictures()[sign][1][:3], "")
    return tuple(_SIGNS.get(sign, _FOREIGN.get(sign, sign)))
