"""Whether letters or digits alone stand for a term: initials, numbers, what a script's own writers make of it."""

from __future__ import annotations

import math

from moderation.rules.abbreviations import is_ordinary
from moderation.rules.proposal import LITTLE, UNITS, Proposal
from moderation.views.phonetic import read_by_trade

INITIALS, MANY_INITIALS, ORDINARY, CAPITALS = {2: 1.4, 3: 0.5}, -1.2, 1.0, 0.8
"""What the words around have to say for two letters, for three and for more to be initials; what is asked besides."""

SHORT_INITIALS, NOUN, UNSPEAKABLE = 2, 1.4, -1.0
"""Letters that are anything even where the trade reads them; what somebody says who is insulted right behind some; what
is needed of the initials of a phrase that nobody can say: they are no word."""

_VOWEL = frozenset("aeiouy")


def in_initials(it: Proposal) -> bool:
    """Two letters are anything: what stands around has to speak for it; four consonants are hardly an accident.

    More has to where everybody writes the letters for something ordinary, and where they are capitals, as of names.
    Nothing has to where small letters are a word by themselves by now (tmd), and little where whom one insults stands
    right behind (fw队友): what is told elsewhere in the comment says nothing against it.
    Nobody writes bopomofo without a vowel but as initials.
    """
    if it.in_piece and not it.found.text.isascii():
        return not it.near.plain
    letters = "".join(filter(str.isalpha, it.found.text))
    needed = (
        INITIALS.get(len(letters), MANY_INITIALS) + ORDINARY * is_ordinary(letters) + CAPITALS * it.written.isupper()
    )
    says = it.near.speaks - it.near.plain
    if it.written.islower() and not is_ordinary(letters):
        if len(letters) > SHORT_INITIALS and read_by_trade(letters) == it.term:
            needed = -math.inf
        elif " " in it.term and _VOWEL.isdisjoint(letters):
            needed = UNSPEAKABLE
        elif it.near.before_noun:
            says = max(says, it.near.shady + NOUN)
    innocent = it.near.is_name or it.near.in_code or it.near.in_maths
    return says >= needed and not innocent


def is_numbered(it: Proposal) -> bool:
    """A number counts something unless somebody is called so: 你这个250."""
    return it.near.is_called and it.near.abuse >= 1 and it.found.after[:1] not in UNITS


def in_old_letters(it: Proposal) -> bool:
    """A word with v for u is no other word, but may be a name in a program."""
    return not (it.near.in_code or it.near.in_maths) and it.near.plain <= it.near.shady


def in_script(it: Proposal) -> bool:
    """Hardly an accident, but of the letters that everybody writes for something else: ㄱㅅ, thanks."""
    return not (it.near.in_code or it.near.in_maths or is_ordinary(it.found.text))


def in_chat(it: Proposal) -> bool:
    """Digits and letters are Arabic where others are: elsewhere 7mar is a date."""
    return it.near.in_arabizi and not it.near.in_code


def is_lettered(it: Proposal) -> bool:
    """A syllable behind a letter is a word of its own elsewhere: something around has to speak for it."""
    return it.near.speaks - it.near.plain >= LITTLE and not (it.near.in_code or it.near.in_maths)
