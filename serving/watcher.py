"""The windows of this process, in step with those of the others (`moderation/behaviour` says what is counted).

A comment that will be stored counts at once, in this process; what it is compared by is written with its decision, and
other workers read it within about a second: between workers counts are eventually the same, and a comment that was sent
to another worker in the last second is not counted yet. A process that starts reads the last hour back before it
answers, so a restart does not forget a running burst. What could not be stored was counted all the same, here alone and
for an hour; that errs towards a person's look.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from governance import campaigns
from governance.campaigns import Spread
from moderation.behaviour import Behaviour, Observation, Seen, observed
from moderation.comment import Comment
from moderation.contacts import Contact
from moderation.errors import PartUnavailableError
from moderation.normaliser import Normalised
from records import behaviour
from records.database import Database
from records.ids import new_id
from records.personal import Keyring
from records.storing import Answered, Stored
from records.unit_of_work import Unit
from serving.logs import log

LOOK_BACK = timedelta(hours=1)
MOST_READ_BACK = 100_000
"""Observations that a new process reads back, the newest: about five seconds of work."""

OVERLAP = timedelta(seconds=5)
"""What was committed late is found for so long after its moment."""

MOST_A_LOOK = 20_000


class Watcher:
    """Counts, looks, keeps, and follows the others. Any thread may call."""

    def __init__(self, database: Database, keyring: Keyring, now: Callable[[], datetime]) -> None:
        self._database = database
        self._keyring = keyring
        self._now = now
        self._worker = new_id()
        self._guard = threading.Lock()
        self._behaviour = Behaviour()
        self._read_until: datetime | None = None
        self._told: set[str] = set()

    def count(self, comment: Comment, text: Normalised, contacts: Sequence[Contact]) -> Seen:
        """What a comment means beside the others; it counts from now on."""
        observation = self._observation(comment, text, contacts)
        with self._guard:
            return self._behaviour.count(observation)

    def look(self, comment: Comment, text: Normalised, contacts: Sequence[Contact]) -> Seen:
        """The same for a comment that is not stored, and so does not count."""
        observation = self._observation(comment, text, contacts)
        with self._guard:
            return self._behaviour.look(observation)

    def keep(self, unit: Unit, answered: Sequence[Answered], stored: Sequence[Stored]) -> None:
        """Writes what was seen of stored comments, in their transaction, and brings bursts before people."""
        seen = [(item, place, item.seen) for item, place in zip(answered, stored, strict=True) if item.seen]
        behaviour.keep(unit, [(place.decision_id, each) for _, place, each in seen], worker=self._worker)
        spread = [
            Spread(place.comment_id, place.decision_id, item.decision, each.bursts, each.observation.signature)
            for item, place, each in seen
            if each.bursts
        ]
        if spread:
            campaigns.collect(unit, spread, now=self._now())

    def start(self) -> None:
        """Reads the last hour back. A database that is gone is asked again by `follow`."""
        try:
            self.follow()
        except PartUnavailableError as error:
            log.warning("behaviour_waits", part=error.part, detail=str(error))

    def follow(self) -> int:
        """Counts what other workers have seen since the last call; how many. Raises `PartUnavailableError`."""
        now = self._now()
        first = self._read_until is None
        since = now - LOOK_BACK if self._read_until is None else self._read_until - OVERLAP
        with self._database.reading() as look:
            limit = MOST_READ_BACK if first else MOST_A_LOOK
            found = behaviour.since(look, since, but_of=self._worker, limit=limit)
        news = [told for told in found if told.decision_id not in self._told]
        for told in news:
            with self._guard:  # one at a time: nobody who asks waits for all of them
                self._behaviour.count(told.observation)
        late = (now - OVERLAP).timestamp()
        self._told = {told.decision_id for told in found if told.observation.at >= late}
        self._read_until = now
        return len(news)

    def _observation(self, comment: Comment, text: Normalised, contacts: Sequence[Contact]) -> Observation:
        return observed(
            text,
            contacts,
            at=self._now().timestamp(),
            author=comment.author.id,
            thread=comment.context.thread_id,
            hashed=self._hash,
        )

    def _hash(self, kind: str, name: str) -> int:
        """The first 64 bits of the keyed hash; 0 would mean "not known"."""
        return int(self._keyring.index(kind, name).partition(":")[2][:16], 16) or 1
