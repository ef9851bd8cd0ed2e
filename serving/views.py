"""Records as JSON documents: what the endpoints for decisions, cases and approvals show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from governance.four_eyes import overtaken_by
from moderation.answer import as_answer
from moderation.comment import Attachment
from records import appeals, awaiting, cases, comments, complaints, decisions, groups, knowing, verdicts
from records.house_values import ApprovalRecord
from records.unit_of_work import Reading
from records.values import (
    AuthorRecord,
    CaseRecord,
    CaseState,
    CommentRecord,
    DecisionRecord,
    FeedbackRecord,
    Purpose,
)
from records.waiting import ANEW, APPEAL, CONTEST
from review import passing, seeming
from review.chosen import Why
from review.verdicts import SETTLED_AFTER, Given, as_if_it_decided, outcome_of, vector

Document = dict[str, Any]

UNDECIDED: Document = {"final": None, "settles_at": None}
"""Of a decision whether or not a person said anything of it."""

MOST_SAID = 20
"""Words of the public in one document: the latest."""


def decision_document(look: Reading, record: DecisionRecord) -> Document:
    """A decision as it was answered, and what a person's verdict made of it. No text."""
    comment = comments.get(look, record.comment_id)
    answer = as_answer(
        record.decision,
        comment_id=comment.external_id,
        decision_id=record.id,
        latency_ms=record.latency_ms,
    )
    final = record.final_outcome and {"decision": record.final_outcome.value, "overturned": record.overturned}
    verdict = verdicts.holding_for(look, record.id) if final else None
    settles = verdict.created_at + SETTLED_AFTER if verdict else None
    return answer | {"created_at": moment(record.created_at), "final": final, "settles_at": moment(settles)}


def case_document(
    look: Reading,
    case: CaseRecord,
    *,
    with_token: bool = False,
    is_whole: bool = True,
    blind: Callable[[str, str | None], str | None] = lambda _, __: None,
) -> Document:
    """A case with its comment and decision, but without the text; `with_text` adds it.

    Of what is asked blind, here or, as `blind` says, in a case about the comment or a copy of it, no person's word is
    told.
    """
    comment, decision = comments.get(look, case.comment_id), decisions.get(look, case.decision_id)
    told = seeming.as_told(look, case)
    document = {
        "id": case.id,
        "state": case.state.value,
        "queue": told.queue,
        "label": told.label,
        "why": told.why,
        "priority": told.priority,
        "purpose": told.purpose.value,
        "due_at": moment(told.due_at),
        "opened_by": told.opened_by,
        "created_at": moment(told.created_at),
        "closed_at": moment(case.closed_at),
        "lease_owner": case.lease_owner,
        "lease_expires_at": moment(case.lease_expires_at),
        "comment": _comment_document(comment, decision),
        "group": group_document(look, case, is_whole=is_whole),
        "decision": _told(look, case, decision, blind(comment.id, comment.text)),
    }
    return document | ({"lease_token": case.lease_token} if with_token else {})


def group_document(look: Reading, case: CaseRecord, *, is_whole: bool = True) -> Document | None:
    """What the case is decided together with; None where it is by itself. No text: members are read as cases.

    In a list (not `is_whole`) only the case that stands for the others names them: each of fifty would name fifty.
    """
    group = None if case.group_id is None else groups.get(look, case.group_id)
    if group is None:
        return None
    first = cases.get(look, group.case_id)
    names_all = is_whole or case.id == group.case_id
    members = groups.members(look, group) if names_all else []
    return {
        "id": group.id,
        "kind": group.kind,
        "case_id": group.case_id,
        "stands": first.state is not CaseState.CLOSED,
        "waits_since": moment(awaiting.of(look, first).since) if names_all else None,
        "members": [
            {"case_id": one.id, "comment_id": one.comment_id, "decision_id": one.decision_id, "state": one.state.value}
            for one in members
        ],
    }


def _told(look: Reading, case: CaseRecord, decision: DecisionRecord, asked: str | None) -> Document | None:
    """What may be told of a case: of what people disagree about no person's word.

    Of an appeal that waits, or of what was chosen to teach or prove something, not even what the machine thinks.
    """
    why = None if case.state is CaseState.CLOSED else case.why
    if why in tuple(Why) or asked in ANEW or why in ANEW:
        return None
    is_known = why is not None and case.purpose is Purpose.GOLD
    if asked is None and not is_known and (why is None or not knowing.is_blind(case)):
        return decision_document(look, decision)
    return decision_document(look, decision) | UNDECIDED


def _comment_document(comment: CommentRecord, decision: DecisionRecord) -> Document:
    return {
        "id": comment.external_id,
        "comment_id": comment.id,
        "revision": decision.revision,
        "lang": comment.lang,
        "type": comment.type,
        "surface": comment.surface,
        "thread_id": comment.thread_id,
        "parent_id": comment.parent_id,
        "erased": comment.erased_at is not None,
    }


