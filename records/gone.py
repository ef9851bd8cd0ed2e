"""Why a text is no longer there: when it was erased, and what the ledger says of that."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from records import entry_words, words_gone
from records.ids import first_id_of
from records.tables import comments, ledger
from records.unit_of_work import Reading

KINDS = ("author.erased", "retention.erased")
"""Entries of what erases texts; each bears the moment that the comments bear."""


@dataclass(frozen=True, slots=True)
class Gone:
    """When a text was erased, by which entry and why it says so. None: not known any more."""

    at: datetime | None
    why: str | None = None
    entry_id: str | None = None
    words: words_gone.Gone | None = None
    """How the words that said why went, where they are gone."""


def gone(look: Reading, comment_id: str) -> Gone:
    """Of a comment whose text (or that of an earlier revision) is null; nothing is known of one that came again."""
    at = look.execute(select(comments.c.erased_at).where(comments.c.id == comment_id)).scalar_one_or_none()
    if at is None:
        return Gone(None)
    e = ledger.c
    about = e.id >= first_id_of(at), e.kind.in_(KINDS), e.created_at == at
    found = look.execute(select(e.id, e.body).where(*about).order_by(e.id).limit(1)).one_or_none()
    if found is None:
        return Gone(at)
    bodies = {found.id: json.loads(found.body)}
    if went := words_gone.gone(look, bodies).get(found.id):
        return Gone(at, None, found.id, went)
    return Gone(at, entry_words.restored(look, bodies)[found.id]["reason"], found.id)
