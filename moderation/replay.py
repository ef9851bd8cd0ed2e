"""Comments of the past, told to windows of their own one after another: each has the counts that it had then.

What the service knew of a comment was what had come before it. So a replay never guesses: of a comment without a time
nothing is counted, and of one that stands behind a later one nothing is known, though it counts for those that follow
(windows do not mind in which order they are told, as long as nobody asks about an earlier moment). Memory is that of
the windows, however many comments come.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from hashlib import blake2b

from moderation.behaviour import FEATURES, Behaviour, Observation, Sizes, observed
from moderation.comment import Comment
from moderation.contacts import find_contacts
from moderation.lists import NO_LISTS, Listed
from moderation.normaliser import Normalised
from moderation.pipeline import watched
from moderation.rules import RuleContext

_OF_TEXT = {"duplicates_1h", "duplicate_accounts_1h", "duplicate_threads_1h"}
_OF_CONTACTS = {"accounts_for_contact"}
_BY_AUTHOR = {"duplicate_accounts_1h", "accounts_for_contact", "comments_1m", "comments_1h"}
_BY_THREAD = {"duplicate_threads_1h", "thread_comments_1m"}


@dataclass(frozen=True, slots=True)
class Sent:
    """When a comment was sent (seconds since 1970), by whom and in which thread; None where nobody says."""

    at: float | None = None
    author: str | None = None
    thread: str | None = None


UNKNOWN_SENT = Sent()


@dataclass(slots=True)
class Replayed:
    """What was told to the windows (`counted` comments), and what could not be, by what was not known.

    `without_time` were not counted at all. `late` were, but stood behind a later one, so that nothing is known of
    them. Of the others `without_author` and `without_thread` have no counts by account, or by thread.
    """

    counted: int = 0
    without_time: int = 0
    late: int = 0
    without_author: int = 0
    without_thread: int = 0


class Replay:
    """The windows of one backtest. `kinds` of contacts are those that rules ask for. No list is looked at."""

    def __init__(self, kinds: Collection[str], sizes: Sizes | None = None) -> None:
        self.told = Replayed()
        self._behaviour = Behaviour(sizes)
        self._kinds = kinds
        self._now = float("-inf")

    @property
    def nbytes(self) -> int:
        """Bytes that the windows take."""
        return self._behaviour.nbytes

    def context(self, sent: Sent, text: Normalised, context: RuleContext) -> RuleContext:
        """The context with what windows count; what it says itself of a feature stands."""
        if sent.at is None:
            self.told.without_time += 1
            return context
        if text.is_empty:  # no service takes it for a comment
            return replace(context, absent=frozenset(FEATURES))
        listed = Listed(NO_LISTS, Comment(text.source), text, find_contacts)
        contacts = watched(text, listed, self._kinds)
        observation = observed(text, contacts, at=sent.at, author=sent.author, thread=sent.thread, hashed=_hashed)
        seen = self._behaviour.count(observation)
        self.told.counted += 1
        context = replace(context, find_contacts=listed.contacts)
        if sent.at < self._now:
            self.told.late += 1
            return context
        self._now = sent.at
        self.told.without_author += sent.author is None
        self.told.without_thread += sent.thread is None
        absent = frozenset(FEATURES) - seen.features.keys() - _unknown(observation)
        return replace(context, features={**seen.features, **context.features}, absent=absent)


def _unknown(seen: Observation) -> set[str]:
    """What might be counted if more were known; of a text too short, or without contacts, nothing could be."""
    unknown = set[str]()
    if seen.account is None:
        unknown |= _BY_AUTHOR
    if seen.thread is None:
        unknown |= _BY_THREAD
    if seen.signature is None:
        unknown -= _OF_TEXT
    if not seen.contacts:
        unknown -= _OF_CONTACTS
    return unknown


def _hashed(kind: str, name: str) -> int:
    """64 bits; 0 would mean "not known". No key: nothing of it outlives the backtest."""
    written = f"{kind}\0{name}".encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(written, digest_size=8).digest(), "little") or 1
