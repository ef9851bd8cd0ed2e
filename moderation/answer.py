"""A decision as the contract writes it (API.md): one rendering for the service and the command line."""

from __future__ import annotations

from typing import Any

from moderation.decision import Allowed, Decision, InAttachment, LabelScore, Reason

SCORE_DIGITS = 4


def as_answer(
    decision: Decision, *, comment_id: str | None, decision_id: str | None = None, latency_ms: float | None = None
) -> dict[str, Any]:
    """The answer as a JSON-ready dict, without the comment's text; what is None is left out."""
    answer: dict[str, Any] = {
        "id": comment_id,
        "decision_id": decision_id,
        "decision": decision.outcome.value,
        "measures": list(decision.measures),
        "labels": [_label(label) for label in decision.labels],
        "reasons": [_reason(reason) for reason in decision.reasons],
        "language": decision.language,
        "model": {
            "name": decision.versions.model,
            "version": decision.versions.model_version,
            "tier": decision.versions.tier,
        },
        "ruleset": decision.versions.ruleset,
        "policy": decision.versions.policy,
        "degraded": decision.degraded,
        "latency_ms": latency_ms,
    }
    if decision.allowed:
        answer["allowed"] = allowed_json(decision.allowed)
    if decision.degraded:
        answer["missing"] = list(decision.missing)
    return {key: value for key, value in answer.items() if value is not None}


def _label(label: LabelScore) -> dict[str, Any]:
    return {
        "name": label.name,
        "score": round(label.score, SCORE_DIGITS),
        "threshold": round(label.threshold, SCORE_DIGITS),
        "review_threshold": round(label.review_threshold, SCORE_DIGITS),
        "flagged": label.flagged,
    }


def allowed_json(allowed: Allowed) -> dict[str, Any]:
    """What entries of lists took out of sight, as answers and records write it."""
    return {
        "entries": [{"id": each.id, "kind": each.kind} for each in allowed.entries],
        "spared": [
            {
                "code": each.code,
                "source": each.source.value,
                "outcome": each.outcome.value,
                "rule_id": each.rule_id,
            }
            for each in allowed.spared
        ],
    }


def attachment_json(found: InAttachment) -> dict[str, Any]:
    """Where in an attachment a reason was found, as answers and records write it."""
    return {"index": found.index, "spans": [{"start": span.start, "end": span.end} for span in found.spans]}


def _reason(reason: Reason) -> dict[str, Any]:
    told = {
        "code": reason.code,
        "source": reason.source.value,
        "rule_id": reason.rule_id,
        "spans": [{"start": span.start, "end": span.end} for span in reason.spans],
        "ground": reason.ground,
        "message": dict(reason.message),
    }
    if reason.attachments:
        told["attachments"] = [attachment_json(found) for found in reason.attachments]
    return told
