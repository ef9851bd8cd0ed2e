"""What people wrote about somebody's comments and account, wherever it stands, removed with what it is about.

Reasons of measures with what was told of them, questions to a second person with their answers, known answers,
campaigns, lists: the rows stay and say what was done, `erased` stands where the words stood, and the ledger's
commitments open to nothing (`records/entry_words.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import ColumnElement, Table, delete, or_, select, update

from moderation.lists import ACCOUNT
from records import entry_words, words_of_house
from records.bare import bare
from records.entry_words import ABOUT_PEOPLE, ERASED
from records.personal import Keyring
from records.retold import MEASURES
from records.tables import (
    approvals,
    authors,
    bulk_members,
    campaign_comments,
    campaign_findings,
    cases,
    comment_revisions,
    comments,
    decisions,
    edge_cases,
    gold,
    idempotency,
    ledger,
    list_entries,
    measures,
    report_floods,
    reporter_findings,
    trusted_flaggers,
    webhook_events,
)
from records.unit_of_work import Reading, Unit
from records.words_taken import Taken, from_row, from_rows

_AT_ONCE = 500
_MANY = "/v1/score:batch"
_DECIDED = ("/v1/score", _MANY, "/v1/stream")
"""Where comments are judged: an answer there has no words, and tells of a person all the same."""


def forget_of_comments(unit: Unit, comment_ids: Sequence[str]) -> Taken:
    """Removes words about these comments; out of which rows and entries."""
    measured = _ids(unit, measures, measures.c.comment_id.in_(comment_ids))
    taken = _measures(unit, measured)
    bulks = list(
        unit.execute(select(bulk_members.c.bulk_id).where(bulk_members.c.comment_id.in_(comment_ids))).scalars()
    )
    of_campaign = campaign_comments.c.comment_id.in_(comment_ids)
    campaigns = list(unit.execute(select(campaign_comments.c.campaign_id).where(of_campaign).distinct()).scalars())
    taken |= from_rows(unit, campaign_findings, campaign_findings.c.campaign_id.in_(campaigns), "note", ERASED)
    for table in (gold, edge_cases):
        taken |= from_rows(unit, table, table.c.comment_id.in_(comment_ids), "why", ERASED)
    asked, answered = _questions(unit, {*measured, *bulks}, measures.c.comment_id.in_(comment_ids))
    of_case = _ids(unit, cases, cases.c.comment_id.in_(comment_ids))
    taken |= answered | words_of_house.forget_of_comments(unit, comment_ids)
    return taken | entry_words.forget(unit, {*comment_ids, *of_case, *campaigns, *asked})


def forget_of_account(unit: Unit, author: str, indexes: Collection[str], author_ids: Collection[str]) -> Taken:
    """Removes words about an account, with those of lists, floods of reports and the house's own."""
    mine = measures.c.author_id.in_(list(author_ids))
    measured = _ids(unit, measures, mine)
    taken = _measures(unit, measured)
    on_list = list_entries.c.kind.in_([ACCOUNT]) & list_entries.c.key.in_(list(indexes))
    listed = _ids(unit, list_entries, on_list)
    taken |= _listed(unit, listed)
    floods = _ids(unit, report_floods, report_floods.c.author_index.in_(list(indexes)))
    taken |= from_rows(unit, report_floods, report_floods.c.id.in_(floods), "note", ERASED)
    asked, answered = _questions(unit, {*author_ids, *measured, *listed}, mine)
    appealed = _ids(unit, reporter_findings, reporter_findings.c.author_id.in_(list(author_ids)))
    of_appeals = reporter_findings.c.id.in_(appealed)
    taken |= from_rows(unit, reporter_findings, of_appeals, "note", ERASED)
    unit.execute(update(reporter_findings).where(of_appeals).values(author_id=None))
    taken |= answered | words_of_house.forget_of_account(unit, author, indexes)
    return taken | entry_words.forget(unit, {*author_ids, *listed, *floods, *appealed, *asked})


def forget_of_measures(unit: Unit, author_id: str) -> Taken:
    """Removes words of the measures on one account, out of their entries too, while other words about it stay."""
    measured = _ids(unit, measures, measures.c.author_id == author_id)
    about = ledger.c.subject_id == author_id, ledger.c.kind.in_(MEASURES)
    of_measures = list(unit.execute(select(ledger.c.id).where(*about)).scalars())
    return _measures(unit, measured) | entry_words.forget_entries(unit, of_measures)


def forget_of_reporter(unit: Unit, reporter_ids: Collection[str]) -> Taken:
    """Removes words about somebody who reports: of measures, of findings, of a flagger's mark."""
    mine = measures.c.reporter_id.in_(list(reporter_ids))
    measured = _ids(unit, measures, mine)
    taken = _measures(unit, measured)
    found = _ids(unit, reporter_findings, reporter_findings.c.reporter_id.in_(list(reporter_ids)))
    taken |= from_rows(unit, reporter_findings, reporter_findings.c.id.in_(found), "note", ERASED)
    t = trusted_flaggers.c
    marked = _ids(unit, trusted_flaggers, t.reporter_id.in_(list(reporter_ids)))
    for column in ("reason", "ended_why"):
        taken |= from_rows(unit, trusted_flaggers, t.id.in_(marked), column, ERASED)
    asked, answered = _questions(unit, {*measured, *marked}, mine)
    return taken | answered | entry_words.forget(unit, {*reporter_ids, *found, *marked, *asked})


