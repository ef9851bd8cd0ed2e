"""Pseudonyms under the newest key: after a rotation what older keys wrote is encrypted and hashed anew, some at a time.

Devices, networks, links and contacts on lists stay as they are: of those only a keyed hash was ever kept. So an older
key has to stay in its folder as long as such rows are needed; it opens no author any more.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, select, update

from records import holds, kept, lists
from records.personal import Keyring
from records.tables import authors, comment_revisions, comments
from records.unit_of_work import Reading, Unit

AT_ONCE = 500
_PSEUDONYMS = (authors, comments, comment_revisions)
_KIND = "author"


def rewrap_some(unit: Unit, keyring: Keyring, *, now: datetime) -> int:
    """Writes some pseudonyms anew; how many. Nothing is left once it is 0.

    Raises `ConfigError` where an older key is missing.
    """
    return sum(_rewrap(unit, keyring, table, now) for table in _PSEUDONYMS)


def left(look: Reading, keyring: Keyring) -> bool:
    """Whether anything is under an older key."""
    return any(look.execute(_older(table, keyring).limit(1)).first() for table in _PSEUDONYMS)


def _older(table: Table, keyring: Keyring) -> Select[Any]:
    newest = f"{keyring.newest}:%"
    older = table.c.author_cipher.is_not(None), table.c.author_cipher != "", table.c.author_cipher.not_like(newest)
    return select(table.c.id, table.c.author_cipher).where(*older).order_by(table.c.id)


def _rewrap(unit: Unit, keyring: Keyring, table: Table, now: datetime) -> int:
    rows = unit.execute(_older(table, keyring).limit(AT_ONCE).with_for_update(key_share=True)).all()
    for row in rows:
        author = keyring.reveal(_KIND, row.author_cipher)
        index = keyring.index(_KIND, author)
        changed = {"author_index": index, "author_cipher": keyring.encrypt(_KIND, author)}
        unit.execute(update(table).where(table.c.id == row.id).values(**changed))
        older = set(keyring.indexes(_KIND, author)) - {index}
        kept.hashed_anew(unit, older, index)
        lists.hashed_anew(unit, older, index, now=now)
        holds.hashed_anew(unit, older, index)
    return len(rows)
