"""The first tables, and the triggers that let the ledger only grow."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Document, Moment
from records.migrations.ledger_triggers import create_triggers, drop_triggers

revision = "0001"
down_revision = None

_TABLES_BY_DEPENDENCY = (
    "label_records",
    "verdicts",
    "feedback",
    "cases",
    "sessions",
    "decisions",
    "comment_revisions",
    "users",
    "pseudonym_keys",
    "ledger",
    "jobs",
    "idempotency",
    "epoch",
    "comments",
    "api_keys",
)


def upgrade() -> None:
    """Makes them."""
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("prefix", sa.Text, nullable=False, comment="the part that may be shown"),
        sa.Column(
            "hash",
            sa.LargeBinary,
            nullable=False,
            comment="SHA-256 of the whole key (256 random bits need no slow hash)",
        ),
        sa.Column("name", sa.Text, nullable=False, comment="whose it is"),
        sa.Column("scopes", Document, nullable=False, comment="score, feedback, records, admin"),
        sa.Column("created_at", Moment, nullable=False, comment="created"),
        sa.Column("revoked_at", Moment, nullable=True, comment="no longer valid since"),
        sa.Column("last_used_at", Moment, nullable=True, comment="to the minute"),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("prefix", name="uq_api_keys_prefix"),
    )
    op.create_table(
        "comments",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column(
            "external_id",
            sa.Text,
            nullable=True,
            comment="the platform's own id; scoring it again is an edit of this comment",
        ),
        sa.Column(
            "revision",
            sa.Integer,
            nullable=False,
            comment="1, and one more for each text that differed from the last",
        ),
        sa.Column("text", sa.Text, nullable=True, comment="as sent, the current revision; null once erased"),
        sa.Column(
            "salt",
            sa.LargeBinary,
            nullable=True,
            comment="16 random bytes of this revision's commitment; null once erased",
        ),
        sa.Column(
            "commitment",
            sa.LargeBinary,
            nullable=False,
            comment="SHA-256 of salt and text: stays when the text goes, so that the ledger stays verifiable",
        ),
        sa.Column("lang", sa.Text, nullable=False, comment="ISO 639-1, or und"),
        sa.Column("type", sa.Text, nullable=False, comment="comment, reply, danmaku, nickname, bio"),
        sa.Column("surface", sa.Text, nullable=False, comment="where it stands: news, forum, live"),
        sa.Column("thread_id", sa.Text, nullable=True, comment="the platform's id of the thread"),
        sa.Column("parent_id", sa.Text, nullable=True, comment="the platform's id of the comment answered"),
        sa.Column("parent_text", sa.Text, nullable=True, comment="the text answered, as sent; null once erased"),
        sa.Column(
            "author_index",
            sa.Text,
            nullable=True,
            comment="key id and keyed hash of the author's pseudonym, to find by",
        ),
        sa.Column(
            "author_cipher",
            sa.Text,
            nullable=True,
            comment="the pseudonym, AES-GCM with the key's id before it",
        ),
        sa.Column("device_index", sa.Text, nullable=True, comment="key id and keyed hash of the device's pseudonym"),
        sa.Column(
            "network_index",
            sa.Text,
            nullable=True,
            comment="key id and keyed hash of the network's pseudonym",
        ),
        sa.Column("created_at", Moment, nullable=False, comment="first stored"),
        sa.Column("updated_at", Moment, nullable=False, comment="last stored again"),
        sa.Column("erased_at", Moment, nullable=True, comment="when text and pseudonyms were removed"),
        sa.PrimaryKeyConstraint("id", name="pk_comments"),
        sa.UniqueConstraint("external_id", name="uq_comments_external_id"),
    )
    op.create_index("ix_comments_author_index", "comments", ["author_index"])
    op.create_index("ix_comments_thread_id", "comments", ["thread_id", "id"])
    op.create_table(
        "epoch",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False, comment="always 1"),
        sa.Column("rules", sa.BigInteger, nullable=False, comment="one more for each change of rules"),
        sa.Column("policy", sa.BigInteger, nullable=False, comment="one more for each change of policy"),
        sa.Column("model", sa.BigInteger, nullable=False, comment="one more for each change of model"),
        sa.Column(
            "emergency",
            sa.BigInteger,
            nullable=False,
            comment="one more for each start and end of an emergency",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_epoch"),
    )
    op.create_table(
        "idempotency",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("scope", sa.Text, nullable=False, comment="whose keys: an API key's or a user's id"),
        sa.Column("key", sa.Text, nullable=False, comment="Idempotency-Key as sent"),
        sa.Column("method", sa.Text, nullable=False, comment="HTTP method"),
        sa.Column("path", sa.Text, nullable=False, comment="HTTP path"),
        sa.Column("body_hash", sa.LargeBinary, nullable=False, comment="SHA-256 of the body"),
        sa.Column("state", sa.Text, nullable=False, comment="in_progress, done"),
        sa.Column("owner_token", sa.Text, nullable=False, comment="the request that works on it"),
        sa.Column("locked_until", Moment, nullable=False, comment="another may take it over after that"),
        sa.Column("status", sa.Integer, nullable=True, comment="HTTP status of the answer"),
        sa.Column("response", Document, nullable=True, comment="the answer; no text"),
        sa.Column("created_at", Moment, nullable=False, comment="first seen"),
        sa.Column("expires_at", Moment, nullable=False, comment="forgotten after that"),
        sa.PrimaryKeyConstraint("id", name="pk_idempotency"),
        sa.UniqueConstraint("scope", "key", name="uq_idempotency_scope_key"),
    )
    op.create_index("ix_idempotency_expires_at", "idempotency", ["expires_at"])
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("kind", sa.Text, nullable=False, comment="which handler runs it"),
        sa.Column("payload", Document, nullable=False, comment="what the handler needs: ids, no text"),
        sa.Column("state", sa.Text, nullable=False, comment="ready, running, done, dead"),
        sa.Column("run_at", Moment, nullable=False, comment="not before"),
        sa.Column("lease_owner", sa.Text, nullable=True, comment="worker that runs it"),
        sa.Column("lease_token", sa.Text, nullable=True, comment="proves the claim"),
        sa.Column("lease_expires_at", Moment, nullable=True, comment="when it goes back by itself"),
        sa.Column("attempts", sa.Integer, nullable=False, comment="claims so far"),
        sa.Column("last_error", sa.Text, nullable=True, comment="why the last attempt failed"),
        sa.Column("unique_key", sa.Text, nullable=True, comment="at most one waiting job has it"),
        sa.Column("created_at", Moment, nullable=False, comment="enqueued"),
        sa.Column("finished_at", Moment, nullable=True, comment="done or dead"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_lease", "jobs", ["state", "lease_expires_at"])
    op.create_index("ix_jobs_next", "jobs", ["state", "run_at", "id"])
    op.create_index(
        "uq_jobs_unique_key",
        "jobs",
        ["unique_key"],
        unique=True,
        sqlite_where=sa.text("state IN ('ready', 'running')"),
        postgresql_where=sa.text("state IN ('ready', 'running')"),
    )
    op.create_table(
        "ledger",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7; also inside the body"),
        sa.Column("kind", sa.Text, nullable=False, comment="decision, verdict, ...; also inside the body"),
        sa.Column(
            "subject_id",
            sa.Text,
            nullable=False,
            comment="what it is about, to find by; also inside the body",
        ),
        sa.Column(
            "body",
            sa.LargeBinary,
            nullable=False,
            comment="RFC 8785 canonical JSON: what will be hashed. Never a text or a pseudonym, only commitments",
        ),
        sa.Column("created_at", Moment, nullable=False, comment="also inside the body"),
        sa.Column("sealed_index", sa.BigInteger, nullable=True, comment="leaf number, once sealed"),
        sa.Column("leaf_hash", sa.LargeBinary, nullable=True, comment="RFC 6962 leaf hash, once sealed"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger"),
    )
    op.create_index("ix_ledger_subject_id", "ledger", ["subject_id", "id"])
    op.create_index(
        "ix_ledger_unsealed",
        "ledger",
        ["id"],
        sqlite_where=sa.text("sealed_index IS NULL"),
        postgresql_where=sa.text("sealed_index IS NULL"),
    )
    op.create_index(
        "uq_ledger_sealed_index",
        "ledger",
        ["sealed_index"],
        unique=True,
        sqlite_where=sa.text("sealed_index IS NOT NULL"),
        postgresql_where=sa.text("sealed_index IS NOT NULL"),
    )
    op.create_table(
        "pseudonym_keys",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False, comment="key id; the file is <id>.key"),
        sa.Column(
            "fingerprint",
            sa.LargeBinary,
            nullable=False,
            comment="tells whether the file holds the key that made the rows",
        ),
        sa.Column("created_at", Moment, nullable=False, comment="created"),
        sa.PrimaryKeyConstraint("id", name="pk_pseudonym_keys"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("name", sa.Text, nullable=False, comment="log-in name, lower case"),
        sa.Column("display_name", sa.Text, nullable=False, comment="as shown to colleagues"),
        sa.Column("password_hash", sa.Text, nullable=False, comment="argon2"),
        sa.Column(
            "role",
            sa.Text,
            nullable=False,
            comment="moderator, senior, lead, data_scientist, inspector, admin",
        ),
        sa.Column("locale", sa.Text, nullable=False, comment="zh, en"),
        sa.Column("created_at", Moment, nullable=False, comment="created"),
        sa.Column("disabled_at", Moment, nullable=True, comment="may not log in since"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("name", name="uq_users_name"),
    )
    op.create_table(
        "comment_revisions",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("comment_id", sa.Text, nullable=False, comment="the comment whose earlier text this is"),
        sa.Column("revision", sa.Integer, nullable=False, comment="the revision that this text was"),
        sa.Column("text", sa.Text, nullable=True, comment="as sent then; null once erased"),
        sa.Column("salt", sa.LargeBinary, nullable=True, comment="of this revision's commitment; null once erased"),
        sa.Column("commitment", sa.LargeBinary, nullable=False, comment="SHA-256 of salt and text"),
        sa.Column("superseded_at", Moment, nullable=False, comment="when another text came"),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_comment_revisions_comment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_comment_revisions"),
        sa.UniqueConstraint("comment_id", "revision", name="uq_comment_revisions_comment_id_revision"),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7, the decision_id of the answer"),
        sa.Column("comment_id", sa.Text, nullable=False, comment="what was judged"),
        sa.Column("revision", sa.Integer, nullable=False, comment="which text of the comment was judged"),
        sa.Column("outcome", sa.Text, nullable=False, comment="the machine's answer: pass, review, block"),
        sa.Column(
            "final_outcome",
            sa.Text,
            nullable=True,
            comment="after a person's verdict: pass, block; null before",
        ),
        sa.Column("overturned", sa.Boolean, nullable=True, comment="whether a person's verdict differs; null before"),
        sa.Column(
            "labels",
            Document,
            nullable=False,
            comment="[{name, score, threshold, review_threshold}], every label, taxonomy's order",
        ),
        sa.Column(
            "reasons",
            Document,
            nullable=False,
            comment="[{code, source, outcome, rule_id, spans, ground, message}]",
        ),
        sa.Column("measures", Document, nullable=False, comment="what the platform was asked to do"),
        sa.Column("language", sa.Text, nullable=False, comment="as detected or given"),
        sa.Column("model", sa.Text, nullable=False, comment="name"),
        sa.Column("model_version", sa.Text, nullable=False, comment="version"),
        sa.Column("tier", sa.Text, nullable=False, comment="fast, encoder, none"),
        sa.Column("ruleset", sa.Text, nullable=False, comment="hash of the effective rules"),
        sa.Column("policy", sa.Text, nullable=False, comment="name@version"),
        sa.Column("normaliser", sa.Text, nullable=False, comment="version"),
        sa.Column("taxonomy", sa.Text, nullable=False, comment="version"),
        sa.Column("degraded", sa.Boolean, nullable=False, comment="whether a part did not answer"),
        sa.Column("missing", Document, nullable=False, comment="which parts did not answer"),
        sa.Column("latency_ms", sa.Float, nullable=False, comment="milliseconds from request to answer"),
        sa.Column("answer", Document, nullable=True, comment="the answer as sent, if it was kept; no text"),
        sa.Column("created_at", Moment, nullable=False, comment="when it was made"),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_decisions_comment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_comment_id", "decisions", ["comment_id", "id"])
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("token_hash", sa.LargeBinary, nullable=False, comment="SHA-256 of the cookie's token"),
        sa.Column("user_id", sa.Text, nullable=False, comment="whose"),
        sa.Column("csrf_secret", sa.Text, nullable=False, comment="signs this session's forms"),
        sa.Column("created_at", Moment, nullable=False, comment="logged in"),
        sa.Column("expires_at", Moment, nullable=False, comment="ends by itself"),
        sa.Column("revoked_at", Moment, nullable=True, comment="logged out"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("token_hash", name="uq_sessions_token_hash"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_table(
        "cases",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("comment_id", sa.Text, nullable=False, comment="what a person looks at"),
        sa.Column("decision_id", sa.Text, nullable=False, comment="the latest decision about it"),
        sa.Column("queue", sa.Text, nullable=False, comment="a surface, or second look"),
        sa.Column("label", sa.Text, nullable=True, comment="what it is suspected of, to filter by"),
        sa.Column("why", sa.Text, nullable=False, comment="the code of the reason that brought it here"),
        sa.Column("priority", sa.Float, nullable=False, comment="higher comes first"),
        sa.Column("state", sa.Text, nullable=False, comment="open, claimed, escalated, closed"),
        sa.Column("lease_owner", sa.Text, nullable=True, comment="user who has it now"),
        sa.Column("lease_token", sa.Text, nullable=True, comment="proves the claim"),
        sa.Column("lease_expires_at", Moment, nullable=True, comment="when it goes back by itself"),
        sa.Column("opened_by", sa.Text, nullable=False, comment="decision, feedback, reopened, ..."),
        sa.Column("created_at", Moment, nullable=False, comment="opened"),
        sa.Column("closed_at", Moment, nullable=True, comment="decided"),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_cases_comment_id"),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name="fk_cases_decision_id"),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
    )
    op.create_index("ix_cases_any_queue", "cases", ["state", sa.text("priority DESC"), "created_at", "id"])
    op.create_index("ix_cases_decision_id", "cases", ["decision_id"])
    op.create_index("ix_cases_lease", "cases", ["state", "lease_expires_at"])
    op.create_index("ix_cases_next", "cases", ["state", "queue", sa.text("priority DESC"), "created_at", "id"])
    op.create_index(
        "uq_cases_undecided",
        "cases",
        ["comment_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('open', 'claimed', 'escalated')"),
        postgresql_where=sa.text("state IN ('open', 'claimed', 'escalated')"),
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("decision_id", sa.Text, nullable=False, comment="the decision that the platform doubts"),
        sa.Column("comment_id", sa.Text, nullable=False, comment="about what"),
        sa.Column("case_id", sa.Text, nullable=False, comment="the case it opened or joined"),
        sa.Column("sender", sa.Text, nullable=False, comment="API key id, or who else"),
        sa.Column("verdict", sa.Text, nullable=False, comment="false_positive, false_negative"),
        sa.Column("labels", Document, nullable=False, comment="what the sender thinks it is"),
        sa.Column("note", sa.Text, nullable=True, comment="the sender's words; null once the comment is erased"),
        sa.Column("created_at", Moment, nullable=False, comment="received"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_feedback_case_id"),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_feedback_comment_id"),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name="fk_feedback_decision_id"),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
        sa.UniqueConstraint("decision_id", "sender", "verdict", name="uq_feedback_decision_id_sender_verdict"),
    )
    op.create_index("ix_feedback_case_id", "feedback", ["case_id", "id"])
    op.create_index("ix_feedback_comment_id", "feedback", ["comment_id"])
    op.create_table(
        "verdicts",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("case_id", sa.Text, nullable=False, comment="what was decided"),
        sa.Column("comment_id", sa.Text, nullable=False, comment="about what"),
        sa.Column("decision_id", sa.Text, nullable=False, comment="the machine's decision that the moderator saw"),
        sa.Column("moderator", sa.Text, nullable=False, comment="user id"),
        sa.Column("verdict", sa.Text, nullable=False, comment="approve, reject, unsure"),
        sa.Column("labels", Document, nullable=False, comment="names given with a reject"),
        sa.Column("measure", sa.Text, nullable=True, comment="what the moderator asks for"),
        sa.Column("span", Document, nullable=True, comment="{start, end}, code points of the text as sent"),
        sa.Column("note", sa.Text, nullable=True, comment="the moderator's words; null once the comment is erased"),
        sa.Column("confidence", sa.Float, nullable=True, comment="0 to 1, the moderator's own"),
        sa.Column("overturned", sa.Boolean, nullable=False, comment="whether it differs from the machine's opinion"),
        sa.Column("undone_at", Moment, nullable=True, comment="taken back within ten seconds"),
        sa.Column("created_at", Moment, nullable=False, comment="given"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_verdicts_case_id"),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_verdicts_comment_id"),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name="fk_verdicts_decision_id"),
        sa.PrimaryKeyConstraint("id", name="pk_verdicts"),
    )
    op.create_index("ix_verdicts_case_id", "verdicts", ["case_id", "id"])
    op.create_index("ix_verdicts_comment_id", "verdicts", ["comment_id"])
    op.create_index("ix_verdicts_decision_id", "verdicts", ["decision_id", "id"])
    op.create_index("ix_verdicts_created_at", "verdicts", ["created_at"])
    op.create_index("ix_verdicts_moderator", "verdicts", ["moderator", "id"])
    op.create_index(
        "uq_verdicts_in_force",
        "verdicts",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("undone_at IS NULL AND verdict <> 'unsure'"),
        postgresql_where=sa.text("undone_at IS NULL AND verdict <> 'unsure'"),
    )
    op.create_table(
        "label_records",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("comment_id", sa.Text, nullable=False, comment="what is labelled"),
        sa.Column("revision", sa.Integer, nullable=False, comment="which text of the comment"),
        sa.Column("verdict_id", sa.Text, nullable=False, comment="by which verdict"),
        sa.Column("decision_id", sa.Text, nullable=False, comment="the machine's decision at hand"),
        sa.Column("verdict", sa.Text, nullable=False, comment="approve, reject"),
        sa.Column("labels", Document, nullable=False, comment="{label: 0 or 1}, every label"),
        sa.Column("overturned", sa.Boolean, nullable=False, comment="the machine had said otherwise"),
        sa.Column("confidence", sa.Float, nullable=True, comment="0 to 1"),
        sa.Column(
            "decided_at",
            Moment,
            nullable=False,
            comment="the verdict's moment; the latest of a comment holds",
        ),
        sa.Column("superseded_at", Moment, nullable=True, comment="undone, or a later verdict holds"),
        sa.Column("exported_at", Moment, nullable=True, comment="first written to a label file"),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_label_records_comment_id"),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name="fk_label_records_decision_id"),
        sa.ForeignKeyConstraint(["verdict_id"], ["verdicts.id"], name="fk_label_records_verdict_id"),
        sa.PrimaryKeyConstraint("id", name="pk_label_records"),
        sa.UniqueConstraint("verdict_id", name="uq_label_records_verdict_id"),
    )
    op.create_index("ix_label_records_decided_at", "label_records", ["decided_at", "id"])
    op.create_index(
        "uq_label_records_current",
        "label_records",
        ["comment_id"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.execute("INSERT INTO epoch (id, rules, policy, model, emergency) VALUES (1, 0, 0, 0, 0)")
    create_triggers(op.get_bind())


def downgrade() -> None:
    """Removes them, with all that they hold."""
    drop_triggers(op.get_bind())
    for table in _TABLES_BY_DEPENDENCY:
        op.drop_table(table)
