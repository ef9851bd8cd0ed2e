"""Whether a term is meant where a picture or a letter of another script stands in it, or signs stand for its letters.

An emoji is an emoji, a 13 a number, until something says otherwise. What says so is the term's own characters beside it
(`炸金🌸`), that the picture shows the very character and not only one that sounds so, and what stands around
(`surroundings.py`); what speaks against it is a picture that stands elsewhere in the text, too, or at the end of a
sentence that says nothing shady. Weights in natural logarithms as those of `believing.py`, set by hand.
"""

from __future__ import annotations

from moderation.readings import tone
from moderation.rules.surroundings import Surroundings
from moderation.views.letters import letters, pictures

ASKED = 2.5
"""What is asked of the sum of all that follows."""

KEPT, SPELT, INITIAL, HEARD, OTHER_TONE = 2.0, 0.5, -1.0, -0.5, -1.0
"""A character of the term as it is, in pinyin, as its initial alone, another one that sounds alike, in another tone."""

SHOWN, SOUNDS, DRAWN, DISGUISED = 1.2, -0.5, 2.5, 4.0
"""A picture that shows the character, one that shows what sounds like it, a letter of another script for it, and a word
that mixes alphabets or digits with letters."""

FILLER, SYMBOL, PAUSE = 1.0, 0.5, -1.0
"""What stands between the characters of a term: a picture, another sign, a mark at which sentences pause."""

SEVERAL = 2.0
"""Each kind of disguise beyond the first: nobody writes `da🌿麻` by accident."""

NOUN, PARTICLE = 2.2, 1.4
"""Whom one insults right behind the find; a particle there, which follows words and no mere pictures: `约💣吗`."""

ELSEWHERE = -2.5
"""A picture of the find that stands near it again, or whose own word does: it is what the text is about."""

GAINED, LEAST_GAINED, MOST_GAINED = 0.2, 12.0, 24.0
"""What of `likelihood.gain` counts, between which bounds: characters that nobody writes beside each other."""

SHADY, PLAIN, ALL, LONG = 1.7, 1.0, 1.0, 2.0
"""Each word around that speaks for a disguise and each that an innocent text holds; where nothing of the term is left,
what is asked besides, and what each character more than two gives back."""

PAUSES = frozenset(",!?;:。、")
LETTERS = 5
"""Letters of a word that are hardly an accident with signs among them."""


def holds_picture(text: str) -> bool:
    """Whether a find, as the canonical view shows it, holds a picture."""
    return not text.isascii() and not pictures().keys().isdisjoint(text)


def is_pictured(signs: tuple[str, ...], term: str, text: str, near: Surroundings, gained: float) -> bool:
    """Whether `term` is meant by `signs`, one for each of its characters; `text` is the find with what is between.

    `gained` is how much likelier the text becomes (`likelihood.gain`).
    """
    if not any(map(str.isalnum, text)):
        return near.speaks >= 1 + near.plain
    pairs = list(zip(signs, term, strict=False))
    score = sum(_of_sign(sign, char, whole(signs, term, at)) for at, (sign, char) in enumerate(pairs))
    between = _between(signs, text)
    score += max((_of_filler(sign) for sign in between if not sign.isspace()), default=0.0)
    kinds = {_kind_of(sign) for sign, char in pairs if sign not in {"", char}} | {_kind_of(sign) for sign in between}
    score += SEVERAL * max(0, len(kinds) - 1)
    score += GAINED * (min(MOST_GAINED, gained) - LEAST_GAINED)
    if not any(sign == char for sign, char in pairs):
        score += LONG * max(0, len(term) - 2) - ALL
    if is_elsewhere(text, term, near):
        score += ELSEWHERE
    score += NOUN * near.before_noun + PARTICLE * near.before_particle
    return score + SHADY * near.shady + near.said - PLAIN * min(2, near.plain) > ASKED


def is_elsewhere(text: str, term: str, near: Surroundings) -> bool:
    """Whether a picture of the find stands near it again, or what it shows is named there: `你🐴 ... 马场`."""
    shown = set(text)
    own = (pictures()[sign][0][0] for sign in near.named & shown)
    return bool(near.pictures & shown) or any(word not in term for word in own)


def _kind_of(sign: str) -> str:
    """Which kind of disguise a sign is."""
    if sign[0] in pictures():
        return "picture"
    return "letters" if sign.isascii() and sign.isalnum() else "characters" if sign.isalnum() else "marks"


def _of_filler(sign: str) -> float:
    return FILLER if sign in pictures() else PAUSE if sign in PAUSES else SYMBOL


def whole(signs: tuple[str, ...], term: str, at: int) -> str:
    """What of the term one sign stands for: itself and all that follows without a sign."""
    end = at + 1
    while end < min(len(signs), len(term)) and not signs[end]:
        end += 1
    return term[at:end]


def _of_sign(sign: str, char: str, whole: str) -> float:
    if sign in {"", char}:
        return KEPT if sign else 0.0
    if sign[0] in pictures():
        return SHOWN if any(whole in read for read in pictures()[sign[0]][0]) else SOUNDS
    if sign.isascii() and sign.isalpha():
        return SPELT if len(sign) > 1 else INITIAL
    if len(sign) > 1:
        return DISGUISED
    if sign in letters():
        return DRAWN
    return HEARD if tone(sign) == tone(char) else HEARD + OTHER_TONE


def _between(signs: tuple[str, ...], text: str) -> str:
    """What of the find no character of the term stands for."""
    for sign in signs:
        text = text.replace(sign, "", 1)
    return text


def is_drawn(term: str, text: str, near: Surroundings) -> bool:
    """Whether a word of Latin letters is meant by a find with signs or pictures for some of them."""
    if near.in_code or near.in_maths:
        return False
    if not any(map(str.isalnum, text)):
        return near.speaks >= 2 + near.plain
    if any(char in pictures() for char in text):
        return near.plain <= near.shady
    return len(term) >= LETTERS or near.speaks >= 1 + near.plain
