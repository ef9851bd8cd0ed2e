"""What users agree to: the platform's agreement, version by version. Triggers of the migration keep each as it is."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Table, UniqueConstraint

from records.columns import key_column, moment, text
from records.tables.base import metadata
from records.visible import visible_checks

agreements = Table(
    "agreements",
    metadata,
    key_column(),
    text("version", "as the platform states which one a user accepted", unique=True),
    text("text_zh", "the agreement in Chinese"),
    text("text_en", "the agreement in English"),
    text("content_hash", "SHA-256 of the RFC 8785 JSON of {en, version, zh}; the ledger has it too"),
    moment("valid_from", "holds from then on, until a later one does"),
    text("published_by", "who published it"),
    text("why", "why, in their words"),
    moment("created_at", "published"),
    UniqueConstraint("valid_from"),
    *visible_checks("ck_agreements_said", "version", "text_zh", "text_en", "published_by", "why"),
    CheckConstraint("length(content_hash) = 64", name="ck_agreements_hash"),
    CheckConstraint("valid_from >= created_at", name="ck_agreements_not_past"),
)
