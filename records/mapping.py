"""From rows to values and back, for columns that are JSON or 64 bits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from sqlalchemy import Row

from moderation.answer import allowed_json, attachment_json
from moderation.decision import (
    Allowed,
    AllowingEntry,
    Decision,
    InAttachment,
    LabelScore,
    Outcome,
    Reason,
    Source,
    Spared,
    Versions,
)
from moderation.spans import Span

V = TypeVar("V")

Change = Callable[[Any], Any]


def value_of(kind: type[V], row: Row[Any], **changes: Change) -> V:
    """A `kind` from the columns named like its fields; `changes` turn single columns that are not null."""
    found = row._mapping
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    values = {name: found[name] for name in names}
    for name, change in changes.items():
        if values[name] is not None:
            values[name] = change(values[name])
    return kind(**values)


def signed(number: int | None) -> int | None:
    """64 bits as databases have them."""
    return number - 2**64 if number is not None and number >= 2**63 else number


def unsigned(number: int | None) -> int | None:
    """The inverse of `signed`."""
    return None if number is None else number % 2**64


def span_json(span: Span) -> dict[str, int]:
    """As every answer writes it."""
    return {"start": span.start, "end": span.end}


def span_of(document: Mapping[str, int]) -> Span:
    """The inverse of `span_json`."""
    return Span(document["start"], document["end"])


def decision_columns(decision: Decision) -> dict[str, Any]:
    """A decision as columns of `decisions`."""
    versions = decision.versions
    return {
        "outcome": decision.outcome.value,
        "labels": labels_json(decision.labels),
        "reasons": [_reason_json(reason) for reason in decision.reasons],
        "measures": list(decision.measures),
        "language": decision.language,
        "model": versions.model,
        "model_version": versions.model_version,
        "tier": versions.tier,
        "ruleset": versions.ruleset,
        "policy": versions.policy,
        "normaliser": versions.normaliser,
        "taxonomy": versions.taxonomy,
        "degraded": decision.degraded,
        "missing": list(decision.missing),
        "allowed": allowed_json(decision.allowed) if decision.allowed else None,
    }


def decision_of(row: Mapping[str, Any]) -> Decision:
    """The inverse of `decision_columns`."""
    return Decision(
        outcome=Outcome(row["outcome"]),
        labels=tuple(LabelScore(**label) for label in row["labels"]),
        reasons=tuple(_reason_of(reason) for reason in row["reasons"]),
        measures=tuple(row["measures"]),
        language=row["language"],
        versions=Versions(**{name: row[name] for name in _VERSION_FIELDS}),
        missing=tuple(row["missing"]),
        allowed=_allowed_of(row["allowed"]) if row["allowed"] else None,
    )


_VERSION_FIELDS = tuple(field.name for field in fields(Versions))


def labels_json(labels: Iterable[LabelScore]) -> list[dict[str, Any]]:
    """Scores as `decisions.labels` has them."""
    return [_label_json(label) for label in labels]


def _label_json(label: LabelScore) -> dict[str, Any]:
    return {
        "name": label.name,
        "score": label.score,
        "threshold": label.threshold,
        "review_threshold": label.review_threshold,
    }


def _reason_json(reason: Reason) -> dict[str, Any]:
    """What lies in no attachment says nothing of attachments, as before there was a place for it."""
    told = {
        "code": reason.code,
        "source": reason.source.value,
        "outcome": reason.outcome.value,
        "message": dict(reason.message),
        "ground": reason.ground,
        "rule_id": reason.rule_id,
        "spans": [span_json(span) for span in reason.spans],
    }
    if reason.attachments:
        told["attachments"] = [attachment_json(found) for found in reason.attachments]
    return told


def _reason_of(document: Mapping[str, Any]) -> Reason:
    return Reason(
        code=document["code"],
        source=Source(document["source"]),
        outcome=Outcome(document["outcome"]),
        message=document["message"],
        ground=document["ground"],
        rule_id=document["rule_id"],
        spans=tuple(span_of(span) for span in document["spans"]),
        attachments=tuple(_attachment_of(found) for found in document.get("attachments", ())),
    )


def _allowed_of(document: Mapping[str, Any]) -> Allowed:
    spared = (
        Spared(each["code"], Source(each["source"]), Outcome(each["outcome"]), each["rule_id"])
        for each in document["spared"]
    )
    return Allowed(tuple(AllowingEntry(**each) for each in document["entries"]), tuple(spared))


def _attachment_of(document: Mapping[str, Any]) -> InAttachment:
    return InAttachment(document["index"], tuple(span_of(span) for span in document["spans"]))
