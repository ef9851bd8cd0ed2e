"""All that the database holds of one author: found, given out, and removed.

What is removed are texts, pseudonyms, notes about them, and what the platform stated. What stays says nothing about
whom: ids, decisions with labels and scores, verdicts, and the ledger, whose commitments nobody can open any more.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, or_, select, text, update

from records import erased, exposures, hanging, holds, kept, quotations, reporters, words_about, words_taken
from records.entry_words import ABOUT_PEOPLE
from records.kept import Stands
from records.personal import Keyring
from records.tables import (
    answers,
    appeals,
    approvals,
    author_links,
    authors,
    campaign_comments,
    case_words,
    cases,
    comment_revisions,
    comments,
    complaints,
    credit_events,
    decisions,
    feedback,
    label_records,
    list_entries,
    measures,
    observations,
    report_floods,
    reporter_findings,
    returns,
    trusted_flaggers,
    verdicts,
)
from records.tables import reporters as reporters_table
from records.unit_of_work import Reading, Unit
from records.values import CaseState
from records.words_taken import Taken

AT_ONCE = 200
"""Comments that one unit erases: others wait to write meanwhile."""

MOST_QUOTING = 1000
"""Comments out of which quotations were taken that are named by id."""

ACCOUNT = "account"
_NO_REVISION = dict.fromkeys(("text", "attachments", "salt", "author_index", "author_cipher"))
"""What of an earlier text's row goes."""

_OF_COMMENTS = (
    "text", "attachments", "salt", "thread_id", "parent_id", "parent_text", "parent_hash",
    "author_index", "author_cipher", "device_index", "network_index", "account_since", "account_verified",
)  # fmt: skip
"""What of a comment's row goes: its words, where it stood, and what leads to whoever wrote it.

Its number at the platform stays: who reported it is told that it is gone, and one that is sent again is known.
"""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was removed, by what it was."""

    comments: int = 0
    revisions: int = 0
    quotations: int = 0
    notes: int = 0
    cases: int = 0
    observations: int = 0
    statements: int = 0
    links: int = 0
    credit: int = 0
    words: int = 0
    """Entries of the ledger whose words about the author are gone."""
    answers: int = 0
    """Answers that were kept for repeated requests and told such words."""
    quoting: tuple[tuple[str, str | None], ...] = ()
    """Comments out of which quotations were taken, as many as are named: by id and the platform's number."""

    def __add__(self, other: Erased) -> Erased:
        counts = (getattr(self, name) + getattr(other, name) for name in COUNTED)
        return replace(Erased(*counts), quoting=(self.quoting + other.quoting)[:MOST_QUOTING])


_TAKEN = comments.c.id, comments.c.external_id, comments.c.text, comments.c.revision

COUNTED = (
    "comments", "revisions", "quotations", "notes", "cases", "observations", "statements", "links", "credit", "words",
    "answers",
)  # fmt: skip


def erase_some(unit: Unit, keyring: Keyring, author: str, *, now: datetime) -> Erased:
    """Erases some of an author's comments with all that hangs on them; nothing is left once it erased none.

    Last come earlier texts of theirs in comments that were sent again as another's. What is held stays.
    """
    rows = unit.execute(_some(unit, keyring, author, now).with_for_update(key_share=True)).all()
    return _erase(unit, rows, now) if rows else _erase_earlier(unit, keyring.indexes("author", author), now)


def next_of(look: Reading, keyring: Keyring, author: str, *, now: datetime) -> list[str]:
    """The ids of the comments that `erase_some` takes next."""
    return [row.id for row in look.execute(_some(look, keyring, author, now))]


def _some(look: Reading, keyring: Keyring, author: str, now: datetime) -> Select[Any]:
    mine = comments.c.author_index.in_(keyring.indexes("author", author))
    return select(*_TAKEN).where(mine, ~holds.covered(look, now=now)).order_by(comments.c.id).limit(AT_ONCE)


