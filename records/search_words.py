"""From texts to the words that they are found by, and from what somebody looks for to the words that have to be there.

Chinese is written without spaces, so that every two neighbouring characters are a word of the index (and the last of a
run, so that one character finds all that begins with it): what is looked for is found wherever it stands, whatever a
dictionary would make of the sentence. The dictionary (jieba's) cuts what is *looked for*: `刷单兼职` asks for both
words, anywhere; in quotation marks the characters have to follow each other. The index leaves out where words stand, so
that what it finds is only likely, and `Words.holds` looks again.

A comment is found by its text as sent and as the machine reads it (the canonical view, the joined one, and characters
drawn apart or alike): a disguise hides nothing. What only sounds alike is looked for by reading texts (`by_sound`):
each character would be another word of the index, and any two sound like something.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

from moderation.dictionary import dictionary
from moderation.normaliser import ViewName, normalise, term_in
from moderation.views.phonetic import plainly_drawn

LONGEST = 64
"""Characters of a word of letters; what is longer is found by its beginning."""

MOST_SOUGHT = 24
"""Words that are looked for at once; what somebody pastes beyond them is compared with the texts alone."""

_HAN = re.compile("[\u3400-\u9fff]{2,}")
_PHRASE = re.compile(r"[\"“”「」](.+?)[\"“”「」]")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\U00020000-\U0003ffff々〆〇]"
)
"""Scripts that leave no spaces, and Hangul, whose words carry their particles with them."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the index; with `begins`, any that begins with it."""

    word: str
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody looks for: `parts` have to stand in the text, `terms` in its entry, `sounds` in how it sounds."""

    parts: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    sounds: tuple[str, ...] = ()

    def holds(self, text: str) -> bool:
        """Whether a text has every part, as sent or as the machine reads it."""
        if self.sounds:
            heard = normalise(text).view(ViewName.PHONETIC).text
            if not all(sound in heard for sound in self.sounds):
                return False
        if not self.parts:
            return True
        sent = folded(text)
        missing = [part for part in self.parts if part not in sent]
        return not missing or _all_in(missing, readings(text))


def words_sought(typed: str, *, by_sound: bool = False) -> Words:
    """What a person typed, taken apart. `by_sound`: words of Chinese characters by how they sound, each by itself."""
    parts = tuple(dict.fromkeys(_parts(typed)))
    if by_sound:
        sounds = tuple(term_in(ViewName.PHONETIC, part) for part in parts if _HAN.fullmatch(part))
        rest = tuple(part for part in parts if not _HAN.fullmatch(part))
        return Words(rest, tuple(term for part in rest for term in _terms(part))[:MOST_SOUGHT], sounds)
    terms = dict.fromkeys(term for part in parts for term in _terms(part))
    return Words(parts, tuple(terms)[:MOST_SOUGHT])


def words_of(text: str) -> set[str]:
    """The words of the index that a text is found by."""
    return {word for reading in readings(text) for word in _words(reading)}


def facet(name: str, value: str) -> str:
    """A word that no text has, for what is known of a comment beside its text: `label:gambling`."""
    if re.fullmatch(r"[a-z0-9_-]{1,40}", value):
        return f"{name}:{value}"
    return f"{name}:{hashlib.sha256(value.encode()).hexdigest()[:24]}"


def folded(text: str) -> str:
    """Without differences of case and width, with single spaces, without what cannot be seen."""
    seen = text if text.isascii() else "".join(char for char in text if unicodedata.category(char) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", seen).casefold().split())


def is_sign_of_words(char: str) -> bool:
    """Whether it is of a word: no punctuation and no space."""
    return bool(_kind(char))


def readings(text: str) -> tuple[str, ...]:
    """As sent, as the machine reads it, that without anything between the characters, joined, and as it is drawn."""
    read = normalise(text)
    canonical = folded(read.canonical.text)
    views = (read.view(ViewName.JOINED).text, plainly_drawn(read.whole.text))
    return tuple(dict.fromkeys((folded(text), canonical, _joined(canonical), *map(folded, views))))


def _all_in(parts: Iterable[str], read: tuple[str, ...]) -> bool:
    return all(any(part in reading for reading in read) for part in parts)


def _parts(typed: str) -> Iterator[str]:
    """What is in quotation marks whole; of the rest every word, Chinese as the dictionary cuts it."""
    for phrase in _PHRASE.findall(typed):
        yield from filter(_has_words, [folded(phrase)])
    for piece in folded(_PHRASE.sub(" ", typed)).split():
        for kind, run in _runs(piece):
            if kind == _CLOSE:
                yield from _cut(run)
            else:
                yield run


def _cut(run: str) -> Iterator[str]:
    """Words of the dictionary; characters that it leaves single are one word that it does not know (`刷单`)."""
    cut = [str(word) for word in dictionary().cut(run, HMM=False)]
    for is_single, same in groupby(cut, key=lambda word: len(word) == 1):
        words = list(same)
        yield from ["".join(words)] if is_single else words


def _has_words(text: str) -> bool:
    return any(True for _ in _words(text))


def _terms(part: str) -> Iterator[Term]:
    for kind, run in _runs(part):
        if kind == _CLOSE and len(run) > 1:
            yield from (Term(_spelt(one + other)) for one, other in pairwise(run))
        else:
            yield Term(_spelt(run[:LONGEST]), begins=kind != _SIGN)


def _words(reading: str) -> Iterator[str]:
    for kind, run in _runs(reading):
        if kind == _CLOSE:
            yield from (_spelt(one + other) for one, other in pairwise(run))
            yield _spelt(run[-1])
        else:
            yield _spelt(run[:LONGEST])


_CLOSE, _LETTERS, _SIGN = "close", "letters", "sign"


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """Runs of one kind: characters written close, letters and digits, each sign (an emoji) by itself."""
    for kind, run in groupby(text, key=_kind):
        if kind == _SIGN:
            yield from ((kind, char) for char in run)
        elif kind:
            yield kind, "".join(run)


@lru_cache(maxsize=1 << 13)
def _kind(char: str) -> str:
    if _UNSPACED.match(char):
        return _CLOSE
    if char.isalnum() or unicodedata.category(char) in ("Mn", "Mc"):
        return _LETTERS
    return _SIGN if unicodedata.category(char) == "So" else ""


def _joined(reading: str) -> str:
    return "".join(filter(is_sign_of_words, reading))


def _spelt(word: str) -> str:
    """Characters beyond the first plane by number: the databases' tables of characters are older than some of them."""
    if word.isascii() or (max(word) < "\u2000" or ("\u3000" < min(word) and max(word) < "\ud800")):
        return word
    return "".join(char if char < "\U00010000" and _kind(char) != _SIGN else f"+{ord(char):x}" for char in word)
