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

What stands around a find (`surroundings.py`) moves what is asked: words of trade, of reaching somebody and of
insult lower it, words of innocent subjects, titles behind a name, formulas and programs raise it. Spellings that no
view undoes (`spellings.py`: backwards, initials, slang, pieces) are believed by rules of their own, most of them by
those words.

The canonical view drops spaces between Han characters; a term across one is a proposal too (别犯傻 逼真一点).

The same measure answers whether a find is a word of its own (`Rule.whole_words`): 他妈 is not in 他妈妈, because
他|妈妈 is likelier than 他妈|妈. The best cut that runs over an edge of the find has to be clearly the less likely one.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from moderation.dictionary import best_across, dictionary, log_likelihood
from moderation.normaliser import Normalised
from moderation.readings import tone
from moderation.rules.spelling import Spelling
from moderation.rules.surroundings import Surroundings
from moderation.spans import Span
from moderation.views.view import ViewName

TERM = -11.0
"""Log-likelihood of a term of a rule: some 1 in 60,000 words, as of a word like 赌博."""

GAIN = 3.0
"""How much likelier the meant text must be before anything had to be assumed (natural logarithms, as all below)."""

CHANGE, SPLIT, FURTHER = 3.0, 6.0, 1.5
"""What the first character asks for that differs from the term, that would be written as its parts (these are
characters too), that sounds like it; and what each further one asks for: one is an accident, two are hardly one."""

OTHER_CHARACTERS, EACH_CHARACTER, OTHER_TONE, SURNAME = 4.1, 2.4, 0.85, 2.0
SHADY_AMONG, INNOCENT, SAID, MOST_SAID = 1.95, 0.3, 2.55, 2.0

WORD_LOSS = 3.0
"""How much less likely the text may become where a term is cut out of it as a word."""

UNKNOWN_TERM, SLACK, EDGE_MARGIN = -13.0, 1.5, 2.1
"""Where a word runs over the edge of the term: how likely a term is that jieba lacks, and what each word that speaks
for a disguise forgives."""

SHADY, PLAIN, NAME = 3.2, 3.0, 7.0
"""What each word that speaks for a disguise around a find takes from what is asked; what is asked besides where there
is none, for each word that an innocent text holds, and where what sounds like a term may be a name."""

BACKWARDS, MIXED = 2.0, 0.0
"""What is asked besides of a term written backwards, and of one with initials for some characters."""

SURNAMES = frozenset(
    "魏韦卫范戴沙洪罗薄简班高代花贾焦金陶尤刁柯管侯柳蒋江姜邵史舒宋孙汤唐田万汪温文翁吴武夏向邢"
    "徐严颜杨叶易尹尤于余俞袁岳詹张章赵郑钟周朱祝庄邹左"
)
"""Characters that a name may begin with and a homophone, too."""

OTHER_LETTERS = 5.0
"""What an edge may lose more where the term is written with other characters, which is evidence by itself."""

MASKS = frozenset("*#_•●○×-")
"""What stands for letters that are left out."""

SHORT_BACKWARDS = 4
SHORT_SLANG = 2
"""Letters that are anything without a word beside them that speaks for slang."""

VERSE = 24
"""Code points looked at on each side for what a filler parts."""

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
_FILLER = re.compile(f"(?<=[{_HAN}])[^\\w]+(?=[{_HAN}])")
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


_KANA_BEFORE, _KANA_AFTER = re.compile("[\u30a1-\u30fc]{0,3}\\Z"), re.compile("[\u30a1-\u30fc]{0,3}")


def is_in_kana(source: Normalised, span: Span) -> bool:
    """Whether a find in katakana is a piece of a longer word; three more may be a word that it is joined to."""
    text = source.source
    edges = text[span.start : span.start + 1], text[span.end - 1 : span.end]
    before = _KANA_BEFORE.search(text, max(0, span.start - 3), span.start)
    after = _KANA_AFTER.match(text, span.end)
    pieces = (len(rest[0]) if rest and _KANA_AFTER.fullmatch(edge) else 0
              for rest, edge in zip((before, after), edges, strict=True))  # fmt: skip
    return any(0 < piece < 3 for piece in pieces)


