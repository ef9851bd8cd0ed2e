"""Who is one person behind several names: what limits count by, and what makes two people of two.

* A **key** that is named after an account is its person's. One that is named after nobody, as a program's is, belongs
  to whoever made it: a limit that it could pass by being made again would be none.
* An **account** that was made, or given its password last, on a command line is in the hand of the machine's user who
  did that, unless the house lets one hand hold several (`one_hand`), until its owner sets a password of their own by an
  invitation (`governance/invitations.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from records import keys, ledger, users
from records.house_values import LedgerEntry
from records.known_as import KEY, folded
from records.unit_of_work import Reading

GIVES = ("account.created", "account.password")
"""Entries by whose maker an account can be used."""

INVITED_BY = "invited_by"
"""The fact of an entry `account.password` by which a password is its owner's: who invited them."""

MADE = "key.created"
_BY_TERMINAL = "by_os_user"
_TERMINAL = "os:"


def names_of(look: Reading, who: str) -> set[str]:
    """A name in records, and of a key whose it is; folded, as Mia and mia are one."""
    key = keys.by_prefix(look, who.removeprefix(KEY)) if who.startswith(KEY) else None
    return {folded(name) for name in (who, key and key.name) if name}


def typed_by(entry: LedgerEntry | None) -> str | None:
    """At whose account of the operating system an entry came to be; None where nothing was typed."""
    told: str | None = json.loads(entry.body)["facts"].get(_BY_TERMINAL) if entry else None
    return told


def every_name(look: Reading, who: str) -> frozenset[str]:
    """Under what records may have the person behind a name or a key: all that is in the same hand."""
    owners, people = keys.owners(look), {folded(name): user_id for name, user_id in users.ids_by_name(look).items()}
    made = ledger.last_of(look, (MADE, *GIVES), [*(prefix for prefix, _ in owners), *people.values()])
    marks = {f"{KEY}{prefix}": _of_key(prefix, name, people, made, look) for prefix, name in owners}
    marks |= {name: {name} | _of_account(user_id, made, look) for name, user_id in people.items()}
    mine = marks.get(who) or marks.get(folded(who)) or names_of(look, who)
    return frozenset({who, folded(who), *mine} | {each for each, theirs in marks.items() if mine & theirs})


Made = Mapping[tuple[str, str], LedgerEntry]


def _of_key(prefix: str, name: str, people: Mapping[str, str], made: Made, look: Reading) -> set[str]:
    owner = folded(name)
    if owner in people:
        return {owner} | _of_account(people[owner], made, look)
    entry = made.get((MADE, prefix))
    if entry is None:
        return {owner}
    typed = typed_by(entry)
    hand = set() if typed is None else {f"{_TERMINAL}{typed}"}
    return {owner, folded(str(json.loads(entry.body)["actor"]["id"]))} | hand


def _of_account(user_id: str, made: Made, look: Reading) -> set[str]:
    if look.queues.one_hand:
        return set()
    return {f"{_TERMINAL}{typed}" for typed in _typed(made.get((kind, user_id)) for kind in GIVES)}


def of_accounts(look: Reading, user_ids: Sequence[str]) -> dict[str, str]:
    """By account the users of the machine who may have it in hand; of those that are in their owners' nothing."""
    made = ledger.last_of(look, GIVES, user_ids)
    found = {user_id: _typed(made.get((kind, user_id)) for kind in GIVES) for user_id in user_ids}
    return {user_id: ", ".join(sorted(typed)) for user_id, typed in found.items() if typed}


def people_behind(look: Reading, user_ids: Sequence[str]) -> int:
    """For how many people these accounts stand where two are asked: what one user of the machine may use is one."""
    if look.queues.one_hand:
        return len(user_ids)
    made = ledger.last_of(look, GIVES, user_ids)
    hands = [_typed(made.get((kind, user_id)) for kind in GIVES) for user_id in user_ids]
    apart: list[set[str]] = []
    for hand in filter(None, hands):
        same = [each for each in apart if each & hand]
        apart = [each for each in apart if not each & hand] + [hand.union(*same)]
    return len(apart) + sum(not hand for hand in hands)


def of_account(look: Reading, user_id: str) -> set[str]:
    """Which users of the machine may have an account in hand: who made it, or gave it its password last."""
    return _typed(ledger.last(look, kind, user_id) for kind in GIVES)


def is_its_owners(entry: LedgerEntry | None) -> bool:
    """Whether an entry says that somebody who was invited set a password of their own."""
    return entry is not None and typed_by(entry) is None and INVITED_BY in json.loads(entry.body)["facts"]


def _typed(given: Iterable[LedgerEntry | None]) -> set[str]:
    """Of the newest entries that gave an account: who typed them; nobody where its owner set the password since."""
    told = list(given)
    return set() if any(map(is_its_owners, told)) else {typed for typed in map(typed_by, told) if typed}