def erase_older(unit: Unit, surface: str, kind: str, before: datetime, *, now: datetime) -> Erased:
    """Erases some comments of a surface and type that were last stored before a moment, but those that people look at.

    That is retention; nothing is left once it erased none. What is held stays.
    """
    ids = next_older(unit, surface, kind, before, now=now)
    free = *_older(surface, kind, before), ~holds.covered(unit, now=now)
    some = select(*_TAKEN).where(comments.c.id.in_(ids), *free).order_by(comments.c.id)  # by id, as everywhere
    rows = unit.execute(some.with_for_update(key_share=True)).all()
    return _erase(unit, rows, now) if rows else Erased()


def next_older(look: Reading, surface: str, kind: str, before: datetime, *, now: datetime) -> list[str]:
    """The ids of the comments that `erase_older` takes next."""
    return [row.id for row in look.execute(_some_older(look, surface, kind, before, now))]


def _some_older(look: Reading, surface: str, kind: str, before: datetime, now: datetime) -> Select[Any]:
    free = ~holds.covered(look, now=now)
    query = select(*_TAKEN).where(*_older(surface, kind, before), free)
    return query.order_by(comments.c.updated_at).limit(AT_ONCE)


def erase_one(unit: Unit, comment_id: str, *, now: datetime) -> Erased:
    """Erases one comment; nothing where there is none, or it is held."""
    query = select(*_TAKEN).where(comments.c.id == comment_id)
    query = query.where(~holds.covered(unit, now=now))
    rows = unit.execute(query.with_for_update(key_share=True)).all()
    return _erase(unit, rows, now) if rows else Erased()


def count_older(look: Reading, surface: str, kind: str, before: datetime, *, now: datetime) -> int:
    """How many comments `erase_older` would erase in all."""
    old = *_older(surface, kind, before), ~holds.covered(look, now=now)
    return int(look.execute(select(func.count()).select_from(comments).where(*old)).scalar_one())


def count_held(look: Reading, surface: str, kind: str, before: datetime, *, now: datetime) -> int:
    """How many it would erase besides, were they not held."""
    old = *_older(surface, kind, before), holds.covered(look, now=now)
    return int(look.execute(select(func.count()).select_from(comments).where(*old)).scalar_one())


def forget_author(
    unit: Unit, keyring: Keyring, author: str, *, now: datetime, days: int = kept.DAYS
) -> tuple[Erased, Stands]:
    """Removes what the platform stated of the author, with the salt of what the ledger says about them.

    Of what they reported themself their words and their hash go, and findings about reports against them name nobody.
    Of an account that is closed, suspended or listed the least stays that holds it (`records/kept.py`); what that is.
    """
    indexes = keyring.indexes("author", author)
    ids = unit.execute(select(authors.c.id).where(authors.c.author_index.in_(indexes))).scalars().all()
    _overwrite(unit)
    taken = words_about.forget_of_account(unit, author, indexes, ids)
    notes, of_reports = _forget_reports(unit, keyring, author)
    erased.note_words(unit, taken | of_reports, now=now)
    words = words_taken.entries(taken | of_reports)
    holds.forget(unit, indexes)
    still = kept.stands(unit, ids, now=now, days=days) if ids else Stands()
    if not ids or unit.execute(select(authors.c.id).where(kept.is_kept(ids))).first():
        return Erased(notes=notes, words=words), still
    credit = unit.execute(delete(credit_events).where(credit_events.c.author_id.in_(ids))).rowcount
    unit.execute(delete(returns).where(returns.c.author_id.in_(ids)))
    kept.let_measures_be(unit, ids, now, but=still.measures)
    erased.note_accounts(unit, ids, stays=still.until is not None, now=now)
    if still.until is not None:
        kept.keep(unit, ids, still.until, now=now)
        return Erased(statements=len(ids), notes=notes, credit=credit, words=words), still
    links = unit.execute(delete(author_links).where(author_links.c.author_id.in_(ids))).rowcount
    statements = unit.execute(delete(authors).where(authors.c.id.in_(ids))).rowcount
    return Erased(statements=statements, links=links, notes=notes, credit=credit, words=words), still


