"""What an entry commits to, opened: the text and the pseudonym with their salt, as long as neither was erased."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, select

from records.commitments import commit
from records.house_values import LedgerEntry
from records.personal import Keyring
from records.tables import authors, comment_revisions, comments
from records.unit_of_work import Reading


@dataclass(frozen=True, slots=True)
class Opening:
    """`kind` is what is committed to (`text`, `author`): the entry's fact is `<kind>_commitment`."""

    kind: str
    salt: bytes = field(repr=False)
    value: str = field(repr=False)


def of_entry(look: Reading, entry: LedgerEntry, keyring: Keyring | None) -> Iterator[Opening]:
    """Whatever of it is still there and fits what the entry says."""
    facts = json.loads(entry.body)["facts"]
    for each in _candidates(look, entry, facts, keyring):
        if commit(each.salt, each.kind, each.value).hex() == facts.get(f"{each.kind}_commitment"):
            yield each


def _candidates(look: Reading, entry: LedgerEntry, facts: dict[str, Any], keyring: Keyring | None) -> Iterator[Opening]:
    if entry.kind == "decision":
        comment = look.execute(select(comments).where(comments.c.id == facts["comment_id"])).one_or_none()
        yield from () if comment is None else _of_comment(look, comment, facts["revision"], keyring)
    elif entry.kind == "author" and keyring is not None:
        author = look.execute(select(authors).where(authors.c.id == entry.subject_id)).one_or_none()
        if author is not None and author.author_cipher:
            yield Opening("author", author.salt, keyring.reveal("author", author.author_cipher))


def _of_comment(look: Reading, comment: Row[Any], revision: int, keyring: Keyring | None) -> Iterator[Opening]:
    text, salt, author = comment.text, comment.salt, comment.author_cipher
    if comment.revision != revision:
        earlier = comment_revisions.c
        query = select(earlier.text, earlier.salt, earlier.author_cipher)
        found = look.execute(query.where(earlier.comment_id == comment.id, earlier.revision == revision)).one_or_none()
        text, salt, author = tuple(found) if found else (None, None, None)
    if salt is None:
        return
    if text is not None:
        yield Opening("text", salt, text)
    if keyring is not None and author is not None:
        yield Opening("author", salt, keyring.reveal("author", author))
