"""What people said of comments that are sent again, for the moment between learning it and answering with it.

Most comments are new, so nobody looks before a decision is made; whoever stores it looks (`records/persons_words.py`)
and refuses what was decided without the word. The word is then remembered here for a second, and the decision made
anew. About the very same that a person decided (`records/persons_words.py` says what belongs to it) there is no new
decision: the answer is the one that holds, under its own id.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from moderation.comment import Comment
from moderation.decision import Decision, Outcome
from moderation.judged_before import STAYS, heed
from moderation.policy import Policy
from records.persons_words import JudgedBeforeError, Sent, Told

T = TypeVar("T")

SECONDS = 1.0
MOST = 10_000
MOST_WAYS = 256
"""In which one comment is sent at about the same moment: as many as a batch has items."""

TRIES = 3
"""People may say something else between two tries; hardly twice."""


class SaidBefore:
    """Asked for every comment that will be stored; used by the event loop alone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[str, dict[Sent, tuple[float, Told]]] = {}
        """By the platform's id of the comment, as it was sent."""

    def learn(self, told: Mapping[Sent, Told | None]) -> None:
        """What is true of these comments, as they are sent."""
        if len(self._told) + len(told) > MOST:
            self._told.clear()
        for sent, each in told.items():
            of_it = self._told.setdefault(sent.id, {})
            of_it.pop(sent, None)
            if len(of_it) >= MOST_WAYS:
                of_it.clear()
            if each is not None:
                of_it[sent] = (self._clock(), each)

    def forget(self, comment: Comment) -> None:
        """Of a comment that was stored now another decision is the latest, whatever was learnt before."""
        self._told.pop(comment.id or "", None)

    def of(self, comment: Comment) -> Told | None:
        """A person's word about it, where that was learnt just now."""
        sent = Sent.of(comment)
        found = self._told.get(sent.id, {}).get(sent)
        if found is None:
            return None
        if self._clock() - found[0] >= SECONDS:
            del self._told[sent.id][sent]
            return None
        return found[1]

    async def heeding(self, do: Callable[[], Awaitable[T]]) -> T:
        """What `do` comes to, which judges and stores; done anew where it did not know what a person said."""
        for _ in range(TRIES - 1):
            try:
                return await do()
            except JudgedBeforeError as error:
                self.learn(error.told)
        return await do()


def what_holds(told: Told, decided: Decision, policy: Policy) -> tuple[str, Decision] | None:
    """The decision that holds about the very same and its id; None where what was decided now is one of its own.

    `decided` heeds the word: an account, a thread or a list may stop what a person let pass.
    """
    word, held = told.word, told.decision.decision
    if not (told.is_same and word.is_whole) or decided.outcome is not word.outcome:
        return None
    reasons = heed(word, held.reasons, otherwise=policy.ground(STAYS)) if word.outcome is Outcome.BLOCK else []
    measures = policy.measures.get(word.outcome, ())
    return told.decision.id, replace(held, outcome=word.outcome, reasons=tuple(reasons), measures=measures)
