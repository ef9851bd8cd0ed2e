"""Two tiers as one model: the fast one answers in microseconds, and only what it is unsure of goes to the encoder.

**The policy.** The fast tier's answer stands where each of its calibrated probabilities is beyond doubt: at most
`clean`, or at least `sure`. One label in between sends the comment on, since a comment may carry several labels and
the scores of all are reported. What was sent on gets both tiers' answers, averaged as log-odds (a tier that is certain
weighs more than one that hesitates) and calibrated once more, because an average of calibrated scores is too timid.
Both thresholds are chosen on validation rows (`training.exits`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import copy
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from moderation.errors import BundleError
from moderation.normaliser import Normalised
from moderation.ports import Scored, Scorer, Thresholds
from moderation.spans import Span
from registry.calibration import Calibration
from registry.encoder import ENCODER_TIER

CASCADE = "cascade.json"
CERTAIN = 1e-6
"""Probabilities are held within this of 0 and 1 before their log-odds are taken."""

Matrix = npt.NDArray[np.float64]


class Exits(BaseModel):
    """Where the fast tier's answer stands, as calibrated probabilities."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    clean: float = Field(ge=0, le=1, allow_inf_nan=False)
    sure: float = Field(ge=0, le=1, allow_inf_nan=False)

    @model_validator(mode="after")
    def _apart(self) -> Exits:
        if self.clean >= self.sure:
            raise ValueError("clean must be below sure")
        return self

    def stand(self, probabilities: Matrix) -> npt.NDArray[np.bool_]:
        """Which rows of `(n, labels)` need no second opinion, `(n,)`."""
        beyond: npt.NDArray[np.bool_] = np.all((probabilities <= self.clean) | (probabilities >= self.sure), axis=1)
        return beyond

    def stands(self, scores: Sequence[float]) -> bool:
        """The same of one row; for seven numbers NumPy's calls take longer than the comparing."""
        return all(score <= self.clean or score >= self.sure for score in scores)


NO_EXITS = Exits(clean=0.0, sure=1.0)
"""Calibrated probabilities pass neither, so that every comment goes to the encoder."""


class CascadeRecord(BaseModel):
    """`cascade.json`: the exits, the encoder's share of the average, the average's calibration."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    exits: Exits
    encoder_share: float = Field(default=0.5, ge=0, le=1, allow_inf_nan=False)
    calibration: Calibration


def averaged(fast: Matrix, encoder: Matrix, encoder_share: float = 0.5) -> Matrix:
    """Mean log-odds as raw logits `(n, labels + 1)`; there is no "any harm" column here, so it is zero."""
    mean = (1 - encoder_share) * _odds(fast) + encoder_share * _odds(encoder)
    return np.hstack([mean, np.zeros((len(mean), 1))])


def parse_cascade(raw: bytes, labels: Sequence[str]) -> CascadeRecord:
    """Reads `cascade.json`. Raises `BundleError` where it is damaged or about other labels."""
    try:
        record = CascadeRecord.model_validate(json.loads(raw))
    except (ValueError, ValidationError) as error:
        raise BundleError(f"{CASCADE} is not what this release writes; train the bundle again.") from error
    if tuple(record.calibration.labels) != tuple(labels):
        raise BundleError(f"{CASCADE} is about other labels than the manifest; train the bundle again.")
    return record


class CascadeScorer:
    """The fast tier, and the encoder where it is unsure. Implements `moderation.ports.Scorer`."""

    def __init__(
        self,
        fast: Scorer,
        encoder: Scorer,
        record: CascadeRecord,
        thresholds: Mapping[str, Thresholds],
        *,
        name: str,
        version: str,
        hash: str = "",  # noqa: A002 (the bundle's, as the fast tier's scorer has it)
    ) -> None:
        self.name, self.version, self.hash = name, version, hash
        self.labels = tuple(thresholds)
        self.thresholds: Mapping[str, Thresholds] = MappingProxyType(dict(thresholds))
        self._fast, self._encoder = fast, encoder
        self._exits, self._share = record.exits, record.encoder_share
        self._calibration = record.calibration.prepared()

    def score(self, texts: Sequence[Normalised]) -> list[Scored]:
        """One `Scored` a text, in order; `tier` says which tier had the last word."""
        answers = self._fast.score(texts)
        if not answers:
            return answers
        fast = np.array([each.scores for each in answers])
        unsure: list[int] = np.flatnonzero(~self._exits.stand(fast)).tolist()
        if unsure:
            second = np.array([each.scores for each in self._encoder.score([texts[at] for at in unsure])])
            both = self._calibration.apply(averaged(fast[unsure], second, self._share))
            for at, scores in zip(unsure, both.tolist(), strict=True):
                answers[at] = Scored(tuple(scores), ENCODER_TIER)
        return answers

    def at_once(self, texts: Sequence[Normalised]) -> list[Scored] | None:
        """The fast tier's answers where all of them stand; else None, and `score` asks the encoder."""
        answers = self._fast.score(texts)
        return answers if answers and all(self._exits.stands(each.scores) for each in answers) else None

    def always_both(self) -> CascadeScorer:
        """The same model without exits: every comment is asked of both tiers. For measuring what exits cost."""
        other = copy(self)
        other._exits = NO_EXITS
        return other

    @property
    def fast(self) -> Scorer:
        """The fast tier alone, as it answers where it is sure."""
        return self._fast

    def explain(self, text: Normalised, label: str) -> tuple[Span, ...]:
        """The fast tier's words, which cost nothing; the encoder's where the fast tier saw none."""
        return self._fast.explain(text, label) or self._encoder.explain(text, label)


def _odds(probabilities: Matrix) -> Matrix:
    held = np.clip(probabilities, CERTAIN, 1 - CERTAIN)
    odds: Matrix = np.log(held) - np.log1p(-held)
    return odds
