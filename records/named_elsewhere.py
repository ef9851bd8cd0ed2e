"""Comments of others in whose words an account is named, as far as the index of words finds them.

Nobody marks a mention: `@name` is a word among words. So the words are looked for, in a bounded number of comments, and
a person decides about each. An altered quotation has none of this and cannot be found.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import func, select

from records import search
from records.search import Sought
from records.tables import comments, search_pending
from records.unit_of_work import Reading
from records.values import CommentRecord

SHORTEST = 4
"""A name of fewer bytes in UTF-8 (`ann`, one Chinese character) is a part of everyday words: it is not looked for."""

MOST = 200
"""Comments that are named."""

_LETTER = "0-9A-Za-z_-"


@dataclass(frozen=True, slots=True)
class Named:
    """Such comments, the newest first. `is_whole`: all there are; `looked`: names that were long enough to look for."""

    comments: tuple[CommentRecord, ...] = ()
    looked: int = 0
    is_whole: bool = True
    waiting: int = 0
    """Comments that the index does not have yet."""


def by_others(look: Reading, names: Collection[str], own: Collection[str]) -> Named:
    """Where one of the names stands as a word. `own` are keyed hashes of the account, whose comments are left out."""
    wanted = sorted({name.strip() for name in names if len(name.strip().encode()) >= SHORTEST})
    found: dict[str, CommentRecord] = {}
    is_whole = True
    for name in wanted:
        page = search.find(look, Sought(words=f'"{name.replace(chr(34), " ")}"'), limit=MOST)
        is_whole = is_whole and page.next_cursor is None
        found |= {each.id: each for each in _naming(page, name) if each.author_index not in own}
    newest = sorted(found.values(), key=lambda each: each.id, reverse=True)
    return Named(tuple(newest[:MOST]), len(wanted), is_whole and len(newest) <= MOST, waiting_in_index(look))


def waiting_in_index(look: Reading) -> int:
    """Comments that the index does not have yet.

    What was erased waits there as well, with no text to be looked through.
    """
    there = comments.c.id == search_pending.c.comment_id, comments.c.text.is_not(None)
    query = select(func.count(search_pending.c.comment_id.distinct())).where(*there)
    return int(look.execute(query).scalar_one())


def _naming(page: search.Found, name: str) -> Iterator[CommentRecord]:
    """Letters and digits beside it make another word of it; Chinese characters do not."""
    before, after = (rf"(?<![{_LETTER}])", rf"(?![{_LETTER}])") if name.isascii() else ("", "")
    word = re.compile(f"{before}{re.escape(name)}{after}", re.IGNORECASE)
    return (hit.comment for hit in page.hits if hit.comment.text is not None and word.search(hit.comment.text))
