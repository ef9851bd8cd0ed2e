"""Comments of others in whose own words those of an erased account stand: what was taken out, and what stays.

A quotation that the platform sends as such (`parent_text`) goes with the words it quotes (`records/quotations.py`).
Words that somebody typed into a comment of their own are theirs now as well: nobody takes them out of it, so they are
looked for, in a bounded number, and a person decides about each. Text that is shorter than a few words is everybody's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from records import search
from records.named_elsewhere import waiting_in_index
from records.search import Sought
from records.tables import comments
from records.unit_of_work import Reading
from records.values import CommentRecord

SHORTEST = 8
"""Code points of a text below which it is looked for nowhere: anybody says `thank you`."""

PIECE = 40
"""Code points of a text that are looked for: whoever quotes the beginning of a long one is found as well."""

MOST_TEXTS = 200
"""Texts that are looked for, the longest first."""

MOST = 200
"""Comments that are named."""

Quoting = tuple[str, str | None]
"""A comment by its id and the platform's number of it."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """`left`: comments of others that hold such words still, the newest first; `changed`: out of which they were taken.

    `looked`: texts that were looked for; `too_short` and `too_many` were not. `is_whole`: all there are are named.
    """

    left: tuple[CommentRecord, ...] = ()
    changed: tuple[Quoting, ...] = ()
    looked: int = 0
    too_short: int = 0
    too_many: int = 0
    is_whole: bool = True
    waiting: int = 0


def by_others(
    look: Reading, texts: Collection[str], own: Collection[str], changed: Sequence[Quoting]
) -> Quoted:  # fmt: skip
    """Where the beginning of one of the texts stands, after they are erased. `own`: keyed hashes of the account."""
    long = sorted({each for each in texts if len(_plain(each)) >= SHORTEST}, key=lambda each: (-len(each), each))
    found: dict[str, CommentRecord] = {}
    is_whole = True
    for text in long[:MOST_TEXTS]:
        piece = _plain(text)[:PIECE]
        page = search.find(look, Sought(words=f'"{piece.replace(chr(34), " ")}"'), limit=MOST)
        is_whole = is_whole and page.next_cursor is None
        held = (hit.comment for hit in page.hits if hit.comment.text is not None)
        found |= {one.id: one for one in held if one.author_index not in own and piece in _plain(one.text or "")}
    newest = sorted(found.values(), key=lambda each: each.id, reverse=True)
    return Quoted(
        tuple(newest[:MOST]),
        tuple(_of_others(look, changed)[:MOST]),
        min(len(long), MOST_TEXTS),
        len({*texts}) - len(long),
        max(len(long) - MOST_TEXTS, 0),
        is_whole and len(newest) <= MOST,
        waiting_in_index(look),
    )


def _of_others(look: Reading, changed: Sequence[Quoting]) -> list[Quoting]:
    """Those that are still there: the account's own are erased by now."""
    names = dict(changed)
    there: list[Quoting] = []
    ids = sorted(names, reverse=True)
    for first in range(0, len(ids), MOST):
        these = comments.c.id.in_(ids[first : first + MOST]), comments.c.erased_at.is_(None)
        rows = look.execute(select(comments.c.id).where(*these).order_by(comments.c.id.desc())).scalars()
        there += [(name, names[name]) for name in rows]
    return there


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))
