"""Rows from plain words: comments and decisions that differ only in what a test says."""

from __future__ import annotations

from moderation.comment import Author, Client, Comment, Context
from moderation.decision import Decision, LabelScore, Outcome, Reason, Source, Versions
from moderation.spans import Span
from records.ids import new_id
from records.storing import Answered

NAMES = ("advertising", "gambling", "sexual", "fraud", "contraband", "abuse", "hate")

VERSIONS = Versions("chaffinch", "3", "fast", "a1b2", "default@1", "1", "1")


def a_comment(text: str = "加个好友吧", *, id: str | None = None, surface: str = "forum", **context: str) -> Comment:  # noqa: A002
    return Comment(
        text=text,
        id=id,
        author=Author(id="author-7f3a"),
        context=Context(surface=surface, **context),
        client=Client(device="device-91", network="network-5"),
    )


def a_decision(outcome: Outcome = Outcome.PASS, *, missing: tuple[str, ...] = (), **scores: float) -> Decision:
    """A decision whose reasons are the labels with a score of at least 0.4."""
    labels = tuple(LabelScore(name, scores.get(name, 0.01), 0.9, 0.4) for name in NAMES)
    reasons = tuple(
        Reason(label.name, Source.MODEL, outcome, {"zh": "像", "en": "looks like"}, "house rule 1", None, (Span(0, 2),))
        for label in labels
        if label.score >= 0.4
    )
    return Decision(outcome, labels, reasons, ("refuse",) if outcome is Outcome.BLOCK else (), "zh", VERSIONS, missing)


def an_answer(comment: Comment | None = None, decision: Decision | None = None) -> Answered:
    return Answered(comment or a_comment(), decision or a_decision(), new_id(), latency_ms=1.5)


def for_review(
    text: str = "加个好友吧", *, id: str | None = None, surface: str = "forum", score: float = 0.6
) -> Answered:  # noqa: A002
    return an_answer(a_comment(text, id=id, surface=surface), a_decision(Outcome.REVIEW, gambling=score))
