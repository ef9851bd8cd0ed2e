"""What every entry of the ledger says by its kind: on which ground where nobody stated one, and by which versions.

Actor, reason, ground and versions belong in each entry. Whoever writes one gives what they have; what is the same for a
whole family is here, so that no writer has to remember it. What has no ground or no versions stands here with why
(`NO_GROUND`, `NO_VERSIONS`). What people type in free words is committed to (`records/entry_words.py`) or searched
(`SEARCHED`); else nobody types it (`OURS`). A test walks every kind.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import select

from moderation.decision import Versions
from records.columns import as_bytes
from records.tables import ledger
from records.unit_of_work import Reading

PARTS = "parts.in_force"
ENGINE = "engine"

GROUNDS: Mapping[str, str] = MappingProxyType({
    "verdict": "policy", "edge_case": "policy", "opinion": "second looks", "gold": "quality", "lesson": "training",
    "case": "review", "group": "review", "campaign": "campaigns", "bulk": "review", "answer": "complaints",
    "author": "accounts", "account": "access", "user": "training", "rule": "rules", "model": "registry",
    "parts": "configuration", "labels": "training", "evidence": "evidence", "inspector": "inspection",
    "ledger": "ledger", "looks": "looks", "pseudonyms": "personal data", "records": "moved",
})  # fmt: skip
"""By a kind's first word the ground on which what is done of this kind stands, where nobody states one."""

REASONS: Mapping[str, str] = MappingProxyType({"case.claimed": "taken from the queue"})
"""Of what is done many times a day and explains itself."""

OWN_GROUND = frozenset({
    "return", "report_flood", "feedback", "approval", "neutrality", "agreement", "emergency", "inspection", "hold",
    "words", "incident", "content", "rectification", "assessment", "retention", "texts", "key", "appeal", "complaint",
    "webhook", "duties", "credit", "flagger", "reporter_finding",
})  # fmt: skip
"""First words of kinds whose writers give a ground with each entry."""

OWN_VERSIONS = frozenset({
    "decision", "verdict", "opinion", "gold", "lesson", "feedback", "edge_case.marked", "edge_case.taken_back",
})  # fmt: skip
"""Kinds whose writers give the versions of the decision that the entry is about."""

IN_FORCE = frozenset({
    "rule", "list", "emergency", "measure", "recommend", "model", "campaign", "bulk", "group", "return", "approval",
    "assessment", "report_flood", "parts", "flagger", "reporter_finding",
})  # fmt: skip
"""First words of kinds that change what is decided, or follow from it: they tell what decides at the time."""

SEARCHED = frozenset({
    "rule.draft", "rule.shadow", "rule.live", "rule.retired", "rule.looked", "model.promoted", "model.rolled_back",
    "model.moved", "assessment.written", "assessment.signed", "assessment.refused", "agreement.published",
    "webhook.disabled", "webhook.enabled", "webhook.removed", "webhook.rotated", "key.created", "ledger.key_renewed",
    "pseudonyms.key_renewed", "user.promoted", "neutrality.audited", "labels.exported", "texts.exported",
    "records.copied", "records.reopened", "records.given_up", "parts.packs",
})  # fmt: skip
"""Kinds whose reason a person types and which hold it as it is: they are about rules, models and settings, and whoever
works under these reads why. What names somebody is refused there (`governance/said_about.py`)."""

OURS = frozenset({
    "decision", "verdict", "verdict.undone", "verdict.drawn", "opinion", "gold", "lesson", "feedback",
    "case.claimed", "case.escalation_undone", "case.disagreement", "case.opened", "group.opened",
    "edge_case.taken_back",
    "measure.requested", "measure.withdrawn", "return.found", "return.weighed", "report_flood.found",
    "reporter_finding.found", "campaign.opened", "campaign.joined", "campaign.weighed", "parts.in_force",
    "inspector.read", "inspector.refused", "retention.erased", "retention.ran", "texts.erased", "words.erased",
    "account.erased", "author", "author.known", "answer.chosen", "list.asked", "ledger.marked", "ledger.verified",
    "key.limited", "key.policy", "key.skills", "key.revoked", "user.in_training",
    "user.out_of_training", "appeal", "appeal.resolved", "complaint", "complaint.reversed", "complaint.contested",
    "appeal.reopened", "complaint.reopened",
    "complaint.stands", "complaint.answered", "account.created", "account.disabled", "account.enabled",
    "account.password", "account.role", "account.invited", "account.vouched", "account.sessions_ended",
    "account.skills", "webhook.added", "webhook.replayed",
    "bulk.given", "bulk.done", "bulk.withdrawn", "bulk.refused", "duties.checked", "looks.counted",
    "looks.forgotten", "credit.counted", "credit.forgotten",
})  # fmt: skip
"""Kinds whose reason is a sentence or a code of the program's: nobody types it."""

