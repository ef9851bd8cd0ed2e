"""Edge cases of a label: comments about which people decided apart, and what a lead settled, beside the label's policy.

A policy's sentences say what a label is; what lies on the edge is learnt from cases. So whoever decides sees the newest
few of each label beside its policy, and all of them on the label's page: what was written, whether it was held to be
that, and why. One stands there for as long as that verdict holds and the text is as it was; it goes with the comment.

Beside a copy of its own text it is not shown: there it would be the answer. For the same reason one that is asked as a
known answer too is shown to those alone who were asked already, and what stands beside a policy becomes no known answer
afterwards.

The ledger's entry says what was marked and by whom, and commits to why, which is in a person's own words: they stand
beside it and here, and go with the comment (`records/entry_words.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moderation.errors import ConflictError, Fault, InvalidInputError
from records import (
    campaigns,
    comments,
    decisions,
    edge_cases,
    gold,
    knowing,
    leases,
    ledger,
    likenesses,
    verdicts,
)
from records.cases import undecided_of
from records.edge_cases import EdgeCase, Marked, Standing
from records.unit_of_work import Reading, Unit
from records.values import CommentRecord, VerdictRecord
from review import gold as known_answers
from review.alike import ALIKE, likeness_of, print_of
from review.checks import check_reason, label_faults

SHOWN = 3
"""Of each label, beside its policy."""

_LOOKED_AT = 4 * SHOWN
"""Of each label, some of which may not be told just now."""

MOST = 500
"""Of one label, on its page."""

_NO_MORE = "no edge case any more"


@dataclass(frozen=True, slots=True)
class Mark:
    """That a decided comment is an edge case of `label`: why, and on which ground the label stands.

    `is_asked`: it is mixed in as a known answer too, and given to newcomers as a lesson.
    """

    decision_id: str
    label: str
    why: str
    ground: str = ""
    is_asked: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """An edge case with its comment's text. `holds`: what was settled is what holds."""

    edge: EdgeCase
    text: str
    holds: bool = True


def mark(unit: Unit, names: Sequence[str], said: Mark, *, author: str, now: datetime) -> EdgeCase:
    """What holds about the comment becomes an edge case; the caller commits. `names` are the taxonomy's labels.

    Raises `InvalidInputError` without a reason or for a label that there is not, `ConflictError` where no verdict on
    labels holds, it stands there already or its text is gone, `NotFoundError`.
    """
    why = check_reason(said.why, needed=True)
    if [*label_faults([said.label], names)]:
        raise InvalidInputError("This cannot be an edge case.", [Fault("/label", f"give one of {', '.join(names)}")])
    comment = comments.lock(unit, decisions.get(unit, said.decision_id).comment_id)
    held = _settled(unit, comment)
    if said.label in edge_cases.labels_of(unit, comment.id):
        raise ConflictError("It stands beside this label's policy already.")
    known = known_answers.vouch(unit, held.case_id, why=why, author=author, now=now) if said.is_asked else None
    marked = Marked(comment.id, held.decision_id, said.label, said.label in held.labels, why)
    edge = edge_cases.add(unit, marked, author=author, now=now)
    facts = {"verdict_id": held.id, **({} if known is None else {"gold_id": known.id})}
    ledger.append(
        unit, _entry(unit, "edge_case.marked", edge, author, why=why, ground=said.ground, facts=facts), now=now
    )
    return edge


def take_back(unit: Unit, edge_id: str, *, author: str, now: datetime) -> EdgeCase:
    """Shown no more; the caller commits. Raises `ConflictError` where it was taken back already, `NotFoundError`."""
    edge = edge_cases.get(unit, edge_id)
    if not edge_cases.take_back(unit, edge_id, now=now):
        raise ConflictError("This was taken back already.")
    ledger.append(unit, _entry(unit, "edge_case.taken_back", edge, author, why=_NO_MORE), now=now)
    return edge


