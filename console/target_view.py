"""Whom a question to a second person is about: each account, comment and thread with its page, what, why, the ground.

Nobody should say yes to what they have not seen. No name and no pseudonym is shown: an account is known by its page, a
contact that is to be listed as it was typed, to whoever may answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from console.asked_measure import AskedMeasure, asked_measure
from console.permissions import Action
from console.visit import Visit
from governance import account_measures, account_notices, causes, list_reviews, lists, typed, unfounded
from moderation.errors import NotFoundError
from moderation.lists import ACCOUNT, ATTACHMENT, DOMAIN
from records import account_appeals, author_links, authors, decisions, measures, story
from records import lists as entries
from records.house_values import MEASURE_APPEALED, ApprovalRecord, ListEntryRecord
from records.standing_values import MeasureRecord, TargetKind
from records.unit_of_work import Reading

MOST = 200
"""Targets that are shown: as many as one question has at most, but for an imported list."""

TOLD = 20
"""Of so many measures of one question it is told what was before them."""

OF_MEASURES = (account_measures.CLOSING, account_measures.BULK, account_measures.ALONE)


@dataclass(frozen=True, slots=True)
class TargetView:
    """`kind` is author, comment or thread; `link` its page, where there is one that whoever looks may open."""

    kind: str
    name: str
    link: str | None
    measure: str
    days: float | None
    is_endless: bool
    reason: str
    ground: str
    words: str = ""
    is_wordless: bool = False
    """Whether whoever appeals had written words that were erased since."""
    asked: AskedMeasure | None = None
    """What a second person should know of a measure; None of what is no measure, and of the last of very many."""

    cause_id: str | None = None
    """Our id of the comment for which an account is measured."""

    typed: str | None = None
    """A listed contact as it was typed, while it waits and whoever looks may answer; `is_typed`: it is one."""

    is_typed: bool = False


def targets_of(look: Reading, visit: Visit, record: ApprovalRecord) -> tuple[TargetView, ...]:
    """Of a question about accounts, comments or threads; none of another."""
    if record.kind in OF_MEASURES:
        some = measures.of_approval(look, record.id)[:MOST]
        return tuple(_of_measure(look, visit, each, is_told=place < TOLD) for place, each in enumerate(some))
    if record.kind in (lists.ASKED, lists.ASKED_OTHER):
        return tuple(islice(_of_entries(look, visit, record), MOST))
    return _of_one(look, visit, record)


def _of_one(look: Reading, visit: Visit, record: ApprovalRecord) -> tuple[TargetView, ...]:
    """Of a question whether a measure or an entry stays."""
    if record.kind in (account_measures.LIFTING, unfounded.ASKED):
        return (_of_measure(look, visit, measures.get(look, record.subject_id), is_told=True),)
    if record.kind in (lists.REMOVAL, list_reviews.ASKED):
        return (_of_entry(look, visit, entries.get(look, record.subject_id)),)
    if record.kind == MEASURE_APPEALED:
        appealed = _of_measure(look, visit, measures.get(look, record.subject_id), with_words=True, is_told=True)
        return (replace(appealed, is_wordless=account_appeals.is_wordless(record)),)
    if record.kind == lists.APPEALED:
        listed = _of_entry(look, visit, entries.get(look, record.subject_id), with_words=True)
        return (replace(listed, is_wordless=account_appeals.is_wordless(record)),)
    return ()


def handle_of(look: Reading, visit: Visit, author_id: str | None) -> str | None:
    """One of the account's comments, by which pages speak of it; None where it wrote none, or is erased."""
    if author_id is None:
        return None
    try:
        pseudonym = authors.pseudonym_of(look, visit.parts.keyring, author_id)
    except NotFoundError:
        return None
    return story.latest_by(look, visit.parts.keyring, pseudonym)


def account_link(look: Reading, visit: Visit, author_id: str | None) -> str | None:
    """The page of how the account stands."""
    handle = handle_of(look, visit, author_id)
    return None if handle is None else visit.url(f"/comments/{handle}/standing")


def _of_measure(
    look: Reading, visit: Visit, made: MeasureRecord, *, with_words: bool = False, is_told: bool = False
) -> TargetView:  # fmt: skip
    return TargetView(
        kind=made.target_kind.value,
        name=made.subject_id or "",
        link=_link(look, visit, made),
        measure=made.measure,
        days=made.days,
        is_endless=made.days is None and made.measure in measures.HOLDING,
        reason=account_notices.reason_in(made, visit.preferences.locale, look.queues.redress, causes.of(look, made)),
        ground=account_notices.ground_of(made, visit.preferences.locale, look.queues.redress),
        words=made.appeal_note or "" if with_words else "",
        asked=asked_measure(look, visit, made) if is_told else None,
        cause_id=made.cause_id,
    )


def _link(look: Reading, visit: Visit, made: MeasureRecord) -> str | None:
    if made.target_kind is TargetKind.AUTHOR and made.author_id and made.cause_id:
        return visit.url(f"/comments/{made.cause_id}/standing")
    if made.target_kind is TargetKind.AUTHOR:
        return account_link(look, visit, made.author_id)
    if made.target_kind is TargetKind.COMMENT and made.comment_id and visit.may(Action.SEE_DECISION):
        return visit.url(f"/decisions/{decisions.latest_of(look, made.comment_id).id}")
    return None


def _of_entries(look: Reading, visit: Visit, record: ApprovalRecord) -> Iterator[TargetView]:
    for each in entries.waiting_for(look, record.id):
        is_typed = each.kind not in (DOMAIN, ATTACHMENT, ACCOUNT) and visit.may(Action.APPROVE)
        value = typed.read(look, visit.parts.keyring, each) if is_typed else None
        yield replace(_of_entry(look, visit, each), typed=value, is_typed=is_typed)


def _of_entry(look: Reading, visit: Visit, entry: ListEntryRecord, *, with_words: bool = False) -> TargetView:
    author_id = author_links.id_of_index(look, entry.key) if entry.kind == ACCOUNT else None
    plain = entry.key if entry.kind in (DOMAIN, ATTACHMENT) else entry.id
    return TargetView(
        kind=TargetKind.AUTHOR.value if entry.kind == ACCOUNT else entry.kind,
        name=author_id or plain,
        link=account_link(look, visit, author_id),
        measure="",
        days=None if entry.expires_at is None else float((entry.expires_at - entry.created_at).days),
        is_endless=entry.expires_at is None,
        reason=f"{entry.reason} ({entry.source})",
        ground=entry.ground,
        words=(entries.appeal_note(look, entry.id) or "") if with_words else "",
    )
