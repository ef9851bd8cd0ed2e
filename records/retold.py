"""What the ledger's entries say that a record is: measures, verdicts, appeals, approvals, entries of lists, decisions.

Entries of one record, in the order in which they were written, give the values of its columns. What no entry tells
(a moderator's words, the hash of what is listed) is not here: `docs/reference/ledger.md` names it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from records.house_values import ApprovalState
from records.standing_values import MeasureState

Body = Mapping[str, Any]
"""An entry, as its bytes say."""

Columns = dict[str, Any]

_OVER: tuple[MeasureState, ...] = tuple(
    state for state in MeasureState if state not in (MeasureState.WAITING, MeasureState.IN_FORCE)
)
MEASURE_ENTRY: Mapping[MeasureState, str] = {state: f"measure.{state}" for state in _OVER} | {
    MeasureState.WITHDRAWN: "measure.unasked"
}
"""Which entry says that a measure is over; `measure.withdrawn` is of what a verdict asked for."""
MEASURE_ENDS = {kind: state for state, kind in MEASURE_ENTRY.items()}
MEASURES = frozenset({"measure.waits", "measure.taken", "recommend", *MEASURE_ENDS})
PURPOSES = {"verdict": "decide", "opinion": "opinion", "gold": "gold", "lesson": "lesson"}
DRAWN = "verdict.drawn"
VERDICTS = frozenset({*PURPOSES, DRAWN, "verdict.undone"})
APPEALS = frozenset({"appeal", "appeal.resolved", "appeal.reopened"})
RETURNS = frozenset({"return.found", "return.weighed", "return.confirmed", "return.dismissed"})
COMPLAINTS_BEGIN = frozenset({"complaint", "complaint.contested"})
COMPLAINTS = COMPLAINTS_BEGIN | {
    "complaint.answered", "complaint.reversed", "complaint.stands", "complaint.reopened",
}  # fmt: skip
ANSWERS = ("approval.approved", "approval.refused", "approval.withdrawn")
APPROVALS = frozenset({"approval.asked", *ANSWERS})
AGREEMENTS = frozenset({"agreement.published"})
EDGES = frozenset({"edge_case.marked", "edge_case.taken_back"})
LISTS = frozenset({"list.added", "list.waits", "list.approved", "list.kept", "list.removed", "list.hashed_anew"})
FEEDBACK = frozenset({"feedback"})
WEIGHED = "campaign.weighed"
CAMPAIGN_ANSWERS = ("campaign.one_hand", "campaign.many_people", "campaign.no_campaign")
CAMPAIGN_FINDINGS = frozenset({WEIGHED, *CAMPAIGN_ANSWERS})
REPORTER_FOUND = "reporter_finding.found"
REPORTER_ANSWERS = ("reporter_finding.confirmed", "reporter_finding.dismissed")
REPORTER_FINDINGS = frozenset({REPORTER_FOUND, *REPORTER_ANSWERS})

VERSIONS = ("model", "model_version", "tier", "ruleset", "policy", "normaliser", "taxonomy")
_IN_CONTENT = ("labels", "reasons", "measures", "missing", "language")


@dataclass(frozen=True, slots=True)
class Told:
    """Entries of one record; the first one says that it came to be."""

    entries: Sequence[Body]

    @property
    def first(self) -> Body:
        """How it came to be."""
        return self.entries[0]

    def last_of(self, *kinds: str) -> Body | None:
        """The newest entry of these kinds."""
        return next((each for each in reversed(self.entries) if each["kind"] in kinds), None)


def allowed_facts(allowed: Mapping[str, Any] | None) -> dict[str, list[list[str | None]]] | None:
    """What entries of lists took out of sight, as `decisions.allowed` has it, in an entry's words."""
    if not allowed:
        return None
    spared = [[each["code"], each["source"], each["outcome"], each["rule_id"]] for each in allowed["spared"]]
    return {"entries": [[each["id"], each["kind"]] for each in allowed["entries"]], "spared": spared}


