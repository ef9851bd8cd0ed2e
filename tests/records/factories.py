"""Rows from plain words: comments and decisions that differ only in what a test says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from moderation.comment import Author, Client, Comment, Context
from moderation.decision import Decision, LabelScore, Outcome, Reason, Source, Versions
from moderation.spans import Span
from records.database import Database
from records.ids import new_id
from records.ledger import Actor
from records.personal import Keyring
from records.storing import Answered, Stored, store_decisions
from review.labels_export import Order
from tests.records.databases import NOW

NAMES = ("advertising", "gambling", "sexual", "fraud", "contraband", "abuse", "hate")

VERSIONS = Versions("chaffinch", "3", "fast", "a1b2", "default@1", "1", "1")


WRITER = "author-7f3a"

EXPORT = Order(Actor("user", "mia"), "training")
"""Of label files."""


def a_comment(
    text: str = "加个好友吧",
    *,
    known_as: str | None = None,
    surface: str = "forum",
    author: str = WRITER,
    **context: Any,
) -> Comment:
    return Comment(
        text=text,
        id=known_as,
        author=Author(id=author),
        context=Context(surface=surface, **context),
        client=Client(device="device-91", network="network-5"),
    )


def a_decision(outcome: Outcome = Outcome.PASS, missing: tuple[str, ...] = (), /, **scores: float) -> Decision:
    """A decision whose reasons are the labels with a score of at least 0.4; without a reason nothing is measured."""
    labels = tuple(LabelScore(name, scores.get(name, 0.01), 0.9, 0.4) for name in NAMES)
    reasons = tuple(
        Reason(label.name, Source.MODEL, outcome, {"zh": "像", "en": "looks like"}, "house rule 1", None, (Span(0, 2),))
        for label in labels
        if label.score >= 0.4
    )
    measures = ("refuse",) if outcome is Outcome.BLOCK and reasons else ()
    return Decision(outcome, labels, reasons, measures, "zh", VERSIONS, missing)


def an_answer(comment: Comment | None = None, decision: Decision | None = None) -> Answered:
    return Answered(comment or a_comment(), decision or a_decision(), new_id(), latency_ms=1.5)


def for_review(
    text: str = "加个好友吧",
    *,
    known_as: str | None = None,
    surface: str = "forum",
    score: float = 0.6,
    author: str = WRITER,
) -> Answered:
    comment = a_comment(text, known_as=known_as, surface=surface, author=author)
    return an_answer(comment, a_decision(Outcome.REVIEW, gambling=score))


def put(database: Database, keyring: Keyring, *answered: Answered, now: datetime = NOW) -> list[Stored]:
    with database.unit() as unit:
        stored = store_decisions(unit, answered, keyring=keyring, now=now)
        unit.commit()
    return stored
