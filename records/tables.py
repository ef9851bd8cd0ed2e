"""Every table, every column with what it holds. Migrations follow; a test compares the two.

Rules kept here: identifiers are UUIDv7 text; vocabularies that may grow are text; moments are UTC; no text of a
comment and no raw pseudonym stands anywhere but in the columns that say so (`comments`, `comment_revisions`, notes).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql

from records.columns import document, key_column, moment, octets, text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_UNDECIDED = sql("state IN ('open', 'claimed', 'escalated') AND purpose = 'decide'")
_WAITING = sql("state IN ('ready', 'running')")
_IN_FORCE = sql("undone_at IS NULL AND verdict <> 'unsure'")
_CURRENT = sql("superseded_at IS NULL")
_KEPT = sql("kept_for IS NOT NULL")
_IN_USE = sql("retired_at IS NULL")
_UNSURE = sql("verdict = 'unsure'")
_TO_WEIGH = sql("weigh_at IS NOT NULL")
_UNSEALED = sql("sealed_index IS NULL")
_TO_SEND = sql("state = 'waiting'")


def _partial(name: str, *columns: str, where: object, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


comments = Table(
    "comments",
    metadata,
    key_column(),
    text(
        "external_id",
        "the platform's own id; scoring it again is an edit of this comment",
        optional=True,
        unique=True,
    ),
    Column(
        "revision",
        Integer,
        nullable=False,
        comment="1, and one more for each text that differed from the last",
    ),
    text("text", "as sent, the current revision; null once erased", optional=True),
    octets("salt", "16 random bytes of this revision's commitment; null once erased", optional=True),
    octets(
        "commitment",
        "SHA-256 of salt and text: stays when the text goes, so that the ledger stays verifiable",
    ),
    text("lang", "ISO 639-1, or und"),
    text("type", "comment, reply, danmaku, nickname, bio"),
    text("surface", "where it stands: news, forum, live"),
    text("thread_id", "the platform's id of the thread", optional=True),
    text("parent_id", "the platform's id of the comment answered", optional=True),
    text("parent_text", "the text answered, as sent; null once erased", optional=True),
    text("author_index", "key id and keyed hash of the author's pseudonym, to find by", optional=True),
    text("author_cipher", "the pseudonym, AES-GCM with the key's id before it", optional=True),
    text("device_index", "key id and keyed hash of the device's pseudonym", optional=True),
    text("network_index", "key id and keyed hash of the network's pseudonym", optional=True),
    moment("created_at", "first stored"),
    moment("updated_at", "last stored again"),
    moment("erased_at", "when text and pseudonyms were removed", optional=True),
    Index("ix_comments_author_index", "author_index"),
    Index("ix_comments_thread_id", "thread_id", "id"),
)

authors = Table(
    "authors",
    metadata,
    key_column(),
    text("author_index", "key id and keyed hash of the pseudonym, to find by", unique=True),
    text("author_cipher", "the pseudonym, AES-GCM with the key's id before it"),
    octets("salt", "16 random bytes of this author's commitments in the ledger"),
    Column("verified", Boolean, nullable=True, comment="whether the platform knows who it is; null: not stated"),
    moment("registered_at", "when the account was made at the platform; null: not stated", optional=True),
    text("agreement_version", "which user agreement was agreed to; null: not stated", optional=True),
    moment("consented_at", "when; null: not stated", optional=True),
    moment("created_at", "first stated"),
    moment("updated_at", "last stated differently"),
)

author_links = Table(
    "author_links",
    metadata,
    text("author_id", "whose", ForeignKey("authors.id")),
    text("kind", "identity, phone, device, network"),
    text("link_index", "key id and keyed hash of the value, which is kept nowhere"),
    moment("created_at", "first stated"),
    PrimaryKeyConstraint("author_id", "kind", "link_index"),
    Index("ix_author_links_kind_link_index", "kind", "link_index"),
)

comment_revisions = Table(
    "comment_revisions",
    metadata,
    key_column(),
    text("comment_id", "the comment whose earlier text this is", ForeignKey("comments.id")),
    Column("revision", Integer, nullable=False, comment="the revision that this text was"),
    text("text", "as sent then; null once erased", optional=True),
    octets("salt", "of this revision's commitment; null once erased", optional=True),
    octets("commitment", "SHA-256 of salt and text"),
    moment("superseded_at", "when another text came"),
    UniqueConstraint("comment_id", "revision"),
)

decisions = Table(
    "decisions",
    metadata,
    key_column("UUIDv7, the decision_id of the answer"),
    text("comment_id", "what was judged", ForeignKey("comments.id")),
    Column("revision", Integer, nullable=False, comment="which text of the comment was judged"),
    text("outcome", "the machine's answer: pass, review, block"),
    text("final_outcome", "after a person's verdict: pass, block; null before", optional=True),
    Column("overturned", Boolean, nullable=True, comment="whether a person's verdict differs; null before"),
    document("labels", "[{name, score, threshold, review_threshold}], every label, taxonomy's order"),
    document("reasons", "[{code, source, outcome, rule_id, spans, ground, message}]"),
    document("measures", "what the platform was asked to do"),
    text("language", "as detected or given"),
    text("model", "name"),
    text("model_version", "version"),
    text("tier", "fast, encoder, none"),
    text("ruleset", "hash of the effective rules"),
    text("policy", "name@version"),
    text("normaliser", "version"),
    text("taxonomy", "version"),
    Column("degraded", Boolean, nullable=False, comment="whether a part did not answer"),
    document("missing", "which parts did not answer"),
    Column("latency_ms", Float, nullable=False, comment="milliseconds from request to answer"),
    document("answer", "the answer as sent, if it was kept; no text", optional=True),
    moment("created_at", "when it was made"),
    Index("ix_decisions_comment_id", "comment_id", "id"),
    Index("ix_decisions_created_at", "created_at"),
)

cases = Table(
    "cases",
    metadata,
    key_column(),
    text("comment_id", "what a person looks at", ForeignKey("comments.id")),
    text("decision_id", "the latest decision about it", ForeignKey("decisions.id")),
    text("queue", "a surface, or second look"),
    text("label", "what it is suspected of, to filter by", optional=True),
    text("why", "the code of the reason that brought it here"),
    Column("priority", Float, nullable=False, comment="higher comes first"),
    text("lang", "the comment's language, to filter by"),
    text("purpose", "decide; opinion (a second person, blind); gold (the answer is known): those two change nothing"),
    text("gold_id", "the known answer that is asked for", optional=True),
    Column("reach", Integer, nullable=False, comment="comments of its thread when it was opened, at most 1000"),
    Column(
        "weight", Float, nullable=False, comment="harm times reach times unsureness; the promised wait is divided by it"
    ),
    moment("due_at", "promised: a person has looked by then"),
    moment("turn_at", "opened, plus the promised wait divided by the weight: the earliest comes first"),
    text("kept_for", "user to whom a colleague handed it", optional=True),
    moment("kept_until", "anybody may take it after that", optional=True),
    text("state", "open, claimed, escalated, closed"),
    text("lease_owner", "user who has it now", optional=True),
    text("lease_token", "proves the claim", optional=True),
    moment("lease_expires_at", "when it goes back by itself", optional=True),
    text("opened_by", "decision, feedback, reopened, ..."),
    moment("created_at", "opened"),
    moment("closed_at", "decided", optional=True),
    _partial("uq_cases_undecided", "comment_id", where=_UNDECIDED, unique=True),
    Index("ix_cases_lease", "state", "lease_expires_at"),
    Index("ix_cases_decision_id", "decision_id"),
    Index("ix_cases_next", "state", "queue", "turn_at", "id"),
    Index("ix_cases_any_queue", "state", "turn_at", "id"),
    Index("ix_cases_gold", "gold_id", "lease_owner"),
    _partial("ix_cases_kept_for", "kept_for", "turn_at", where=_KEPT),
)

skips = Table(
    "skips",
    metadata,
    text("case_id", "what was passed over", ForeignKey("cases.id")),
    text("moderator", "by whom"),
    text("reason", "later, language, context, distress, conflict"),
    moment("until", "offered to them again after that; null: never", optional=True),
    moment("created_at", "last passed over"),
    PrimaryKeyConstraint("case_id", "moderator"),
)

gold = Table(
    "gold",
    metadata,
    key_column(),
    text("comment_id", "about what", ForeignKey("comments.id")),
    text("decision_id", "the machine's decision that is shown with it", ForeignKey("decisions.id")),
    text("verdict", "the known answer: approve, reject"),
    document("labels", "the known answer's labels"),
    text("why", "why this is the answer, for those who learn from it; no words of the comment"),
    text("author", "who vouches for it"),
    moment("created_at", "added"),
    moment("retired_at", "asked no more since", optional=True),
    _partial("uq_gold_in_use", "comment_id", where=_IN_USE, unique=True),
)

verdicts = Table(
    "verdicts",
    metadata,
    key_column(),
    text("case_id", "what was decided", ForeignKey("cases.id")),
    text("comment_id", "about what", ForeignKey("comments.id")),
    text("decision_id", "the machine's decision that the moderator saw", ForeignKey("decisions.id")),
    text("moderator", "user id"),
    text("verdict", "approve, reject, unsure"),
    document("labels", "names given with a reject"),
    text("measure", "what the moderator asks for", optional=True),
    document("span", "{start, end}, code points of the text as sent", optional=True),
    text("note", "the moderator's words; null once the comment is erased", optional=True),
    Column("confidence", Float, nullable=True, comment="0 to 1, the moderator's own"),
    Column("overturned", Boolean, nullable=False, comment="whether it differs from the machine's opinion"),
    text("purpose", "of its case: decide, opinion, gold"),
    moment("weigh_at", "from then on a second person is asked, or it is held against the first's", optional=True),
    moment("undone_at", "taken back within ten seconds", optional=True),
    moment("created_at", "given"),
    _partial("uq_verdicts_in_force", "case_id", where=_IN_FORCE, unique=True),
    Index("ix_verdicts_case_id", "case_id", "id"),
    Index("ix_verdicts_comment_id", "comment_id"),
    Index("ix_verdicts_decision_id", "decision_id", "id"),
    Index("ix_verdicts_created_at", "created_at"),
    Index("ix_verdicts_moderator", "moderator", "id"),
    _partial("ix_verdicts_weigh_at", "weigh_at", where=_TO_WEIGH),
    _partial("ix_verdicts_unsure", "case_id", "moderator", where=_UNSURE),
)

label_records = Table(
    "label_records",
    metadata,
    key_column(),
    text("comment_id", "what is labelled", ForeignKey("comments.id")),
    Column("revision", Integer, nullable=False, comment="which text of the comment"),
    text("verdict_id", "by which verdict", ForeignKey("verdicts.id"), unique=True),
    text("decision_id", "the machine's decision at hand", ForeignKey("decisions.id")),
    text("verdict", "approve, reject"),
    document("labels", "{label: 0 or 1}, every label"),
    Column("overturned", Boolean, nullable=False, comment="the machine had said otherwise"),
    Column("confidence", Float, nullable=True, comment="0 to 1"),
    Column("asked", Integer, nullable=False, comment="people asked about it, each without knowing the others' answers"),
    Column("agreement", Float, nullable=True, comment="share of them who said just this; null where one was asked"),
    moment("decided_at", "the verdict's moment; the latest of a comment holds"),
    moment("superseded_at", "undone, or a later verdict holds", optional=True),
    moment("exported_at", "first written to a label file", optional=True),
    _partial("uq_label_records_current", "comment_id", where=_CURRENT, unique=True),
    Index("ix_label_records_decided_at", "decided_at", "id"),
)

feedback = Table(
    "feedback",
    metadata,
    key_column(),
    text("decision_id", "the decision that the platform doubts", ForeignKey("decisions.id")),
    text("comment_id", "about what", ForeignKey("comments.id")),
    text("case_id", "the case it opened or joined", ForeignKey("cases.id")),
    text("sender", "API key id, or who else"),
    text("verdict", "false_positive, false_negative"),
    document("labels", "what the sender thinks it is"),
    text("note", "the sender's words; null once the comment is erased", optional=True),
    moment("created_at", "received"),
    UniqueConstraint("decision_id", "sender", "verdict"),
    Index("ix_feedback_case_id", "case_id", "id"),
    Index("ix_feedback_comment_id", "comment_id"),
)

ledger = Table(
    "ledger",
    metadata,
    key_column("UUIDv7; also inside the body"),
    text("kind", "decision, verdict, ...; also inside the body"),
    text("subject_id", "what it is about, to find by; also inside the body"),
    octets("body", "RFC 8785 canonical JSON: what will be hashed. Never a text or a pseudonym, only commitments"),
    moment("created_at", "also inside the body"),
    Column("sealed_index", BigInteger, nullable=True, comment="leaf number, once sealed"),
    octets("leaf_hash", "RFC 6962 leaf hash, once sealed", optional=True),
    _partial("uq_ledger_sealed_index", "sealed_index", where=sql("sealed_index IS NOT NULL"), unique=True),
    _partial("ix_ledger_unsealed", "id", where=_UNSEALED),
    Index("ix_ledger_subject_id", "subject_id", "id"),
)

jobs = Table(
    "jobs",
    metadata,
    key_column(),
    text("kind", "which handler runs it"),
    document("payload", "what the handler needs: ids, no text"),
    text("state", "ready, running, done, dead"),
    moment("run_at", "not before"),
    text("lease_owner", "worker that runs it", optional=True),
    text("lease_token", "proves the claim", optional=True),
    moment("lease_expires_at", "when it goes back by itself", optional=True),
    Column("attempts", Integer, nullable=False, comment="claims so far"),
    text("last_error", "why the last attempt failed", optional=True),
    text("unique_key", "at most one waiting job has it", optional=True),
    moment("created_at", "enqueued"),
    moment("finished_at", "done or dead", optional=True),
    _partial("uq_jobs_unique_key", "unique_key", where=_WAITING, unique=True),
    Index("ix_jobs_next", "state", "run_at", "id"),
    Index("ix_jobs_lease", "state", "lease_expires_at"),
)

users = Table(
    "users",
    metadata,
    key_column(),
    text("name", "log-in name, lower case", unique=True),
    text("display_name", "as shown to colleagues"),
    text("password_hash", "argon2"),
    text("role", "moderator, senior, lead, data_scientist, inspector, admin"),
    text("locale", "zh, en"),
    moment("created_at", "created"),
    moment("disabled_at", "may not log in since", optional=True),
)

sessions = Table(
    "sessions",
    metadata,
    key_column(),
    octets("token_hash", "SHA-256 of the cookie's token"),
    text("user_id", "whose", ForeignKey("users.id")),
    text("csrf_secret", "signs this session's forms"),
    moment("created_at", "logged in"),
    moment("expires_at", "ends by itself"),
    moment("revoked_at", "logged out", optional=True),
    UniqueConstraint("token_hash"),
    Index("ix_sessions_user_id", "user_id"),
)

api_keys = Table(
    "api_keys",
    metadata,
    key_column(),
    text("prefix", "the part that may be shown", unique=True),
    octets("hash", "SHA-256 of the whole key (256 random bits need no slow hash)"),
    text("name", "whose it is"),
    document("scopes", "score, feedback, records, admin"),
    moment("created_at", "created"),
    moment("revoked_at", "no longer valid since", optional=True),
    moment("last_used_at", "to the minute", optional=True),
    Column("rate", Float, nullable=True, comment="comments a second it may send; null: as the setting says"),
)

idempotency = Table(
    "idempotency",
    metadata,
    key_column(),
    text("scope", "whose keys: an API key's or a user's id"),
    text("key", "Idempotency-Key as sent"),
    text("method", "HTTP method"),
    text("path", "HTTP path"),
    octets("body_hash", "SHA-256 of the body"),
    text("state", "in_progress, done"),
    text("owner_token", "the request that works on it"),
    moment("locked_until", "another may take it over after that"),
    Column("status", Integer, nullable=True, comment="HTTP status of the answer"),
    document("response", "the answer; no text", optional=True),
    moment("created_at", "first seen"),
    moment("expires_at", "forgotten after that"),
    UniqueConstraint("scope", "key"),
    Index("ix_idempotency_expires_at", "expires_at"),
)

epoch = Table(
    "epoch",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="always 1"),
    Column("rules", BigInteger, nullable=False, comment="one more for each change of rules"),
    Column("policy", BigInteger, nullable=False, comment="one more for each change of policy"),
    Column("model", BigInteger, nullable=False, comment="one more for each change of model"),
    Column("emergency", BigInteger, nullable=False, comment="one more for each start and end of an emergency"),
)

rule_versions = Table(
    "rule_versions",
    metadata,
    key_column(),
    text("rule_id", "the rule's own name, as packs write it: gambling.recruit.zh"),
    Column("version", Integer, nullable=False, comment="1, and one more for each change of the rule"),
    text("state", "draft, shadow, live, retired: what this change made of the rule"),
    document("document", "the rule as its author wrote it, one [[rules]] table"),
    text("author", "who made the change"),
    text("why", "why, in the author's words"),
    moment("created_at", "changed"),
    moment("ended_at", "when a later version took its place; null while it holds", optional=True),
    UniqueConstraint("rule_id", "version"),
    _partial("uq_rule_versions_in_force", "rule_id", "state", where=sql("ended_at IS NULL"), unique=True),
)

rule_hits = Table(
    "rule_hits",
    metadata,
    Column("day", Date, nullable=False, comment="by UTC"),
    text("rule_id", "the rule's own name"),
    text("state", "live, shadow: as what it was looked for"),
    Column("hits", BigInteger, nullable=False, comment="stored decisions about comments that it hit"),
    Column(
        "changes",
        BigInteger,
        nullable=False,
        comment="stored decisions with another outcome were it not there, or, in the shadow, were it live",
    ),
    PrimaryKeyConstraint("day", "rule_id", "state"),
)

shadow_runs = Table(
    "shadow_runs",
    metadata,
    Column("hash", Text, primary_key=True, comment="hash of the challenger's bundle"),
    text("version", "the challenger's version"),
    text("cursor", "no decision up to this id is looked at again"),
    Column("scored", BigInteger, nullable=False, comment="decisions that it was held against"),
    Column("agreed", BigInteger, nullable=False, comment="those of them for which it asks for the same outcome"),
    Column(
        "left_out",
        BigInteger,
        nullable=False,
        comment="drawn decisions that it was not held against: text erased, policy changed since, text not scored",
    ),
    text("fault", "why it cannot be loaded; null where it can", optional=True),
    text("lease_owner", "worker that holds its model", optional=True),
    moment("lease_expires_at", "another worker may take it over after that", optional=True),
    moment("begun_at", "first taken up"),
    moment("worked_at", "last written"),
    Index("ix_shadow_runs_worked_at", "worked_at"),
)

shadow_decisions = Table(
    "shadow_decisions",
    metadata,
    text("hash", "which challenger", ForeignKey("shadow_runs.hash")),
    text("decision_id", "beside which answer", ForeignKey("decisions.id")),
    text("outcome", "what it would have come to with the challenger's scores: pass, review, block"),
    text("cause", "the code of the severest reason then; null where it would have passed", optional=True),
    text("answered_cause", "the code of the answer's severest reason; null where it passed", optional=True),
    document("labels", "[{name, score, threshold, review_threshold}], as in decisions, of the challenger"),
    text("tier", "fast, encoder"),
    moment("created_at", "when it was scored"),
    PrimaryKeyConstraint("hash", "decision_id"),
)

approvals = Table(
    "approvals",
    metadata,
    key_column(),
    text("kind", "what a second person is asked for: rule.live, ..."),
    text("subject_id", "about what"),
    document("facts", "what will be done once it is approved; no text of a comment"),
    text("asked_by", "who asks, and may not answer"),
    text("why", "why, in the words of who asks"),
    text("state", "waiting, approved, refused, overtaken"),
    text("answered_by", "who answered", optional=True),
    text("note", "the answer's words", optional=True),
    moment("created_at", "asked"),
    moment("answered_at", "answered, or overtaken by another change", optional=True),
    _partial("uq_approvals_waiting", "kind", "subject_id", where=sql("state = 'waiting'"), unique=True),
    Index("ix_approvals_state", "state", "id"),
)

list_entries = Table(
    "list_entries",
    metadata,
    key_column(),
    text("kind", "domain, account, attachment, or the kind of a contact: wechat, phone, ..."),
    text("key", "the registrable domain, the attachment's SHA-256, or key id and keyed hash of account or contact"),
    text("action", "allow, review, block"),
    text("label", "the label that a hit bears, where it bears one", optional=True),
    text("ground", "on which ground a hit stands"),
    text("reason", "why it is on the list"),
    text("source", "where it is known from"),
    text("author", "who added it"),
    moment("created_at", "added"),
    moment("expires_at", "no longer counts from then on", optional=True),
    text("reviewed_by", "who last looked whether it should stay", optional=True),
    moment("reviewed_at", "when", optional=True),
    moment("removed_at", "taken off", optional=True),
    text("removed_by", "by whom", optional=True),
    text("removed_why", "why", optional=True),
    _partial("uq_list_entries_held", "kind", "key", where=sql("removed_at IS NULL"), unique=True),
)

observations = Table(
    "observations",
    metadata,
    Column(
        "decision_id",
        Text,
        ForeignKey("decisions.id"),
        primary_key=True,
        comment="about which comment, by the decision about it",
    ),
    text("worker", "the process that saw it; it need not be told again"),
    moment("at", "seen; forgotten some hours later"),
    octets(
        "signature", "MinHash of the text, from which no text can be read; null where it is too short", optional=True
    ),
    Column("mark", BigInteger, nullable=True, comment="names the group of near-duplicates that it fell into"),
    Column("account", BigInteger, nullable=True, comment="64 bits of the keyed hash of the author's pseudonym"),
    Column("thread", BigInteger, nullable=True, comment="64 bits of the keyed hash of the thread's id"),
    octets("contacts", "64 bits of the keyed hash of each contact in the text, one after the other", optional=True),
    Index("ix_observations_at", "at"),
    _partial("ix_observations_mark", "mark", "at", where=sql("mark IS NOT NULL")),
)

campaigns = Table(
    "campaigns",
    metadata,
    key_column(),
    text("kind", "what is spread: text, contact"),
    octets("signature", "MinHash of the text that is spread; null for a contact", optional=True),
    text("case_id", "the one case about it", ForeignKey("cases.id")),
    moment("created_at", "opened"),
    Index("ix_campaigns_created_at", "created_at"),
    Index("ix_campaigns_case_id", "case_id"),
)

campaign_marks = Table(
    "campaign_marks",
    metadata,
    text("kind", "text, contact"),
    Column("mark", BigInteger, nullable=False, comment="a name that some worker has for what is spread"),
    text("campaign_id", "the latest campaign that spread it", ForeignKey("campaigns.id")),
    PrimaryKeyConstraint("kind", "mark"),
)

campaign_comments = Table(
    "campaign_comments",
    metadata,
    text("campaign_id", "which campaign", ForeignKey("campaigns.id")),
    text("comment_id", "a comment that belongs to it", ForeignKey("comments.id")),
    moment("created_at", "joined"),
    PrimaryKeyConstraint("campaign_id", "comment_id"),
    Index("ix_campaign_comments_comment_id", "comment_id"),
)

drift = Table(
    "drift",
    metadata,
    Column("name", Text, primary_key=True, comment="a label, or language"),
    Column("psi", Float, nullable=False, comment="population stability index against the bundle's reference"),
    Column("luck", Float, nullable=False, comment="what luck alone stays below nineteen times in twenty"),
    Column("rows", Integer, nullable=False, comment="decisions it was computed from"),
    text("model_version", "whose decisions"),
    moment("computed_at", "when"),
)

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    key_column(),
    text("url", "where events are sent"),
    document("events", "types of events that it hears of; empty: of all"),
    text("description", "whose it is, in somebody's words"),
    text("author", "who added it"),
    moment("created_at", "added; it hears of nothing that happened before"),
    moment("disabled_at", "nothing is sent since", optional=True),
    text("disabled_why", "why not", optional=True),
    moment("removed_at", "taken away, and its secrets with it", optional=True),
    Column("failures", Integer, nullable=False, comment="sendings in a row that it did not take"),
    moment("failing_since", "the first of them", optional=True),
    moment("resting_until", "it is left alone until then, since it did not answer", optional=True),
    Column("delivered", BigInteger, nullable=False, comment="events that it took"),
    Column("failed", BigInteger, nullable=False, comment="sendings that it did not take"),
    Column("died", BigInteger, nullable=False, comment="events that were given up"),
)

webhook_secrets = Table(
    "webhook_secrets",
    metadata,
    key_column(),
    text("endpoint_id", "whose", ForeignKey("webhook_endpoints.id")),
    text("cipher", "the secret, AES-GCM with the key's id before it, bound to its endpoint"),
    moment("created_at", "made"),
    moment("expires_at", "signs nothing from then on; null for the newest", optional=True),
    Index("ix_webhook_secrets_endpoint_id", "endpoint_id", "id"),
)

webhook_events = Table(
    "webhook_events",
    metadata,
    key_column("UUIDv7, the webhook-id: the same at every sending to every endpoint"),
    text("type", "decision.final, measure.requested, ..."),
    text("subject_id", "what it tells of, to withdraw it by"),
    document("data", "what is sent as data; no text of a comment and no pseudonym"),
    moment("happened_at", "sent as timestamp"),
    text("once", "at most one event has it", optional=True, unique=True),
    Index("ix_webhook_events_subject_id", "subject_id"),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    key_column(),
    text("event_id", "what is sent", ForeignKey("webhook_events.id")),
    text("endpoint_id", "to whom", ForeignKey("webhook_endpoints.id")),
    text("state", "waiting, delivered, dead"),
    Column("attempts", Integer, nullable=False, comment="sendings that were begun"),
    moment("next_at", "not sent before"),
    moment("give_up_at", "dead once a sending fails after that; null before the first", optional=True),
    Column("status", Integer, nullable=True, comment="HTTP status of the last answer"),
    text("error", "why the last sending failed", optional=True),
    moment("made_at", "written, with what it tells"),
    moment("settled_at", "delivered or given up", optional=True),
    UniqueConstraint("event_id", "endpoint_id"),
    _partial("ix_webhook_deliveries_next", "endpoint_id", "next_at", "id", where=_TO_SEND),
    _partial("ix_webhook_deliveries_oldest", "endpoint_id", "made_at", where=_TO_SEND),
    Index("ix_webhook_deliveries_settled", "state", "settled_at", "id"),
)

pseudonym_keys = Table(
    "pseudonym_keys",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="key id; the file is <id>.key"),
    octets("fingerprint", "tells whether the file holds the key that made the rows"),
    moment("created_at", "created"),
)
