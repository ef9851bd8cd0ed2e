"""Which comments an entry of the ledger is about, by whatever its bytes name: a case, a verdict, an appeal, a measure.

Whoever is asked blind about a comment is not shown such an entry, and whoever read one is not asked
(`records/knowing.py`). Of a verdict over many and of a campaign the comments count about which somebody is still asked:
these entries are about the rest as well, but nobody has to be kept from those.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from sqlalchemy import ColumnElement, Select, or_, select

from records.columns import as_bytes
from records.house_values import LedgerEntry
from records.retold import DRAWN
from records.tables import (
    appeals,
    bulk_members,
    campaign_comments,
    case_words,
    cases,
    comments,
    complaints,
    decisions,
    edge_cases,
    feedback,
    gold,
    label_records,
    measures,
    verdicts,
)
from records.unit_of_work import Reading
from records.values import Purpose
from records.waiting import UNDECIDED

_AT_ONCE = 500
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")

_OF_ONE = (
    (comments.c.id, comments.c.id),
    *(
        (table.c.id, table.c.comment_id)
        for table in (
            appeals, case_words, cases, complaints, decisions, edge_cases, feedback, gold, label_records, measures,
            verdicts,
        )
    ),
    (measures.c.id, measures.c.cause_id),
)  # fmt: skip
"""By the id of a row the comment that the row is about."""

_OF_MANY = (
    (campaign_comments.c.campaign_id, campaign_comments.c.comment_id),
    (bulk_members.c.bulk_id, bulk_members.c.comment_id),
)


def comments_of(look: Reading, entries: Sequence[LedgerEntry]) -> dict[str, frozenset[str]]:
    """By entry the ids of the comments that it is about; none of an entry that is about no comment."""
    named = _named(entries)
    about = _by_id(look, _all(named.values()))
    return {
        entry_id: frozenset(comment_id for each in ids for comment_id in about.get(each, ()))
        for entry_id, ids in named.items()
    }


def of_checks(look: Reading, entries: Sequence[LedgerEntry]) -> set[str]:
    """Ids of those entries that tell of a second look which is not answered: drawn, opened or in somebody's hands.

    Neither whoever gave the verdict nor whoever will be asked about it may know that it is looked at again.
    """
    named = _named(entries)
    waits = cases.c.purpose == Purpose.OPINION, cases.c.state.in_(UNDECIDED)
    opinion = cases.select().where(cases.c.comment_id == verdicts.c.comment_id, *waits).exists()
    drawn = verdicts.c.second_chance.is_not(None), or_(verdicts.c.weigh_at.is_not(None), opinion)
    draws = {entry.id for entry in entries if entry.kind == DRAWN}
    opinions = set(_those(look, select(cases.c.id).where(*waits), cases.c.id, _all(named.values())))
    open_draws = set(
        _those(look, select(verdicts.c.id).where(*drawn), verdicts.c.id, _all(named[each] for each in draws))
    )
    return {each for each, ids in named.items() if ids & opinions or (each in draws and ids & open_draws)}


def _all(ids: Iterable[Collection[str]]) -> list[str]:
    return sorted(set().union(*ids))


def _those(look: Reading, query: Select[tuple[str]], key: ColumnElement[str], ids: Sequence[str]) -> Iterator[str]:
    for first in range(0, len(ids), _AT_ONCE):
        yield from look.execute(query.where(key.in_(ids[first : first + _AT_ONCE]))).scalars()


def _named(entries: Iterable[LedgerEntry]) -> dict[str, set[str]]:
    """By entry all ids that its bytes hold."""
    return {entry.id: set(_ID.findall(as_bytes(entry.body).decode("utf-8", "replace"))) for entry in entries}


def _by_id(look: Reading, ids: list[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for first in range(0, len(ids), _AT_ONCE):
        for named, comment_id in _pairs(look, ids[first : first + _AT_ONCE]):
            found[named].add(comment_id)
    return found


def _pairs(look: Reading, ids: Collection[str]) -> Iterator[tuple[str, str]]:
    for key, comment_id in _OF_ONE:
        query = select(key.label("named"), comment_id.label("comment")).where(key.in_(ids), comment_id.is_not(None))
        yield from ((row.named, row.comment) for row in look.execute(query))
    for key, comment_id in _OF_MANY:
        query = select(key.label("named"), comment_id.label("comment")).where(key.in_(ids), _is_asked(comment_id))
        yield from ((row.named, row.comment) for row in look.execute(query.distinct()))


def _is_asked(comment_id: ColumnElement[str]) -> ColumnElement[bool]:
    return cases.select().where(cases.c.comment_id == comment_id, cases.c.state.in_(UNDECIDED)).exists()
