"""What a platform said of an account: by itself (`PUT /v1/authors`), or with its comments. Reads only.

Of each fact the newest word holds; who says nothing of it takes nothing back.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from records.tables import authors, comments
from records.unit_of_work import Reading
from records.values import CommentRecord

MOST_ASKED = 1000
"""Comments of an account in which a word about it is looked for."""


@dataclass(frozen=True, slots=True)
class Facts:
    """None: never said. `with_comment`: one of what is told was said with the comment that was asked about."""

    registered_at: datetime | None
    verified: bool | None
    with_comment: bool = False


_Word = tuple[datetime, datetime | None, bool | None]
"""When it was said, since when the account is, whether it is verified."""


def beside(look: Reading, comment: CommentRecord) -> Facts:
    """Of the account that wrote a comment: what was said with it or by itself, else with another of its comments."""
    said = _stated(look, [comment.author_index]) if comment.author_index else []
    mine = comment.updated_at, comment.account_since, comment.account_verified
    facts = _newest([*said, mine])
    if comment.author_index and (facts.registered_at is None or facts.verified is None):
        others = _newest(_with_comments(look, [comment.author_index]))
        since = facts.registered_at or others.registered_at
        facts = Facts(since, others.verified if facts.verified is None else facts.verified)
    told = comment.account_since and comment.account_since == facts.registered_at
    also = comment.account_verified is not None and comment.account_verified == facts.verified
    return Facts(facts.registered_at, facts.verified, with_comment=bool(told or also))


def of_account(look: Reading, indexes: Collection[str]) -> Facts | None:
    """Of an account by the hashes it is found by; None where nothing was ever said of it."""
    said = [*_stated(look, indexes), *_with_comments(look, indexes)]
    return _newest(said) if said else None


def _newest(said: Collection[_Word]) -> Facts:
    in_order = sorted(said, key=lambda word: word[0], reverse=True)
    since = next((word[1] for word in in_order if word[1] is not None), None)
    return Facts(since, next((word[2] for word in in_order if word[2] is not None), None))


def _stated(look: Reading, indexes: Collection[str]) -> list[_Word]:
    query = select(authors.c.updated_at, authors.c.registered_at, authors.c.verified)
    found = look.execute(query.where(authors.c.author_index.in_(indexes)))
    return [(row.updated_at, row.registered_at, row.verified) for row in found]


def _with_comments(look: Reading, indexes: Collection[str]) -> list[_Word]:
    c = comments.c
    some = (
        select(c.updated_at, c.account_since, c.account_verified).where(c.author_index.in_(indexes)).limit(MOST_ASKED)
    )
    told = some.subquery().c
    query = select(told.updated_at, told.account_since, told.account_verified)
    found = look.execute(query.where(or_(told.account_since.is_not(None), told.account_verified.is_not(None))))
    return [(row.updated_at, row.account_since, row.account_verified) for row in found]
