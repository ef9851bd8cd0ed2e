"""What is no disguise, whatever the term: sums, measures, names in capitals, lessons, another word by its marks."""

from __future__ import annotations

import re

from moderation.rules.edges import words_over
from moderation.rules.found import ALL_HAN, Found
from moderation.rules.names import insults
from moderation.rules.pictures import whole
from moderation.rules.proposal import LITTLE, UNITS, Proposal
from moderation.rules.surroundings import Surroundings
from moderation.views.letters import pictures

MUCH_TRADE = 2
"""Words of trade and of reaching somebody that outweigh what the characters are beside a find."""


def is_innocent(it: Proposal) -> bool:
    """Whether the find is something of its own by how it is written."""
    return (
        _is_measure(it.found.text)
        or _is_marked_otherwise(it.found.text, it.term)
        or _is_name(it.written)
        or _is_sum(it.written, it.near)
        or _is_learnt(it.near)
        or _is_cut_out(it)
        or _is_broken(it)
        or _is_kept_animal(it)
    )


def _is_cut_out(it: Proposal) -> bool:
    """Whether words of the text run over the edges of another spelling of the term: 契约|抛开 for 约炮.

    Where a word runs over one edge alone, anything that speaks for a disguise outweighs it, and so do two characters of
    the term: people hide words beside words.
    """
    read = _as_read(it)
    if read is None:
        return False
    over_start, over_end = words_over(read)
    if over_start and over_end:
        return it.near.offered < MUCH_TRADE
    if not (over_start or over_end) or speaks_for(it):
        return False
    if len(it.found.text) >= MANY_PARTS * len(it.term) and it.near.shady:
        return False
    return read.text == it.term or len(set(it.term) & set(it.found.text)) < MUCH_KEPT


def speaks_for(it: Proposal) -> bool:
    """Whether what stands around speaks for the term; words of insult do for a term that insults."""
    return (it.near.shady if insults(it.term) else it.near.offered) + it.near.said > LITTLE


MUCH_KEPT, MANY_PARTS = 2, 2
"""Characters of the term that say enough by themselves; parts for each character, which nobody writes by accident."""


def _as_read(it: Proposal) -> Found | None:
    """A find as who reads it as it stands reads it: without a sign, pictures as the words that they show.

    Nothing where it is no run of Han characters then, and where several signs part it: one is a pause, more are none.
    """
    if it.signs and len(it.signs) == len(it.term) and any(sign[:1] in pictures() for sign in it.signs):
        shown = (_shows(sign, whole(it.signs, it.term, at)) for at, sign in enumerate(it.signs) if sign)
        return Found(it.found.before, it.term, it.found.after) if all(shown) else None
    if it.drawn.text == it.term and (it.chained or sum(not char.isalnum() for char in it.written) != 1):
        return None
    return it.drawn if ALL_HAN.fullmatch(it.drawn.text) else None


def _shows(sign: str, chars: str) -> bool:
    """Whether a sign of a find is what it stands for or a picture of it: 🚌 is one of 车, and of 交车."""
    return sign == chars or any(word and chars.endswith(word) for word in pictures().get(sign[:1], ((), ()))[0])


_BREAKS, _PAUSES = frozenset(",!?;。"), frozenset("·•/|~—-")
"""Signs at which sentences pause, and at which verse and titles do."""


def _is_broken(it: Proposal) -> bool:
    """Whether a sentence pauses within the find, once, and goes on on both sides: 雨大。麻雀躲进屋檐."""
    signs = [char for char in it.found.text if not char.isalnum()]
    if len(signs) != 1 or it.chained or not (it.found.before and it.found.after) or speaks_for(it):
        return False
    if signs[0] in _BREAKS:
        return True
    is_verse = signs[0] in _PAUSES and min(len(it.found.before), len(it.found.after)) >= PHRASE
    return is_verse and not insults(it.term)


PHRASE = 2
"""Characters beside the find that make a phrase with the one before a pause, or the one behind it."""

_KEEPERS = re.compile("(?:家里?的?|[养遛撸喂抱逗]了?的?|[卤涮炸烤炖煮蒸炒煎焖])[一两]?[只条头匹]?\\Z")


def _is_kept_animal(it: Proposal) -> bool:
    """Whether a picture at the start of the find is what somebody keeps or cooks: 我家🐶, 涮🐷."""
    is_picture = it.found.text[:1] in pictures()
    return is_picture and not (it.near.shady or it.near.is_called) and bool(_KEEPERS.search(it.found.before))


_SUM = re.compile("[a-z]( ?[·+*/=^] ?[a-z0-9])+|[a-z](, [a-z])+", re.IGNORECASE)


def _is_sum(written: str, near: Surroundings) -> bool:
    """Whether single letters with signs between them are a formula, or a list of letters."""
    return bool(_SUM.fullmatch(written)) and (near.in_maths or ", " in written)


def _is_marked_otherwise(text: str, term: str) -> bool:
    """Whether `text` is another word of a language that tells words by marks: cá đỏ, where cá độ is the term.

    Who hides a word leaves its marks out; a term without any may be hidden by some.
    """
    if text.isascii() or term.isascii() or len(text) != len(term):
        return False
    return any(one != other and _is_marked(one) for one, other in zip(text, term, strict=True)) and any(
        map(_is_marked, term)
    )


def _is_marked(letter: str) -> bool:
    return "\u00c0" <= letter <= "\u024f" or "\u1ea0" <= letter <= "\u1ef9"


def _is_learnt(near: Surroundings) -> bool:
    """Whether syllables or parts of characters are written to be learnt: `识字卡：女+马`."""
    return near.in_lesson and not (near.trade or near.reach) and near.abuse <= 1


def _is_measure(text: str) -> bool:
    """Whether a find is a number of several digits and a unit: `18斤`."""
    return len(text) > 2 and text[:-1].isdecimal() and text[-1] in UNITS


def _is_name(written: str) -> bool:
    """`Wei Xin`: words of Latin letters, each with a capital and small letters."""
    letters = "".join(char for char in written if char.isalpha() or char.isspace())
    return (
        written.isascii()
        and letters.istitle()
        and not any(map(str.isdecimal, written))
        and all(len(word) > 1 for word in letters.split())
    )
