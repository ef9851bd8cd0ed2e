"""What whoever reported is told of a comment that a machine alone had removed before: so, and why (DSA 16(6)).

Such an answer follows no verdict. Its reasons are those of the decision that removed the comment: labels and grounds as
a model, a rule or an entry of a list names them, and neither the words of a rule nor anything about the author.
"""

from __future__ import annotations

from moderation.decision import Decision, Outcome, Source
from records import answers, decisions
from records.public_values import AnswerRecord, ComplaintOutcome, ComplaintRecord
from records.unit_of_work import Reading


def is_of_machine(complaint: ComplaintRecord) -> bool:
    """Whether no person stands behind the answer that the comment was removed."""
    return complaint.outcome is ComplaintOutcome.ACTED and complaint.verdict_id is None


def of_complaint(look: Reading, complaint: ComplaintRecord) -> AnswerRecord:
    """What was chosen with the verdict; of a machine's removal its reasons."""
    if not is_of_machine(complaint):
        return answers.of_verdict(look, complaint.verdict_id)
    return AnswerRecord(None, tuple(_reasons(decisions.get(look, complaint.decision_id).decision)))


def _reasons(decision: Decision) -> list[dict[str, str]]:
    """Once for each code. What a list says of an account or an address is no label of the comment."""
    labels = {label.name for label in decision.labels}
    told: dict[str, dict[str, str]] = {}
    for reason in decision.reasons:
        is_label = reason.source in (Source.MODEL, Source.RULE) or (
            reason.source is Source.LIST and reason.code in labels
        )
        if is_label and reason.outcome is Outcome.BLOCK:
            told.setdefault(reason.code, {"code": reason.code, "ground": reason.ground})
    return list(told.values())