def with_text(look: Reading, document: Mapping[str, Any]) -> Document:
    """The case's document with what was written, as sent, and what was said of its author; null once it is erased.

    Nothing is said of the author where the case tells no decision.
    """
    comment = document["comment"]
    record = comments.get(look, comment["comment_id"])
    written = comments.written(look, record.id, comment["revision"])
    said = {"created_at": moment(record.account_since), "verified": record.account_verified}
    author = None if document["decision"] is None else said
    attached = attachment_documents(written.attachments)
    beside = {"attachments": attached, "parent_text": record.parent_text, "author": author}
    whole = {**comment, "text": written.text, **beside}
    return {**document, "comment": whole, "said": _said(look, document), "passed_on": _passed_on(look, document["id"])}


def attachment_documents(attachments: Sequence[Attachment]) -> list[Document]:
    """As they were sent; the files themselves are the platform's."""
    return [{"kind": each.kind, "sha256": each.sha256, "alt": each.alt} for each in attachments]


def _said(look: Reading, document: Mapping[str, Any]) -> list[Document]:
    """What the public asked for in this case, in its own words; of an appeal the author's alone.

    Of a contest both what was reported and what is said to the answer.
    """
    if document["why"] == APPEAL:
        told = [("appeal", each.note, each.created_at) for each in appeals.of_case(look, document["id"])]
    else:
        case = cases.get(look, document["id"])
        is_second = case.purpose is Purpose.OPINION
        found = complaints.of_comment(look, case.comment_id) if is_second else complaints.of_case(look, case.id)
        reported = [complaints.get(look, each.contests) for each in found if each.contests]
        told = [(each.kind, each.note, each.created_at) for each in reported]
        told += [(CONTEST if each.contests else each.kind, each.note, each.created_at) for each in found]
    return [{"kind": kind, "text": note, "created_at": moment(at)} for kind, note, at in told[-MOST_SAID:]]


def _passed_on(look: Reading, case_id: str) -> list[Document]:
    """Who had the case before, and what they said."""
    return [
        {
            "kind": str(each.kind),
            "by": each.moderator,
            "to": each.handed_to,
            "reason": each.reason,
            "note": each.note,
            "created_at": moment(each.created_at),
        }
        for each in passing.told_in(look, cases.get(look, case_id))
    ]


def with_texts(look: Reading, document: Mapping[str, Any]) -> Document:
    """The same for a list of cases."""
    return {**document, "items": [with_text(look, item) for item in document["items"]]}


def verdict_document(given: Given, names: Sequence[str]) -> Document:
    """A verdict and what became of its case and decision. The moderator's note is not repeated.

    `names` are the taxonomy's labels. What is said of a known answer is answered as if it decided something: it can be
    taken back for some seconds, and nobody gives another answer because they were measured.
    """
    verdict, decision, known = given.verdict, given.decision, given.verdict.purpose is Purpose.GOLD
    labels = dict(given.label.labels) if given.label else None
    labels = vector(verdict, names) if known and verdict.teaches else labels
    case = as_if_it_decided(given) if known else given.case
    outcome = outcome_of(verdict, decision.decision.outcome) if known else decision.outcome
    return {
        "verdict_id": verdict.id,
        "verdict": verdict.verdict.value,
        "overturned": verdict.overturned,
        "labels": labels,
        "ground": verdict.ground,
        "case": {"id": case.id, "state": case.state.value, "queue": case.queue},
        "decision": {"decision_id": decision.id, "decision": outcome.value},
        "created_at": moment(verdict.created_at),
    }


def feedback_document(record: FeedbackRecord) -> Document:
    """What a platform's doubt came to."""
    return {
        "feedback_id": record.id,
        "decision_id": record.decision_id,
        "case_id": record.case_id,
        "verdict": record.verdict,
        "created_at": moment(record.created_at),
    }


def author_document(record: AuthorRecord) -> Document:
    """What was stated about an author, without the pseudonym; links by kind alone."""
    return {
        "verified": record.verified,
        "created_at": moment(record.registered_at),
        "agreement_version": record.agreement_version,
        "consented_at": moment(record.consented_at),
        "consent_withdrawn_at": moment(record.consent_withdrawn_at),
        "links": [{"kind": link.kind, "since": moment(link.created_at)} for link in record.links],
        "updated_at": moment(record.updated_at),
    }


def unstated(since: datetime) -> Document:
    """The same of an account of which the platform stated nothing, and which is on a list since then."""
    facts = "verified", "created_at", "agreement_version", "consented_at", "consent_withdrawn_at"
    return {**dict.fromkeys(facts), "links": [], "updated_at": moment(since)}


def approval_document(look: Reading, record: ApprovalRecord) -> Document:
    """A question to a second person, and what became of it."""
    changed = overtaken_by(look, record)
    return {
        "id": record.id,
        "kind": record.kind,
        "about": record.subject_id,
        "facts": dict(record.facts),
        "asked_by": record.asked_by,
        "why": record.why,
        "created_at": moment(record.created_at),
        "state": record.state.value,
        "answered_by": record.answered_by,
        "note": record.note,
        "answered_at": moment(record.answered_at),
        "overtaken_by": changed
        and {
            "version": changed.version,
            "state": changed.state.value,
            "by": changed.author,
            "why": changed.why,
            "at": moment(changed.created_at),
        },
    }


def moment(at: datetime | None) -> str | None:
    """As every answer writes it: UTC, milliseconds, `Z`."""
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
