"""From a model's logits to calibrated probabilities, label by label. `training.calibration` fits what is applied here.

Platt scaling (a line through the logit, then the logistic function; Platt 1999) keeps every ranking and needs few
rows. Isotonic steps follow any monotone shape and need many. Both are monotone: calibration never swaps two comments.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

Matrix = npt.NDArray[np.float64]


class Method(StrEnum):
    """How a label's logit becomes a probability."""

    PLATT = "platt"
    ISOTONIC = "isotonic"


class LabelCalibration(BaseModel):
    """One label's map. `slope` and `offset` are Platt's; `logits` and `probabilities` are the isotonic knots."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: Method = Method.PLATT
    slope: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    offset: float = Field(default=0.0, allow_inf_nan=False)
    logits: tuple[float, ...] = ()
    probabilities: tuple[float, ...] = ()
    rows: int = 0
    positives: int = 0
    fitted: bool = True

    @model_validator(mode="after")
    def _knots_rise(self) -> LabelCalibration:
        if self.method is Method.ISOTONIC and len(self.logits) < 2:
            raise ValueError("isotonic calibration needs at least two knots")
        if len(self.logits) != len(self.probabilities):
            raise ValueError("isotonic knots need one probability for each logit")
        if any(np.diff(self.logits) <= 0) or any(np.diff(self.probabilities) < 0):
            raise ValueError("isotonic knots must rise")
        return self

    def apply(self, logits: Matrix) -> Matrix:
        """Probabilities for one label's logits, `(n,)`."""
        if self.method is Method.ISOTONIC:
            return np.interp(logits, self.logits, self.probabilities)
        return logistic(self.slope * logits + self.offset)


class Calibration(BaseModel):
    """`calibration.json`: every label's map, in the taxonomy's order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    labels: dict[str, LabelCalibration]

    def apply(self, logits: Matrix) -> Matrix:
        """Calibrated probabilities, `(n, labels)`, for logits of the same shape."""
        if self._all_platt:
            return logistic(logits * self._slopes + self._offsets)
        columns = [each.apply(logits[:, at]) for at, each in enumerate(self.labels.values())]
        return np.stack(columns, axis=1)

    @staticmethod
    def identity(labels: tuple[str, ...]) -> Calibration:
        """The logistic function alone, for a model that was not calibrated."""
        return Calibration(labels={label: LabelCalibration(fitted=False) for label in labels})

    @property
    def _all_platt(self) -> bool:
        return all(each.method is Method.PLATT for each in self.labels.values())

    @property
    def _slopes(self) -> Matrix:
        return np.array([each.slope for each in self.labels.values()])

    @property
    def _offsets(self) -> Matrix:
        return np.array([each.offset for each in self.labels.values()])


def logistic(logits: Matrix) -> Matrix:
    """1 / (1 + exp(-x)), exact at both ends."""
    return np.exp(-np.logaddexp(0.0, -logits))
