"""Who is one person behind several names: what limits count by, and what makes two people of two.

* A **key** that is named after an account is its person's. One that is named after nobody, as a program's is, belongs
  to whoever made it: a limit that it could pass by being made again would be none.
* An **account** is in the hand of whoever made it, and of whoever gave it its password last: the machine's user on a
  command line, the administrator in the console, and in whose hand theirs is. That ends once its owner sets a password
  of their own by an invitation (`governance/invitations.py`), and is not asked where the house lets one hand hold
  several (`one_hand`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

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
TERMINAL = "os:"


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
    owners, people = keys.owners(look), _people(look)
    made = ledger.last_of(look, (MADE, *GIVES), [*(prefix for prefix, _ in owners), *people.values()])
    marks = {f"{KEY}{prefix}": _of_key(prefix, name, people, made, look) for prefix, name in owners}
    marks |= {name: {name} | _of_account(user_id, people, made, look) for name, user_id in people.items()}
    mine = marks.get(who) or marks.get(folded(who)) or names_of(look, who)
    return frozenset({who, folded(who), *mine} | {each for each, theirs in marks.items() if mine & theirs})


Made = Mapping[tuple[str, str], LedgerEntry]
Given = Callable[[str], list[LedgerEntry | None]]
"""Of an account the newest entries of those that give it."""


@dataclass(frozen=True, slots=True)
class Held:
    """In whose hand an account is: users of the machine, and people of this house."""

    machine: tuple[str, ...]
    people: tuple[str, ...]


def _people(look: Reading) -> dict[str, str]:
    """Everybody's account by their folded name."""
    return {folded(name): user_id for name, user_id in users.ids_by_name(look).items()}


def _of_key(prefix: str, name: str, people: Mapping[str, str], made: Made, look: Reading) -> set[str]:
    owner = folded(name)
    if owner in people:
        return {owner} | _of_account(people[owner], people, made, look)
    entry = made.get((MADE, prefix))
    if entry is None:
        return {owner}
    typed = typed_by(entry)
    hand = set() if typed is None else {of_machine(typed)}
    return {owner, _actor(entry)} | hand


def _of_account(user_id: str, people: Mapping[str, str], made: Made, look: Reading) -> set[str]:
    return set() if look.queues.one_hand else _holders(user_id, people, _among(made))


def of_accounts(look: Reading, user_ids: Sequence[str]) -> dict[str, Held]:
    """By account who made it or gave it its password last; none of who is their own alone."""
    people, given = _people(look), _among(ledger.last_of(look, GIVES, user_ids))
    found = {user_id: _givers(user_id, people, given) for user_id in user_ids}
    return {user_id: _held(hand) for user_id, hand in found.items() if hand}


def _held(hand: Iterable[str]) -> Held:
    machine = tuple(sorted(each.removeprefix(TERMINAL) for each in hand if each.startswith(TERMINAL)))
    return Held(machine, tuple(sorted(each for each in hand if not each.startswith(TERMINAL))))


def people_behind(look: Reading, user_ids: Sequence[str]) -> int:
    """For how many people these accounts stand where two are asked: what one hand may use is one."""
    if look.queues.one_hand:
        return len(user_ids)
    people = _people(look)
    given = _among(ledger.last_of(look, GIVES, list(people.values())))
    names = {user_id: name for name, user_id in people.items()}
    apart: list[set[str]] = []
    for user_id in user_ids:
        hand = {names[user_id]} | _holders(user_id, people, given)
        same = [each for each in apart if each & hand]
        apart = [each for each in apart if not each & hand] + [hand.union(*same)]
    return len(apart)


def of_account(look: Reading, user_id: str) -> set[str]:
    """Who may have an account in hand: users of the machine (`of_machine`), and people by their folded names."""
    return _holders(user_id, _people(look), lambda each: [ledger.last(look, kind, each) for kind in GIVES])


def of_machine(os_user: str) -> str:
    """How a user of the operating system is told from somebody of this house."""
    return f"{TERMINAL}{os_user}"


def is_its_owners(entry: LedgerEntry | None) -> bool:
    """Whether an entry says that somebody who was invited set a password of their own."""
    return entry is not None and typed_by(entry) is None and INVITED_BY in json.loads(entry.body)["facts"]


def _among(made: Made) -> Given:
    return lambda user_id: [made.get((kind, user_id)) for kind in GIVES]


def _holders(user_id: str, people: Mapping[str, str], given: Given) -> set[str]:
    """Who gave the account, and in whose hand the accounts of those are."""
    found: set[str] = set()
    waiting, seen = [user_id], {user_id}
    while waiting:
        hand = _givers(waiting.pop(), people, given)
        found |= hand
        further = {people[each] for each in hand if each in people} - seen
        waiting, seen = [*waiting, *further], seen | further
    return found


def _givers(user_id: str, people: Mapping[str, str], given: Given) -> set[str]:
    """Of the newest entries that gave an account: whose they are; nobody's where its owner set the password since.

    Who has no account here gives none in the console: such an entry was written by a tool, or before those said more.
    """
    told = [entry for entry in given(user_id) if entry is not None]
    if any(map(is_its_owners, told)):
        return set()
    typed = {of_machine(each) for each in map(typed_by, told) if each}
    return typed | {who for who in map(_actor, told) if people.get(who, user_id) != user_id}


def _actor(entry: LedgerEntry) -> str:
    return folded(str(json.loads(entry.body)["actor"]["id"]))
