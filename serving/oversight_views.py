"""Emergencies, incidents, rectifications and inspections as answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from governance import emergencies as reporting
from governance.emergencies import Report
from governance.incident_forms import IncidentForms
from governance.inspection_reading import Evidence, Given
from records.emergencies import EmergencyRecord
from records.gone import Gone
from records.incidents import IncidentRecord, ItemRecord, ItemState
from records.inspections import InspectionRecord
from records.values import DecisionRecord
from serving.desk import Document
from serving.views import attachment_documents, moment


def emergency_document(record: EmergencyRecord) -> Document:
    """An emergency."""
    effect = record.effect
    return {
        "id": record.id,
        "drill": record.is_drill,
        "surface": record.scope.surface,
        "thread_id": record.scope.thread_id,
        "label": record.scope.label,
        "effect": {
            "kind": effect.kind.value,
            "review_times": effect.review,
            "block_times": effect.block,
            "a_minute": effect.a_minute,
        },
        "why": record.why,
        "ground": record.ground,
        "asked_by": record.asked_by,
        "approved_by": record.approved_by,
        "starts_at": moment(record.starts_at),
        "ends_at": moment(record.ends_at),
        "ended_at": moment(record.ended_at),
        "ended_by": record.ended_by,
        "ended_why": record.ended_why,
    }


def report_document(found: Report) -> Document:
    """An emergency with its report."""
    return {**reporting.document(found), **emergency_document(found.emergency)}


def incident_document(record: IncidentRecord, forms: IncidentForms) -> Document:
    """An incident."""
    return {
        "id": record.id,
        "kind": record.kind,
        "severity": record.severity,
        "state": record.state.value,
        "fields": dict(record.fields),
        "missing": list(forms.missing(record.fields)),
        "found_at": moment(record.found_at),
        "reported_at": moment(record.reported_at),
        "reported_to": record.reported_to,
        "receipt": record.receipt,
        "by": record.author,
        "created_at": moment(record.created_at),
        "updated_at": moment(record.updated_at),
    }


def item_document(record: ItemRecord, now: datetime) -> Document:
    """Something that has to be put right."""
    return {
        "id": record.id,
        "incident_id": record.incident_id,
        "authority": record.authority,
        "reference": record.reference,
        "finding": record.finding,
        "demand": record.demand,
        "owner": record.owner,
        "due_at": moment(record.due_at),
        "state": record.state.value,
        "late": record.state is not ItemState.DONE and record.due_at < now,
        "proof": record.proof,
        "confirmed_by": record.confirmed_by,
        "done_at": moment(record.done_at),
        "by": record.author,
        "created_at": moment(record.created_at),
    }


def inspection_document(record: InspectionRecord) -> Document:
    """An authority's request."""
    return {
        "id": record.id,
        "authority": record.authority,
        "reference": record.reference,
        "asked": record.asked,
        "ground": record.ground,
        "inspector": record.inspector,
        "surfaces": None if record.surfaces is None else list(record.surfaces),
        "accounts": None if record.accounts is None else list(record.accounts),
        "threads": None if record.threads is None else list(record.threads),
        "measures": None if record.measures is None else list(record.measures),
        "since": moment(record.since),
        "until": moment(record.until),
        "texts": record.opened,
        "ends_at": moment(record.ends_at),
        "state": record.state.value,
        "asked_by": record.asked_by,
        "approved_by": record.approved_by,
        "granted_at": moment(record.granted_at),
        "closed_at": moment(record.closed_at),
        "created_at": moment(record.created_at),
    }


def given_document(given: Given) -> Document:
    """Something that was given under a request."""
    return {"kind": given.kind, "at": moment(given.at), "by": given.by, "what": given.what, "number": given.number}


def line_document(record: DecisionRecord) -> Document:
    """A decision in scope."""
    decision = record.decision
    return {
        "id": record.id,
        "decision": decision.outcome.value,
        "final": None if record.final_outcome is None else record.final_outcome.value,
        "reasons": [reason.code for reason in decision.reasons],
        "policy": decision.versions.policy,
        "created_at": moment(record.created_at),
    }


def gone_document(gone: Gone) -> Mapping[str, object]:
    """When and why a text was erased, as far as the records know."""
    return {
        "at": None if gone.at is None else moment(gone.at),
        "why": gone.why,
        "entry": gone.entry_id,
    }


def evidence_document(found: Evidence) -> Mapping[str, object]:
    """One decision as an inspector sees it."""
    verdicts = [
        {
            "verdict": each.verdict.value,
            "labels": list(each.labels),
            "ground": each.ground,
            "at": moment(each.created_at),
        }
        for each in found.verdicts
    ]
    return {
        **line_document(found.decision),
        "surface": found.surface,
        "text": found.text,
        "attachments": attachment_documents(found.attachments),
        "text_gone": None if found.gone is None else gone_document(found.gone),
        "verdicts": verdicts,
        "entries": [json.loads(entry.body) for entry in found.entries],
        "words": {entry_id: dict(words) for entry_id, words in found.words.items()},
    }
