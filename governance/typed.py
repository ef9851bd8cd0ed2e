"""What somebody wants on a list, as they typed it, for the second person who is asked: a keyed hash names nobody.

It is kept encrypted beside the entry until the answer, and is in no entry of the ledger. It is shown only where it is
what the entry's hash is of, so that nobody agrees to one contact and lists another. Domains and files are stored
plainly; of accounts their comments tell.
"""

from __future__ import annotations

from moderation.contacts import find_contacts
from moderation.errors import InvalidInputError
from moderation.lists import ACCOUNT, ATTACHMENT, DOMAIN, listed_value
from records import lists
from records.house_values import ListEntryRecord
from records.personal import Keyring
from records.unit_of_work import Reading, Unit

_PLAIN = (DOMAIN, ATTACHMENT, ACCOUNT)
_BOUND = "typed on a list"
"""What the cipher is bound to, so that no other column's opens in its place."""


def keep(unit: Unit, keyring: Keyring, entry: ListEntryRecord, value: str) -> None:
    """Of an entry that waits for a second person."""
    if entry.kind not in _PLAIN:
        lists.keep_typed(unit, entry.id, keyring.encrypt(_BOUND, value.strip()))


def read(look: Reading, keyring: Keyring, entry: ListEntryRecord) -> str | None:
    """The value of an entry that waits; None where it is stored plainly, was not kept, or is not what is listed."""
    cipher = lists.typed(look, entry.id)
    if cipher is None:
        return None
    value = keyring.reveal(_BOUND, cipher)
    try:
        listed = listed_value(entry.kind, value, find=find_contacts)
    except InvalidInputError:
        return None
    return value if entry.key in keyring.indexes(entry.kind, listed) else None


def of_question(look: Reading, keyring: Keyring, approval_id: str) -> list[tuple[ListEntryRecord, str]]:
    """The entries that wait for this answer, with their values, as far as these were typed."""
    told = ((each, read(look, keyring, each)) for each in lists.waiting_for(look, approval_id))
    return [(each, value) for each, value in told if value is not None]
