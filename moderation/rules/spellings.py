"""How a term may be written that no view brings back: backwards, in initials, in slang, in pieces.

A view reads every text one way, whatever is sought. Whether `tx` stands for 套现, 腾讯 or an exchange depends on the
term, so these spellings belong to terms and are sought beside them in the same scan:

* **backwards**: 信微 for 微信, `onisac` for casino;
* **initials**: `dk` for 贷款, and mixed with characters of the term, `代k`, `c你m`;
* **another reading** of a character that has several: 银航卡;
* **parts**: 火包友, also where no dictionary knows the word;
* **look-alikes** that share a part with a character: 抢支;
* **slang** (`tables/slang.tsv`): what apps for contact and a few words are called: 绿泡泡, 企鹅号, `fvck`;
* **in pieces**: `cas ino`, where a piece is no English word;
* **other scripts** as their own writers hide words: `ㅂㅅ`, `เxี้ย`, `タヒね` (`spelt_in_scripts.py`);
* **letters** for the characters of a word that holds letters, too: `kf` and `kfen` for K粉;
* **phrases** with a word in slang or as a picture, and their initials: `phuck off`, `pedazo de 💩`, `hdp`.

Each is a proposal; `believing.py` asks of every kind what it has to show. The count is bounded: a few for each term.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from moderation.normaliser import normalise, term_in
from moderation.rules.spelling import Spelling, Written
from moderation.rules.spelt_in_han import (
    HAN,
    as_number,
    backwards,
    by_other_readings,
    in_initials,
    in_letters,
    in_parts,
    with_digits,
    with_look_alikes,
)
from moderation.rules.spelt_in_latin import in_latin
from moderation.rules.spelt_in_phrases import initials_of, with_pictures, words_of
from moderation.rules.spelt_in_scripts import in_scripts
from moderation.views.tables import rows
from moderation.views.view import ViewName


def written(term: str, views: tuple[ViewName, ...]) -> Iterator[Written]:
    """Every way to write `term` (as the canonical view shows it) that a rule with these views may see."""
    apart = ViewName.EMOJI if ViewName.EMOJI in views else ViewName.JOINED if ViewName.JOINED in views else None
    if apart is not None:
        legible = ViewName.SHAPE if term.isascii() and ViewName.SHAPE in views else apart
        yield from (Written(text, legible, spelling) for text, spelling in in_latin(term))
        yield from (Written(text, legible if text.isascii() else apart, spelling) for text, spelling in _slang(term))
        yield from _in_phrases(term, apart)
        yield from (Written(text, ViewName.CANONICAL, spelling) for text, spelling in in_scripts(term))
        yield from (Written(text, apart, spelling) for text, spelling in in_letters(term))
    if HAN.fullmatch(term) and len(term) > 1:
        yield from _in_han(term, views, apart)


def _in_han(term: str, views: tuple[ViewName, ...], apart: ViewName | None) -> Iterator[Written]:
    if apart is not None and (number := as_number(term)):
        yield Written(number, ViewName.CANONICAL, Spelling.NUMBER)
    if apart is not None:
        yield from (Written(text, apart, Spelling.BACKWARDS) for text in backwards(term))
    if apart is not None and ViewName.SHAPE in views:
        for text in dict.fromkeys(in_parts(term)):
            yield Written(text, apart, Spelling.PARTS)
            if (drawn := term_in(ViewName.SHAPE, text)) != text and len(drawn) == len(text):
                yield Written(drawn, ViewName.SHAPE, Spelling.PARTS)
        yield from (Written(text, apart, Spelling.DRAWN_LIKE) for text in with_look_alikes(term))
    if apart is not None and ViewName.PHONETIC in views:
        yield from (Written(text, apart, Spelling.DIGITS) for text in with_digits(term))
    if ViewName.PHONETIC in views:
        yield from (Written(text, ViewName.PHONETIC, spelling) for text, spelling in in_initials(term))
        yield from (Written(text, ViewName.PHONETIC, Spelling.PLAIN) for text in by_other_readings(term))


def _in_phrases(term: str, apart: ViewName) -> Iterator[Written]:
    words = words_of(term)
    for at, word in enumerate(words):
        for text, spelling in _slang_words().get(word, ()):
            yield Written(" ".join((*words[:at], text, *words[at + 1 :])), apart, spelling)
    yield from (Written(text, ViewName.CANONICAL, Spelling.DRAWN) for text in with_pictures(term))
    if letters := initials_of(term):
        yield Written(letters, apart, Spelling.INITIALS)


def _slang(term: str) -> Iterator[tuple[str, Spelling]]:
    """What slang makes of the term: of the whole, or of a word at either end (`加绿泡泡`, `扣扣群`)."""
    for word, spellings in _slang_words().items():
        if word == term:
            yield from spellings
        elif len(word) > 1 and (term.startswith(word) or term.endswith(word)) and not word.isascii():
            for text, spelling in spellings:
                if len(text) > 1:
                    yield term.replace(word, text, 1), spelling
        elif word == "qq" and term.startswith("qq"):
            for text, spelling in spellings:
                if len(text) > 1:
                    yield text + term[2:], Spelling.SURE_SLANG if term[2:] else spelling


@cache
def _slang_words() -> dict[str, tuple[tuple[str, Spelling], ...]]:
    found: dict[str, list[tuple[str, Spelling]]] = {}
    for word, strength, spellings in rows("slang"):
        spelling = Spelling.SURE_SLANG if strength == "sure" else Spelling.NEAR_SLANG
        for text in spellings.split():
            shown = normalise(text.replace("~", " ")).canonical.text
            if shown and shown != word:
                found.setdefault(word, []).append((shown, spelling))
    return {word: tuple(spellings) for word, spellings in found.items()}
