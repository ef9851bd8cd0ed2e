"""A question to a second person as pages show it: what is asked, by whom, what answering yes would change."""

from __future__ import annotations

from dataclasses import dataclass

from console.marks import Piece, pieces
from console.people import name_of
from console.permissions import Action
from console.rule_text import text_of
from console.rule_view import change_of, rule_of
from console.target_view import OF_MEASURES, TargetView, targets_of
from console.visit import Visit
from governance import bulk, four_eyes, lists, measure_appeals
from governance.approvals import is_same_person
from governance.inspections import ASKED as INSPECTION
from governance.rules import GO_LIVE, asked_for
from moderation.rules.difference import Changed
from records import inspections
from records.inspections import InspectionRecord
from records.unit_of_work import Reading
from records.values import ApprovalRecord, ApprovalState, RuleVersionRecord


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """`version` is what would go live, `changes` what that changes (None where nothing of that id decides today)."""

    record: ApprovalRecord
    title: str
    asker: str
    answerer: str
    is_own: bool
    may_answer: bool
    overtaken: RuleVersionRecord | None
    overtaken_by: str
    version: RuleVersionRecord | None
    text: tuple[Piece, ...]
    changes: tuple[Changed, ...] | None
    targets: tuple[TargetView, ...]
    inspection: InspectionRecord | None


def view_approval(look: Reading, visit: Visit, record: ApprovalRecord) -> ApprovalView:
    """The question with all that belongs to it."""
    version = asked_for(look, record) if record.kind == GO_LIVE else None
    overtaken = four_eyes.overtaken_by(look, record)
    is_open = record.state is ApprovalState.WAITING
    is_own = is_same_person(look, visit.me.name, record.asked_by)
    parts = visit.parts
    changes = change_of(look, parts.packs, version, visit.now.date()) if version and is_open else None
    return ApprovalView(
        record=record,
        title=_many(visit, record) or _title(version, visit.preferences.locale) or record.subject_id,
        asker=name_of(look, record.asked_by),
        answerer=name_of(look, record.answered_by),
        is_own=is_own,
        may_answer=is_open and not is_own and visit.may(Action.APPROVE),
        overtaken=overtaken,
        overtaken_by=name_of(look, overtaken.author) if overtaken else "",
        version=version,
        text=pieces(text_of(version.document)) if version else (),
        changes=changes,
        targets=targets_of(look, visit, record) if is_open else (),
        inspection=inspections.get(look, record.subject_id) if record.kind == INSPECTION else None,
    )


def _title(version: RuleVersionRecord | None, locale: str) -> str:
    rule = rule_of(version) if version else None
    return rule.title[locale] if rule else ""


def _many(visit: Visit, record: ApprovalRecord) -> str:
    """Of what is asked about comments or accounts by their number, in words."""
    if record.kind == bulk.ASKED:
        return visit.words("bulk.of", n=record.facts["comments"])
    if record.kind in (*OF_MEASURES, measure_appeals.ASKED, lists.ASKED):
        return visit.words("approvals.accounts", n=record.facts["count"])
    return ""
