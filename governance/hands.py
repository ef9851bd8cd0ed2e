"""Who is one person behind several names: what limits count by, and what makes two people of two.

* A **key** that is named after an account is its person's. One that is named after nobody, as a program's is, belongs
  to whoever made it: a limit that it could pass by being made again would be none.
* An **account** is in the hand of whoever made it, of whoever gave it its password last or invited its owner: the
  machine's user on a command line, the administrator in the console, and in whose hand theirs is. A password of their
  own, by an invitation, does not end that: whoever made the link may have opened it. Another person of the house who
  vouches for the account does (`governance/vouching.py`), until it is given anew. It is not asked where the house lets
  one hand hold several (`one_hand`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from records import keys, ledger, users
from records.house_values import LedgerEntry
from records.known_as import KEY, folded
from records.unit_of_work import Reading

GIVES = ("account.created", "account.password")
"""Entries by whose maker an account can be used."""

INVITED_BY = "invited_by"
"""The fact of an entry `account.password` by which a password is its owner's: who invited them."""

GIVEN_BY = "given_by"
"""The fact of an entry `account.password` by which an owner changed it: the entry that had made it theirs."""

VOUCHED = "account.vouched"
OWN_WORD = "own_word"
"""The fact of an entry `account.vouched` by who had the account in hand, as nobody else was there to say it."""

PROVED = "password_given"
"""The fact of an entry that was typed on a command line by which whoever it names gave their password there."""

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


def was_proved(entry: LedgerEntry) -> bool:
    """Whether it was written in a console, or typed by somebody who gave the password of whom it names."""
    return typed_by(entry) is None or PROVED in json.loads(entry.body)["facts"]


def of_machine(os_user: str) -> str:
    """How a user of the operating system is told from somebody of this house."""
    return f"{TERMINAL}{os_user}"


def is_its_owners(entry: LedgerEntry | None) -> bool:
    """Whether an entry says that somebody who was invited set a password of their own."""
    return entry is not None and typed_by(entry) is None and INVITED_BY in json.loads(entry.body)["facts"]


def invited_by(entry: LedgerEntry | None) -> str:
    """Who invited whoever set a password of their own; empty of another entry."""
    return str(json.loads(entry.body)["facts"].get(INVITED_BY, "")) if entry else ""


def given_by(entry: LedgerEntry) -> str:
    """The entry that gave an account; of an owner's own change of their password the one that had made it theirs."""
    return str(json.loads(entry.body)["facts"].get(GIVEN_BY, entry.id))


@dataclass(frozen=True, slots=True)
class Held:
    """In whose hand an account is: users of the machine, and people of this house."""

    machine: tuple[str, ...]
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class House:
    """Everybody's account by their folded name, and the newest entries that gave each, or vouched for it."""

    people: Mapping[str, str]
    made: Mapping[tuple[str, str], LedgerEntry]
    until: datetime | None = None
    """What was vouched for later does not count."""
    _proved: dict[str, bool] = field(default_factory=dict, compare=False, repr=False)

    def holders(self, user_id: str, *, proved: bool = False) -> set[str]:
        """Who may have an account in hand, and in whose hand the accounts of those are.

        Users of the machine (`of_machine`), and people by their folded names. `proved`: as if no own word counted.
        """
        return self._behind(self.givers(user_id, proved=proved), user_id, proved=proved)

    def givers(self, user_id: str, *, proved: bool = False) -> set[str]:
        """Of the newest entries that gave an account: whose they are; nobody's where somebody vouched for it since.

        Who has no account here gives none in the console: such an entry was written by a tool, or before those said
        more.
        """
        counts = self.is_proved(user_id) if proved else self.vouched(user_id) is not None
        return set() if counts else self._gave(user_id)

    def is_proved(self, user_id: str) -> bool:
        """Whether somebody vouched for it who is apart from its hand though no own word counts.

        Who vouches for the account of an account that they spoke for themself vouches for their own hand.
        """
        if user_id not in self._proved:
            self._proved[user_id] = False  # who vouch for each other in a ring prove nothing
            self._proved[user_id] = self._is_apart_from_who_vouched(user_id)
        return self._proved[user_id]

    def _is_apart_from_who_vouched(self, user_id: str) -> bool:
        entry = self.vouched(user_id)
        if entry is None or OWN_WORD in json.loads(entry.body)["facts"]:
            return False
        by = actor_of(entry)
        theirs = {by} | (self.holders(self.people[by], proved=True) if by in self.people else set())
        return theirs.isdisjoint(self._behind(self._gave(user_id), user_id, proved=True))

    def _gave(self, user_id: str) -> set[str]:
        told = self.given(user_id)
        typed = {of_machine(each) for each in map(typed_by, told) if each}
        return typed | {who for who in map(_giver, told) if self.people.get(who, user_id) != user_id}

    def _behind(self, hand: set[str], user_id: str, *, proved: bool) -> set[str]:
        found, seen = set(hand), {user_id}
        waiting = {self.people[each] for each in hand if each in self.people} - seen
        while waiting:
            here = waiting.pop()
            seen.add(here)
            more = self.givers(here, proved=proved)
            found |= more
            waiting |= {self.people[each] for each in more if each in self.people} - seen
        return found

    def given(self, user_id: str) -> list[LedgerEntry]:
        """The entries by whose makers an account can be used."""
        found = (self.made.get((kind, user_id)) for kind in GIVES)
        return [each for each in found if each is not None]

    def vouched(self, user_id: str) -> LedgerEntry | None:
        """The entry by which an account is another person's, where nothing was given anew since."""
        entry = self.made.get((VOUCHED, user_id))
        if entry is None or not was_proved(entry) or (self.until is not None and entry.created_at > self.until):
            return None
        return None if any(given_by(each) > entry.id for each in self.given(user_id)) else entry

    def words(self, user_id: str) -> set[str]:
        """On whose word alone it is another person's, of what is not proved; nobody's where nobody vouched.

        Of who said it of their own, for this account or one on the way: of who vouched for it, or gave it.
        """
        if self.vouched(user_id) is None or self.is_proved(user_id):
            return set()
        found: set[str] = set()
        waiting, seen = {user_id}, set[str]()
        while waiting:
            here = waiting.pop()
            seen.add(here)
            entry = self.vouched(here)
            if entry is not None and OWN_WORD in json.loads(entry.body)["facts"]:
                found.add(actor_of(entry))
            on = self._gave(here) | ({actor_of(entry)} if entry else set())
            waiting |= {self.people[each] for each in on if each in self.people} - seen
        entry = self.vouched(user_id)
        return found or ({actor_of(entry)} if entry else set())


