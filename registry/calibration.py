"""From a model's logits to calibrated probabilities. `training.calibration` fits what is applied here.

Two steps, both small:

* *Weighing*: each label's logit is a line through its own raw logit, plus what the other labels' evidence says
  against or for it (`softplus` of their logits), plus the raw logit of the hidden question "any harm at all?". A
  comment that is surely harmful and surely not sexual is gambling more often than its gambling words alone say.
* *Isotonic steps*, optional, where rows are many: follow any monotone shape.

With zero cross weights the first step is Platt scaling (Platt 1999).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

Matrix = npt.NDArray[np.float64]
CLIP = 30.0
"""Raw logits are held within this: beyond it they tell of a short odd text, not of certainty."""


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Steps(_Value):
    """Isotonic steps from weighed logits to probabilities, interpolated between knots, flat beyond them."""

    logits: tuple[float, ...]
    probabilities: tuple[float, ...]

    @model_validator(mode="after")
    def _rise(self) -> Steps:
        if len(self.logits) < 2 or len(self.logits) != len(self.probabilities):
            raise ValueError("isotonic steps need two or more knots, each with one probability")
        if np.any(np.diff(self.logits) <= 0) or np.any(np.diff(self.probabilities) < 0):
            raise ValueError("isotonic steps must rise")
        if min(self.probabilities) < 0 or max(self.probabilities) > 1:
            raise ValueError("isotonic probabilities must lie between 0 and 1")
        return self


class LabelCalibration(_Value):
    """One label's map. `fitted` is false where too few rows said yes, and a neighbour's slope was taken."""

    slope: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    offset: float = Field(default=0.0, allow_inf_nan=False)
    any_harm: float = Field(default=0.0, allow_inf_nan=False)
    others: dict[str, float] = Field(default_factory=dict)
    steps: Steps | None = None
    rows: int = 0
    positives: int = 0
    fitted: bool = True


class Calibration(_Value):
    """`calibration.json`: every label's map, in the taxonomy's order."""

    labels: dict[str, LabelCalibration]

    @model_validator(mode="after")
    def _known_others(self) -> Calibration:
        unknown = {other for each in self.labels.values() for other in each.others} - self.labels.keys()
        if unknown:
            raise ValueError(f"calibration weighs labels that are not there: {', '.join(sorted(unknown))}")
        return self

    def prepared(self) -> Calibrator:
        """Ready to be applied many times."""
        names = list(self.labels)
        cross = np.zeros((len(names), len(names)))
        for to, each in enumerate(self.labels.values()):
            for other, weight in each.others.items():
                cross[names.index(other), to] = weight
        each_label = list(self.labels.values())
        return Calibrator(
            slope=np.array([each.slope for each in each_label]),
            offset=np.array([each.offset for each in each_label]),
            any_harm=np.array([each.any_harm for each in each_label]),
            cross=cross,
            steps=tuple(each.steps for each in each_label),
        )

    @staticmethod
    def identity(labels: tuple[str, ...]) -> Calibration:
        """The logistic function alone, for a model that was not calibrated."""
        return Calibration(labels={label: LabelCalibration(fitted=False) for label in labels})


class Calibrator:
    """A calibration as arrays. `apply` takes raw logits `(n, labels + 1)`, the last column "any harm"."""

    def __init__(
        self, *, slope: Matrix, offset: Matrix, any_harm: Matrix, cross: Matrix, steps: tuple[Steps | None, ...] = ()
    ) -> None:
        self.slope, self.offset, self.any_harm, self.cross, self.steps = slope, offset, any_harm, cross, steps

    def apply(self, raw: Matrix) -> Matrix:
        """Calibrated probabilities, `(n, labels)`."""
        logits = self.weighed(raw)
        out = logistic(logits)
        for at, steps in enumerate(self.steps):
            if steps is not None:
                out[:, at] = np.interp(logits[:, at], steps.logits, steps.probabilities)
        return out

    def weighed(self, raw: Matrix) -> Matrix:
        """The logits after the first step, `(n, labels)`."""
        own, harm = np.clip(raw[:, :-1], -CLIP, CLIP), np.clip(raw[:, -1:], -CLIP, CLIP)
        return own * self.slope + softplus(own) @ self.cross + harm * self.any_harm + self.offset


def softplus(logits: Matrix) -> Matrix:
    """log(1 + exp(x)), exact at both ends."""
    return np.logaddexp(0.0, logits)


def logistic(logits: Matrix) -> Matrix:
    """1 / (1 + exp(-x)), exact at both ends."""
    return np.exp(-np.logaddexp(0.0, -logits))
