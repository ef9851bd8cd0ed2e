"""All windows together: what one more comment means beside the others of the last hour.

A text is **spread** where at least ten near copies came from at least five accounts in at least three threads within
an hour: a quotation that goes round in one thread, however often, is none, and neither is one person who posts the
same everywhere (the rates tell of that). Where accounts hang together one thread is enough, which is seen in the
records (`governance/campaign_findings.py`). A contact is spread where at least five accounts gave it; links are not
asked, since many people share one link. What is spread is shown to people as one case; nothing here decides about a
comment.
"""

from __future__ import annotations

from dataclasses import dataclass

from moderation.behaviour.crowds import Crowds
from moderation.behaviour.observation import Burst, BurstKind, Observation, Seen
from moderation.behaviour.rates import Rates
from moderation.behaviour.texts import First, Texts, mark_of

MINUTE, HOUR = 60.0, 3600.0

SPREAD_COPIES, SPREAD_ACCOUNTS, SPREAD_THREADS = 10, 5, 3


@dataclass(frozen=True, slots=True)
class Sizes:
    """Rows of the tables, powers of two. With these they take 72 MB, of which a quiet service touches little.

    `texts` different texts of which the last copy is remembered; `bursts` texts that came more than once; `accounts`,
    `threads` and `contacts` seen within their windows.
    """

    texts: int = 1 << 17
    bursts: int = 1 << 14
    accounts: int = 1 << 17
    threads: int = 1 << 15
    contacts: int = 1 << 14


class Behaviour:
    """The windows of one process. Not for several threads at once."""

    def __init__(self, sizes: Sizes | None = None) -> None:
        sizes = sizes or Sizes()
        self._texts = Texts(sizes.texts)
        self._copies = Rates(sizes.bursts, HOUR)
        self._copiers = Crowds(sizes.bursts, HOUR)
        self._threads = Crowds(sizes.bursts, HOUR)
        self._contacts = Crowds(sizes.contacts, HOUR)
        self._by_minute = Rates(sizes.accounts, MINUTE)
        self._by_hour = Rates(sizes.accounts, HOUR)
        self._in_thread = Rates(sizes.threads, MINUTE)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the tables take, however many comments come."""
        crowds = (self._copiers, self._threads, self._contacts)
        rates = (self._copies, self._by_minute, self._by_hour, self._in_thread)
        return self._texts.nbytes + sum(table.nbytes for table in crowds) + sum(table.nbytes for table in rates)

    def count(self, seen: Observation) -> Seen:
        """Counts one comment and says what it means at its own moment."""
        first = self._note_text(seen)
        if seen.account is not None:
            for contact in seen.contacts:
                self._contacts.add(contact, seen.account, seen.at)
        return self._told(seen, first, counted=True)

    def look(self, seen: Observation) -> Seen:
        """What one more comment would mean, without counting it."""
        first = None if seen.signature is None else self._texts.find(seen.signature)
        return self._told(seen, first, counted=False)

    def _note_text(self, seen: Observation) -> First | None:
        """The first copy of its text. The second copy brings the first one into the counts."""
        first = self._texts.add(seen)
        if first is not None:
            if not self._copies.knows(first.mark):
                self._note_copy(first.mark, first.account, first.thread, first.at)
            self._note_copy(first.mark, seen.account or 0, seen.thread or 0, seen.at)
        return first

    def _note_copy(self, mark: int, account: int, thread: int, at: float) -> None:
        self._copies.add(mark, at)
        if account:
            self._copiers.add(mark, account, at)
        if thread:
            self._threads.add(mark, thread, at)

    def _told(self, seen: Observation, first: First | None, *, counted: bool) -> Seen:
        by_contact = self._crowds_of_contacts(seen)
        features = {**self._of_text(seen, first, counted), **self._of_rates(seen, counted)}
        if by_contact:
            features["accounts_for_contact"] = max(by_contact.values())
        bursts = [Burst(BurstKind.CONTACT, mark) for mark, size in by_contact.items() if size >= SPREAD_ACCOUNTS]
        if first is not None and _is_spread(features):
            bursts.insert(0, Burst(BurstKind.TEXT, first.mark, first.signature))
        return Seen(seen, features, tuple(bursts), _mark(seen, first))

    def _of_text(self, seen: Observation, first: First | None, counted: bool) -> dict[str, float]:
        """Of the copies, this one included; nothing where the text is too short to be told apart."""
        if seen.signature is None:
            return {}
        copies, accounts, threads = self._others(first, seen.at) if first else (0, set[int](), set[int]())
        features: dict[str, float] = {"duplicates_1h": copies if first and counted else copies + 1}
        if seen.account is not None:
            features["duplicate_accounts_1h"] = len(accounts | {seen.account})
        if seen.thread is not None:
            features["duplicate_threads_1h"] = len(threads | {seen.thread})
        return features

    def _others(self, first: First, now: float) -> tuple[int, set[int], set[int]]:
        """Copies of a text in the last hour, and who posted them where."""
        if self._copies.knows(first.mark):
            mark = first.mark
            return self._copies.count(mark, now), self._copiers.members(mark, now), self._threads.members(mark, now)
        if not now - HOUR < first.at <= now:
            return 0, set(), set()
        return 1, {first.account} - {0}, {first.thread} - {0}

    def _of_rates(self, seen: Observation, counted: bool) -> dict[str, float]:
        """Of the account and the thread, this one included; where it counts, this is where it is counted."""

        def told(rates: Rates, key: int) -> int:
            return rates.add(key, seen.at) if counted else rates.count(key, seen.at) + 1

        features: dict[str, float] = {}
        if seen.account is not None:
            features["comments_1m"] = told(self._by_minute, seen.account)
            features["comments_1h"] = told(self._by_hour, seen.account)
        if seen.thread is not None:
            features["thread_comments_1m"] = told(self._in_thread, seen.thread)
        return features

    def _crowds_of_contacts(self, seen: Observation) -> dict[int, int]:
        """By contact, the accounts that gave it, this one included."""
        if seen.account is None:
            return {}
        return {mark: len(self._contacts.members(mark, seen.at) | {seen.account}) for mark in seen.contacts}


def _mark(seen: Observation, first: First | None) -> int | None:
    if first is not None:
        return first.mark
    return None if seen.signature is None else mark_of(seen.signature)


def _is_spread(features: dict[str, float]) -> bool:
    return (
        features.get("duplicates_1h", 0) >= SPREAD_COPIES
        and features.get("duplicate_accounts_1h", 0) >= SPREAD_ACCOUNTS
        and features.get("duplicate_threads_1h", 0) >= SPREAD_THREADS
    )