def house(look: Reading, *, until: datetime | None = None, as_of: datetime | None = None) -> House:
    """As the ledger says it; `until`: what was vouched for by then counts alone; `as_of`: all as it was then."""
    people = {folded(name): user_id for name, user_id in users.ids_by_name(look).items()}
    return House(people, ledger.last_of(look, (*GIVES, VOUCHED), list(people.values()), by=as_of), until)


def every_name(look: Reading, who: str) -> frozenset[str]:
    """Under what records may have the person behind a name or a key: all that is in the same hand."""
    return every_name_of(look, (who,))


def every_name_of(look: Reading, people: Iterable[str]) -> frozenset[str]:
    """The same of several names and keys together."""
    owners, here = keys.owners(look), house(look)
    made = ledger.last_of(look, (MADE,), [prefix for prefix, _ in owners])
    marks = {f"{KEY}{prefix}": _of_key(prefix, name, here, made, look) for prefix, name in owners}
    marks |= {name: {name} | _of_account(user_id, here, look) for name, user_id in here.people.items()}
    found: set[str] = set()
    for who in people:
        mine = marks.get(who) or marks.get(folded(who)) or names_of(look, who)
        found |= {who, folded(who), *mine} | {each for each, theirs in marks.items() if mine & theirs}
    return frozenset(found)


def _of_key(
    prefix: str, name: str, here: House, made: Mapping[tuple[str, str], LedgerEntry], look: Reading
) -> set[str]:  # fmt: skip
    owner = folded(name)
    if owner in here.people:
        return {owner} | _of_account(here.people[owner], here, look)
    entry = made.get((MADE, prefix))
    if entry is None:
        return {owner}
    typed = typed_by(entry)
    hand = set() if typed is None else {of_machine(typed)}
    return {owner, actor_of(entry)} | hand


def _of_account(user_id: str, here: House, look: Reading) -> set[str]:
    return set() if look.queues.one_hand else here.holders(user_id)


def of_accounts(look: Reading, user_ids: Sequence[str]) -> dict[str, Held]:
    """By account who made it, gave it its password or invited its owner; none of whom somebody vouched for."""
    here = house(look)
    found = {user_id: here.givers(user_id) for user_id in user_ids}
    return {user_id: _held(hand) for user_id, hand in found.items() if hand}


def _held(hand: Iterable[str]) -> Held:
    machine = tuple(sorted(each.removeprefix(TERMINAL) for each in hand if each.startswith(TERMINAL)))
    return Held(machine, tuple(sorted(each for each in hand if not each.startswith(TERMINAL))))


def people_behind(look: Reading, user_ids: Sequence[str], *, proved: bool = False) -> int:
    """For how many people these accounts stand where two are asked: what one hand may use is one.

    `proved`: as if the word of who had an account in hand did not count.
    """
    if look.queues.one_hand:
        return len(user_ids)
    here = house(look)
    names = {user_id: name for name, user_id in here.people.items()}
    apart: list[set[str]] = []
    for user_id in user_ids:
        hand = {names[user_id]} | here.holders(user_id, proved=proved)
        same = [each for each in apart if each & hand]
        apart = [each for each in apart if not each & hand] + [hand.union(*same)]
    return len(apart)


def _giver(entry: LedgerEntry) -> str:
    """Who gave an account: of a password that its owner set who invited them."""
    facts = json.loads(entry.body)["facts"]
    return folded(str(facts[INVITED_BY])) if INVITED_BY in facts else actor_of(entry)


def actor_of(entry: LedgerEntry) -> str:
    """Whose an entry is, as names are compared."""
    return folded(str(json.loads(entry.body)["actor"]["id"]))
