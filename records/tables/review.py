"""What people decide: cases, skips, words to colleagues, known answers, verdicts, labels, bulk verdicts, feedback."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

from records.columns import document, key_column, moment, text
from records.tables.base import metadata, partial

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
    text(
        "purpose",
        "decide; opinion (a second person, blind); gold (the answer is known), lesson (for a newcomer): those change "
        "nothing",
    ),
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
    text("group_id", "the group in which it is decided together with others (`campaigns`)", optional=True),
    Column("ahead", Integer, nullable=True, comment="1: a trusted flagger reported it; 2: it may threaten life; null"),
    partial(
        "uq_cases_undecided",
        "comment_id",
        where="state IN ('open', 'claimed', 'escalated') AND purpose = 'decide'",
        unique=True,
    ),
    Index("ix_cases_comment_id", "comment_id"),
    Index("ix_cases_lease", "state", "lease_expires_at"),
    Index("ix_cases_decision_id", "decision_id"),
    Index("ix_cases_next", "state", "queue", "turn_at", "id"),
    Index("ix_cases_any_queue", "state", "turn_at", "id"),
    Index("ix_cases_gold", "gold_id", "lease_owner"),
    partial("ix_cases_kept_for", "kept_for", "turn_at", where="kept_for IS NOT NULL"),
    partial("ix_cases_label_closed", "label", "closed_at", where="state = 'closed'"),
    partial("ix_cases_ahead", "ahead", "state", "turn_at", where="ahead IS NOT NULL"),
    partial("ix_cases_group_id", "group_id", where="group_id IS NOT NULL"),
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
    Index("ix_skips_moderator_at", "moderator", "created_at"),
)

texts_seen = Table(
    "texts_seen",
    metadata,
    text("moderator", "before whose eyes it was"),
    text("comment_id", "a text of what wears people down, unblurred", ForeignKey("comments.id")),
    moment("at", "when last"),
    PrimaryKeyConstraint("moderator", "comment_id"),
    Index("ix_texts_seen_moderator_at", "moderator", "at"),
    Index("ix_texts_seen_comment_id", "comment_id"),
)

blind_hands = Table(
    "blind_hands",
    metadata,
    text("moderator", "who had it in hand"),
    text("case_id", "an opinion, an appeal or a disagreement, not settled", ForeignKey("cases.id")),
    PrimaryKeyConstraint("moderator", "case_id"),
    Index("ix_blind_hands_case_id", "case_id"),
)

readings = Table(
    "readings",
    metadata,
    text("comment_id", "about which it was decided", ForeignKey("comments.id")),
    text("moderator", "who read it"),
    moment("at", "when last"),
    PrimaryKeyConstraint("comment_id", "moderator"),
)

case_words = Table(
    "case_words",
    metadata,
    key_column(),
    text("case_id", "which case was passed on", ForeignKey("cases.id")),
    text("comment_id", "about what", ForeignKey("comments.id")),
    text("moderator", "who passed it on"),
    text("kind", "escalated, handed_over, skipped"),
    text("handed_to", "user to whom", optional=True),
    text("reason", "why, in words that the ledger commits to; null once the comment is erased", optional=True),
    text("note", "words to whoever has it next, and they may quote; null once the comment is erased", optional=True),
    moment("created_at", "passed on"),
    Index("ix_case_words_case_id", "case_id", "id"),
    Index("ix_case_words_comment_id", "comment_id"),
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
    partial("uq_gold_in_use", "comment_id", where="retired_at IS NULL", unique=True),
)

edge_cases = Table(
    "edge_cases",
    metadata,
    key_column(),
    text("comment_id", "about what", ForeignKey("comments.id")),
    text("decision_id", "the decision whose text was judged", ForeignKey("decisions.id")),
    text("label", "beside whose policy it stands"),
    Column("is_so", Boolean, nullable=False, comment="whether people held the comment to be that"),
    text("why", "why, for those who decide the like; no words of the comment"),
    text("author", "who settled it"),
    moment("created_at", "marked"),
    moment("taken_back_at", "shown no more since", optional=True),
    partial("uq_edge_cases_standing", "comment_id", "label", where="taken_back_at IS NULL", unique=True),
    partial("ix_edge_cases_label", "label", "id", where="taken_back_at IS NULL"),
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
    text("ground", "on what it is rejected that no label names", optional=True),
    text("measure", "what the moderator asks for", optional=True),
    document("span", "{start, end}, code points of the text as sent", optional=True),
    text("note", "the moderator's words; null once the comment is erased", optional=True),
    Column("confidence", Float, nullable=True, comment="0 to 1, the moderator's own"),
    Column("overturned", Boolean, nullable=False, comment="whether it differs from the machine's opinion"),
    text("purpose", "of its case: decide, opinion, gold, lesson"),
    moment("weigh_at", "from then on a second person is asked, or it is held against the first's", optional=True),
    Column(
        "second_chance",
        Float,
        nullable=True,
        comment="with which chance a second person was drawn for it; null: none was drawn, or before this was kept",
    ),
    moment("undone_at", "taken back within ten seconds", optional=True),
    moment("created_at", "given"),
    partial("uq_verdicts_in_force", "case_id", where="undone_at IS NULL AND verdict <> 'unsure'", unique=True),
    Index("ix_verdicts_case_id", "case_id", "id"),
    Index("ix_verdicts_comment_id", "comment_id", "moderator"),
    Index("ix_verdicts_decision_id", "decision_id", "id"),
    Index("ix_verdicts_created_at", "created_at"),
    Index("ix_verdicts_moderator", "moderator", "id"),
    Index("ix_verdicts_moderator_at", "moderator", "created_at"),
    partial("ix_verdicts_weigh_at", "weigh_at", where="weigh_at IS NOT NULL"),
    partial("ix_verdicts_unsure", "case_id", "moderator", where="verdict = 'unsure'"),
)

steered_looks = Table(
    "steered_looks",
    metadata,
    text("kind", "queue, label"),
    text("name", "which surface or label is looked at oftener"),
    Column("alpha", Float, nullable=False, comment="how far two people agree, beyond chance"),
    Column("low", Float, nullable=True, comment="lower end of its 95 % interval"),
    Column("high", Float, nullable=True, comment="upper end of it"),
    Column("judged", Integer, nullable=False, comment="comments that two people answered"),
    moment("since", "looked at oftener since"),
    moment("updated_at", "last measured"),
    PrimaryKeyConstraint("kind", "name"),
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
    partial("uq_label_records_current", "comment_id", where="superseded_at IS NULL", unique=True),
    Index("ix_label_records_decided_at", "decided_at", "id"),
)

bulk_verdicts = Table(
    "bulk_verdicts",
    metadata,
    key_column(),
    text("campaign_id", "whose comments are decided", ForeignKey("campaigns.id")),
    text("case_id", "the campaign's case, which the moderator decided by itself", ForeignKey("cases.id")),
    text("moderator", "user id"),
    text("verdict", "approve, reject"),
    document("labels", "names given with a reject"),
    text("ground", "on what it is rejected that no label names", optional=True),
    text("measure", "what the moderator asks for", optional=True),
    text("note", "the moderator's words; null once a comment of it is erased", optional=True),
    Column("confidence", Float, nullable=True, comment="0 to 1, the moderator's own"),
    text("state", "waiting (for a second person), running, done, refused, withdrawn"),
    moment("starts_at", "no comment is touched before then", optional=True),
    moment("created_at", "given"),
    moment("ended_at", "done, refused or withdrawn", optional=True),
    Index("ix_bulk_verdicts_state", "state", "starts_at"),
    Index("ix_bulk_verdicts_case_id", "case_id"),
    Index("ix_bulk_verdicts_campaign_id", "campaign_id"),
)

bulk_members = Table(
    "bulk_members",
    metadata,
    text("bulk_id", "which bulk verdict", ForeignKey("bulk_verdicts.id")),
    text("comment_id", "a comment that it was to decide", ForeignKey("comments.id")),
    Column("revision", Integer, nullable=False, comment="the text that the moderator was shown"),
    text("state", "pending, decided, decided_before, changed, erased, opened_again"),
    text("verdict_id", "its own verdict", ForeignKey("verdicts.id"), optional=True),
    PrimaryKeyConstraint("bulk_id", "comment_id"),
    Index("ix_bulk_members_state", "bulk_id", "state"),
    Index("ix_bulk_members_comment_id", "comment_id"),
)

likenesses = Table(
    "likenesses",
    metadata,
    Column("band", BigInteger, nullable=False, comment="one of twelve parts of a decided text's MinHash"),
    text("comment_id", "whose text has it", ForeignKey("comments.id")),
    PrimaryKeyConstraint("band", "comment_id"),
    Index("ix_likenesses_comment_id", "comment_id"),
)

telling_words = Table(
    "telling_words",
    metadata,
    Column("word", BigInteger, nullable=False, comment="63 bits of the hash of a word that spoke for its decision"),
    text("comment_id", "whose text has it", ForeignKey("comments.id")),
    PrimaryKeyConstraint("word", "comment_id"),
    Index("ix_telling_words_comment_id", "comment_id"),
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
