"""What a rule was found to change on stored decisions, as the API tells whoever answers whether it goes live."""

from __future__ import annotations

from governance.rule_backtests import result_of
from governance.rules import GO_LIVE, STAYS, asked_for, content_of
from moderation.rules.backtest import SampleKind
from records import rule_backtests
from records.house_values import ApprovalRecord
from records.unit_of_work import Reading
from serving.desk import Document

_KINDS = (SampleKind.NEW, SampleKind.GONE, SampleKind.WRONG)


def trial_document(look: Reading, asked: ApprovalRecord) -> Document | None:
    """The last finished backtest of just what would go live; None of other questions, and where nobody tried it."""
    if asked.kind not in (GO_LIVE, STAYS):
        return None
    version = asked_for(look, asked)
    record = rule_backtests.newest(look, version.rule_id, content_of(version.document), done=True)
    result = result_of(record) if record else None
    if record is None or result is None:
        return None
    changes = [
        {"decision_id": each.id, "kind": kind.value, "before": each.today.value, "after": each.draft.value}
        for kind in _KINDS
        for each in result.samples[kind]
    ]
    return {"id": record.id, "decisions": record.seen, "changes": changes}
