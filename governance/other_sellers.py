"""Which comments of a campaign give a contact that is none of the campaign's: perhaps another seller's.

The campaign's are those of the case in hand (or, where it gives none, the one that most of its comments give), and what
accounts that gave one of these gave beside it: a spreader who changes numbers under one name is one seller. Digits make
no other text, so without this a seller who copied the words of a spam wave would be decided with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

from moderation.behaviour.observing import PUBLIC
from moderation.contacts import find_contacts
from moderation.normaliser import Normalised, normalise
from records.campaign_findings import MemberRow

READ = 2000
"""Code points of a text in which contacts are looked for here."""


def private_contacts(read: Normalised) -> frozenset[str]:
    """Contacts with one owner, each as its kind and value; links are everybody's."""
    return frozenset(f"{one.kind}:{one.value}" for one in find_contacts(read) if one.kind not in PUBLIC)


def by_another_contact(rows: Sequence[MemberRow], case_comment_id: str) -> frozenset[str]:
    """Ids of the comments that give contacts, and none of the campaign's."""
    given = {row.comment_id: _contacts_in(row.text[:READ]) for row in rows}
    told = Counter(contact for contacts in given.values() for contact in contacts)
    first = given.get(case_comment_id) or frozenset(contact for contact, _ in told.most_common(1))
    known = _with_their_accounts(rows, given, first)
    return frozenset(each for each, contacts in given.items() if contacts and contacts.isdisjoint(known))


def _with_their_accounts(
    rows: Sequence[MemberRow], given: Mapping[str, frozenset[str]], first: frozenset[str]
) -> frozenset[str]:
    """These contacts, and all that accounts which gave one of them gave."""
    known, found = frozenset[str](), first
    while found != known:
        known = found
        accounts = {row.author_index for row in rows if not known.isdisjoint(given[row.comment_id])} - {None}
        found = known.union(*(given[row.comment_id] for row in rows if row.author_index in accounts))
    return known


@lru_cache(maxsize=2000)
def _contacts_in(text: str) -> frozenset[str]:
    """Many copies are the same."""
    return private_contacts(normalise(text))
