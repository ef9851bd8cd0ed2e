"""What keeps the processes in step: jobs, repeated requests, the epoch, how chores go, who may go on with these."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, UniqueConstraint

from records.columns import document, key_column, moment, octets, text
from records.tables.base import metadata, partial

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
    partial("uq_jobs_unique_key", "unique_key", where="state IN ('ready', 'running')", unique=True),
    Index("ix_jobs_next", "state", "run_at", "id"),
    Index("ix_jobs_lease", "state", "lease_expires_at"),
)

idempotency = Table(
    "idempotency",
    metadata,
    key_column(),
    text("scope", "whose keys: an API key's or a user's id"),
    text("key", "Idempotency-Key as sent"),
    text("method", "HTTP method"),
    text("path", "HTTP path"),
    octets("body_hash", "keyed hash of the body, `1:9f86...`; nobody without the key can try a text"),
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

schema_state = Table(
    "schema_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="always 1"),
    text("revision", "the revision of the tables that this was written with"),
    text("serves_from", "programs that know this revision may go on with the tables"),
)

worker_chores = Table(
    "worker_chores",
    metadata,
    Column("chore", Text, primary_key=True, comment="its name, as it is logged"),
    moment("tried_at", "when a worker last told of it"),
    moment("done_at", "when it was last done; null before the first time", optional=True),
    Column("failures", BigInteger, nullable=False, comment="how often it failed, of all workers"),
    moment("failing_since", "it fails since then; null while it is done", optional=True),
    text("error", "the kind of fault that it fails with; no text", optional=True),
)

moved_away = Table(
    "moved_away",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="always 1"),
    text("state", "begun, done"),
    text("address", "URL of the other database, without a password"),
    text("who", "who copied it"),
    moment("begun_at", "when it was begun"),
)