def content_of(columns: Mapping[str, Any]) -> str:
    """SHA-256 over what a decision says, to the last threshold and span; `columns` are those of its table."""
    told = {name: columns[name] for name in _IN_CONTENT}
    return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def measure(told: Told) -> Columns:
    """Of `measures`."""
    first, facts = told.first, told.entries[-1]["facts"]
    begun, over = told.last_of("measure.taken", "recommend"), told.last_of(*MEASURE_ENDS)
    state = MEASURE_ENDS[over["kind"]] if over else MeasureState.IN_FORCE if begun else MeasureState.WAITING
    names = ("measure", "days", "closes", "per_hour", "cause_id", "approval_id", "policy", "replaces")
    told_of = {name: facts[name] for name in names if name in facts} | {"role": facts.get("role")}
    if "reason_zh" in first["facts"]:
        told_of["reason_zh"] = first["facts"]["reason_zh"]
    return told_of | {
        "target_kind": first["subject"]["kind"],
        f"{first['subject']['kind']}_id": first["subject"]["id"],
        "reason_en": first["reason"],
        "ground": first["ground"],
        "asked_by": who(first),
        "created_at": at(first),
        "state": state.value,
        "starts_at": at(begun) if begun else None,
        "ends_at": _ends(begun),
        "ended_at": at(over) if over else None,
        "ended_by": who(over) if over and over["actor"]["kind"] != "machine" else None,
        "ended_why": over["reason"] if over else None,
    }


def _ends(begun: Body | None) -> datetime | None:
    days = begun["facts"].get("days") if begun else None
    return at(begun) + timedelta(days=days) if begun and days is not None else None


def verdict(told: Told) -> Columns:
    """Of `verdicts`."""
    first, undone, drawn = told.first, told.last_of("verdict.undone"), told.last_of(DRAWN)
    facts = first["facts"]
    chance = {"second_chance": drawn["facts"]["chance"] if drawn else None} if "second_chance" in facts else {}
    names = ("comment_id", "decision_id", "verdict", "labels", "measure", "confidence", "overturned")
    span = facts.get("span")
    return {name: facts[name] for name in names if name in facts} | {
        "case_id": first["subject"]["id"],
        "moderator": first["actor"]["id"],
        "purpose": PURPOSES[first["kind"]],
        "span": None if span is None else {"start": span[0], "end": span[1]},
        "ground": facts.get("ground"),
        **chance,
        "created_at": at(first),
        "undone_at": at(undone) if undone else None,
    }


def appeal(told: Told) -> Columns:
    """Of `appeals`."""
    first, again = told.first, told.last_of("appeal.reopened")
    answered = _answer_of(told, "appeal.resolved", "appeal.reopened")
    names = ("comment_id", "decision_id", "verdict_id", "measure_id", "case_id")
    anew = {"case_id": again["facts"]["case_id"]} if again else {}
    return (
        {name: first["facts"][name] for name in names if name in first["facts"]}
        | anew
        | {
            "sender": first["actor"]["id"],
            "created_at": at(first),
            "state": "answered" if answered else "waiting",
            "outcome": answered["facts"]["outcome"] if answered else None,
            "answer_id": answered["facts"]["answer_id"] if answered else None,
            "answered_at": at(answered) if answered else None,
        }
    )


def _answer_of(told: Told, answered: str, reopened: str) -> Body | None:
    """The entry of its answer; None while it waits, for the first time or again."""
    newest = told.last_of(answered, reopened)
    return newest if newest and newest["kind"] == answered else None


def complaint(told: Told) -> Columns:
    """Of `complaints`; who reports, and the author's hash, are no entry's."""
    first, again = told.first, told.last_of("complaint.reopened")
    answered = _answer_of(told, "complaint.answered", "complaint.reopened")
    turned = told.last_of("complaint.reversed", "complaint.stands", "complaint.reopened")
    taken_back = turned if turned and turned["kind"] == "complaint.reversed" else None
    names = ("comment_id", "decision_id", "case_id", "kind", "revision")
    anew = {"case_id": again["facts"]["case_id"]} if again else {}
    return (
        {name: first["facts"][name] for name in names}
        | anew
        | {
            "source": first["actor"]["id"],
            "due_at": datetime.fromisoformat((again or first)["facts"]["due_at"]),
            "created_at": at(first),
            "state": "answered" if answered else "waiting",
            "outcome": answered["facts"]["outcome"] if answered else None,
            "verdict_id": answered["facts"]["verdict_id"] if answered else None,
            "answered_at": at(answered) if answered else None,
            "reversed_at": at(taken_back) if taken_back else None,
            **{name: first["facts"].get(name) for name in ("contests", "flagger_id", "suspended_by")},
        }
    )


def returned(told: Told) -> Columns:
    """Of `returns`; that evidence was weighed anew while it waited was no entry before revision 0041."""
    first, decided = told.first, told.last_of("return.confirmed", "return.dismissed")
    newest = decided or (told.last_of("return.found", "return.weighed") if first["facts"].get("told") else None)
    weighed = {name: newest["facts"][name] for name in ("score", "evidence")} if newest else {}
    return weighed | {
        "author_id": first["subject"]["id"],
        "against": first["facts"]["against"],
        "created_at": at(first),
        "state": decided["kind"].partition(".")[2] if decided else "waiting",
        "answered_by": who(decided) if decided else None,
        "note": decided["reason"] if decided else None,
        "answered_at": at(decided) if decided else None,
    }


