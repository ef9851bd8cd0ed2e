"""What is no disguise, whatever the term: sums, measures, names in capitals, lessons, another word by its marks."""

from __future__ import annotations

import re

from moderation.rules.proposal import UNITS, Proposal
from moderation.rules.surroundings import Surroundings


def is_innocent(it: Proposal) -> bool:
    """Whether the find is something of its own by how it is written."""
    return (
        _is_measure(it.found.text)
        or _is_marked_otherwise(it.found.text, it.term)
        or _is_name(it.written)
        or _is_sum(it.written, it.near)
        or _is_learnt(it.near)
    )


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
