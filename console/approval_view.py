"""A question to a second person as pages show it: what is asked, by whom, what answering yes would change."""

from __future__ import annotations

import json
from dataclasses import dataclass

from console import gate_words
from console.backtest_view import BacktestView, backtest_of
from console.beginning_view import BeginsView, begins_of
from console.label_words import titles_in
from console.many_view import ManyView, view_many
from console.marks import Piece, pieces
from console.model_view import models
from console.people import name_of
from console.permissions import Action
from console.rule_text import text_of
from console.rule_view import change_of, rule_of
from console.target_view import OF_MEASURES, TargetView, targets_of
from console.visit import Visit
from governance import (
    account_appeals,
    account_measures,
    bulk,
    changed_parts,
    emergencies,
    four_eyes,
    list_reviews,
    lists,
    unfounded,
)
from governance import assessments as assessing
from governance import incidents as righting
from governance.apart import on_word
from governance.approvals import ON_WORD, NotSecondError, is_same_person, may_withdraw, why_not
from governance.flaggers import ASKED as FLAGGER
from governance.holds import ASKED as HOLD
from governance.inspections import ASKED as INSPECTION
from governance.models import CHAMPION
from governance.rules import GO_LIVE, STAYS, asked_for, check_not_author, is_untried
from moderation.rules.difference import Changed
from records import assessments, incidents, inspections, ledger
from records.house_values import MEASURE_APPEALED, ApprovalRecord, ApprovalState, RuleVersionRecord
from records.inspections import InspectionRecord
from records.standing_values import TargetKind
from records.unit_of_work import Reading

_OF_ONE = (account_measures.LIFTING, unfounded.ASKED)


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """`version` is what would go live, `changes` what that changes (None where nothing of that id decides today).

    `why_not`: why whoever looks is no second person for it, by the word that has a sentence; empty where they may be.

    `gate`: what the gate said of a model, in the reader's language; empty where its bundle is not here.
    """

    record: ApprovalRecord
    title: str
    asker: str
    answerer: str
    is_own: bool
    may_withdraw: bool
    why_not: str
    may_answer: bool
    overtaken: RuleVersionRecord | None
    overtaken_by: str
    version: RuleVersionRecord | None
    is_untried: bool
    """Whether a rule goes live, or did, though nobody tried it."""
    text: tuple[Piece, ...]
    changes: tuple[Changed, ...] | None
    targets: tuple[TargetView, ...]
    inspection: InspectionRecord | None
    gate: str
    backtest: BacktestView | None
    on_word_of: tuple[str, ...]
    """On whose own word alone these are two people: of a yes that was given, and of what the visitor may answer."""
    many: ManyView | None
    """What a verdict over many would decide, while it waits."""
    begins: tuple[BeginsView, ...]
    """The rules of files that begin to block by a yes, while it waits."""


def view_approval(look: Reading, visit: Visit, record: ApprovalRecord, *, with_texts: bool = False) -> ApprovalView:
    """The question with all that belongs to it; `with_texts`: those that a verdict over many would decide, too."""
    version = asked_for(look, record) if record.kind in (GO_LIVE, STAYS) else None
    overtaken = four_eyes.overtaken_by(look, record)
    is_open = record.state is ApprovalState.WAITING
    is_own = is_same_person(look, visit.me.name, record.asked_by)
    no = _why_not(look, visit, record, version) if is_open else ""
    parts = visit.parts
    changes = change_of(look, parts.packs, version, visit.now.date()) if version and is_open else None
    return ApprovalView(
        record=record,
        title=_many(visit, record) or _title(version, visit.preferences.locale) or _named(look, visit, record),
        asker=name_of(look, record.asked_by),
        answerer=name_of(look, record.answered_by),
        is_own=is_own,
        may_withdraw=is_open and visit.may(Action.WITHDRAW_OWN_QUESTION) and may_withdraw(look, visit.me.name, record),
        why_not=no,
        may_answer=is_open and not no and visit.may(Action.APPROVE),
        overtaken=overtaken,
        overtaken_by=name_of(look, overtaken.author) if overtaken else "",
        version=version,
        is_untried=version is not None and is_untried(record.facts),
        text=pieces(text_of(version.document)) if version else (),
        changes=changes,
        targets=targets_of(look, visit, record) if is_open else (),
        inspection=inspections.get(look, record.subject_id) if record.kind == INSPECTION else None,
        backtest=_backtest(look, visit, version) if version and is_open else None,
        on_word_of=_on_word(look, visit, record, may_answer=is_open and not no),
        gate=_gate(visit, record) if record.kind == CHAMPION and is_open else "",
        many=view_many(look, visit, record.subject_id)
        if with_texts and is_open and record.kind == bulk.ASKED
        else None,
        begins=begins_of(look, visit, record) if record.kind == changed_parts.ASKED and is_open else (),
    )


