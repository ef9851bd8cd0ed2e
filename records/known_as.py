"""Under which names records know one person: by their user id, and by the keys that are named after them."""

from __future__ import annotations

import unicodedata

from sqlalchemy import select

from records import keys, users
from records.tables import api_keys
from records.unit_of_work import Reading

KEY = "key:"
"""What a key is called wherever records name who acted, before its prefix."""


def folded(name: str) -> str:
    """Of two names that fold to the same, one person may hide behind either."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def known_as(look: Reading, who: str) -> tuple[str, ...]:
    """`who` (a user id, or `key:` and a prefix) first, then whatever else records call them; keys stay, revoked or not.

    A key of a program, which nobody is named like, is nobody but itself.
    """
    name = _name_of(look, who)
    if name is None:
        return (who,)
    user = users.by_name(look, folded(name))
    if user is None:
        return (who,)
    rows = look.execute(select(api_keys.c.prefix, api_keys.c.name).order_by(api_keys.c.id))
    theirs = [f"{KEY}{row.prefix}" for row in rows if folded(row.name) == folded(name)]
    return tuple(dict.fromkeys((who, user.id, *theirs)))


def _name_of(look: Reading, who: str) -> str | None:
    if who.startswith(KEY):
        key = keys.by_prefix(look, who.removeprefix(KEY))
        return None if key is None else key.name
    user = users.find(look, who)
    return None if user is None else user.name
