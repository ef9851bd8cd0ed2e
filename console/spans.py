"""The words that matter in a comment, as a form names them: by where they stand, or by what they are.

A page with script sends where they stand, in code points of the text as it was sent; without script the words are
copied or typed, and are looked for.
"""

from __future__ import annotations

import re

from moderation.errors import Fault, InvalidInputError
from moderation.spans import Span

_PLACE = re.compile(r"(\d{1,6})-(\d{1,6})")

MAX_WORDS = 500
"""The longest words that are looked for."""


def span_in(text: str, *, place: str, words: str) -> Span | None:
    """`place` (`3-9`), else where `words` stand first; None where neither is given. Raises `InvalidInputError`."""
    told = _PLACE.fullmatch(place)
    if told:
        return Span(int(told[1]), int(told[2]))
    if place:
        raise InvalidInputError("The verdict cannot be used.", [Fault("/span", "write where it stands as in 3-9")])
    if not words:
        return None
    start = text.find(words[:MAX_WORDS])
    if start < 0:
        raise InvalidInputError("The verdict cannot be used.", [Fault("/span", "these words are not in the text")])
    return Span(start, start + len(words[:MAX_WORDS]))