def drawn_together(source: Normalised, span: Span, term: str) -> Found:
    """`term` where the text has it at `span`, among the characters that stand there once fillers are gone."""
    view = source.view(ViewName.JOINED)
    start, end = bisect_left(view.ends, span.start + 1), bisect_left(view.starts, span.end)
    before = _LAST_HAN.search(view.text, max(0, start - AROUND), start)
    after = _FIRST_HAN.match(view.text, end)
    return Found(before[0] if before else "", term, after[0] if after else "")


_TOKEN_BEFORE, _TOKEN_AFTER = re.compile(r"[a-zA-Z0-9_-]{0,16}\Z"), re.compile(r"[a-zA-Z0-9_-]{0,16}")


def is_in_code(source: Normalised, span: Span, near: Surroundings) -> bool:
    """Whether a find of Latin letters or digits is a part of a serial number, a model's name or a program."""
    written = span.of(source.source)
    if not written.isascii():
        return False
    text = source.source
    before = _TOKEN_BEFORE.search(text, max(0, span.start - 16), span.start)
    after = _TOKEN_AFTER.match(text, span.end)
    rest = (before[0] if before else "") + (after[0] if after else "")
    if written.isdecimal():
        return any(map(str.isalnum, rest))
    if "_" in rest or near.in_code:
        return True
    return written.isupper() and any(map(str.isdecimal, rest)) and not near.reach


def canonical_range(source: Normalised, span: Span) -> tuple[int, int]:
    """The half-open range of the canonical view that shows `span`; empty where it shows nothing of it."""
    view = source.canonical
    return bisect_left(view.ends, span.start + 1), bisect_left(view.starts, span.end)


def is_believable(
    found: Found, term: str, written: str, view: ViewName, near: Surroundings, *, spelling: Spelling = Spelling.PLAIN
) -> bool:
    """Whether the author is likely to have meant `term` (as the canonical view shows it).

    `written` is the find as it was sent, for what the canonical view hides: capitals. `view` is where it was seen,
    `near` what stands around it, `spelling` how it is written.
    """
    if not found.text or found.text.isdecimal() or _is_name(written) or _is_sum(written, near):
        return False
    if spelling is Spelling.PLAIN and _all_initials(found.text, term):
        spelling = Spelling.INITIALS
    if spelling in _OF_SPELLING:
        return _OF_SPELLING[spelling](_Proposal(found, term, written, view, near))
    if len(found.text) == len(term) and _ALL_HAN.fullmatch(found.text):
        return _gain(found) > _asked_of_characters(found, term, near)
    asked = GAIN + _assumed(found.text, term)
    if not PAUSES.isdisjoint(found.text) and PAUSES.isdisjoint(term):
        asked += PAUSE
    if view is ViewName.PHONETIC and (
        near.is_name or (found.text[0] in SURNAMES and found.text[0] != term[0] and not near.shady)
    ):
        asked += NAME
    return _gain(found) > asked + _by_topic(near)


def _asked_of_characters(found: Found, term: str, near: Surroundings) -> float:
    """What is asked where other characters stand for the term's, one for each: by their sound or by their look."""
    pairs = [(one, other) for one, other in zip(found.text, term, strict=True) if one != other]
    asked = OTHER_CHARACTERS + EACH_CHARACTER * len(pairs)
    if any(tone(one) != tone(other) for one, other in pairs):
        asked += OTHER_TONE
    if near.is_name:
        asked += NAME
    if found.text[0] in SURNAMES and found.text[0] != term[0]:
        asked += SURNAME
    return asked + INNOCENT * min(near.plain, 2) - SHADY_AMONG * near.shady - SAID * _said(near)


def _said(near: Surroundings) -> float:
    return max(-MOST_SAID, min(MOST_SAID, near.says))


