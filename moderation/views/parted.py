"""What parts the characters of a word and no sentence needs there: `迷【】药`, `迷(^o^)药`, `刷、单员`, `씨1발`.

Only the shape view reads so. A mark at which sentences pause is dropped where no word of the dictionary ends before it
and none begins behind it, so that what it parts are single characters; whether they make a term is for
`moderation/rules/believing.py` to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from moderation.dictionary import dictionary, seen_alone
from moderation.views.view import View

_HAN = "\u3400-\u9fff"
_BRACKETS = "()\\[\\]{}<>【】「」『』《》〈〉〔〕（）"
_ASIDE = re.compile(
    f"(?<=[{_HAN}])(?:[{_BRACKETS}][^\\w{_BRACKETS}]{{0,3}}[a-z]?[^\\w{_BRACKETS}]{{0,3}}[{_BRACKETS}])(?=[{_HAN}])"
    f"|(?<=[{_HAN}])[^\\w\\s]{{2,8}}(?=[{_HAN}])"
    "|(?<=[\uac00-\ud7a3])[0-9](?=[\uac00-\ud7a3])"
)
"""Brackets with nothing in them but a face, runs of marks, and a digit within a word of Hangul."""

_MAY_BE_ASIDE = re.compile(f"[^\\w\\s](?:[^\\w\\s]|(?<=[{_BRACKETS}])[\\Wa-z])")
_DIGIT_BEHIND_HANGUL = re.compile("[\uac00-\ud7a3][0-9]")
"""Without either of these there is no aside; they look behind nothing, so they are fast."""

_STOP = re.compile(f"[,.。、;:!?~…/\\\\|](?<=[{_HAN}].)(?=[{_HAN}])")

_ENDS, _SELDOM_ALONE = frozenset(",。!?;"), 1_500
"""Where a mark may end a sentence, one of both characters has to be seldom a word by itself, as in `shape.py`."""


def without_asides(view: View) -> View:
    """`view`, canonical, without what is no part of a sentence anywhere; the same view where there is none."""
    text = view.text
    if text.isascii() or not (_MAY_BE_ASIDE.search(text) or _DIGIT_BEHIND_HANGUL.search(text)):
        return view
    return view.without(_ASIDE)


def without_stops(view: View) -> View:
    """`view` without marks between single characters."""
    return view.replaced(_loose_stops(view.text)) if _STOP.search(view.text) else view


def _loose_stops(text: str) -> Iterator[tuple[int, int, str]]:
    known = dictionary().frequency
    for stop in _STOP.finditer(text):
        start, end = stop.span()
        ends = text[start] in _ENDS and seen_alone[text[start - 1]] >= _SELDOM_ALONE <= seen_alone[text[end]]
        if not ends and not known(text[max(0, start - 2) : start]) and not known(text[end : end + 2]):
            yield start, end, ""
