"""One model on one set of rows: everything that is said about it, as a value that goes to JSON and back.

The order of what matters (LABELS.md): harmful rows found at the thresholds that keep everyday comments within budget;
then calibration; then macro-F1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import TypeAdapter

from eval.chineseharm import SixClasses, six_classes
from eval.metrics import Interval, LabelFigures, Scores, figures, harmful, interval, macro_f1, questions
from eval.slices import SliceFigures, slices
from eval.thresholds import as_arrays, flagged, told
from moderation.normaliser import normalise
from moderation.ports import Scorer

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
    chineseharm: SixClasses | None = None

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
                "chineseharm_macro_f1": self.chineseharm.macro_f1 if self.chineseharm else None}  # fmt: skip
        for each in self.labels:
            name = each.name.replace("|", "_or_")
            flat |= {f"f1_{name}": each.f1, f"ap_{name}": each.average_precision, f"ece_{name}": each.ece}
        return {name: value for name, value in flat.items() if value is not None}


_ADAPTER = TypeAdapter(Evaluation)


def score_texts(scorer: Scorer, texts: Sequence[str]) -> Scores:
    """Calibrated probabilities of raw texts, `(n, labels)`, a batch at a time."""
    scored = [
        each.scores
        for first in range(0, len(texts), BATCH)
        for each in scorer.score([normalise(text) for text in texts[first : first + BATCH]])
    ]
    return np.array(scored, dtype=np.float64).reshape(len(texts), len(scorer.thresholds))


def evaluate(
    scorer: Scorer,
    rows: Rows,
    *,
    about: str,
    data_hash: str = "",
    scores: Scores | None = None,
    as_chineseharm: bool = False,
) -> Evaluation:
    """Everything about `scorer` on `rows`; `scores`, where the caller has them already, are not computed again."""
    names = tuple(scorer.thresholds)
    held = score_texts(scorer, rows.texts) if scores is None else scores
    review, block = as_arrays(scorer.thresholds, names)
    found = [figures(question) for question in questions(rows.labels, rows.union, held, names)]
    bad = harmful(rows.labels, rows.union)
    stopped = flagged(held, block)
    looked = flagged(held, review) | stopped
    blocked, reviewed = told(held[rows.everyday], review, block)
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
        chineseharm=six_classes(rows.labels, rows.union, held, names) if as_chineseharm else None,
    )
