"""Comments as stored: finding, paging, and the erasure of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Select, func, select

from moderation.comment import Attachment, Comment
from moderation.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from records import erasing, holds
from records.attachments import unpacked
from records.mapping import value_of
from records.paging import DEFAULT_LIMIT, Page, PageAsked, asked_of, page_by_id
from records.personal import Keyring
from records.tables import comment_revisions, comments
from records.unit_of_work import Reading, Unit
from records.values import CommentRecord

_AT_ONCE = 500
"""Ids in one question to the database."""

_COLUMNS = [column for column in comments.c if column is not comments.c.salt]


def check_storable(comment: Comment) -> None:
    """Raises `InvalidInputError` naming every field that no database can hold: NUL and lone surrogates."""
    faults = [Fault(where, "holds a NUL or a lone surrogate") for where, value in _texts(comment) if _odd(value)]
    if faults:
        raise InvalidInputError("The comment cannot be stored.", faults)


def get(look: Reading, comment_id: str) -> CommentRecord:
    """The comment. Raises `NotFoundError`."""
    found = look.execute(select(*_COLUMNS).where(comments.c.id == comment_id)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such comment.")
    return value_of(CommentRecord, found)


def lock(unit: Unit, comment_id: str) -> CommentRecord:
    """The comment, about which nobody opens a case until this unit ends. Raises `NotFoundError`."""
    unit.execute(select(comments.c.id).where(comments.c.id == comment_id).with_for_update(key_share=True)).all()
    return get(unit, comment_id)


def written_at(look: Reading, comment_id: str) -> datetime | None:
    """When it was stored, or its text changed last; None for one that is not there."""
    changed = select(func.max(comment_revisions.c.superseded_at)).where(comment_revisions.c.comment_id == comment_id)
    query = select(func.coalesce(changed.scalar_subquery(), comments.c.created_at)).where(comments.c.id == comment_id)
    found: datetime | None = look.execute(query).scalar_one_or_none()
    return found


def known_ids(look: Reading, external_ids: Sequence[str]) -> dict[str, str]:
    """Our ids of those comments that were ever stored, by the ids that the platform has for them."""
    found: dict[str, str] = {}
    for first in range(0, len(external_ids), _AT_ONCE):
        some = external_ids[first : first + _AT_ONCE]
        query = select(comments.c.external_id, comments.c.id).where(comments.c.external_id.in_(some))
        found |= {row.external_id: row.id for row in look.execute(query)}
    return found


def there(look: Reading, comment_ids: Sequence[str]) -> set[str]:
    """Those of the ids by which a comment is stored."""
    return set(look.execute(select(comments.c.id).where(comments.c.id.in_(list(comment_ids)))).scalars())


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody sent: a text, and what was beside it. Once it is erased there is neither."""

    text: str | None = field(repr=False)
    attachments: tuple[Attachment, ...] = field(default=(), repr=False)


def written(look: Reading, comment_id: str, revision: int) -> Written:
    """What the comment was at `revision`. Raises `NotFoundError`."""
    comment = get(look, comment_id)
    if comment.revision == revision:
        return Written(comment.text, unpacked(comment.attachments))
    earlier = comment_revisions.c
    query = select(earlier.text, earlier.attachments)
    found = look.execute(query.where(earlier.comment_id == comment_id, earlier.revision == revision)).one_or_none()
    if found is None:
        raise NotFoundError(f"This comment has no revision {revision}.")
    return Written(found.text, unpacked(found.attachments))


def text_of(look: Reading, comment_id: str, revision: int) -> str | None:
    """The text as it was at `revision`; None once erased. Raises `NotFoundError`."""
    return written(look, comment_id, revision).text


def of_many(look: Reading, comment_ids: Sequence[str]) -> dict[str, CommentRecord]:
    """These comments by id."""
    found: dict[str, CommentRecord] = {}
    for first in range(0, len(comment_ids), _AT_ONCE):
        query = select(*_COLUMNS).where(comments.c.id.in_(comment_ids[first : first + _AT_ONCE]))
        found |= {row.id: value_of(CommentRecord, row) for row in look.execute(query)}
    return found


def texts_of_many(look: Reading, comment_ids: Sequence[str]) -> dict[str, str]:
    """The texts of these comments as they are; of erased ones there are none."""
    return _filled(look, comments.c.text, comment_ids)


def attached_to_many(look: Reading, comment_ids: Sequence[str]) -> dict[str, str]:
    """What is attached to those of these comments that have anything, as the rows have it."""
    return _filled(look, comments.c.attachments, comment_ids)


def _filled(look: Reading, column: Column[Any], comment_ids: Sequence[str]) -> dict[str, str]:
    """What this column says of those of these comments of which it says anything."""
    found: dict[str, str] = {}
    for first in range(0, len(comment_ids), _AT_ONCE):
        some = comments.c.id.in_(comment_ids[first : first + _AT_ONCE])
        query = select(comments.c.id, column.label("told")).where(some, column.is_not(None))
        found |= {row.id: row.told for row in look.execute(query)}
    return found


def of_thread(
    look: Reading, thread_id: str, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[CommentRecord]:
    """The comments of a thread, oldest first."""
    query = select(*_COLUMNS).where(comments.c.thread_id == thread_id)
    return _paged(look, query, asked_of("comments", limit, cursor, thread=thread_id))


def of_author(
    look: Reading, keyring: Keyring, author: str, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[CommentRecord]:
    """The comments of a pseudonym, oldest first."""
    mine = comments.c.author_index.in_(keyring.indexes("author", author))
    return _paged(look, select(*_COLUMNS).where(mine), asked_of("comments", limit, cursor, author=author))


def sent_in_thread(look: Reading, keyring: Keyring, author: str, thread_id: str, since: datetime) -> int:
    """How many comments of the author were first stored in the thread since then."""
    c = comments.c
    mine = c.author_index.in_(keyring.indexes("author", author)), c.thread_id == thread_id, c.created_at >= since
    return int(look.execute(select(func.count()).where(*mine)).scalar_one())


def erase(unit: Unit, comment_id: str, *, now: datetime) -> None:
    """Removes texts, pseudonyms and people's notes, as `erasing` does; the commitments stay.

    Raises `NotFoundError`, and `ConflictError` for what is held.
    """
    get(unit, comment_id)
    held = select(comments.c.id).where(comments.c.id == comment_id, holds.covered(unit, now=now))
    if unit.execute(held).first() is not None:
        raise ConflictError("This comment is held for an authority: see `chaffinch hold list`.")
    erasing.erase_one(unit, comment_id, now=now)


def _paged(look: Reading, query: Select[Any], asked: PageAsked) -> Page[CommentRecord]:
    return page_by_id(look, query, comments.c.id, lambda row: value_of(CommentRecord, row), asked)


def _texts(comment: Comment) -> Iterable[tuple[str, str | None]]:
    context = comment.context
    return (
        ("/content/text", comment.text),
        ("/content/lang", comment.lang),
        ("/content/type", comment.type),
        ("/id", comment.id),
        ("/author/id", comment.author.id),
        ("/context/surface", context.surface),
        ("/context/thread_id", context.thread_id),
        ("/context/parent_id", context.parent_id),
        ("/context/parent_text", context.parent_text),
        ("/client/device", comment.client.device),
        ("/client/network", comment.client.network),
        *((f"/content/attachments/{place}/alt", each.alt) for place, each in enumerate(comment.attachments)),
    )


def _odd(value: str | None) -> bool:
    return value is not None and ("\0" in value or any("\ud800" <= character <= "\udfff" for character in value))
