"""Who has a value that accounts share: those that are held, and how many hands that have nothing to do with them.

An account is a hand of its own where it costs something to be one: it wrote more than a month ago and again within the
month, and both stand; or a person said of it that it is somebody else. One that is held, one that a person said is the
same as one that is held, and one that merely was made, is none: whoever registers accounts by the dozen is no crowd.
Accounts of one identity or telephone are one hand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, select

from moderation.decision import Outcome
from records.held_accounts import is_held_now
from records.standing_values import ReturnState
from records.tables import author_links, authors, comments, decisions, returns
from records.unit_of_work import Reading

MOST_SHARED = 1000
"""Accounts of a value that are read, the oldest: among more than so many on their own no value is evidence."""

SETTLED = timedelta(days=30)
"""An account wrote before this time and since, or it is no hand of its own."""

Value = tuple[str, tuple[str, ...]]
"""The kind of a link, and the keyed hashes of one value of it, under every key."""

PERSONAL = ("identity", "phone")
"""Kinds of links by which accounts are one hand."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """The accounts that have a value."""

    accounts: int
    """Of those that were read."""
    held: frozenset[str]
    """Closed, listed or suspended."""
    own: frozenset[str]
    """Hands of their own."""
    hands: Mapping[str, str]
    """By account, for those that share more than this value: a name of the hand that they are."""

    def others(self, *pair: str) -> int:
        """How many hands have the value besides these accounts' and those of accounts that are held."""
        known = {self._hand(each) for each in (*pair, *self.held)}
        return len({self._hand(each) for each in self.own} - known)

    def _hand(self, account: str) -> str:
        return self.hands.get(account, account)


def crowd_of(look: Reading, value: Value, *, now: datetime) -> Crowd:
    """Who has the value; of a crowd the oldest are read."""
    kind, indexes = value
    has_it = and_(author_links.c.kind == kind, author_links.c.link_index.in_(list(indexes)))
    some = select(author_links.c.author_id).where(has_it).distinct()
    read = some.order_by(author_links.c.author_id).limit(MOST_SHARED)
    accounts = list(look.execute(read).scalars())
    held = _ids(look, select(authors.c.id).where(authors.c.id.in_(some), is_held_now(now)).limit(MOST_SHARED))
    own = (_settled(look, accounts, now) | _told_apart(look, accounts)) - held - _told_same(look, accounts)
    return Crowd(len(accounts), frozenset(held), frozenset(own), _hands(look, {*accounts, *held}, but=kind))


def _ids(look: Reading, query: Select[tuple[str]]) -> set[str]:
    return set(look.execute(query).scalars())


def _settled(look: Reading, accounts: Collection[str], now: datetime) -> set[str]:
    """Who wrote what stands before the last month, and within it."""
    before, since = comments.c.created_at <= now - SETTLED, comments.c.created_at > now - SETTLED
    return _ids(look, select(authors.c.id).where(authors.c.id.in_(accounts), _wrote(before), _wrote(since)))


def _wrote(when: ColumnElement[bool]) -> ColumnElement[bool]:
    holds = select(func.coalesce(decisions.c.final_outcome, decisions.c.outcome))
    newest = holds.where(decisions.c.comment_id == comments.c.id).order_by(decisions.c.id.desc()).limit(1)
    stands = newest.scalar_subquery() == Outcome.PASS.value
    return select(comments.c.id).where(comments.c.author_index == authors.c.author_index, when, stands).exists()


def _told_apart(look: Reading, accounts: Collection[str]) -> set[str]:
    """Of whom people said, each time they were asked, that it is somebody else."""
    asked = returns.c.author_id.in_(accounts)
    all_apart = func.max(returns.c.state) == ReturnState.DISMISSED, func.min(returns.c.state) == ReturnState.DISMISSED
    return _ids(look, select(returns.c.author_id).where(asked).group_by(returns.c.author_id).having(*all_apart))


def _told_same(look: Reading, accounts: Collection[str]) -> set[str]:
    same = returns.c.author_id.in_(accounts), returns.c.state == ReturnState.CONFIRMED
    return _ids(look, select(returns.c.author_id).where(*same))


def _hands(look: Reading, accounts: Collection[str], *, but: str) -> dict[str, str]:
    """Which of these are one hand, by what else they share: an identity or a telephone."""
    personal = author_links.c.kind.in_(PERSONAL), author_links.c.kind != but
    query = select(author_links.c.author_id, author_links.c.kind, author_links.c.link_index)
    rows = look.execute(query.where(author_links.c.author_id.in_(accounts), *personal))
    return _joined((row.author_id, f"{row.kind}:{row.link_index}") for row in rows)


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """By account one name for all that hang together over values."""
    above: dict[str, str] = {}

    def top(name: str) -> str:
        while (over := above.setdefault(name, name)) != name:
            above[name] = above[over]
            name = over
        return name

    accounts = set()
    for account, value in pairs:
        accounts.add(account)
        above[top(account)] = top(value)
    return {account: top(account) for account in accounts}