def campaign_finding(told: Told) -> Columns:
    """Of `campaign_findings`; what signs come to is told where they say another hand, and once it is answered."""
    first, answered = told.first, told.last_of(*CAMPAIGN_ANSWERS)
    said = {"campaign_id": first["subject"]["id"], "created_at": at(first)} | _answered(answered)
    if answered is None:
        weighed = told.last_of(WEIGHED)
        return said | {"hand": weighed["reason"] if weighed else None, "answer": None}
    names = ("hand", "confidence", "evidence")
    return said | {name: answered["facts"][name] for name in names} | {"answer": answered["kind"].partition(".")[2]}


def reporter_finding(told: Told) -> Columns:
    """Of `reporter_findings`; that it was counted anew while it waited is no entry."""
    first, answered = told.first, told.last_of(*REPORTER_ANSWERS)
    counted = {"evidence": answered["facts"]["evidence"]} if answered else {}
    return counted | {
        "kind": first["facts"]["finding"],
        "reporter_id": first["facts"]["reporter_id"],
        "author_id": first["facts"]["author_id"],
        "created_at": at(first),
        "state": answered["kind"].partition(".")[2] if answered else "waiting",
        **_answered(answered),
    }


def _answered(entry: Body | None) -> Columns:
    """Who said what a finding is, and why."""
    if entry is None:
        return {"answered_by": None, "note": None, "answered_at": None}
    return {"answered_by": who(entry), "note": entry["reason"], "answered_at": at(entry)}


def approval(told: Told) -> Columns:
    """Of `approvals`; that a question was overtaken by another change is no entry."""
    first, answer = told.first, told.last_of(*ANSWERS)
    asked = {"asked_by": who(first), "why": first["reason"], "created_at": at(first)}
    if answer is None:
        return asked | {"answered_by": None, "note": None}
    return asked | {
        "state": answer["kind"].partition(".")[2],
        "answered_by": who(answer),
        "note": answer["reason"] or None,
        "answered_at": at(answer),
    }


NO_EDGE_WORDS = "an edge case of the label's policy"
"""The reason in entries of before, which did not say why."""


def edge_case(told: Told) -> Columns:
    """Of `edge_cases`."""
    first, back = told.first, told.last_of("edge_case.taken_back")
    why = {} if first["reason"] == NO_EDGE_WORDS else {"why": first["reason"]}
    return (
        why
        | {name: first["facts"][name] for name in ("decision_id", "label", "is_so")}
        | {
            "comment_id": first["subject"]["id"],
            "author": who(first),
            "created_at": at(first),
            "taken_back_at": at(back) if back else None,
        }
    )


KEY_OF = "key_of"
"""The fact of a question or an answer by a key: after whom it is named."""

OPEN_STATES = (ApprovalState.WAITING.value, ApprovalState.OVERTAKEN.value)
"""Of a question that nobody answered."""


def question(told: Told, row: Mapping[str, Any]) -> tuple[Columns, Columns]:
    """What was asked, as entry and row have it: an entry tells more (who typed it), and never less."""
    facts = told.first["facts"]
    said = {"kind": facts.get("kind"), "about": facts.get("about"), **{name: facts.get(name) for name in row["facts"]}}
    held = {"kind": row["kind"], "about": row["subject_id"], **row["facts"]}
    beside = {"kind", "about", "by_os_user", KEY_OF}
    return said | {name: value for name, value in facts.items() if name not in beside}, held


def list_entry(told: Told) -> Columns:
    """Of `list_entries`."""
    first, kept, removed = told.first, told.last_of("list.kept"), told.last_of("list.removed")
    counts = first["kind"] == "list.added" or told.last_of("list.approved") is not None
    facts = told.entries[-1]["facts"]
    until, review = facts["expires_at"], facts.get("review_at")
    beside = {"review_at": None if review is None else datetime.fromisoformat(review)} if "review_at" in facts else {}
    beside |= {name: first["facts"][name] for name in ("source", "tells") if name in first["facts"]}
    return beside | {
        "kind": first["facts"]["kind"],
        "action": first["facts"]["action"],
        "label": first["facts"]["label"],
        "ground": first["ground"],
        "reason": first["reason"],
        "author": who(first),
        "created_at": at(first),
        "expires_at": None if until is None else datetime.fromisoformat(until),
        "waits_since": None if counts else at(first),
        "reviewed_by": who(kept) if kept else None,
        "reviewed_at": at(kept) if kept else None,
        "removed_by": who(removed) if removed else None,
        "removed_at": at(removed) if removed else None,
        "removed_why": removed["reason"] if removed else None,
    }


