"""How a term of several words in an alphabet may be written: a word of it in slang or as a picture, or its initials.

A single word is `spelt_in_latin.py`'s. Of a phrase the other words stay, and tell what the one is that is hidden:
`pedazo de 💩`. Names of pictures in English are the rules' own (`tables/pictures.tsv`), other languages' are in
`tables/picture_names.tsv`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache

from moderation.normaliser import normalise
from moderation.views.letters import pictures
from moderation.views.tables import rows

_MOST_WORDS, _LEAST_INITIALS, _MOST_PICTURES = 5, 3, 8
"""Words of a phrase that is looked at, and of one whose initials say something; pictures tried for one word."""


def words_of(term: str) -> list[str]:
    """The words of a phrase in one alphabet, as the canonical view shows it; none where it is none."""
    words = term.split(" ")
    return words if 2 <= len(words) <= _MOST_WORDS and all(map(_is_word, words)) else []


def with_pictures(term: str) -> Iterator[str]:
    """With one word as a picture of what it names."""
    words = words_of(term)
    for at, word in enumerate(words):
        for sign in _shown().get(word, ())[:_MOST_PICTURES]:
            yield " ".join((*words[:at], sign, *words[at + 1 :]))


def initials_of(term: str) -> str:
    """The initials of three words or more: hijo de puta, hdp; nothing of fewer."""
    words = words_of(term)
    return "".join(_BARE.get(word[0], _bare(word[0])) for word in words) if len(words) >= _LEAST_INITIALS else ""


_BARE = {"đ": "d", "ł": "l", "ø": "o"}
"""Letters with a stroke, as people type them who leave strokes out."""


def _bare(letter: str) -> str:
    """A letter without its marks."""
    return unicodedata.normalize("NFD", letter)[0]


def _is_word(word: str) -> bool:
    return word.isalpha() and all(_bare(letter) < "\u0530" for letter in word)


@cache
def _shown() -> dict[str, tuple[str, ...]]:
    """The pictures that each word names, as the canonical view shows both."""
    found: dict[str, list[str]] = {}
    for sign, (_, said) in pictures().items():
        for word in said:
            found.setdefault(word, []).append(sign)
    for signs, names in rows("picture_names"):
        for name in names.split():
            found.setdefault(normalise(name).canonical.text, []).extend(signs)
    return {word: tuple(signs) for word, signs in found.items()}
