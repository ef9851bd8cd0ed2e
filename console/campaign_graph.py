"""A campaign as a graph: accounts on the left, what they share on the right, and under both when its comments came.

Places are worked out here, so that the picture needs no script and tests can ask for it; the tables beside it say all
that it says. Nothing in it is a word of a comment or a name: accounts are A1, A2, ..., texts T1, contacts C1.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from governance.campaign_findings import Gathered
from moderation.behaviour.hands import Member

WIDTH = 720
_LEFT, _RIGHT, _TOP, _ROW = 150, 570, 24, 26
_STRIP = 56
MOST_ACCOUNTS = 20
MOST_SHARED = {"text": 5, "contact": 5, "device": 5, "network": 3, "thread": 8}
"""Kinds of what is shared, in the order in which they stand, and how many of each are drawn."""

LETTERS = {"text": "T", "contact": "C", "device": "D", "network": "N", "thread": "P"}


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the campaign; `shares` are labels of what it has in common with others."""

    label: str
    comment_id: str
    comments: int
    first_at: datetime
    last_at: datetime
    shares: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shared:
    """Something that accounts have in common. `detail` is a contact's kind; `comment_id` is one that has it."""

    kind: str
    label: str
    detail: str
    comment_id: str
    accounts: int
    comments: int


@dataclass(frozen=True, slots=True)
class Dot:
    """A node's place."""

    kind: str
    label: str
    y: float
    number: int


@dataclass(frozen=True, slots=True)
class Graph:
    """The picture and what its tables say. `lines` are paths; `ticks` are places on the time strip."""

    height: int
    left: int
    right: int
    strip: int
    dots: tuple[Dot, ...]
    things: tuple[Dot, ...]
    lines: tuple[str, ...]
    ticks: tuple[float, ...]
    accounts: tuple[Account, ...]
    shared: tuple[Shared, ...]
    more_accounts: int
    width: int = WIDTH


def graph_of(told: Gathered) -> Graph:
    """The graph of what was gathered; empty where no comment is left."""
    kept = [(row.comment_id, row.created_at, member) for row, member in zip(told.rows, told.members, strict=True)]
    shared, having = _shared(kept)
    counts = Counter(member.account for _, _, member in kept if member.account)
    first = [account for account, _ in counts.most_common(MOST_ACCOUNTS)]
    accounts = tuple(_account(number, account, kept, having) for number, account in enumerate(first, start=1))
    dots = tuple(Dot("account", each.label, _at(place), each.comments) for place, each in enumerate(accounts))
    things = tuple(Dot(each.kind, each.label, _at(place), each.accounts) for place, each in enumerate(shared))
    bottom = _TOP + _ROW * max(len(dots), len(things), 1)
    return Graph(
        height=bottom + _STRIP,
        left=_LEFT,
        right=_RIGHT,
        strip=bottom + 18,
        dots=dots,
        things=things,
        lines=tuple(_lines(accounts, dots, things)),
        ticks=_ticks([at for _, at, _ in kept]),
        accounts=accounts,
        shared=tuple(shared),
        more_accounts=max(0, len(counts) - MOST_ACCOUNTS),
    )


_Kept = Sequence[tuple[str, datetime, Member]]


def _shared(kept: _Kept) -> tuple[list[Shared], dict[str, list[str]]]:
    """What is shared, the most common of each kind first; and by account the labels of what it has."""
    uses = defaultdict[tuple[str, str], list[tuple[str, str]]](list)
    for comment_id, _, member in kept:
        for kind, value in _values(member):
            if member.account:
                uses[kind, value].append((comment_id, member.account))
    found, having = list[Shared](), defaultdict[str, list[str]](list)
    for kind, most in MOST_SHARED.items():
        mine = {value: told for (of, value), told in uses.items() if of == kind}
        accounts = {value: {account for _, account in told} for value, told in mine.items()}
        common = sorted((v for v in mine if len(accounts[v]) > 1), key=lambda v: (-len(accounts[v]), mine[v][0][0]))
        for number, value in enumerate(common[:most], start=1):
            label = f"{LETTERS[kind]}{number}"
            detail = value.partition(":")[0] if kind == "contact" else ""
            found.append(Shared(kind, label, detail, mine[value][0][0], len(accounts[value]), len(mine[value])))
            for account in accounts[value]:
                having[account].append(label)
    return found, dict(having)


def _values(member: Member) -> Iterator[tuple[str, str]]:
    yield "text", "".join(char for char in member.read if char.isalnum())
    yield from (("contact", contact) for contact in member.contacts)
    told = {"device": member.device, "network": member.network, "thread": member.thread}
    yield from ((kind, value) for kind, value in told.items() if value)


def _account(number: int, account: str, kept: _Kept, having: dict[str, list[str]]) -> Account:
    mine = [(comment_id, at) for comment_id, at, member in kept if member.account == account]
    return Account(
        label=f"A{number}",
        comment_id=mine[0][0],
        comments=len(mine),
        first_at=mine[0][1],
        last_at=mine[-1][1],
        shares=tuple(having.get(account, ())),
    )


def _at(place: int) -> float:
    return _TOP + _ROW * (place + 0.5)


def _lines(accounts: Sequence[Account], dots: Sequence[Dot], things: Sequence[Dot]) -> Iterator[str]:
    places = {thing.label: thing.y for thing in things}
    middle = (_LEFT + _RIGHT) / 2
    for account, dot in zip(accounts, dots, strict=True):
        for label in account.shares:
            y = places[label]
            yield f"M{_LEFT + 8} {dot.y:.1f}C{middle:.0f} {dot.y:.1f} {middle:.0f} {y:.1f} {_RIGHT - 8} {y:.1f}"


def _ticks(moments: Sequence[datetime]) -> tuple[float, ...]:
    if not moments:
        return ()
    first, whole = moments[0], max(1.0, (moments[-1] - moments[0]).total_seconds())
    return tuple(20 + (WIDTH - 40) * (at - first).total_seconds() / whole for at in moments)