def _forget_reports(unit: Unit, keyring: Keyring, author: str) -> tuple[int, Taken]:
    """How many notes there were, and whose words went; a report that waits stays one, about a comment and of a kind."""
    against = report_floods.c.author_index.in_(keyring.indexes("author", author))
    unit.execute(update(report_floods).where(against).values(author_index=None))
    taken = words_about.forget_of_reporter(unit, reporters.forget(unit, as_reporter(keyring, author)))
    theirs = complaints.c.reporter_index.in_(as_reporter(keyring, author))
    noted = theirs & complaints.c.note.is_not(None)
    notes = unit.execute(update(complaints).where(noted).values(note=None)).rowcount
    unit.execute(update(complaints).where(theirs).values(reporter_index=None))
    return notes, taken


def as_reporter(keyring: Keyring, author: str) -> tuple[str, ...]:
    """Under which hashes a platform's account reports (`governance.complaints.Reporter`)."""
    return keyring.indexes("reporter platform", author)


def texts_of(look: Reading, keyring: Keyring, author: str) -> frozenset[str]:
    """Every text of the author, earlier revisions too: what lies outside of the database is found by them."""
    indexes = keyring.indexes("author", author)
    found = {*look.execute(select(comments.c.text).where(comments.c.author_index.in_(indexes))).scalars()}
    found |= {*look.execute(select(comment_revisions.c.text).where(_earlier_of(indexes))).scalars()}
    return frozenset(each for each in found if each)


def _earlier_of(indexes: Collection[str]) -> ColumnElement[bool]:
    """Earlier texts of an author: those that say so, and of their comments those that say nobody."""
    theirs = select(comments.c.id).where(comments.c.author_index.in_(indexes))
    unsaid = comment_revisions.c.author_index.is_(None) & comment_revisions.c.comment_id.in_(theirs)
    return comment_revisions.c.author_index.in_(indexes) | unsaid


def listed(look: Reading, keyring: Keyring, author: str) -> list[str]:
    """Entries of lists about the author's account, which a law may ask to be kept: by their ids."""
    mine = list_entries.c.key.in_(keyring.indexes("author", author))
    query = select(list_entries.c.id).where(list_entries.c.kind == ACCOUNT, mine, list_entries.c.removed_at.is_(None))
    return list(look.execute(query).scalars())


def held(look: Reading, keyring: Keyring, author: str) -> Iterator[dict[str, Any]]:
    """Everything about the author, one record after the other, each with the table it stands in. No salt, no cipher."""
    for table, query in _held(keyring, author):
        for row in look.execute(query.execution_options(yield_per=AT_ONCE)):
            told = {name: value for name, value in row._mapping.items() if name not in _NOT_GIVEN}
            if told.get("attachments"):
                told["attachments"] = json.loads(told["attachments"])
            yield {"table": table, **(_of_list(told) if table == list_entries.name else told)}


def _of_list(told: dict[str, Any]) -> dict[str, Any]:
    """An entry of a list that somebody else keeps says whose it is, and not what they wrote for the platform."""
    tells = told["approval_id"] is None if told["tells"] is None else told["tells"]
    return told if tells else {**told, "reason": f"ask who keeps the list: {told['source']}"}


def count_records(look: Reading, keyring: Keyring, author: str) -> int:
    """How many records `held` gives."""
    counts = (select(func.count()).select_from(query.subquery()) for _, query in _held(keyring, author))
    return sum(look.execute(each).scalar_one() for each in counts)