def _backtest(look: Reading, visit: Visit, version: RuleVersionRecord) -> BacktestView:
    """What just this rule was tried on; the texts for who may read them on the rule's own page."""
    return backtest_of(look, version, with_texts=visit.may(Action.CHANGE_RULES))


def _on_word(look: Reading, visit: Visit, record: ApprovalRecord, *, may_answer: bool) -> tuple[str, ...]:
    if may_answer:
        return on_word(look, visit.me.name, record.asked_by)
    entry = ledger.last(look, "approval.approved", record.id) if record.state is ApprovalState.APPROVED else None
    return tuple(json.loads(entry.body)["facts"].get(ON_WORD, ())) if entry else ()


def _why_not(look: Reading, visit: Visit, record: ApprovalRecord, version: RuleVersionRecord | None) -> str:
    if found := why_not(look, visit.me.name, record):
        return found
    if account_appeals.is_of(look, record, visit.me.name):
        return "took"
    try:
        if version is not None:
            check_not_author(look, version, visit.me.name)
    except NotSecondError as error:
        return error.why
    return ""


def _title(version: RuleVersionRecord | None, locale: str) -> str:
    rule = rule_of(version) if version else None
    return rule.title[locale] if rule else ""


def _many(visit: Visit, record: ApprovalRecord) -> str:
    """Of what is asked about comments or accounts by their number, in words."""
    if record.kind in (bulk.ASKED, bulk.BACK):
        return visit.words("bulk.of", n=record.facts["comments"])
    if record.kind in (lists.ASKED_OTHER, lists.REMOVAL, list_reviews.ASKED):
        kinds = visit.words("work.comma").join(visit.words.name_of("list_kind", each) for each in record.facts["kinds"])
        return visit.words("approvals.entries", n=record.facts["count"], kinds=kinds)
    if record.kind in (*OF_MEASURES, *_OF_ONE, MEASURE_APPEALED, lists.ASKED, lists.APPEALED):
        of = {
            TargetKind.COMMENT.value: "approvals.comments",
            TargetKind.THREAD.value: "approvals.threads",
            TargetKind.REPORTER.value: "approvals.reporters",
        }
        return visit.words(of.get(record.facts.get("target", ""), "approvals.accounts"), n=record.facts["count"])
    return ""


def _named(look: Reading, visit: Visit, record: ApprovalRecord) -> str:
    """What something without words of its own in the question is called: by its own record, else by its id."""
    if record.kind == INSPECTION:
        request = inspections.get(look, record.subject_id)
        return f"{request.authority} {request.reference}"
    if record.kind == righting.ASKED:
        return incidents.item(look, record.subject_id).demand
    if record.kind == assessing.ASKED:
        return assessments.get(look, record.subject_id).subject
    if record.kind in (FLAGGER, HOLD):
        return f"{record.facts.get('name') or record.facts['authority']} {record.facts['reference']}"
    if record.kind == changed_parts.ASKED:
        return visit.words("work.comma").join(record.facts["parts"])
    return _emergency(visit, record) if record.kind == emergencies.ASKED else record.subject_id


def _emergency(visit: Visit, record: ApprovalRecord) -> str:
    """What it does and where, of the facts that were asked about."""
    facts, of = record.facts, visit.words
    surface, label = facts.get("surface"), facts.get("label")
    where = (of.name_of("queue_name", surface) if surface else "", facts.get("thread_id") or "", label or "")
    told = " ".join(each for each in where if each) or of("emergencies.everywhere")
    return f"{of.name_of('emergency_effect', str(facts['effect']))} · {told}"


def _gate(visit: Visit, record: ApprovalRecord) -> str:
    desk = visit.parts.models
    lines = models(desk.registry_root) if desk else []
    gate = next((line.gate for line in lines if line.hash == record.facts["bundle"]), None)
    return gate_words.verdict(visit.words, titles_in(visit), gate) if gate else ""
