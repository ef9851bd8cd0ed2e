"""Quotations: an answer holds the words that it answers, and those go when the words themselves are erased.

A platform may send the words answered without saying whose they are, or from another thread. So they are found by a
hash that stands beside them, over an index: no comment has to be read for it. The hash needs no key and no salt, since
the words themselves stand beside it, and it goes with them.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, bindparam, or_, select, update

from records.database import Database
from records.tables import comments
from records.unit_of_work import Reading, Unit

AT_ONCE = 500
"""Quotations of programs before revision 0021 that one unit hashes."""


def hash_of(words: str) -> str:
    """What words are found by: alike for texts that differ in white space or in how Unicode composes them."""
    plain = unicodedata.normalize("NFC", " ".join(words.split()))
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def is_behind(look: Reading) -> bool:
    """Whether any quotation has no hash yet."""
    return look.execute(select(comments.c.id).where(_WAITS).limit(1)).first() is not None


def catch_up(unit: Unit) -> int:
    """Hashes some quotations that have no hash yet; how many. Nothing is left once it is 0."""
    query = select(comments.c.id, comments.c.parent_text).where(_WAITS).order_by(comments.c.id).limit(AT_ONCE)
    rows = unit.execute(query.with_for_update(key_share=True)).all()
    if rows:
        hashed = [{"row_id": row.id, "hashed": hash_of(row.parent_text)} for row in rows]
        this = update(comments).where(comments.c.id == bindparam("row_id")).values(parent_hash=bindparam("hashed"))
        unit.execute(this, hashed)
    return len(rows)


_WAITS = and_(comments.c.parent_text.is_not(None), comments.c.parent_hash.is_(None))


def catch_up_all(database: Database) -> None:
    """Hashes all of them, before something is erased."""
    done = 1
    while done:
        with database.unit() as unit:
            done = catch_up(unit)
            unit.commit()


def forget(
    unit: Unit, external_ids: Collection[str], texts: Collection[str], free: ColumnElement[bool]
) -> list[tuple[str, str | None]]:  # fmt: skip
    """Removes what quotes these comments, by the platform's ids of them or by their texts; in which comments.

    Of comments that are `free` alone: what has to be kept is kept with the words that it answers.

    Where the words are also those of the comment that an answer names they are that one's, and stay.
    """
    gone = {"parent_text": None, "parent_hash": None}
    named = update(comments).where(comments.c.parent_text.is_not(None), comments.c.parent_id.in_(external_ids), free)
    which = comments.c.id, comments.c.external_id
    found = unit.execute(named.values(gone).returning(*which)).all() if external_ids else []
    if texts:
        answered = comments.alias("answered")
        is_anothers = select(answered.c.id).where(
            answered.c.external_id == comments.c.parent_id, answered.c.text == comments.c.parent_text
        )
        theirs = or_(comments.c.parent_id.is_(None), ~is_anothers.exists())
        quoting = update(comments).where(comments.c.parent_hash.in_({hash_of(each) for each in texts}), theirs, free)
        found = [*found, *unit.execute(quoting.values(gone).returning(*which)).all()]
    return [(row.id, row.external_id) for row in found]