def key_commitment(told: Told) -> str | None:
    """To what is listed; None where no entry commits to it, as before revision 0036."""
    said = (each["facts"].get("key_commitment") for each in reversed(told.entries))
    return next((each for each in said if each is not None), None)


def doubt_id(entry: Body) -> str:
    """Of `feedback`: nobody says the same of one decision twice."""
    return f"{entry['subject']['id']}|{entry['actor']['id']}|{entry['reason']}"


def doubt(told: Told) -> Columns:
    """Of `feedback`; the sender's words are no entry's."""
    facts = told.first["facts"]
    return {name: facts[name] for name in ("comment_id", "case_id", "labels")} | {
        "decision_id": told.first["subject"]["id"],
        "sender": told.first["actor"]["id"],
        "verdict": told.first["reason"],
        "created_at": at(told.first),
    }


def agreement(told: Told) -> Columns:
    """Of `agreements`; the texts are held against their hash by `records/underlying.py`."""
    first = told.first
    return {
        "version": first["facts"]["version"],
        "content_hash": first["facts"]["content_hash"],
        "valid_from": datetime.fromisoformat(first["facts"]["valid_from"]),
        "published_by": who(first),
        "why": first["reason"],
        "created_at": at(first),
    }


def decision(entry: Body, row: Mapping[str, Any]) -> tuple[Columns, Columns]:
    """Of `decisions`, as entry and row have it; what a person made of it is `outcome_of`."""
    facts = entry["facts"]
    said = {name: facts[name] for name in ("comment_id", "revision", "measures", "missing") if name in facts}
    if "missing" in facts:
        said["degraded"] = bool(facts["missing"])
    if "surface" in facts and row["surface"] is not None:  # else a worker fills it in, with what the entry says
        said["surface"] = facts["surface"]
    held = {name: row[name] for name in said}
    said |= {name: entry["versions"][name] for name in VERSIONS} | {"created_at": at(entry)}
    held |= {name: row[name] for name in (*VERSIONS, "created_at")}
    said |= {"labels": facts["scores"], "reasons": facts["reasons"]}
    held["labels"] = {label["name"]: round(label["score"], 6) for label in row["labels"]}
    held["reasons"] = [[r["code"], r["source"], r["outcome"], r["rule_id"], r["ground"]] for r in row["reasons"]]
    said["allowed"], held["allowed"] = facts.get("allowed"), allowed_facts(row["allowed"])
    if "content" in facts and said == held:
        said["labels, reasons or language"], held["labels, reasons or language"] = facts["content"], content_of(row)
    return said, held


def outcome_of(decision_id: str, made: Mapping[str, str], events: Sequence[Body]) -> tuple[str | None, bool | None]:
    """What people made of a decision: `final_outcome` and `overturned`.

    `made` are all decisions about its comment, by the entries that tell of them; `events` the entries of verdicts about
    it and of measures that stop the comment, in order.
    """
    holds: dict[str, Body] = {}
    final: tuple[str | None, bool | None] = None, None
    for each in events:
        kind, facts = each["kind"], each["facts"]
        if kind == "verdict" and facts["verdict"] != "unsure":
            holds[facts["verdict_id"]] = each
            final = _made_of(holds)
        elif kind == "verdict.undone" and facts["verdict_id"] in holds:
            del holds[facts["verdict_id"]]
            final = _made_of(holds)
        elif kind in MEASURES and _is_latest(decision_id, made, each["id"]):
            if kind == "measure.taken":
                final = "block", None
            elif kind in ("measure.ended", "measure.lifted", "measure.replaced"):
                final = _made_of(holds)
    return final


def _made_of(holds: Mapping[str, Body]) -> tuple[str | None, bool | None]:
    if not holds:
        return None, None
    facts = holds[max(holds)]["facts"]
    return "block" if facts["verdict"] == "reject" else "pass", facts["overturned"]


def _is_latest(decision_id: str, made: Mapping[str, str], then: str) -> bool:
    """Ids are ordered by time: whether it was the newest of its comment when the entry `then` was written."""
    return max((each for entry_id, each in made.items() if entry_id < then), default="") == decision_id


def who(entry: Body) -> str:
    """Who acted, as tables name them."""
    actor = entry["actor"]
    return f"key:{actor['id']}" if actor["kind"] == "key" else str(actor["id"])


def at(entry: Body) -> datetime:
    """When."""
    return datetime.fromisoformat(entry["at"])
