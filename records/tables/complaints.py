"""What the public asks: complaints, appeals, their answers, findings about floods, and who is known as a reporter."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table

from records.columns import document, key_column, moment, text
from records.tables.base import metadata, partial

complaints = Table(
    "complaints",
    metadata,
    key_column("UUIDv7; the receipt is this and a keyed hash of it"),
    text("comment_id", "about what", ForeignKey("comments.id")),
    text("decision_id", "the decision that stood then", ForeignKey("decisions.id")),
    Column("revision", Integer, nullable=False, comment="which text of the comment was complained about"),
    text(
        "author_index",
        "keyed hash of the comment's author, to see many against one; null once forgotten",
        optional=True,
    ),
    text(
        "case_id",
        "the case it opened or joined; null where it was answered at once",
        ForeignKey("cases.id"),
        optional=True,
    ),
    text("kind", "illegal, harassment, privacy, spam, ..."),
    text(
        "note",
        "the reporter's words; null where none were given, once the comment is erased, and in time",
        optional=True,
    ),
    text("reporter_index", "key id and keyed hash of who reports; null once forgotten", optional=True),
    text("source", "what the hash is of: platform (a pseudonym it told), address (of the network)"),
    text("state", "waiting, answered"),
    text("outcome", "acted, kept, changed, gone; null before", optional=True),
    text("verdict_id", "the verdict that answers it", ForeignKey("verdicts.id"), optional=True),
    moment("due_at", "promised: answered by then"),
    moment("created_at", "received"),
    moment("answered_at", "answered", optional=True),
    moment("reversed_at", "the answer was taken back: restored on appeal, or removed on contest", optional=True),
    text(
        "contests",
        "the complaint whose answer is contested with this one: once; null: it reports a comment",
        optional=True,
    ),
    text("flagger_id", "the trusted flagger who gave this notice; null: anybody else", optional=True),
    text("suspended_by", "the measure by which it was not looked at; null: it was, or waits", optional=True),
    Index("ix_complaints_comment_id", "comment_id", "id"),
    Index("ix_complaints_case_id", "case_id"),
    Index("ix_complaints_reporter_index", "reporter_index", "id"),
    Index("ix_complaints_author_index", "author_index", "created_at"),
    Index("ix_complaints_answered_at", "answered_at"),
    partial("ix_complaints_waiting", "case_id", where="state = 'waiting'"),
    partial("uq_complaints_contests", "contests", where="contests IS NOT NULL", unique=True),
    partial("ix_complaints_flagger_id", "flagger_id", "created_at", where="flagger_id IS NOT NULL"),
)

reporters = Table(
    "reporters",
    metadata,
    key_column("UUIDv7; how the ledger and measures speak of somebody who reports"),
    text("source", "what the hash is of: platform (a pseudonym it told), key (the prefix of an API key)"),
    text("reporter_index", "key id and keyed hash of who reports; null once forgotten", optional=True),
    moment("created_at", "first spoken of"),
    partial("uq_reporters_reporter_index", "reporter_index", where="reporter_index IS NOT NULL", unique=True),
)

trusted_flaggers = Table(
    "trusted_flaggers",
    metadata,
    key_column(),
    text("reporter_id", "whose notices come first", ForeignKey("reporters.id")),
    text("name", "the organisation, as it was awarded the status"),
    text("authority", "the coordinator who awarded it"),
    text("country", "of that authority, two letters (ISO 3166-1)"),
    text("reference", "the number of the award"),
    document("expertise", "labels, grounds and kinds of reports in which it is expert; empty: all"),
    moment("valid_from", "trusted from then on"),
    moment("valid_until", "and before this; null: until it is withdrawn", optional=True),
    text("state", "waiting, in_force, declined, withdrawn, ended"),
    text("asked_by", "who marked it"),
    text("reason", "why, in their words"),
    text("approved_by", "the second person", optional=True),
    moment("set_at", "in force", optional=True),
    moment("ended_at", "withdrawn, or over", optional=True),
    text("ended_by", "who withdrew it; null where its time was over", optional=True),
    text("ended_why", "why it was withdrawn", optional=True),
    moment("created_at", "marked"),
    Index("ix_trusted_flaggers_reporter_id", "reporter_id", "id"),
    Index("ix_trusted_flaggers_state", "state", "id"),
)

reporter_findings = Table(
    "reporter_findings",
    metadata,
    key_column(),
    text("kind", "reports, contests, appeals (of an account), flagger (a trusted flagger's notices)"),
    text("reporter_id", "who reports; null for appeals, and once forgotten", ForeignKey("reporters.id"), optional=True),
    text("author_id", "whose appeals; null for others, and once erased", optional=True),
    document("evidence", "numbers, an interval and moments; no text and no hash of a person"),
    text("state", "waiting, confirmed, dismissed"),
    text("answered_by", "who decided", optional=True),
    text("note", "why, in their words", optional=True),
    moment("created_at", "found"),
    moment("updated_at", "last counted"),
    moment("answered_at", "decided", optional=True),
    Index("ix_reporter_findings_reporter_id", "reporter_id", "id"),
    Index("ix_reporter_findings_author_id", "author_id", "id"),
    Index("ix_reporter_findings_state", "state", "id"),
)

appeals = Table(
    "appeals",
    metadata,
    key_column("UUIDv7; the receipt is this and a keyed hash of it"),
    text("subject_id", "the verdict or, without one, the decision that is appealed: once", unique=True),
    text("comment_id", "about what", ForeignKey("comments.id")),
    text("decision_id", "the decision that is appealed", ForeignKey("decisions.id")),
    text(
        "verdict_id",
        "the verdict that is appealed; null where the machine alone decided",
        ForeignKey("verdicts.id"),
        optional=True,
    ),
    text("measure_id", "the ledger's entry of the measure that it asked for", optional=True),
    text("case_id", "where another person decides it", ForeignKey("cases.id")),
    text(
        "note", "the author's words; null where none were given, once the comment is erased, and in time", optional=True
    ),
    text("sender", "key, or public page, by which it came"),
    text("state", "waiting, answered"),
    text("outcome", "upheld, overturned, changed, gone; null before", optional=True),
    text("answer_id", "the verdict that answers it", ForeignKey("verdicts.id"), optional=True),
    moment("due_at", "promised: answered by then"),
    moment("created_at", "received"),
    moment("answered_at", "answered", optional=True),
    Index("ix_appeals_comment_id", "comment_id", "id"),
    Index("ix_appeals_case_id", "case_id"),
    Index("ix_appeals_answered_at", "answered_at"),
    partial("ix_appeals_waiting", "case_id", where="state = 'waiting'"),
)

answers = Table(
    "answers",
    metadata,
    text("verdict_id", "the verdict with which it was chosen", ForeignKey("verdicts.id")),
    text(
        "template", "which answer people get, a name of configs/complaints.toml; null: the one that fits", optional=True
    ),
    document("reasons", "[{code, ground}] of the verdict's labels, by the policy of that day"),
    moment("created_at", "chosen"),
    PrimaryKeyConstraint("verdict_id"),
)

report_floods = Table(
    "report_floods",
    metadata,
    key_column(),
    text("author_index", "keyed hash of the author against whom many reported; null once forgotten", optional=True),
    text("state", "waiting, confirmed, dismissed"),
    document(
        "evidence", "numbers and moments: reports, reporters, answers, shared words; no text and no hash of a person"
    ),
    Column(
        "is_unfounded",
        Boolean,
        nullable=False,
        comment="answers say that the reports were not founded; else it is too early",
    ),
    text("answered_by", "who decided", optional=True),
    text("note", "why, in their words", optional=True),
    moment("first_at", "the first report that counts"),
    moment("created_at", "found"),
    moment("updated_at", "last counted"),
    moment("answered_at", "decided", optional=True),
    Index("ix_report_floods_author_index", "author_index", "id"),
    Index("ix_report_floods_state", "state", "id"),
    partial("uq_report_floods_waiting", "author_index", where="state = 'waiting'", unique=True),
)

public_forms = Table(
    "public_forms",
    metadata,
    key_column(),
    text("address_index", "key id and keyed hash of the network's address that sent a form without a key"),
    moment("at", "when; forgotten once it counts for no bound"),
    text("counted_as", "usual; life: a report that life may be threatened, counted apart", usual="usual"),
    Index("ix_public_forms_address_index", "address_index", "at"),
    Index("ix_public_forms_at", "at"),
)
