"""Reports to the authority, as JSON and as one HTML page: an incident, or unlawful content with its ledger entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from governance import approvals, grounds, in_chinese
from governance.chinese_records import title_in_chinese
from governance.in_chinese import beijing
from governance.incident_forms import IncidentForms
from governance.law import Act
from governance.statements import Words as Renders
from governance.statements import every_code_of, grounds_of, measures_of, redress_of
from moderation.errors import Fault, InvalidInputError
from moderation.taxonomy import Words
from records import acted, comments, decisions, incidents, ledger, places
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
            {
                "name": name,
                "title": field.title.as_dict(),
                "value": record.fields.get(name),
                "said": _moment_said(field.kind, record.fields.get(name)),
            }
            for name, field in forms.fields.items()
        ],
        "lacking": list(forms.missing(record.fields)),
        "rectification": [_item(each) for each in items],
        **_reported(record),
    }


def content(
    unit: Unit, order: ContentOrder, forms: IncidentForms, keyring: Keyring | None, words: Renders, *, now: datetime
) -> dict[str, Any]:
    """The report of unlawful content; the entry that says so is written with it.

    The text is as it was judged, the outcome and the measures are what holds now; `said` is each value in Chinese.
    Raises `NotFoundError` for a decision that is not there, `InvalidInputError` for none or too many, or no reason.
    """
    who, why = approvals.person(unit, order.by), approvals.words("why", order.why)
    if not 0 < len(order.decision_ids) <= MOST_COMMENTS:
        raise InvalidInputError("Nothing is reported.", [Fault("decisions", f"name 1 to {MOST_COMMENTS} decisions")])
    if faults := list(grounds.faults(unit, order.ground, Act.ORDER, where="ground", free=True)):
        raise InvalidInputError("Nothing is reported.", faults)
    rows = [_comment(unit, each, forms, keyring, words) for each in order.decision_ids]
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
            ("级别 · Severity", in_chinese.said(report["severity"])),
            ("发现时间 · Found", beijing(datetime.fromisoformat(report["found_at"]))),
        ]
        told = [(_both(each["title"]), shown(each)) for each in report["fields"]]
        items = [
            _table([(ITEM[name], _item_said(name, each[name])) for name in ITEM]) for each in report["rectification"]
        ]
        heading = "<h2>整改 · To be put right</h2>" if items else ""
        body = _table([*head, *told]) + heading + "".join(items)
    else:
        title = "违法信息报告 · Report of unlawful content"
        head = [
            ("主管部门 · Authority", report["authority"]),
            ("依据 · Ground", report["ground"]),
            ("时间 · Made", beijing(datetime.fromisoformat(report["made_at"]))),
            ("账本条目 · Entry of the ledger", report["entry"]),
        ]
        body = _table(head) + "".join(
            _table([(_both(field["title"]), shown(field)) for field in each]) for each in report["comments"]
        )
    return _PAGE.format(title=escape(title), body=body)


def shown(field: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever a field holds
    """As the page has it: in Chinese where the value is a code or a moment."""
    return field["value"] if field.get("said") is None else field["said"]


def _comment(
    look: Reading, decision_id: str, forms: IncidentForms, keyring: Keyring | None, words: Renders
) -> list[dict[str, Any]]:  # fmt: skip
    decision = decisions.get(look, decision_id)
    comment = comments.get(look, decision.comment_id)
    cipher = comment.author_cipher
    entry = ledger.last(look, "decision", decision_id)
    found, holds = decision.decision, acted.one(look, decision_id)
    codes = list(every_code_of(holds))
    policy, redress = found.versions.policy.partition("@")[0], redress_of(words)
    grounds = sorted({*(reason.ground for reason in found.reasons), *grounds_of(holds, words).split(", ")} - {""})
    measures = list(dict.fromkeys((*found.measures, *measures_of(holds))))
    surface = places.surface_of(decision, comment)
    in_words = {
        "surface": in_chinese.said(surface),
        "sent_at": beijing(comment.created_at),
        "labels": [title_in_chinese(holds, code, words) for code in codes],
        "grounds": in_chinese.ground(", ".join(grounds), policy, redress),
        "outcome": in_chinese.said(holds.outcome.value),
        "measures": [in_chinese.said(each) for each in measures],
        "decided_at": beijing(holds.decided_at),
    }
    values = {
        "decision": decision_id,
        "comment": comment.external_id,
        "text": comments.text_of(look, comment.id, decision.revision),
        "author": keyring.reveal("author", cipher) if keyring is not None and cipher is not None else None,
        "surface": surface,
        "thread": places.thread_of(decision, comment),
        "sent_at": comment.created_at.isoformat(),
        "labels": codes,
        "grounds": grounds,
        "outcome": holds.outcome.value,
        "measures": measures,
        "decided_at": holds.decided_at.isoformat(),
        "entry": entry.id if entry else None,
        "number": entry.sealed_index if entry else None,
    }
    return [
        {"name": name, "title": title.as_dict(), "value": values.get(name), "said": in_words.get(name)}
        for name, title in forms.content.items()
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


ITEM = {
    "id": "编号 · Id", "authority": "主管部门 · Authority", "reference": "文号 · Reference",
    "finding": "问题 · Finding",
    "demand": "整改要求 · Demand", "owner": "责任人 · Owner", "due_at": "期限 · Due", "state": "状态 · State",
    "proof": "证明 · Proof", "proof_hash": "证明摘要 · Digest of the proof", "confirmed_by": "确认人 · Confirmed by",
}  # fmt: skip


def _item_said(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever a field holds
    if name == "due_at":
        return beijing(datetime.fromisoformat(value))
    return in_chinese.said(value) if name == "state" else value


def _moment_said(kind: str, value: Any) -> str | None:  # noqa: ANN401 - whatever a field holds
    return beijing(datetime.fromisoformat(value)) if kind == "moment" and value else None


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
