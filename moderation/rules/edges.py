"""Whether a find is a word of its own, or the end of one word and the beginning of the next (因为|新, 稍微|信)."""

from __future__ import annotations

import re

from moderation.dictionary import best_across, dictionary
from moderation.normaliser import Normalised
from moderation.rules.found import ALL_HAN, Found
from moderation.rules.likelihood import TERM, of_text
from moderation.spans import Span

WORD_LOSS = 3.0
"""How much less likely the text may become where a term is cut out of it as a word."""

UNKNOWN_TERM, EDGE_MARGIN = -13.0, 2.6
"""Where a word runs over the edge of the term: how likely a term is that jieba lacks, and by how much that cut has to
be the less likely one."""

LONGEST_WORD = 4
"""Characters of a word that is looked for over an edge."""


def is_word(found: Found, slack: float = 0.0) -> bool:
    """Whether the find may be a word of its own, by what stands around it.

    A longer word that holds all of the find may be a compound of it (赌博机); one that runs over its edge (稍微|信)
    has taken a part of it away, and then nothing may speak against the term but `slack`.
    """
    if not (found.before or found.after):
        return True
    if not is_edge(found, slack):
        return False
    if _is_compound(found):
        return True
    run, parts = found.before + found.text + found.after, of_text(found.before) + of_text(found.after)
    return of_text(run) - parts - max(TERM, of_text(found.text)) <= WORD_LOSS


def is_edge(found: Found, slack: float = 0.0) -> bool:
    """The same, asked of the edges alone: a compound is as good as the word."""
    run = found.before + found.text + found.after
    start, end = len(found.before), len(found.before) + len(found.text)
    parts = of_text(found.before) + of_text(found.after)
    known = of_text(found.text) if dictionary().frequency(found.text) else UNKNOWN_TERM
    return not ALL_HAN.fullmatch(run) or best_across(run, start, end) - parts - known <= slack - EDGE_MARGIN


def _is_compound(found: Found) -> bool:
    """Whether what stands behind the find or before it is a longer word of its own: 枪支弹药, 色情网站."""
    words = dictionary()
    for size in range(2, 5):
        if len(found.after) >= size and words.frequency(found.text + found.after[:size]):
            return bool(words.frequency(found.after[:size]))
        if len(found.before) >= size and words.frequency(found.before[-size:] + found.text):
            return bool(words.frequency(found.before[-size:]))
    return False


def words_over(found: Found) -> tuple[bool, bool]:
    """Whether a word of the dictionary runs over the start of a find of Han characters, and whether one over its end.

    Of 契|约抛|开 both: 契约 and 抛开. Words of up to four characters, some twelve look-ups an edge.
    """
    run = found.before + found.text + found.after
    start, end = len(found.before), len(found.before) + len(found.text)
    return _runs_over(run, start, start, end), _runs_over(run, end, start, end)


def _runs_over(run: str, edge: int, start: int, end: int) -> bool:
    """Whether a word holds what stands on both sides of `edge`, and not all of the find."""
    words = dictionary()
    return any(
        words.frequency(run[first:stop]) > 0
        for first in range(max(0, edge - LONGEST_WORD + 1), edge)
        for stop in range(edge + 1, min(len(run), first + LONGEST_WORD) + 1)
        if not (first <= start and stop >= end)
    )


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
