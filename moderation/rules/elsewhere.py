"""Where a find is nothing hidden: in a serial number, in a program, where marks part every character as in verse."""

from __future__ import annotations

import re

from moderation.normaliser import Normalised
from moderation.rules.found import HAN
from moderation.rules.names import is_surname
from moderation.rules.surroundings import Surroundings
from moderation.spans import Span

VERSE, LEAST_VERSE = 24, 3
"""Code points looked at on each side for what a filler parts; how many characters more than the find's make verse."""

_FILLER = re.compile(f"(?<=[{HAN}])[^\\w]+(?=[{HAN}])")
_SERIAL = re.compile("(?=.*-[0-9]{2,}(?:-|$))[A-Z0-9]+(?:-[A-Z0-9]+)+")
"""Capitals and a number, joined by hyphens: `CA-51-N0`."""

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
    if _SERIAL.fullmatch(written) and not near.shady:
        return True
    if "_" in rest or near.in_code:
        return True
    return written.isupper() and bool(rest) and any(map(str.isdecimal, rest + written)) and near.plain >= near.reach


def is_pinyin_name(text: str, span: Span) -> bool:
    """Whether letters at `span` of the text as sent are, or end, a name in pinyin: `zhangweixin`, `JIANG BINGDU`."""
    written = span.of(text)
    before = _LETTERS_BEFORE.search(text, max(0, span.start - _LONGEST_SURNAME - 1), span.start)
    if not (written.isascii() and any(map(str.isalpha, written)) and before):
        return False
    word, is_apart = before[1], bool(before[2])
    if not is_surname(word.lower()):
        return False
    return not is_apart or (word[:1].isupper() and written[:1].isupper())


_LONGEST_SURNAME = 6
_LETTERS_BEFORE = re.compile(r"(?<![A-Za-z])([A-Za-z]{2,6})([ ,]{0,2})\Z")


def chained(source: Normalised, span: Span) -> int:
    """How many single characters the filler of a find parts beyond it: two in `办、证、刻、章`."""
    filler = _FILLER.search(span.of(source.source))
    if filler is None:
        return 0
    sign = re.escape(filler[0])
    text = source.source
    before = re.search(f"(?:[{HAN}]{sign})*\\Z", text[max(0, span.start - VERSE) : span.start])
    after = re.match(f"(?:{sign}[{HAN}])*", text[span.end : span.end + VERSE])
    more = (len(before[0]) if before else 0) + (len(after[0]) if after else 0)
    return more // (1 + len(filler[0]))


def is_in_verse(links: int, near: Surroundings) -> bool:
    """Whether fillers of one kind part far more characters than the find's, as verse is set: `落·红·包·容·春·泥`.

    `links` are those characters (`chained`).
    """
    return not near.shady and links >= LEAST_VERSE