NO_GROUND: Mapping[str, str] = MappingProxyType({
    "decision": "what passes without a reason was held against nothing: no ground is invented for it",
    "measure": "its own ground is asked for: the schema refuses a measure without one",
    "recommend": "as a measure",
    "list": "its own ground is asked for, as a measure's",
})  # fmt: skip
"""Why entries get no standing ground."""

NO_VERSIONS: Mapping[str, str] = MappingProxyType({
    "case": "it names the decision that waits, whose entry has them",
    "verdict.undone": "it names the verdict, whose entry has them",
    "verdict.drawn": "as `verdict.undone`",
    "answer": "as `verdict.undone`",
    "appeal": "it names the decision or the measure, whose entries have them",
    "complaint": "as `appeal`",
    "gold.added": "it names the comment; the verdict that made it known has them",
    "gold.retired": "as `gold.added`",
    "author": "what a platform states, what is counted or erased: no version had a part in it",
    "credit": "as `author`; what counted names its events",
    "account": "who may use this installation: nothing is decided about a comment",
    "user": "as `account`",
    "key": "as `account`",
    "webhook": "as `account`",
    "pseudonyms": "as `account`",
    "agreement": "a text that people accept, which has a version of its own",
    "neutrality": "its report names those that it compared",
    "duties": "its report names the profile",
    "evidence": "what is given out has its own, entry by entry",
    "inspection": "who may read what: nothing is decided",
    "inspector": "as `inspection`",
    "hold": "what is not erased: nothing is decided",
    "words": "what people wrote goes: nothing is decided",
    "texts": "as `words`",
    "retention": "as `words`",
    "looks": "who read what: nothing is decided",
    "incident": "what happened to this installation, in fields of its own",
    "content": "what an authority is told has its own, decision by decision",
    "rectification": "what somebody has to put right",
    "labels": "its files name theirs",
    "ledger": "about the log itself",
    "records": "as `ledger`",
})  # fmt: skip
"""Why entries have no versions: of a kind, or of all kinds of one first word."""


def ground_of(kind: str) -> str:
    """The standing ground of a kind; empty where it has none."""
    return GROUNDS.get(_family(kind), "")


def tells_what_decides(kind: str) -> bool:
    """Whether entries of the kind tell by which versions is decided at the time."""
    return kind in IN_FORCE or _family(kind) in IN_FORCE


def without_versions(kind: str) -> str:
    """Why entries of the kind have none; empty where they have."""
    return NO_VERSIONS.get(kind) or NO_VERSIONS.get(_family(kind), "")


def in_force(look: Reading) -> Versions | None:
    """By which versions is decided now, as the servers last said; None before any server said it."""
    mine = (ledger.c.subject_id == ENGINE, ledger.c.kind == PARTS)
    found = look.execute(select(ledger.c.body).where(*mine).order_by(ledger.c.id.desc()).limit(1)).scalar_one_or_none()
    try:
        return None if found is None else versions_of(json.loads(as_bytes(found))["facts"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # no entry of ours: `chaffinch audit verify` tells it


def versions_of(facts: Mapping[str, object]) -> Versions:
    """What an entry says that is in force; of several policies all, since any may decide."""
    policies = facts["policies"]
    names = sorted(str(told[0]) for told in policies.values()) if isinstance(policies, Mapping) else []
    told = {name: str(facts[name]) for name in ("model", "model_version", "ruleset", "normaliser", "taxonomy")}
    return Versions(**told, tier="", policy=", ".join(names))


def _family(kind: str) -> str:
    return kind.partition(".")[0]