def beside(look: Reading, comment: CommentRecord, moderator: str, *, now: datetime) -> dict[str, list[Told]]:
    """By label, the newest few, as `moderator` may read them who has a case about `comment` in hand."""
    found = [each for each in _told(look, edge_cases.standing(look, per_label=_LOOKED_AT)) if each.holds]
    hidden = _copies(look, comment, found) | _asked(look, moderator, [each.edge.comment_id for each in found], now)
    shown: dict[str, list[Told]] = {}
    for each in found:
        of_label = shown.setdefault(each.edge.label, [])
        if each.edge.comment_id not in hidden and len(of_label) < SHOWN:
            of_label.append(each)
    return {label: told for label, told in shown.items() if told}


def of_label(look: Reading, label: str) -> list[Told]:
    """All of one label that were not taken back, the newest first; also those that do not hold any more."""
    return _told(look, edge_cases.standing(look, per_label=MOST, label=label))


def _settled(look: Reading, comment: CommentRecord) -> VerdictRecord:
    """The verdict that holds, if it is about the labels of the text as it is. Raises `ConflictError`."""
    held = verdicts.holding_of(look, comment.id)
    if comment.text is None:
        raise ConflictError("This comment was erased: there is nothing to show.")
    if held is None or undecided_of(look, comment.id) is not None:
        raise ConflictError("No verdict about this comment holds just now: decide it first.")
    if not held.teaches:
        raise ConflictError("This was rejected on a ground that no label names: it says nothing of labels.")
    if decisions.get(look, held.decision_id).revision != comment.revision:
        raise ConflictError("This comment was edited since it was decided.")
    return held


def _told(look: Reading, found: Sequence[Standing]) -> list[Told]:
    held = verdicts.holding_of_many(look, [each.edge.comment_id for each in found])
    return [Told(each.edge, each.text, _holds(each.edge, held)) for each in found]


def _holds(edge: EdgeCase, held: Mapping[str, VerdictRecord]) -> bool:
    verdict = held.get(edge.comment_id)
    return verdict is not None and verdict.teaches and (edge.label in verdict.labels) is edge.is_so


def _asked(look: Reading, moderator: str, comment_ids: Sequence[str], now: datetime) -> set[str]:
    """Those about which they are asked just now, or may be as about a known answer."""
    if not comment_ids:
        return set()
    in_hand = {case.comment_id for case in leases.leased_by(look, moderator, now=now)}
    unsettled = {each.comment_id for each in knowing.unsettled(look, moderator)}
    return in_hand | unsettled | gold.still_askable(look, moderator, comment_ids)


def _copies(look: Reading, comment: CommentRecord, found: Sequence[Told]) -> set[str]:
    """Those whose text is nearly the comment's: they share a band, a campaign, or most of what they say."""
    ids = [each.edge.comment_id for each in found]
    if not ids:
        return set()
    mine = print_of(comment.text)
    near = {
        each for each, bands in likenesses.bands_of_many(look, ids).items() if not set(mine.bands).isdisjoint(bands)
    }
    same = {each.edge.comment_id for each in found if likeness_of(mine, print_of(each.text)) >= ALIKE}
    return {comment.id} | near | same | campaigns.spread_with(look, comment.id)


def _entry(
    look: Reading,
    kind: str,
    edge: EdgeCase,
    author: str,
    *,
    why: str,
    ground: str = "",
    facts: Mapping[str, Any] | None = None,
) -> ledger.Entry:
    return ledger.Entry(
        kind=kind,
        actor=ledger.Actor("moderator", author),
        subject_kind="comment",
        subject_id=edge.comment_id,
        reason=why,
        ground=ground,
        versions=decisions.get(look, edge.decision_id).decision.versions,
        facts={
            "edge_case_id": edge.id, "decision_id": edge.decision_id, "label": edge.label, "is_so": edge.is_so,
            **(facts or {}),
        },
    )  # fmt: skip
