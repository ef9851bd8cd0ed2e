"""A model's lexicon: the words of its training rows beside jieba's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import exp

from data.disguises.words import content_words
from data.rows import Rows
from moderation.dictionary import dictionary
from moderation.lexicon import LONGEST, Lexicon, mixed

OWN = 0.6
"""What words of comments count for beside jieba's newspapers."""
LEAST_ROWS = 5
"""A run of characters that fewer rows have is taken for no word."""
LEAST_SHARE = 8e-7
"""A rarer word is not looked for: one in a million."""


def lexicon_of(rows: Rows) -> Lexicon:
    """The words of the Chinese rows, each counted once a row, and jieba's.

    Runs of single characters that the dictionary does not join are words here (微信) where `LEAST_ROWS` rows have them.
    """
    texts = [text for text, lang in zip(rows.texts, rows.langs, strict=True) if lang == "zh"]
    known = dictionary()
    others = ((word, exp(known.share(word))) for word in known.words() if 2 <= len(word) <= LONGEST)
    return mixed(_counted(texts), others, own=OWN, least=LEAST_SHARE)


def _counted(texts: Iterable[str]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({text[start:end].lower() for start, end in content_words(text)})
    return {word: count for word, count in counts.items() if count >= LEAST_ROWS}
