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

Characters that differ from the term ask for more, since more had to be assumed; those that sound the same to the tone
ask for little, because whoever spells for readers keeps the tone, and accidents do not (读博, to do a doctorate, is
dúbó, and 赌博 is dǔbó). Where the text shows the term itself, nothing had to be assumed. A find of digits alone is a
number, and Latin words in title case are a name.

The canonical view drops spaces between Han characters; a term across one is a proposal too (别犯傻 逼真一点).

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
from moderation.readings import tone
from moderation.spans import Span
from moderation.views.view import ViewName

TERM = -11.0
"""Log-likelihood of a term of a rule: some 1 in 60,000 words, as of a word like 赌博."""

GAIN = 3.0
"""How much likelier the meant text must be before anything had to be assumed (natural logarithms, as all below)."""

CHANGE, SPLIT, SOUND, FURTHER = 3.0, 6.0, 1.5, 1.5
"""What the first character asks for that differs from the term, that would be written as its parts (these are
characters too), that sounds like it; and what each further one asks for: one is an accident, two are hardly one."""

OTHER_TONE = 5.1
"""What is asked for besides where a Han character that sounds like another has another tone, however many do."""

WORD_LOSS = 3.0
"""How much less likely the text may become where a term is cut out of it as a word."""

AROUND = 6
"""Han characters looked at on each side: words are seldom longer."""

LETTERS, LETTER, DIGITS, MARK, EMOJI = -7.0, -3.0, -5.0, -3.0, -14.0
"""Log-likelihood among Chinese words: of a run of letters and of each of them, of a number, of a mark; of an emoji that
a view reads as a character, which it hardly is by chance."""

PAUSE, PAUSES = 8.0, frozenset(",!?;。、")
"""What is asked for besides where the term runs over a mark at which sentences pause (一身红，包也是红的)."""

_HAN = "\u3400-\u9fff"
_MARKS = "!-/:-@\\[-`{-~\u2000-\u206f\u3000-\u303f\uff00-\uff0f"
_PIECE = re.compile(
    f"(?P<han>[{_HAN}]+)|(?P<letters>[^\\W\\d_{_HAN}]+)|(?P<digits>\\d+)|(?P<space>\\s+)"
    f"|(?P<mark>[\\w{_MARKS}])|(?P<sign>.)",
    re.DOTALL,
)
_ALL_HAN = re.compile(f"[{_HAN}]+")
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
    return Found(before[0] if before else "", _spaced(source, start, end), after[0] if after else "")


def _spaced(source: Normalised, start: int, end: int) -> str:
    """The range of the canonical view with the spaces that the view drops between Han characters."""
    view = source.canonical
    shown = view.text[start:end]
    if (
        end - start < 2
        or shown.isascii()
        or not any(map(str.isspace, source.source[view.starts[start] : view.ends[end - 1]]))
    ):
        return shown
    gaps = (source.source[view.ends[at] : view.starts[at + 1]] for at in range(start, end - 1))
    spaced = "".join(char + " " * any(map(str.isspace, gap)) for char, gap in zip(shown, (*gaps, ""), strict=True))
    return spaced if " " not in shown else shown


def canonical_range(source: Normalised, span: Span) -> tuple[int, int]:
    """The half-open range of the canonical view that shows `span`; empty where it shows nothing of it."""
    view = source.canonical
    return bisect_left(view.ends, span.start + 1), bisect_left(view.starts, span.end)


def is_believable(found: Found, term: str, written: str, view: ViewName) -> bool:
    """Whether the author is likely to have meant `term` (as the canonical view shows it).

    `written` is the find as it was sent, for what the canonical view hides: capitals. `view` is where it was seen.
    """
    if found.text == term:
        return True
    if not found.text or found.text.isdecimal() or _is_name(written):
        return False
    assumed = _assumed(found.text, term, by_sound=view is ViewName.PHONETIC)
    paused = not PAUSES.isdisjoint(found.text) and PAUSES.isdisjoint(term)
    return _gain(found) > GAIN + assumed + (PAUSE if paused else 0.0)


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


def _assumed(written: str, term: str, *, by_sound: bool) -> float:
    """What had to be assumed for `written` to be `term`."""
    in_han = _ALL_HAN.fullmatch(written) is not None
    if by_sound and in_han and len(written) == len(term):
        pairs = [(one, other) for one, other in zip(written, term, strict=True) if one != other]
        tones_differ = any(tone(one) != tone(other) for one, other in pairs)
        return _asked(SOUND, len(pairs)) + (OTHER_TONE if tones_differ else 0.0)
    first = SPLIT if in_han and len(written) > len(term) else CHANGE
    return _asked(first, (Counter(term) - Counter(written)).total())


def _asked(first: float, changes: int) -> float:
    return first + FURTHER * (changes - 1) if changes else 0.0


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
    if match["space"]:
        return 0.0
    return DIGITS if match["digits"] else MARK if match["mark"] else EMOJI
