"""What is known of authors: what a platform stated and a request does not say itself, and how their accounts stand.

`PUT /v1/authors/{author_id}` states; measures that hold an account and what its credit is counted from are our own.

The request wins. What was looked up is remembered for a second, so workers are in step within two; where nothing is
known of anybody, nothing is looked up. Where the database does not answer, what was known a moment ago stays
known; of others nobody can say, and `authors` is missing from their decisions.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from moderation.comment import Author, Comment
from moderation.errors import PartUnavailableError
from records import authors
from records.database import Database
from records.personal import Keyring
from serving.remembered import Remembered

PART = "authors"


class KnownAuthors:
    """Asked for every comment; any thread may call `look` and `forget`."""

    def __init__(self, database: Database, keyring: Keyring, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._keyring = keyring
        self._any = False
        self._anybody_stands = False
        self._remembered = Remembered(PART, self._find, clock)

    def look(self) -> None:
        """Learns whether anything is known of anybody. A database that is gone is asked again by the next look."""
        if self._any and self._anybody_stands:
            return
        try:
            with self._database.reading() as look:
                self._any = self._any or authors.any_exist(look)
                self._anybody_stands = authors.anybody_stands(look)
        except PartUnavailableError:
            return

    def forget(self, author: str) -> None:
        """Something was stated about the author in this process."""
        self._any = True
        self._remembered.forget(author)

    async def complete(self, comment: Comment) -> Comment:
        """The comment with what is known of its author and not said in it. Raises `PartUnavailableError`."""
        said = comment.author
        says_all = said.verified is not None and said.created_at is not None
        if not self._any or said.id is None or (says_all and not self._anybody_stands):
            return comment
        known = await self._remembered.get(said.id)
        verified = known.verified if said.verified is None else said.verified
        return replace(comment, author=Author(said.id, verified, said.created_at or known.created_at, known.standing))

    def _find(self, author: str) -> Author:
        with self._database.reading() as look:
            return authors.known(look, self._keyring, author)
