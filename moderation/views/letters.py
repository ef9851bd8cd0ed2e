r"""What signs and letters may stand for, in words of Latin letters and beside Han characters (`pieced.py` asks).

A token with signs among its letters is read letter by letter: drawn letters (`\/` for v, `|<` for k), digits and
signs, fillers dropped, a picture as an English word (`tables/pictures.tsv`: `b!t🪙`). A 1 is an i or an l, so there
are a few readings; their number is bounded, whatever the token holds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
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
    "¡": "i", "§": "s", "¥": "y", "×": "x", "#": "h",
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

_FILLERS = frozenset("._*~·•-'`^,=:/\\")
_PICTURE_TAIL = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f\u200d\u2640\u2642]")
_LETTERS = re.compile("[a-z]{2,}")


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
    read = dict.fromkeys("".join(choice) for choice in islice(_choices(token), 2 * MOST_READINGS))
    return tuple(word for word in read if _LETTERS.fullmatch(word) and word != token)[:MOST_READINGS]


def _choices(token: str) -> Iterator[tuple[str, ...]]:
    """Each way to read the signs of a token; all signs of one kind alike, so that there are few."""
    kinds = {sign: _ways(sign) for sign in dict.fromkeys(token)}
    for ways in product(*kinds.values()):
        chosen = dict(zip(kinds, ways, strict=True))
        yield tuple(chosen[sign] for sign in token)


def _ways(sign: str) -> tuple[str, ...]:
    if sign in _FILLERS:
        return ("",)
    if sign in pictures():
        return (*pictures()[sign][1][:3], "")
    return tuple(_SIGNS.get(sign, _FOREIGN.get(sign, sign)))