def _held(keyring: Keyring, author: str) -> Iterator[tuple[str, Select[Any]]]:
    """For each table the query of what is about the author."""
    indexes = keyring.indexes("author", author)
    yield "authors", select(authors).where(authors.c.author_index.in_(indexes))
    ids = select(authors.c.id).where(authors.c.author_index.in_(indexes))
    for table in (author_links, credit_events, returns):
        yield table.name, select(table).where(table.c.author_id.in_(ids))
    mine = select(comments.c.id).where(comments.c.author_index.in_(indexes))
    taken = or_(measures.c.author_id.in_(ids), measures.c.comment_id.in_(mine))
    yield "measures", select(measures).where(taken)
    about_them = approvals.c.subject_id.in_(select(measures.c.id).where(taken)), approvals.c.kind.in_(ABOUT_PEOPLE)
    yield "approvals", select(*(approvals.c[name] for name in _OF_QUESTIONS)).where(*about_them)
    yield "comments", select(comments).where(comments.c.author_index.in_(indexes))
    yield comment_revisions.name, select(comment_revisions).where(_earlier_of(indexes))
    for table in (
        decisions,
        cases,
        case_words,
        verdicts,
        label_records,
        feedback,
        campaign_comments,
    ):
        yield table.name, select(table).where(table.c.comment_id.in_(mine))
    yield "list_entries", select(list_entries).where(list_entries.c.kind == ACCOUNT, list_entries.c.key.in_(indexes))
    yield "appeals", select(appeals).where(appeals.c.comment_id.in_(mine))
    decided = select(verdicts.c.id).where(verdicts.c.comment_id.in_(mine))
    yield "answers", select(answers).where(answers.c.verdict_id.in_(decided))
    received = select(*(complaints.c[name] for name in _OF_COMPLAINTS)).where(complaints.c.comment_id.in_(mine))
    yield "complaints_received", received
    hashes = as_reporter(keyring, author)
    yield "complaints", select(complaints).where(complaints.c.reporter_index.in_(hashes))
    known = select(reporters_table.c.id).where(reporters_table.c.reporter_index.in_(hashes))
    yield "reporters", select(reporters_table).where(reporters_table.c.id.in_(known))
    yield "reporter_measures", select(measures).where(measures.c.reporter_id.in_(known))
    yield (
        "reporter_findings",
        select(reporter_findings).where(
            or_(reporter_findings.c.reporter_id.in_(known), reporter_findings.c.author_id.in_(ids))
        ),
    )
    yield "trusted_flaggers", select(trusted_flaggers).where(trusted_flaggers.c.reporter_id.in_(known))


_OF_QUESTIONS = ("id", "kind", "subject_id", "facts", "why", "state", "note", "created_at", "answered_at")
_OF_COMPLAINTS = (
    "id", "comment_id", "decision_id", "revision", "kind", "state", "outcome", "due_at", "created_at", "answered_at",
    "reversed_at",
)  # fmt: skip
"""Of what others reported: that it was, of which kind and what became of it. Not who, nor their words."""

_NOT_GIVEN = frozenset(
    ("salt", "author_cipher", "author_index", "device_index", "network_index", "link_index", "key", "lease_token",
     "lease_owner", "moderator", "sender", "kept_for", "commitment", "reporter_index",
     "asked_by", "approved_by", "ended_by", "handed_to", "answered_by", "against", "author", "reviewed_by",
     "removed_by")
)  # fmt: skip
"""Columns that say nothing to the author, or something about another person."""


def _older(surface: str, kind: str, before: datetime) -> tuple[ColumnElement[bool], ...]:
    """By where the comment stands, not by where it was decided about before: the days count from the last storing.

    It is that storing which said the surface. By an earlier one a text would go while it stands where the public page
    promises it longer, and while its newest decision can be appealed; or stay longer than where it stands is told.
    """
    waits = select(cases.c.id).where(cases.c.comment_id == comments.c.id, cases.c.state != CaseState.CLOSED)
    old = comments.c.surface == surface, comments.c.type == kind, comments.c.updated_at < before
    return (*old, comments.c.erased_at.is_(None), ~waits.exists())


def _overwrite(unit: Unit) -> None:
    """SQLite otherwise leaves long texts readable in pages that it will use again."""
    if unit.dialect == "sqlite":
        unit.execute(text("PRAGMA secure_delete = ON"))


