"""Reports to the authority, as JSON and as one HTML page: an incident, or unlawful content with its ledger entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from governance import approvals
from governance.incident_forms import IncidentForms
from moderation.errors import Fault, InvalidInputError
from moderation.taxonomy import Words
from records import comments, decisions, incidents, ledger, places
from records.incidents import IncidentRecord, ItemRecord
from records.personal import Keyring
from records.unit_of_work import Reading, Unit

MOST_COMMENTS = 500
"""Of one report; more are another."""

_PAGE = """<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
table{{border-collapse:collapse;width:100%;margin:1rem 0}}th,td{{border:1px solid #999;padding:.4rem .6rem;
text-align:left;vertical-align:top;white-space:pre-wrap;overflow-wrap:anywhere}}th{{width:16rem;font-weight:600}}</style></head>
<body><h1>{title}</h1>{body}</body></html>
"""


@dataclass(frozen=True, slots=True)
class ContentOrder:
    """Comments that are reported as unlawful: to whom, by whom, why, on which ground."""

    decision_ids: Sequence[str]
    authority: str
    by: str
    why: str
    ground: str


def incident(look: Reading, incident_id: str, forms: IncidentForms) -> dict[str, Any]:
    """The report of an incident; `lacking` names required fields that nobody has filled in. Raises `NotFoundError`."""
    record = incidents.get(look, incident_id)
    items = incidents.items(look, incident_id=incident_id)
    return {
        "report": "security_incident",
        "id": record.id,
        "kind": {"name": record.kind, "title": _title(forms.kinds.get(record.kind), record.kind)},
        "severity": record.severity,
        "state": record.state.value,
        "found_at": record.found_at.isoformat(),
        "fields": [
            {"name": name, "title": field.title.as_dict(), "value": record.fields.get(name)}
            for name, field in forms.fields.items()
        ],
        "lacking": list(forms.missing(record.fields)),
        "rectification": [_item(each) for each in items],
        **_reported(record),
    }


def content(
    unit: Unit, order: ContentOrder, forms: IncidentForms, keyring: Keyring | None, *, now: datetime
) -> dict[str, Any]:
    """The report of unlawful content, with the text as it was judged; the entry that says so is written with it.

    Raises `NotFoundError` for a decision that is not there, `InvalidInputError` for none or too many, or no reason.
    """
    who, why = approvals.person(unit, order.by), approvals.words("why", order.why)
    if not 0 < len(order.decision_ids) <= MOST_COMMENTS:
        raise InvalidInputError("Nothing is reported.", [Fault("decisions", f"name 1 to {MOST_COMMENTS} decisions")])
    rows = [_comment(unit, each, forms, keyring) for each in order.decision_ids]
    facts = {"authority": order.authority, "decisions": list(order.decision_ids)}
    entry = ledger.Entry(
        "content.reported", approvals.named(who), "authority", order.authority, why, order.ground, facts=facts
    )
    entry_id = ledger.append(unit, entry, now=now)
    return {
        "report": "unlawful_content",
        "authority": order.authority,
        "ground": order.ground,
        "made_at": now.isoformat(),
        "made_by": who,
        "why": why,
        "entry": entry_id,
        "comments": rows,
    }


def page(report: Mapping[str, Any]) -> str:
    """Either report as one HTML page that needs nothing beside it, Chinese and English side by side."""
    if report["report"] == "security_incident":
        title = f"网络安全事件报告 · Security incident · {report['kind']['title']['zh']}"
        head = [
            ("编号 · Id", report["id"]),
            ("类别 · Kind", _both(report["kind"]["title"])),
            ("级别 · Severity", report["severity"]),
            ("发现时间 · Found", report["found_at"]),
        ]
        told = [(_both(each["title"]), each["value"]) for each in report["fields"]]
        items = [_table([(name, value) for name, value in each.items()]) for each in report["rectification"]]
        heading = "<h2>整改 · To be put right</h2>" if items else ""
        body = _table([*head, *told]) + heading + "".join(items)
    else:
        title = "违法信息报告 · Report of unlawful content"
        head = [
            ("主管部门 · Authority", report["authority"]),
            ("依据 · Ground", report["ground"]),
            ("时间 · Made", report["made_at"]),
            ("账本条目 · Entry of the ledger", report["entry"]),
        ]
        body = _table(head) + "".join(
            _table([(_both(field["title"]), field["value"]) for field in each]) for each in report["comments"]
        )
    return _PAGE.format(title=escape(title), body=body)


def _comment(look: Reading, decision_id: str, forms: IncidentForms, keyring: Keyring | None) -> list[dict[str, Any]]:
    decision = decisions.get(look, decision_id)
    comment = comments.get(look, decision.comment_id)
    cipher = comment.author_cipher
    entry = ledger.last(look, "decision", decision_id)
    found = decision.decision
    values = {
        "decision": decision_id,
        "comment": comment.external_id,
        "text": comments.text_of(look, comment.id, decision.revision),
        "author": keyring.reveal("author", cipher) if keyring is not None and cipher is not None else None,
        "surface": places.surface_of(decision, comment),
        "thread": places.thread_of(decision, comment),
        "sent_at": comment.created_at.isoformat(),
        "labels": [reason.code for reason in found.reasons],
        "grounds": sorted({reason.ground for reason in found.reasons}),
        "outcome": decision.outcome.value,
        "measures": list(found.measures),
        "decided_at": decision.created_at.isoformat(),
        "entry": entry.id if entry else None,
        "number": entry.sealed_index if entry else None,
    }
    return [
        {"name": name, "title": title.as_dict(), "value": values.get(name)} for name, title in forms.content.items()
    ]


def _reported(record: IncidentRecord) -> dict[str, Any]:
    told = None if record.reported_at is None else record.reported_at.isoformat()
    return {"reported_at": told, "reported_to": record.reported_to, "receipt": record.receipt}


def _item(item: ItemRecord) -> dict[str, Any]:
    return {
        "id": item.id,
        "authority": item.authority,
        "reference": item.reference,
        "finding": item.finding,
        "demand": item.demand,
        "owner": item.owner,
        "due_at": item.due_at.isoformat(),
        "state": item.state.value,
        "proof": item.proof,
        "proof_hash": item.proof_hash,
        "confirmed_by": item.confirmed_by,
    }


def _title(words: Words | None, name: str) -> dict[str, str]:
    return words.as_dict() if words else {"zh": name, "en": name}


def _both(title: Mapping[str, str]) -> str:
    return f"{title['zh']} · {title['en']}"


def _table(rows: Sequence[tuple[str, Any]]) -> str:
    return (
        "<table>"
        + "".join(f"<tr><th>{escape(name)}</th><td>{_cell(value)}</td></tr>" for name, value in rows)
        + "</table>"
    )


def _cell(value: Any) -> str:  # noqa: ANN401 - whatever a field holds
    if value is None:
        return "—"
    return escape(", ".join(map(str, value)) if isinstance(value, list) else str(value))
