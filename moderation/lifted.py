"""What of a text reads otherwise than it is written, place by place: the disguise lifted, for whoever looks at it.

A rule's find says in which view it was seen and which term it is, so that 办zheng is told as 办证, by sound. Without a
rule, a place is told where the joined view or that of shapes makes a word of the dictionary of it that the canonical
view does not show: 裸.聊 as 裸聊, i d i o t as idiot. What sounds alike is told of a rule's find alone, since any two
characters sound like some word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from moderation.normaliser import Normalised
from moderation.rules.elsewhere import is_in_code
from moderation.rules.found import canonical_range
from moderation.rules.ruleset import Mark
from moderation.rules.surroundings import around
from moderation.spans import Span
from moderation.views.leet import legible
from moderation.views.phonetic import plainly_drawn
from moderation.views.shape import is_word
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
    for one in (*_of_marks(text, told), *_of_words(text)):
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
