"""Every table, every column with what it holds. Migrations follow; a test compares the two.

Rules kept here: identifiers are UUIDv7 text; vocabularies that may grow are text; moments are UTC; no text of a
comment and no raw pseudonym stands anywhere but in the columns that say so (`comments`, `comment_revisions`, notes).
"""

from __future__ import annotations

from records.tables.accounts import api_keys, login_failures, pseudonym_keys, sessions, users
from records.tables.agreements import agreements
from records.tables.answerable import (
    approvals,
    entry_words,
    ledger,
    ledger_checkpoints,
    ledger_keys,
    ledger_log,
    ledger_tiles,
)
from records.tables.base import metadata
from records.tables.behaviour import campaign_comments, campaign_findings, campaign_marks, campaigns, observations
from records.tables.comments import author_links, authors, comment_revisions, comments, decisions
from records.tables.complaints import (
    answers,
    appeals,
    complaints,
    public_forms,
    report_floods,
    reporter_findings,
    reporters,
    trusted_flaggers,
)
from records.tables.emergencies import emergencies, emergency_hits
from records.tables.models import drift, shadow_decisions, shadow_runs
from records.tables.oversight import assessments, held_hashes, holds, incidents, inspections, looks, rectifications
from records.tables.packs import pack_places, rule_packs
from records.tables.review import (
    blind_hands,
    bulk_members,
    bulk_verdicts,
    case_words,
    cases,
    edge_cases,
    feedback,
    gold,
    label_records,
    likenesses,
    readings,
    skips,
    steered_looks,
    telling_words,
    texts_seen,
    verdicts,
)
from records.tables.rules import list_entries, rule_backtests, rule_hits, rule_versions
from records.tables.search import saved_views, search_entries, search_pending
from records.tables.standing import credit_events, credit_pending, measures, returns
from records.tables.webhooks import webhook_deliveries, webhook_endpoints, webhook_events, webhook_secrets
from records.tables.work import epoch, idempotency, jobs, moved_away, schema_state, worker_chores

__all__ = [
    "agreements",
    "answers",
    "api_keys",
    "appeals",
    "approvals",
    "assessments",
    "author_links",
    "authors",
    "blind_hands",
    "bulk_members",
    "bulk_verdicts",
    "campaign_comments",
    "campaign_findings",
    "campaign_marks",
    "campaigns",
    "case_words",
    "cases",
    "comment_revisions",
    "comments",
    "complaints",
    "credit_events",
    "credit_pending",
    "decisions",
    "drift",
    "edge_cases",
    "emergencies",
    "emergency_hits",
    "entry_words",
    "epoch",
    "feedback",
    "gold",
    "held_hashes",
    "holds",
    "idempotency",
    "incidents",
    "inspections",
    "jobs",
    "label_records",
    "ledger",
    "ledger_checkpoints",
    "ledger_keys",
    "ledger_log",
    "ledger_tiles",
    "likenesses",
    "list_entries",
    "login_failures",
    "looks",
    "measures",
    "metadata",
    "moved_away",
    "observations",
    "pack_places",
    "pseudonym_keys",
    "public_forms",
    "readings",
    "rectifications",
    "report_floods",
    "reporter_findings",
    "reporters",
    "returns",
    "rule_backtests",
    "rule_hits",
    "rule_packs",
    "rule_versions",
    "saved_views",
    "schema_state",
    "search_entries",
    "search_pending",
    "sessions",
    "shadow_decisions",
    "shadow_runs",
    "skips",
    "steered_looks",
    "telling_words",
    "texts_seen",
    "trusted_flaggers",
    "users",
    "verdicts",
    "webhook_deliveries",
    "webhook_endpoints",
    "webhook_events",
    "webhook_secrets",
    "worker_chores",
]