def _by_topic(near: Surroundings) -> float:
    """What the surroundings add to what is asked, or take from it."""
    return PLAIN * min(near.plain, 2) - SHADY * near.shady


@dataclass(frozen=True, slots=True)
class _Proposal:
    """What is asked about: a find, the term, how it was sent, where it was seen and among what."""

    found: Found
    term: str
    written: str
    view: ViewName
    near: Surroundings


def _backwards(it: _Proposal) -> bool:
    if it.found.text.isascii():
        return len(it.found.text) > SHORT_BACKWARDS or it.near.shady > 0
    return (it.near.shady > 0 or len(it.found.text) > 2) and _gain(it.found) > GAIN + BACKWARDS + _by_topic(it.near)


def _in_initials(it: _Proposal) -> bool:
    """Two letters are anything: two words around them have to speak for it; four consonants are hardly an accident."""
    needed = {2: 2, 3: 1}.get(len(it.found.text), 0)
    innocent = it.near.is_name or it.near.in_code or it.near.in_maths
    return it.near.shady - it.near.plain >= needed and not innocent


def _mixed(it: _Proposal) -> bool:
    letters = sum(char.isascii() for char in it.found.text)
    if not it.near.shady or it.near.is_name or it.near.in_maths or letters == len(it.found.text):
        return False
    return _gain(it.found) > GAIN + _asked(CHANGE, letters) + _by_topic(it.near) + MIXED


def _sure_slang(it: _Proposal) -> bool:
    if it.found.text.isascii() and (
        it.near.in_code or it.near.in_maths or (it.near.plain and it.near.reach <= it.near.plain)
    ):
        return False
    if it.found.text.isascii() and len(it.found.text) <= SHORT_SLANG and not it.near.shady:
        return False
    stranger = not it.found.text.isascii() and set(it.term).isdisjoint(it.found.text)
    return it.near.shady >= max(it.near.plain, int(stranger))


def _near_slang(it: _Proposal) -> bool:
    return max(it.near.reach, it.near.trade - 1) > it.near.plain and not it.near.in_code


def _masked(it: _Proposal) -> bool:
    """As many stars as letters are missing: `a**hole`."""
    missing = len(it.term) - sum(map(str.isalpha, it.found.text))
    return missing > 0 and missing == sum(sign in MASKS for sign in it.written)


def _in_pieces(it: _Proposal) -> bool:
    return not (it.near.plain or it.near.in_maths or it.near.in_code)


def _in_long_pieces(it: _Proposal) -> bool:
    return it.near.shady > it.near.plain and _in_pieces(it)


def _in_parts(it: _Proposal) -> bool:
    changed = (Counter(it.term) - Counter(it.found.text)).total()
    return _gain(it.found) > GAIN + _asked(SPLIT, changed) + _by_topic(it.near) - SAID * _said(it.near)


def _with_emoji(it: _Proposal) -> bool:
    """An emoji is an emoji until the words around it say that something is offered or somebody insulted."""
    return it.near.shady + _said(it.near) >= 1 + it.near.plain


_OF_SPELLING: dict[Spelling, Callable[[_Proposal], bool]] = {
    Spelling.BACKWARDS: _backwards,
    Spelling.INITIALS: _in_initials,
    Spelling.MIXED: _mixed,
    Spelling.SURE_SLANG: _sure_slang,
    Spelling.NEAR_SLANG: _near_slang,
    Spelling.PIECES: _in_pieces,
    Spelling.MASKED: _masked,
    Spelling.LONG_PIECES: _in_long_pieces,
    Spelling.PARTS: _in_parts,
    Spelling.EMOJI: _with_emoji,
}


def _all_initials(text: str, term: str) -> bool:
    """Whether a few letters stand for a Chinese term, which the table of the trade's readings reads so."""
    return text.isascii() and text.isalpha() and len(text) <= len(term) and not term.isascii()


_SUM = re.compile("[a-z]( ?[·+*/=^] ?[a-z0-9])+|[a-z](, [a-z])+", re.IGNORECASE)


