"""By which words decided comments are found again: those that spoke for a decision, as numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import delete, insert, select

from records.tables import telling_words
from records.unit_of_work import Reading, Unit


def keep(unit: Unit, comment_id: str, words: Collection[int]) -> None:
    """In the place of what was kept of the comment before."""
    unit.execute(delete(telling_words).where(telling_words.c.comment_id == comment_id))
    if words:
        rows = [{"word": word, "comment_id": comment_id} for word in sorted(set(words))]
        unit.execute(insert(telling_words), rows)


def sharing(
    look: Reading, words: Collection[int], *, but: Collection[str], newest: int
) -> Mapping[str, frozenset[int]]:  # fmt: skip
    """Of each word the `newest` decided comments that have it, and which of the words each of them shares.

    Each word is asked for by itself, along the index: what a word costs does not grow with the comments that have it.
    """
    found: dict[str, set[int]] = {}
    for word in sorted(set(words)):
        query = select(telling_words.c.comment_id).where(telling_words.c.word == word)
        rows = look.execute(query.order_by(telling_words.c.comment_id.desc()).limit(newest + len(but))).scalars()
        for comment_id in [each for each in rows if each not in but][:newest]:
            found.setdefault(comment_id, set()).add(word)
    return {comment_id: frozenset(some) for comment_id, some in found.items()}
