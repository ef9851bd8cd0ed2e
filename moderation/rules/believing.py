"""Telling a disguise from an accident, and a word from a part of one.

A view that unites spellings unites innocent ones too: 威信 (prestige) sounds like 微信, 女子 is drawn like 好, and
`dubo` may be a name. So a find outside the canonical view is a *proposal*: that the author meant the term. It is
believed where that explains the text much better than the text explains itself. Both are measured by jieba's dictionary
as a unigram language model, over the run of Han characters around the find (the noisy channel: Kernighan, Church and
Gale 1990, "A Spelling Correction Program Based on a Noisy Channel Model"):

    as written   log P(the run, cut into words in the likeliest way)
    as meant     log P(what stands before) + log P(a word as rare as terms are) + log P(what stands after)

* An ordinary word that happens to sound like the term is about as likely as the term: not believed.
* A find that cuts a word in two (因为|新, which sounds like 微信) makes the text less likely: not believed.
* Characters that stand together for no other reason (薇芯, 木又利, 微xin) are very unlikely as written: believed.

Each character that differs from the term asks for more, since more had to be assumed. Where the text shows the term
itself, nothing had to be assumed. A find of digits alone is a number, and Latin words in title case are a name.

The same measure answers whether a find is a word of its own (`Rule.whole_words`): 他妈 is not in 他妈妈, because
他|妈妈 is far likelier than 他妈|妈.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from moderation.dictionary import log_likelihood
from moderation.normaliser import Normalised
from moderation.spans import Span

TERM = -11.0
"""Log-likelihood of a term of a rule: some 1 in 60,000 words, as of a word like 赌博."""

GAIN = 5.0
GAIN_PER_CHANGE = 3.0
"""How much likelier the meant text must be, and how much more for each character that differs (natural logarithms)."""

WORD_LOSS = 3.0
"""How much less likely the text may become where a term is cut out of it as a word."""

AROUND = 6
"""Han characters looked at on each side: words are seldom longer."""

LETTERS, LETTER, DIGITS, OTHER = -7.0, -3.0, -5.0, -3.0
"""Log-likelihood of a run of letters and of each of them, of a number, of another character among Chinese words."""

_HAN = "\u3400-\u9fff"
_PIECE = re.compile(f"(?P<han>[{_HAN}]+)|(?P<letters>[^\\W\\d_{_HAN}]+)|(?P<digits>\\d+)|(?P<other>.)", re.DOTALL)
_LAST_HAN = re.compile(f"[{_HAN}]{{0,{AROUND}}}\\Z")
_FIRST_HAN = re.compile(f"[{_HAN}]{{0,{AROUND}}}")


@dataclass(frozen=True, slots=True)
class Found:
    """Where in the canonical view a find lies, with the Han characters on both sides of it."""

    before: str
    text: str
    after: str


def found_at(source: Normalised, span: Span) -> Found:
    """The find at `span` of the text as sent."""
    start, end = canonical_range(source, span)
    text = source.canonical.text
    before = _LAST_HAN.search(text, max(0, start - AROUND), start)
    after = _FIRST_HAN.match(text, end)
    return Found(before[0] if before else "", text[start:end], after[0] if after else "")


def canonical_range(source: Normalised, span: Span) -> tuple[int, int]:
    """The half-open range of the canonical view that shows `span`; empty where it shows nothing of it."""
    view = source.canonical
    return bisect_left(view.ends, span.start + 1), bisect_left(view.starts, span.end)


def is_believable(found: Found, term: str, written: str) -> bool:
    """Whether the author is likely to have meant `term` (as the canonical view shows it).

    `written` is the find as it was sent, for what the canonical view hides: capitals.
    """
    if found.text == term:
        return True
    if not found.text or found.text.isdecimal() or _is_name(written):
        return False
    changed = (Counter(term) - Counter(found.text)).total()
    return _gain(found) >= GAIN + GAIN_PER_CHANGE * changed


def is_word(found: Found) -> bool:
    """Whether the find may be a word of its own, by what stands around it."""
    if not (found.before or found.after):
        return True
    as_is = _log_likelihood(found.before + found.text + found.after)
    term = max(TERM, _log_likelihood(found.text))
    return as_is - (_log_likelihood(found.before) + term + _log_likelihood(found.after)) <= WORD_LOSS


@lru_cache(maxsize=1 << 12)
def _gain(found: Found) -> float:
    """How much likelier the text becomes where the find is taken for a term."""
    meant = _log_likelihood(found.before) + TERM + _log_likelihood(found.after)
    return meant - _log_likelihood(found.before + found.text + found.after)


def _is_name(written: str) -> bool:
    """`Wei Xin`: words of Latin letters, each with a capital and small letters."""
    letters = "".join(char for char in written if char.isalpha() or char.isspace())
    return written.isascii() and letters.istitle()


def _log_likelihood(text: str) -> float:
    return math.fsum(_of_piece(match) for match in _PIECE.finditer(text))


def _of_piece(match: re.Match[str]) -> float:
    if match["han"]:
        return log_likelihood(match["han"])
    if match["letters"]:
        return LETTERS + LETTER * len(match["letters"])
    return DIGITS if match["digits"] else OTHER