def forget_answers(unit: Unit, keyring: Keyring, author: str) -> int:
    """Removes answers to the author's comments that are kept for repeated requests, and words from others about them.

    Of how many. Before the comments are erased, since answers name these by ids.
    """
    indexes = keyring.indexes("author", author)
    gone = _forget_decided(unit, indexes)
    decided = or_(*(idempotency.c.path.startswith(each) for each in _DECIDED))
    kept = idempotency.c.response.is_not(None), ~decided
    for row in unit.execute(select(idempotency.c.id, idempotency.c.response).where(*kept)).all():
        without = bare(row.response)
        if without != row.response and _is_about(unit, indexes, set(_named(row.response))):
            unit.execute(update(idempotency).where(idempotency.c.id == row.id).values(response=without))
            gone += 1
    return gone


def _forget_decided(unit: Unit, indexes: Collection[str]) -> int:
    """Drops what was kept of requests with a comment of theirs: sent again, it is judged anew. How many."""
    r = idempotency.c
    by_them = select(comments.c.id).where(comments.c.author_index.in_(list(indexes)))
    before = select(comment_revisions.c.comment_id).where(comment_revisions.c.author_index.in_(list(indexes)))
    theirs = or_(decisions.c.comment_id.in_(by_them), decisions.c.comment_id.in_(before))
    alone = or_(*(r.path == each for each in _DECIDED if each != _MANY))
    named = select(decisions.c.id).where(decisions.c.id == r.response["decision_id"].as_string(), theirs)
    gone = unit.execute(delete(idempotency).where(alone, named.exists())).rowcount
    for row in unit.execute(select(r.id, r.response).where(r.path == _MANY, r.response.is_not(None))).all():
        ids = set(_named(row.response))
        if unit.execute(select(decisions.c.id).where(decisions.c.id.in_(ids), theirs).limit(1)).first() is not None:
            gone += unit.execute(delete(idempotency).where(r.id == row.id)).rowcount
    return gone


def _measures(unit: Unit, measure_ids: Sequence[str]) -> Taken:
    """Their words, and those of events that tell of them."""
    taken = set[tuple[str, str]]()
    for some in _parts(measure_ids):
        for row in unit.execute(select(measures).where(measures.c.id.in_(some))).all():
            words = {"ground": ERASED} if entry_words.is_words(row.ground) else {}
            words |= {"ended_why": ERASED} if row.ended_by is not None else {}
            gone = {"reason_zh": ERASED, "reason_en": ERASED, "appeal_note": None, **words}
            taken |= from_row(unit, measures, row, gone)
        events = select(webhook_events.c.id, webhook_events.c.data).where(webhook_events.c.subject_id.in_(some))
        for row in unit.execute(events).all():
            this = update(webhook_events).where(webhook_events.c.id == row.id)
            unit.execute(this.values(data=bare(row.data)))
    return frozenset(taken)


def _listed(unit: Unit, entry_ids: Sequence[str]) -> Taken:
    taken = set[tuple[str, str]]()
    for row in unit.execute(select(list_entries).where(list_entries.c.id.in_(entry_ids))).all():
        words = {name: ERASED for name in entry_words.MAY_BE_CODES if entry_words.is_words(getattr(row, name))}
        gone = {
            "reason": ERASED,
            "removed_why": None if row.removed_why is None else ERASED,
            "appeal_note": None,
            **words,
        }
        taken |= from_row(unit, list_entries, row, gone)
    return frozenset(taken)


def _questions(unit: Unit, subjects: Collection[str], of_measures: ColumnElement[bool]) -> tuple[list[str], Taken]:
    """Takes the words from questions about these subjects, and from those that measures waited for.

    Their ids, and which had words.
    """
    waited = list(unit.execute(select(measures.c.approval_id).where(of_measures)).scalars())
    a = approvals.c
    found, taken = list[str](), set[tuple[str, str]]()
    for some in _parts(sorted(subjects)) if subjects or waited else ():
        about = or_(a.subject_id.in_(some), a.id.in_([each for each in waited if each]))
        rows = unit.execute(select(approvals).where(about, a.kind.in_(ABOUT_PEOPLE))).all()
        for row in rows:
            note = None if row.note is None else ERASED
            taken |= from_row(unit, approvals, row, {"why": ERASED, "note": note, "facts": bare(row.facts)})
        found += [row.id for row in rows]
    return found, frozenset(taken)


def _ids(look: Reading, table: Table, which: ColumnElement[bool]) -> list[str]:
    return list(look.execute(select(table.c.id).where(which)).scalars())


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(ids), _AT_ONCE):
        yield ids[first : first + _AT_ONCE]


def _named(value: object, name: str = "") -> Iterator[str]:
    """Ids that stand in an answer."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _named(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from _named(each, name)
    elif isinstance(value, str) and (name == "id" or name.endswith("_id")):
        yield value


def _is_about(look: Reading, indexes: Collection[str], ids: Collection[str]) -> bool:
    """Whether ids lead to comments or measures of the author."""
    c, m = comments.c, measures.c
    written, account = c.author_index.in_(list(indexes)), authors.c.author_index.in_(list(indexes))
    about = (
        select(c.id).where(written, or_(c.id.in_(ids), c.external_id.in_(ids))),
        select(c.id).where(written).join(decisions, decisions.c.comment_id == c.id).where(decisions.c.id.in_(ids)),
        select(c.id).where(written).join(cases, cases.c.comment_id == c.id).where(cases.c.id.in_(ids)),
        select(c.id)
        .where(written)
        .join(measures, m.comment_id == c.id)
        .where(or_(m.id.in_(ids), m.approval_id.in_(ids))),
        select(m.id)
        .where(account)
        .join(authors, authors.c.id == m.author_id)
        .where(or_(m.id.in_(ids), m.approval_id.in_(ids))),
        select(authors.c.id).where(account, authors.c.id.in_(ids)),
    )
    return any(look.execute(each.limit(1)).first() is not None for each in about)
