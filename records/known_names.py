"""Which words are names of accounts, by the keyed hashes that are kept of comments' authors and of accounts."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from records.personal import Keyring
from records.tables import authors, comments
from records.unit_of_work import Reading


def among(look: Reading, keyring: Keyring, words: Collection[str]) -> frozenset[str]:
    """Those that the platform names an account by, of which anything is kept here."""
    named = {index: word for word in words for index in keyring.indexes("author", word)}
    found: set[str] = set()
    for column in (authors.c.author_index, comments.c.author_index):
        rows = look.execute(select(column).where(column.in_(list(named))).distinct()) if named else ()
        found |= {named[row[0]] for row in rows}
    return frozenset(found)
