"""One model on one set of rows: everything that is said about it, as a value that goes to JSON and back.

The order of what matters (LABELS.md): harmful rows found at the thresholds that keep everyday comments within budget;
then calibration; then macro-F1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from eval.batching import in_batches
from eval.class_questions import ClassFigures, ClassQuestion, class_figures
from eval.metrics import Interval, LabelFigures, Scores, figures, harmful, interval, macro_f1, questions
from eval.slices import SliceFigures, slices
from eval.thresholds import as_arrays, flagged, told
from moderation.normaliser import normalise
from moderation.ports import Scored, Scorer
from registry.cascade import CascadeScorer
from registry.encoder import ENCODER_TIER

if TYPE_CHECKING:
    from data.rows import Rows

BATCH = 512


@dataclass(frozen=True)
class Evaluation:
    """The report. `about` says which rows were judged; `thresholds` are those of the model."""

    model: str
    version: str
    about: str
    data_hash: str
    rows: int
    macro_f1: float | None
    labels: list[LabelFigures]
    everyday_blocked: Interval
    everyday_reviewed: Interval
    harmful_found: Interval
    harmful_blocked: Interval
    slices: list[SliceFigures]
    thresholds: dict[str, dict[str, float]]
    classes: ClassFigures | None = None
    """As a public set asks it (`--as`); None where nobody asked so."""
    encoder_asked: Interval | None = None
    """The rows that the fast tier was unsure of; None for a model without an encoder."""
    macro_f1_of_both: float | None = None
    """With both tiers asked about every row: what the exits cost; None where that was not measured."""

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        plain: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return plain

    @staticmethod
    def from_json(value: object) -> Evaluation:
        """The report as it was written. Raises pydantic's `ValidationError` where it is none."""
        return _ADAPTER.validate_python(value)

    def label(self, name: str) -> LabelFigures | None:
        """One label's or union's figures."""
        return next((each for each in self.labels if each.name == name), None)

    def figures(self) -> dict[str, float]:
        """The report's single numbers by name, for tracking and tables."""
        flat = {"macro_f1": self.macro_f1, "everyday_blocked": self.everyday_blocked.share,
                "everyday_blocked_high": self.everyday_blocked.high, "everyday_reviewed": self.everyday_reviewed.share,
                "harmful_found": self.harmful_found.share, "harmful_blocked": self.harmful_blocked.share,
                "encoder_asked": self.encoder_asked.share if self.encoder_asked else None,
                "macro_f1_of_both": self.macro_f1_of_both}  # fmt: skip
        if self.classes is not None:
            flat[f"{self.classes.question}_macro_f1"] = self.classes.macro_f1
        for each in self.labels:
            name = each.name.replace("|", "_or_")
            flat |= {f"f1_{name}": each.f1, f"ap_{name}": each.average_precision, f"ece_{name}": each.ece}
        return {name: value for name, value in flat.items() if value is not None}


_ADAPTER = TypeAdapter(Evaluation)


class Answered(NamedTuple):
    """What a model said of rows: calibrated scores `(n, labels)`, and whether the encoder was asked, `(n,)`."""

    scores: Scores
    asked: NDArray[np.bool_]


def answer_texts(
    scorer: Scorer, texts: Sequence[str], progress: Callable[[float], None] = lambda share: None
) -> Answered:
    """The model's answers to raw texts, a batch at a time."""
    scores = np.empty((len(texts), len(scorer.thresholds)))
    asked = np.zeros(len(texts), dtype=np.bool_)

    def ask(batch: slice) -> list[Scored]:
        return scorer.score([normalise(text) for text in texts[batch]])

    for batch, scored in in_batches(len(texts), BATCH, ask, progress):
        scores[batch] = [each.scores for each in scored]
        asked[batch] = [each.tier == ENCODER_TIER for each in scored]
    return Answered(scores, asked)


def score_texts(scorer: Scorer, texts: Sequence[str]) -> Scores:
    """Calibrated probabilities of raw texts, `(n, labels)`."""
    return answer_texts(scorer, texts).scores


def both_scores(
    scorer: Scorer, texts: Sequence[str], answered: Answered, progress: Callable[[float], None] = lambda share: None
) -> Scores | None:
    """The scores with both tiers asked about every row; None for a model without an encoder."""
    if not isinstance(scorer, CascadeScorer):
        return None
    rest: list[int] = np.flatnonzero(~answered.asked).tolist()
    scores = answered.scores.copy()
    scores[rest] = answer_texts(scorer.always_both(), [texts[at] for at in rest], progress).scores
    return scores


def evaluate(
    scorer: Scorer,
    rows: Rows,
    *,
    about: str,
    data_hash: str = "",
    answered: Answered | None = None,
    both: Scores | None = None,
    question: ClassQuestion | None = None,
) -> Evaluation:
    """Everything about `scorer` on `rows`; what the caller has `answered` already is not asked again."""
    names = tuple(scorer.thresholds)
    held, asked = answered or answer_texts(scorer, rows.texts)
    review, block = as_arrays(scorer.thresholds, names)
    found = [figures(each) for each in questions(rows.labels, rows.union, held, names)]
    bad = harmful(rows.labels, rows.union)
    stopped = flagged(held, block)
    looked = flagged(held, review) | stopped
    everyday = rows.take(rows.everyday)
    blocked, reviewed = told(held[rows.everyday], review, block, everyday.group_keys)
    return Evaluation(
        model=scorer.name,
        version=scorer.version,
        about=about,
        data_hash=data_hash,
        rows=len(rows),
        macro_f1=macro_f1(found, names),
        labels=found,
        everyday_blocked=blocked,
        everyday_reviewed=reviewed,
        harmful_found=interval(int(looked[bad].sum()), int(bad.sum())),
        harmful_blocked=interval(int(stopped[bad].sum()), int(bad.sum())),
        slices=slices(rows, held, names, review, block),
        thresholds={name: asdict(each) for name, each in scorer.thresholds.items()},
        classes=class_figures(question, rows, held, names) if question else None,
        encoder_asked=interval(int(asked.sum()), len(rows)) if isinstance(scorer, CascadeScorer) else None,
        macro_f1_of_both=None if both is None else _macro_f1(rows, both, names),
    )


def _macro_f1(rows: Rows, scores: Scores, names: tuple[str, ...]) -> float | None:
    return macro_f1([figures(question) for question in questions(rows.labels, rows.union, scores, names)], names)