def _erase(unit: Unit, rows: Sequence[Row[Any]], now: datetime) -> Erased:
    _overwrite(unit)
    ids = [row.id for row in rows]
    earlier = comment_revisions.c.comment_id.in_(ids)
    named, free = [row.external_id for row in rows if row.external_id], ~holds.covered(unit, now=now)
    quoted = quotations.forget(unit, named, _texts(unit, rows, earlier), free)
    older = select(comment_revisions.c.comment_id, comment_revisions.c.revision)
    there = unit.execute(older.where(earlier, comment_revisions.c.text.is_not(None)))
    gone = [(row.id, row.revision) for row in rows] + [(each.comment_id, each.revision) for each in there]
    erased.note_texts(unit, gone, now=now)
    exposures.forget(unit, ids)
    unit.execute(update(comments).where(comments.c.id.in_(ids)).values(erased_at=now, **dict.fromkeys(_OF_COMMENTS)))
    unit.execute(update(decisions).where(decisions.c.comment_id.in_(ids)).values(thread_id=None))
    about = observations.c.decision_id.in_(select(decisions.c.id).where(decisions.c.comment_id.in_(ids)))
    taken = words_about.forget_of_comments(unit, ids)
    erased.note_words(unit, taken, now=now)
    return Erased(
        comments=len(ids),
        revisions=unit.execute(update(comment_revisions).where(earlier).values(_NO_REVISION)).rowcount,
        quotations=len(quoted),
        quoting=tuple(quoted[:MOST_QUOTING]),
        words=words_taken.entries(taken),
        notes=hanging.forget(unit, ids),
        cases=_close(unit, ids, now),
        observations=unit.execute(delete(observations).where(about)).rowcount,
    )


def _erase_earlier(unit: Unit, indexes: Collection[str], now: datetime) -> Erased:
    """Some earlier texts of an author, whose comments are another's by now; what hangs on these goes, they stay."""
    free = ~holds.covered(unit, now=now)
    of_free = select(comments.c.id).where(comments.c.id == comment_revisions.c.comment_id, free).exists()
    query = select(comment_revisions).where(comment_revisions.c.author_index.in_(indexes), of_free)
    found = unit.execute(query.order_by(comment_revisions.c.id).limit(AT_ONCE)).all()
    if not found:
        return Erased()
    _overwrite(unit)
    ids, theirs = sorted({row.comment_id for row in found}), comment_revisions.c.id.in_([row.id for row in found])
    quoted = quotations.forget(unit, (), {row.text for row in found if row.text}, free)
    notes = hanging.forget(unit, ids)
    erased.note_texts(unit, [(row.comment_id, row.revision) for row in found], now=now)
    gone = unit.execute(update(comment_revisions).where(theirs).values(_NO_REVISION)).rowcount
    judged = or_(
        *(and_(decisions.c.comment_id == row.comment_id, decisions.c.revision == row.revision) for row in found)
    )
    unit.execute(update(decisions).where(judged).values(thread_id=None))
    about = observations.c.decision_id.in_(select(decisions.c.id).where(judged))
    seen = unit.execute(delete(observations).where(about)).rowcount
    few = tuple(quoted[:MOST_QUOTING])
    return Erased(revisions=gone, quotations=len(quoted), notes=notes, observations=seen, quoting=few)


def _texts(look: Reading, rows: Sequence[Row[Any]], earlier: ColumnElement[bool]) -> set[str]:
    """What the comments say and ever said: answers may quote an earlier revision."""
    said = {row.text for row in rows} | {*look.execute(select(comment_revisions.c.text).where(earlier)).scalars()}
    return {each for each in said if each}


def _close(unit: Unit, ids: Sequence[str], now: datetime) -> int:
    undecided = update(cases).where(cases.c.comment_id.in_(ids), cases.c.state != CaseState.CLOSED)
    closed = {"state": CaseState.CLOSED, "closed_at": now, "lease_owner": None, "lease_token": None}
    return unit.execute(undecided.values(**closed)).rowcount
