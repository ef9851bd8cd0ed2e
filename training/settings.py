"""How a model is trained: `configs/training/*.toml`, every fault told at once.

A config names the data config whose snapshot it learns from, so that `chaffinch train starter` is enough.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from eval.thresholds import ThresholdPolicy
from moderation.errors import ConfigError, Fault
from moderation.toml import StrictModel, parse, read_toml
from registry.ngrams import MAX_BITS, MAX_ORDER, NgramSettings
from training.ngram import Optimiser

Order = Annotated[int, Field(ge=1, le=MAX_ORDER)]


class Features(StrictModel):
    """Which character n-grams are read, and how."""

    orders: tuple[Order, ...] = Field(default=(1, 2, 3), min_length=1)
    bits: int = Field(default=19, ge=8, le=MAX_BITS)
    seed: int = Field(default=0, ge=0, lt=2**32)
    min_df: int = Field(default=1, ge=1)
    """A feature seen in fewer texts gets no weight."""
    idf_power: float = Field(default=1.5, ge=0, le=3)
    """How much more rare n-grams weigh in a text's vector: idf to this power; 0 for all alike."""

    @property
    def ngrams(self) -> NgramSettings:
        """As the reader of n-grams takes it."""
        return NgramSettings(orders=tuple(sorted(set(self.orders))), bits=self.bits, seed=self.seed)


class Learning(StrictModel):
    """What is minimised and for how long."""

    strength: float = Field(default=100.0, gt=0, allow_inf_nan=False)
    """Inverse of the penalty on weights, as scikit-learn's C."""
    max_iterations: int = Field(default=150, ge=1, le=10_000)
    tolerance: float = Field(default=1e-5, gt=0)
    checkpoint_every: int = Field(default=20, ge=1)
    source_temperature: float = Field(default=1.0, ge=0, le=1)
    """A source of n rows counts as n to this power: 1 as they come, 0 all sources alike."""
    positive_weight: float = Field(default=1.0, gt=0, le=100)
    """How much a yes counts beside a no."""

    @property
    def optimiser(self) -> Optimiser:
        """As the trainer takes it."""
        return Optimiser(self.strength, self.max_iterations, self.tolerance, self.checkpoint_every)


class CalibrationSettings(StrictModel):
    """On which rows scores are calibrated and thresholds chosen, and how far few rows are trusted."""

    folds: int = Field(default=0, ge=0, le=20)
    """0: the validation split is held out for it. k > 1: every row of both splits is scored by a model that did not
    see its group (cross-fitting), and the final model learns from all of them: the better use of few rows."""
    slope_prior: float = Field(default=1.0, gt=0)
    cross_prior: float = Field(default=0.1, gt=0)
    """How hard weights across labels are held at zero, in rows."""
    isotonic_rows: int = Field(default=0, ge=0)
    """Labels with at least this many yes get isotonic steps on top; 0 for never. A union is a yes of its loudest."""

    @field_validator("folds")
    @classmethod
    def _not_one(cls, folds: int) -> int:
        if folds == 1:
            raise ValueError("one fold leaves nothing to learn from; say 0 or at least 2")
        return folds


class Encoder(StrictModel):
    """The second tier's place. This release trains the fast tier alone."""

    enabled: bool = False

    @field_validator("enabled")
    @classmethod
    def _not_yet(cls, enabled: bool) -> bool:
        if enabled:
            raise ValueError("this release trains the fast tier alone; set enabled = false")
        return enabled


class TrainingSettings(StrictModel):
    """One training config."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{1,39}$")
    """Also the alias under which the model is registered."""
    about: str = ""
    data: str
    """The data config whose newest snapshot is learnt from."""
    seed: int = Field(default=0, ge=0)
    features: Features = Features()
    learning: Learning = Learning()
    calibration: CalibrationSettings = CalibrationSettings()
    thresholds: ThresholdPolicy = ThresholdPolicy()
    encoder: Encoder = Encoder()

    @property
    def digest(self) -> str:
        """SHA-256 over everything that decides what comes out."""
        told = self.model_dump(mode="json", exclude={"about"})
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def load_settings(config: str | Path, configs: Path) -> TrainingSettings:
    """A config by its name under `configs/training/`, or by its path. Raises `ConfigError` with every fault."""
    path = Path(config) if str(config).endswith(".toml") else configs / "training" / f"{config}.toml"
    if not path.exists():
        known = ", ".join(sorted(each.stem for each in (configs / "training").glob("*.toml"))) or "none"
        raise ConfigError("There is no such training config.", [Fault(str(path), f"does not exist; known: {known}")])
    return parse(TrainingSettings, read_toml(path), where=str(path))
