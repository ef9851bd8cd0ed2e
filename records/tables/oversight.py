"""What an authority is answered with: its requests, what is held for it, incidents, what is put right, assessments."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table

from records.columns import document, key_column, moment, octets, text
from records.tables.base import metadata

inspections = Table(
    "inspections",
    metadata,
    key_column(),
    text("authority", "who asks"),
    text("reference", "the authority's number of its request"),
    text("asked", "what it asks for, in its words"),
    text("ground", "on which ground it asks"),
    text("inspector", "the user who may read the evidence, by log-in name"),
    document("surfaces", "of which surfaces; null: of all", optional=True),
    document("accounts", "our ids of accounts; null: of all", optional=True),
    document("threads", "the platform's ids; null: of all", optional=True),
    document("measures", "kinds of measures; null: decisions of all", optional=True),
    octets("salt", "of the entries' commitments to threads", optional=True),
    moment("since", "evidence from this moment on"),
    moment("until", "and before this one"),
    Column("opened", Boolean, nullable=False, comment="whether texts and pseudonyms may be read"),
    moment("ends_at", "nothing is read after that"),
    text("asked_by", "who of the house recorded the request"),
    text("state", "waiting, granted, refused, closed"),
    text("approved_by", "the second person", optional=True),
    moment("granted_at", "granted", optional=True),
    moment("closed_at", "closed before its end", optional=True),
    moment("created_at", "recorded"),
    Index("ix_inspections_inspector", "inspector", "state"),
)

holds = Table(
    "holds",
    metadata,
    key_column(),
    text("kind", "what is held: author, comment, inspection (all that lies in the scope of a request)"),
    text("comment_id", "which comment", ForeignKey("comments.id"), optional=True),
    text("inspection_id", "which request", ForeignKey("inspections.id"), optional=True),
    octets("salt", "16 random bytes of the commitment to whom it holds; null for others", optional=True),
    text("authority", "who asks that it is kept"),
    text("reference", "their number of it"),
    text("ground", "on which ground"),
    Column("tell", Boolean, nullable=False, comment="whether the person may be told"),
    moment("until", "holds no more from then on; null: until somebody lifts it", optional=True),
    moment("review_at", "when somebody looks whether it is still needed", optional=True),
    text("state", "waiting, in_force, declined, lifted, ended"),
    text("asked_by", "who of the house asked for it"),
    text("approved_by", "the second person", optional=True),
    moment("set_at", "in force", optional=True),
    moment("ended_at", "lifted, or over", optional=True),
    text("ended_by", "who lifted it; null where its time was over", optional=True),
    text("ended_why", "why it was lifted", optional=True),
    moment("withstood_at", "an erasure was asked for last that it stood against", optional=True),
    moment("created_at", "asked for"),
    Index("ix_holds_state", "state", "id"),
)

looks = Table(
    "looks",
    metadata,
    text("who", "a user's id, or key: and the key's prefix"),
    text("thing_kind", "comment, account, thread, measure, finding, list"),
    text(
        "thing_id",
        "our id of it; of a thread, or an unknown account, a comment's; of a list a keyed hash of what was asked",
    ),
    moment("hour", "the hour in which it was: one trace for each"),
    text("page", "by which page or address"),
    moment("at", "when first within the hour"),
    Column("shown", Integer, nullable=True, comment="of a list: how many it showed; null of anything else"),
    PrimaryKeyConstraint("who", "thing_kind", "thing_id", "hour"),
    Index("ix_looks_at", "at"),
    Index("ix_looks_who_at", "who", "at"),
)

held_hashes = Table(
    "held_hashes",
    metadata,
    text("hold_id", "by which hold", ForeignKey("holds.id")),
    text("author_index", "key id and keyed hash of the pseudonym that is held, under each key"),
    PrimaryKeyConstraint("hold_id", "author_index"),
    Index("ix_held_hashes_author_index", "author_index"),
)

incidents = Table(
    "incidents",
    metadata,
    key_column(),
    text("kind", "of which kind, a name of configs/incidents.toml"),
    text("severity", "low, medium, high, critical"),
    document("fields", "what was told, by the names of configs/incidents.toml"),
    octets("salt", "of the entries' commitments to fields", optional=True),
    text("state", "open, mended, closed"),
    moment("found_at", "found"),
    moment("reported_at", "told to the authority", optional=True),
    text("reported_to", "which authority", optional=True),
    text("receipt", "the authority's number of our report", optional=True),
    text("author", "who recorded it"),
    moment("created_at", "recorded"),
    moment("updated_at", "last changed"),
    Index("ix_incidents_state", "state", "id"),
)

rectifications = Table(
    "rectifications",
    metadata,
    key_column(),
    text("incident_id", "the incident that it follows from", ForeignKey("incidents.id"), optional=True),
    text("authority", "who found it; the house itself where no authority did"),
    text("reference", "the authority's number"),
    text("finding", "what was found"),
    text("demand", "what has to be done"),
    text("owner", "who answers for it"),
    moment("due_at", "until when"),
    text("state", "open, proposed, done"),
    text("proof", "what shows that it is done", optional=True),
    text("proof_hash", "SHA-256 of the file that shows it", optional=True),
    text("confirmed_by", "the second person, who looked", optional=True),
    moment("done_at", "confirmed", optional=True),
    text("author", "who recorded it"),
    moment("created_at", "recorded"),
    Index("ix_rectifications_state", "state", "due_at"),
)

assessments = Table(
    "assessments",
    metadata,
    key_column(),
    text("kind", "model, function, rule, rules (all under a name, for some time), policy"),
    text("subject", "what goes live: chaffinch@5, the function's name, a rule's id or the beginning of some, a policy"),
    text("mark", "hash of the bundle, rule or policy, so that the signatures are about this very one"),
    document("surfaces", "where it goes live"),
    document("fields", "{changes, evaluation, risks, rollback}: what was assessed, in words"),
    Column("needed", Integer, nullable=False, comment="people who have to sign"),
    text("state", "waiting, signed, refused"),
    text("author", "who wrote it, and may not sign"),
    moment("created_at", "written"),
    moment("settled_at", "signed by everybody, or refused", optional=True),
    moment("expires_at", "stands for what it covers until then; null: for good, for just one thing", optional=True),
    Index("ix_assessments_mark", "kind", "mark"),
)
