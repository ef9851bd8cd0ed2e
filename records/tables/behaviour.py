"""Behaviour over many comments: observations and campaigns."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text

from records.columns import document, key_column, moment, octets, text
from records.tables.base import metadata, partial

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
    partial("ix_observations_mark", "mark", "at", where="mark IS NOT NULL"),
)

campaigns = Table(
    "campaigns",
    metadata,
    key_column(),
    text("kind", "what is spread: text, contact, thread; or a group of cases: account_day, thread_burst"),
    octets("signature", "MinHash of the text that is spread, or of the first with the contact", optional=True),
    text("case_id", "the one case about it, or the one that stands for the group", ForeignKey("cases.id")),
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

campaign_findings = Table(
    "campaign_findings",
    metadata,
    Column("campaign_id", Text, ForeignKey("campaigns.id"), primary_key=True, comment="about which campaign"),
    text("hand", "what the signs say: one_hand, many_people, unclear"),
    text("confidence", "how surely: strong, fair, none"),
    document("evidence", "counts, and the signs with their weights; no text, no contact, no pseudonym"),
    Column("size", Integer, nullable=False, comment="comments of the campaign when it was weighed"),
    moment("created_at", "first weighed"),
    moment("updated_at", "last weighed"),
    text("answer", "what a person says: one_hand, many_people, no_campaign; null before", optional=True),
    text("answered_by", "who", optional=True),
    text("note", "why, in their words", optional=True),
    moment("answered_at", "when", optional=True),
)
