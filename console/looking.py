"""Who opens what outside of the cases in their hands leaves a trace, before the page is shown (`records/looks.py`)."""

from __future__ import annotations

import json
from collections.abc import Collection

from console.visit import Visit
from records import author_links, leases, looks
from records.unit_of_work import Reading
from records.values import CommentRecord

_ASKED = "asked"
"""What a keyed hash of a list's filters is bound to."""


def trace(visit: Visit, page: str, things: Collection[tuple[str, str]], *, behind: Collection[str] = ()) -> None:
    """That the visitor opens these (`kind`, `id`). Of whom a case about a comment `behind` is in hand none is left."""
    if not things:
        return
    with visit.parts.database.unit() as unit:
        held = {case.comment_id for case in leases.leased_by(unit, visit.me.id, now=visit.now)}
        if not held.isdisjoint(behind):
            return
        looks.note(unit, visit.me.id, things, page, now=visit.now)
        unit.commit()


def trace_list(visit: Visit, page: str, shown: int, names: Collection[str] = ()) -> None:
    """That the visitor reads a list, with what they asked for by these `names` of the address, as a keyed hash.

    One for each page of a list and hour, also of a page that looks for news by itself.
    """
    told = {name: visit.query[name] for name in sorted({*names, "cursor"}) if visit.query.get(name)}
    asked = visit.parts.keyring.index(_ASKED, json.dumps([page, told]))
    with visit.parts.database.unit() as unit:
        looks.note_list(unit, visit.me.id, asked, page, shown, now=visit.now)
        unit.commit()


def account_of(look: Reading, comment: CommentRecord) -> tuple[str, str]:
    """The account that wrote it, by our id; by the comment where nothing is known of the account."""
    known = author_links.id_of_index(look, comment.author_index) if comment.author_index else None
    return "account", known or comment.id