def _is_sum(written: str, near: Surroundings) -> bool:
    """Whether single letters with signs between them are a formula, or a list of letters."""
    return bool(_SUM.fullmatch(written)) and (near.in_maths or ", " in written)


def is_word(found: Found, slack: float = 0.0) -> bool:
    """Whether the find may be a word of its own, by what stands around it.

    A longer word that holds all of the find may be a compound of it (赌博机); one that runs over its edge (稍微|信)
    has taken a part of it away, and then nothing may speak against the term but `slack`.
    """
    if not (found.before or found.after):
        return True
    run = found.before + found.text + found.after
    parts = _log_likelihood(found.before) + _log_likelihood(found.after)
    start, end = len(found.before), len(found.before) + len(found.text)
    known = _log_likelihood(found.text) if dictionary().frequency(found.text) else UNKNOWN_TERM
    if _ALL_HAN.fullmatch(run) and best_across(run, start, end) - parts - known > slack - EDGE_MARGIN:
        return False
    if _is_compound(found):
        return True
    return _log_likelihood(run) - parts - max(TERM, _log_likelihood(found.text)) <= WORD_LOSS


def is_edge(found: Found, slack: float = 0.0) -> bool:
    """The same, asked of the edges alone: a compound is as good as the word."""
    run = found.before + found.text + found.after
    start, end = len(found.before), len(found.before) + len(found.text)
    parts = _log_likelihood(found.before) + _log_likelihood(found.after)
    known = _log_likelihood(found.text) if dictionary().frequency(found.text) else UNKNOWN_TERM
    return not _ALL_HAN.fullmatch(run) or best_across(run, start, end) - parts - known <= slack - EDGE_MARGIN


def _is_compound(found: Found) -> bool:
    """Whether what stands behind the find or before it is a longer word of its own: 枪支弹药, 色情网站."""
    words = dictionary()
    for size in range(2, 5):
        if len(found.after) >= size and words.frequency(found.text + found.after[:size]):
            return bool(words.frequency(found.after[:size]))
        if len(found.before) >= size and words.frequency(found.before[-size:] + found.text):
            return bool(words.frequency(found.before[-size:]))
    return False


def is_in_verse(source: Normalised, span: Span, near: Surroundings) -> bool:
    """Whether fillers of one kind part far more characters than the find's, as verse is set: `落·红·包·容·春·泥`."""
    written = span.of(source.source)
    filler = _FILLER.search(written)
    if near.shady or filler is None:
        return False
    sign = re.escape(filler[0])
    text = source.source
    before = re.search(f"(?:[{_HAN}]{sign})*\\Z", text[max(0, span.start - VERSE) : span.start])
    after = re.match(f"(?:{sign}[{_HAN}])*", text[span.end : span.end + VERSE])
    more = (len(before[0]) if before else 0) + (len(after[0]) if after else 0)
    return more >= 3 * (1 + len(filler[0]))


@lru_cache(maxsize=1 << 12)
def _gain(found: Found) -> float:
    """How much likelier the text becomes where the find is taken for a term."""
    meant = _log_likelihood(found.before) + TERM + _log_likelihood(found.after)
    return meant - _log_likelihood(found.before + found.text + found.after)


def _assumed(written: str, term: str) -> float:
    """What had to be assumed for `written` to be `term`."""
    in_han = _ALL_HAN.fullmatch(written) is not None
    first = SPLIT if in_han and len(written) > len(term) else CHANGE
    return _asked(first, (Counter(term) - Counter(written)).total())


def _asked(first: float, changes: int) -> float:
    return first + FURTHER * (changes - 1) if changes else 0.0


def _is_name(written: str) -> bool:
    """`Wei Xin`: words of Latin letters, each with a capital and small letters."""
    letters = "".join(char for char in written if char.isalpha() or char.isspace())
    return (
        written.isascii()
        and letters.istitle()
        and not any(map(str.isdecimal, written))
        and all(len(word) > 1 for word in letters.split())
    )


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
