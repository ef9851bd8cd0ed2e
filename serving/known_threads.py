"""What holds a thread: the measures that people took on it, carried out where its comments are judged.

What was looked up is remembered for a second, so workers are in step within two; while no thread is held, nothing is
looked up. In slow mode an account's comments in the thread are counted from the records, and those of this process on
top until the next look; counts between workers are a second behind and err downwards. Where the database does not
answer, what was known a moment ago stays known; of other threads nobody can say, and `threads` is missing from their
decisions.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from moderation import threads
from moderation.comment import Comment
from moderation.errors import PartUnavailableError
from moderation.standing import HeldThread
from records import comments, measures
from records.database import Database
from records.personal import Keyring
from serving.remembered import MOST_REMEMBERED, REMEMBERED_SECONDS, Remembered

PART = "threads"
HOUR = timedelta(hours=1)


class KnownThreads:
    """Asked for every comment; any thread may call `look` and `forget`."""

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._now = now
        self._clock = clock
        self._any = False
        self._remembered = Remembered(PART, self._find, clock)
        self._sent: dict[tuple[str, str], tuple[float, int]] = {}

    def look(self) -> None:
        """Learns whether any thread is held. A database that is gone is asked again by the next look."""
        try:
            with self._database.reading() as look:
                self._any = measures.any_thread_held(look)
        except PartUnavailableError:
            return

    def forget(self) -> None:
        """A measure was taken or lifted in this process."""
        self._remembered.clear()
        self.look()

    async def complete(self, comment: Comment, *, counts: bool) -> Comment:
        """The comment with what holds its thread. `counts`: it will be stored. Raises `PartUnavailableError`."""
        thread = comment.context.thread_id
        if not self._any or thread is None:
            return comment
        held = await self._remembered.get(thread)
        if not held:
            return comment
        author, mine = comment.author.id, None
        if author is not None and any(map(threads.slows, held)):
            mine = await self._count(thread, author, counts=counts)
        return replace(comment, context=replace(comment.context, held=held, mine_1h=mine))

    def holds_back(self, comment: Comment) -> bool:
        """Whether a comment that nobody can answer about is held, by what is remembered of its thread."""
        held = self._remembered.last(comment.context.thread_id or "", ())
        return threads.holds_back(replace(comment, context=replace(comment.context, held=held)), now=self._now())

    async def _count(self, thread: str, author: str, *, counts: bool) -> int:
        """The account's comments in the thread within the hour, this one too."""
        key = (thread, author)
        if self._is_old(key):
            try:
                found = await asyncio.to_thread(self._find_sent, thread, author)
            except PartUnavailableError as error:
                raise PartUnavailableError(PART, str(error)) from error
            if len(self._sent) >= MOST_REMEMBERED:
                self._sent.clear()
            if self._is_old(key):  # another comment of this account may have asked meanwhile, and counts already
                self._sent[key] = (self._clock(), found)
        seen, sent = self._sent[key]
        if counts:
            self._sent[key] = (seen, sent + 1)
        return sent + 1

    def _is_old(self, key: tuple[str, str]) -> bool:
        return key not in self._sent or self._clock() - self._sent[key][0] >= REMEMBERED_SECONDS

    def _find(self, thread: str) -> tuple[HeldThread, ...]:
        with self._database.reading() as look:
            return measures.holding_thread(look, thread)

    def _find_sent(self, thread: str, author: str) -> int:
        with self._database.reading() as look:
            return comments.sent_in_thread(look, self._keyring, author, thread, self._now() - HOUR)
