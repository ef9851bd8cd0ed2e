"""A recipe judged on all of a set: n models, each asked about the fold that it never saw, their answers taken together.

One held-out part of a small set says little: its interval is wide, and its rows may be hard ones. Every fold's model is
trained as any other (`training.run`), so what was finished is not repeated and what was stopped goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np

from data.rows import Rows
from data.snapshot import Snapshot
from eval.class_questions import ClassFigures, class_figures, question_of
from eval.evaluation import answer_texts
from eval.joining import joined
from eval.metrics import Interval, LabelFigures, Scores, figures, harmful, interval, macro_f1, questions
from eval.thresholds import as_arrays, flagged
from registry.bundle import open_bundle
from registry.scorers import scorer_of
from training.order import Order, Progress
from training.run import Trained, train
from training.tracking import Tracking


@dataclass(frozen=True)
class FoldFigures:
    """One fold: its snapshot, its model, how many rows were judged, macro-F1 as the set asks it (else by label)."""

    snapshot: str
    bundle: str
    hash: str
    rows: int
    macro_f1: float | None


@dataclass(frozen=True)
class CrossValidated:
    """The folds, and figures over the rows of all of them; `macro_f1` is by label, at 0.5.

    `found` are harmful rows not passed and `blocked` those stopped, each at the thresholds of its own fold's model.
    """

    folds: list[FoldFigures]
    rows: int
    labels: list[LabelFigures]
    macro_f1: float | None
    classes: ClassFigures | None
    found: Interval
    blocked: Interval

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return asdict(self)


@dataclass(frozen=True)
class _Answered:
    """A fold's rows, what its model says of them `(n, labels)`, and which reach its thresholds `(n,)`."""

    figures: FoldFigures
    rows: Rows
    scores: Scores
    looked: np.ndarray[Any, np.dtype[np.bool_]]
    stopped: np.ndarray[Any, np.dtype[np.bool_]]


def cross_validate(
    orders: Sequence[Order],
    *,
    now: Callable[[], datetime],
    progress: Progress = lambda stage, share, note: None,
    warn: Callable[[str], None] = lambda sentence: None,
) -> CrossValidated:
    """Trains each fold's order and judges all rows together. Raises as `training.run.train`.

    MLflow hears nothing of it: these models answer a question about a recipe, and none is to be promoted.
    """
    answered = []
    for number, order in enumerate(orders, start=1):
        told = _numbered(progress, number, len(orders))
        made = train(order, Tracking(None, warn), now=now, progress=told, warn=warn)
        answered.append(_ask(order, made, told))
    return _together(answered, orders[0].taxonomy.names)


def fold_orders(folds: Sequence[Snapshot], order: Order) -> list[Order]:
    """One order a fold, like `order`; each model is named after its fold's snapshot."""
    return [
        Order(order.settings.model_copy(update={"name": fold.name}), fold, order.taxonomy, order.home, order.warm, True)
        for fold in folds
    ]


def _numbered(progress: Progress, number: int, count: int) -> Progress:
    return lambda stage, share, note: progress(f"{number}/{count} {stage}", share, note)


def _ask(order: Order, made: Trained, progress: Progress) -> _Answered:
    scorer = scorer_of(open_bundle(made.bundle, order.taxonomy), version=made.bundle.name)
    rows, names = order.snapshot.split("test"), order.taxonomy.names
    scores = answer_texts(scorer, rows.texts, lambda share: progress("ask", share, f"{len(rows)} rows")).scores
    review, block = as_arrays(scorer.thresholds, names)
    stopped = flagged(scores, block)
    told = FoldFigures(order.snapshot.path.name, made.bundle.name, made.hash, len(rows), _score(rows, scores, names))
    return _Answered(told, rows, scores, flagged(scores, review) | stopped, stopped)


def _score(rows: Rows, scores: Scores, names: tuple[str, ...]) -> float | None:
    question = question_of(rows)
    if question is not None:
        return class_figures(question, rows, scores, names).macro_f1
    return macro_f1(_by_label(rows, scores, names), names)


def _by_label(rows: Rows, scores: Scores, names: tuple[str, ...]) -> list[LabelFigures]:
    return [figures(each) for each in questions(rows.labels, rows.union, scores, names)]


def _together(answered: Sequence[_Answered], names: tuple[str, ...]) -> CrossValidated:
    rows = joined(*(each.rows for each in answered))
    scores = np.concatenate([each.scores for each in answered])
    looked, stopped = (np.concatenate([getattr(each, name) for each in answered]) for name in ("looked", "stopped"))
    bad, by_label, question = harmful(rows.labels, rows.union), _by_label(rows, scores, names), question_of(rows)
    return CrossValidated(
        folds=[each.figures for each in answered],
        rows=len(rows),
        labels=by_label,
        macro_f1=macro_f1(by_label, names),
        classes=class_figures(question, rows, scores, names) if question else None,
        found=interval(int(looked[bad].sum()), int(bad.sum())),
        blocked=interval(int(stopped[bad].sum()), int(bad.sum())),
    )
