"""Whether a word that speaks for a comment is itself denied: `绝非骗局` and `no scam` are the trade's own, no warning.

A rule's `not` names words that whoever reports, warns or tells of something uses. Denied right before, they say the
contrary. What warns by a *no* of its own (`别被骗`, `不要被骗`, `防止被骗`) is left alone.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from moderation.normaliser import Normalised
from moderation.spans import Span

_DENIED = re.compile(
    "(?:绝非|并非|决非|绝不|决不|永不|从不|绝无|绝对不|绝对没|绝对无|绝没|保证不|保证没|(?<!是)不是|没有|拒绝|告别|远离|(?<![除是])非|无)"
    "(?:是|会|会被|被|任何|什么|一丝)?$"
    r"|(?:\b(?:no|not an?|not|never|zero|without|isn.?t|free of)\s+(?:an?\s+|any\s+)?)$"
)
_BEFORE = 24
"""Characters before a word in which its denial may stand."""


def is_denied(text: Normalised, span: Span) -> bool:
    """Whether what stands at `span` of the text as sent is denied right before it."""
    shown = text.canonical
    start = bisect_left(shown.starts, span.start)
    return _DENIED.search(shown.text[max(0, start - _BEFORE) : start]) is not None
