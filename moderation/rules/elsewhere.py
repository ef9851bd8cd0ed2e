"""Where a find is nothing hidden: in a serial number, in a program, where marks part every character as in verse."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache

from moderation.normaliser import Normalised
from moderation.rules.found import ALL_HAN, HAN, range_in
from moderation.rules.names import insults, is_surname
from moderation.rules.surroundings import Surroundings
from moderation.spans import Span
from moderation.views.tables import rows
from moderation.views.view import ViewName

VERSE, LEAST_VERSE, SURELY_VERSE = 24, 3, 5
"""Code points looked at on each side for what a filler parts; how many characters more than the find's make verse, and
how many where one word around may speak for a disguise: 出 and 来 are in any poem."""

_SENTENCE_MARKS = frozenset(",.!?;:，。、！？；：")
"""Marks that part phrases in any text."""

_FILLER = re.compile(f"(?<=[{HAN}])[^\\w]+(?=[{HAN}])")
_SERIAL = re.compile("(?=.*-[0-9]{2,}(?:-|$))[A-Z0-9]+(?:-[A-Z0-9]+)+")
"""Capitals and a number, joined by hyphens: `CA-51-N0`."""

_TOKEN_BEFORE, _TOKEN_AFTER = re.compile(r"[a-zA-Z0-9_-]{0,16}\Z"), re.compile(r"[a-zA-Z0-9_-]{0,16}")


def is_in_code(source: Normalised, span: Span, near: Surroundings, *, calls: bool = True) -> bool:
    """Whether a find of Latin letters or digits is a part of a serial number, a model's name or a program.

    Behind a term that names how somebody is reached (`calls`) a number may be an account; behind another, `CNM2039`,
    it is a serial number's.
    """
    written = span.of(source.source)
    text = source.source
    if not written.isascii():
        return not near.shady and _is_serial_of_letters(text, span)
    before = _TOKEN_BEFORE.search(text, max(0, span.start - 16), span.start)
    after = _TOKEN_AFTER.match(text, span.end)
    rest = (before[0] if before else "") + (after[0] if after else "")
    if written.isdecimal():
        return any(map(str.isalnum, rest))
    if _SERIAL.fullmatch(written) and not near.shady:
        return True
    if "_" in rest or near.in_code:
        return True
    reach = near.reach - (near.has_handle and not calls)
    return written.isupper() and bool(rest) and any(map(str.isdecimal, rest + written)) and near.plain >= reach


def _is_serial_of_letters(text: str, span: Span) -> bool:
    """Whether a find is a part of a serial number in capitals of any alphabet: `5УК4-1120`."""
    before = _PART_BEFORE.search(text, max(0, span.start - 16), span.start)
    after = _PART_AFTER.match(text, span.end)
    whole = (before[0] if before else "") + span.of(text) + (after[0] if after else "")
    parts = whole.split("-")
    if len(parts) == 1 or not whole.isupper() or not whole.replace("-", "").isalnum():
        return False
    return any(len(part) > 1 and part.isdecimal() for part in parts)


_PART_BEFORE, _PART_AFTER = re.compile(r"[\w-]{0,16}\Z"), re.compile(r"[\w-]{0,16}")


def is_counting(source: Normalised, span: Span) -> bool:
    """Whether a digit that begins a find numbers items, ③拍照④全家福, or counts beside another: 1饭2奶."""
    text = source.source
    digit = text[span.start]
    low, high = max(0, span.start - _LIST), span.end + _LIST
    if unicodedata.category(digit) == "No":
        others = text[low : span.start] + text[span.end : high]
        return any(chr(ord(digit) + step) in others for step in (-1, 1))
    if not digit.isdecimal():
        return False
    return bool(_COUNT_AFTER.match(text, span.end) or _COUNT_BEFORE.search(text, low, span.start))


_LIST = 48
"""Code points looked at on each side for the other numbers of a list."""

_COUNT_AFTER = re.compile(f"[+,，、 ]?[0-9]{{1,2}}[{HAN}]")
_COUNT_BEFORE = re.compile(f"(?<![0-9])[0-9]{{1,2}}[{HAN}][+,，、 ]?\\Z")


def is_pinyin_name(text: str, span: Span) -> bool:
    """Whether letters at `span` of the text as sent are, or end, a name in pinyin: `zhangweixin`, `LI BINGDU`."""
    written = span.of(text)
    before = _LETTERS_BEFORE.search(text, max(0, span.start - _LONGEST_SURNAME - 1), span.start)
    if not (written.isascii() and any(map(str.isalpha, written)) and before):
        return False
    word, is_apart = before[1], bool(before[2])
    if not is_surname(word.lower()):
        return False
    return not is_apart or (word[:1].isupper() and written[:1].isupper())


def is_spelt_out(source: Normalised, span: Span, term: str) -> bool:
    """Whether letters at `span` are the pinyin of something else: `luo liao dao` goes on, `siliao厂` is a place.

    What goes on says so among Chinese characters, unless the term is thrown at somebody: `qu si ba` goes on, too.
    """
    written = span.of(source.source).replace(" ", "")
    if term.isascii() or not (written.isascii() and written.isalpha()):
        return False
    if _PLACE_AFTER.match(source.source, span.end):
        return True
    if not insults(term) and _goes_on(source, span):
        return True
    return any(shown != term for shown in _read_alike(source, span))


def _goes_on(source: Normalised, span: Span) -> bool:
    """Whether more pinyin stands right beside the letters at `span`, and Chinese characters near them."""
    view, text = source.view(ViewName.PHONETIC), source.source
    start, end = range_in(view, span)
    if not _IN_HAN.search(text, max(0, span.start - ECHO), span.end + ECHO):
        return False
    return any(
        0 <= at < len(view.text) and view.text[at] in _SYLLABLES and "a" <= text[view.starts[at]].lower() <= "z"
        for at in (start - 1, end)
    )


def _read_alike(source: Normalised, span: Span) -> Iterator[str]:
    """The Chinese characters near `span` that are read like what stands there."""
    view = source.view(ViewName.PHONETIC)
    start, end = range_in(view, span)
    low, sounds = max(0, start - ECHO), view.text[start:end]
    for found in re.finditer(re.escape(sounds), view.text[low : end + ECHO]) if sounds else ():
        at = low + found.start()
        shown = source.source[view.starts[at] : view.ends[at + len(sounds) - 1]]
        if ALL_HAN.fullmatch(shown):
            yield shown


_IN_HAN, _SYLLABLES = re.compile(f"[{HAN}]"), frozenset(map(chr, range(0xE000, 0xF900)))
"""Chinese characters; what the phonetic view shows for a syllable."""

ECHO = 24
"""Syllables looked at on each side for characters that are read like the letters of a find."""


_PLACE_AFTER = re.compile(
    " ?(?:村|镇|乡|县|街(?![头拍])|路(?![子过线费])|桥|河|湖|山|厂|站(?![点台])|地铁|火车站|小区|公园|广场|大学|中学"
    "|小学|医院|机场|同学|老师|先生|女士)"
)
"""What stands right behind the name of a place or of somebody."""

_LONGEST_SURNAME = 6
_LETTERS_BEFORE = re.compile(r"(?<![A-Za-z])([A-Za-z]{2,6})([ ,]{0,2})\Z")


_LONGEST_FACE = 8
_FACE = re.compile(f"\\[[{HAN}][^\\W_]{{0,5}}\\]")


@lru_cache(maxsize=1 << 14)
def calls_by(term: str) -> bool:
    """Whether `term` names a way to be reached, so that an account may follow."""
    return any(cue in term for cue in _cues())


@cache
def _cues() -> frozenset[str]:
    spelt = (cue for _, strength, cues in rows("contacts_cues") if strength == "strong" for cue in cues.split(" | "))
    return frozenset(cue for cue in spelt if len(cue) > 1)


def is_of_face(source: Normalised, span: Span) -> bool:
    """Whether a find takes a piece of a face in words: `扛把子[赞]`, `[再见R]`; not where it runs over all of one."""
    low, high = max(0, span.start - _LONGEST_FACE), span.end + _LONGEST_FACE
    faces = (Span(low + face.start(), low + face.end()) for face in _FACE.finditer(source.source[low:high]))
    return any(
        face.start < span.end and span.start < face.end and not (span.start <= face.start and face.end <= span.end)
        for face in faces
    )


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


def parts_phrases(source: Normalised, span: Span) -> bool:
    """Whether the sign that parts a find parts phrases beside it, too, as in a song: `春·要走了·花还没看够`.

    Who hides a word puts signs within it and around it; a text that sets a pause with them is read with pauses.
    """
    filler = _FILLER.search(span.of(source.source))
    if filler is None or not _SENTENCE_MARKS.isdisjoint(filler[0]):
        return False
    sign, text = re.escape(filler[0]), source.source
    before = re.search(
        f"[{HAN}]{sign}[{HAN}]{{2,8}}(?:{sign}[{HAN}])*\\Z", text[max(0, span.start - VERSE) : span.start + 1]
    )
    after = re.match(f"(?:[{HAN}]{sign})*[{HAN}]{{2,8}}{sign}[{HAN}]", text[span.end - 1 : span.end + VERSE])
    return bool(before or after)


def is_in_verse(links: int, shady: int, *, parts_phrases: bool, other_letters: bool) -> bool:
    """Whether the fillers of a find are how the text is set: as verse, `落·红·包·容·春·泥`, or with pauses.

    `links` are the characters beyond the find's that fillers of one kind part (`chained`), `shady` is how much speaks
    for a disguise. One such word is met in any song: it does not outweigh pauses where the term itself is not written.
    """
    if parts_phrases and shady <= int(other_letters):
        return True
    return links >= (LEAST_VERSE, SURELY_VERSE)[min(1, shady)] and shady <= 1
