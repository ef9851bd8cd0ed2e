"""How a model is trained: `configs/training/*.toml`, every fault told at once.

A config names the data config whose snapshot it learns from, so that `chaffinch train starter` is enough.
"""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from eval.thresholds import ThresholdPolicy
from moderation.errors import ConfigError, Fault
from moderation.toml import StrictModel, parse, read_toml
from registry.names import ROLES
from registry.ngrams import MAX_BITS, MAX_ORDER, NgramSettings
from training.ngram import Optimiser
from training.packaged_encoder import DEFAULT

Noise = Annotated[float, Field(ge=0, lt=0.5)]
Order = Annotated[int, Field(ge=1, le=MAX_ORDER)]


def _not_one(folds: int) -> int:
    if folds == 1:
        raise ValueError("one fold leaves nothing to learn from; say 0 or at least 2")
    return folds


class Features(StrictModel):
    """Which character n-grams are read, and how."""

    orders: tuple[Order, ...] = Field(default=(1, 2, 3), min_length=1)
    """Lengths of the n-grams, in code points."""
    bits: int = Field(default=19, ge=8, le=MAX_BITS)
    """Features are hashed into 2 to this power slots."""
    seed: int = Field(default=0, ge=0, lt=2**32)
    """Of the hash."""
    min_df: int = Field(default=1, ge=1)
    """A feature seen in fewer texts gets no weight."""
    idf_power: float = Field(default=1.5, ge=0, le=3)
    """How much more rare n-grams weigh in a text's vector: idf to this power; 0 for all alike."""
    views: bool = True
    """Whether they also read what other views add (`registry.reading`)."""

    @property
    def ngrams(self) -> NgramSettings:
        """As the reader of n-grams takes it."""
        return NgramSettings(orders=tuple(sorted(set(self.orders))), bits=self.bits, seed=self.seed)


class Learning(StrictModel):
    """What is minimised and for how long."""

    strength: float = Field(default=100.0, gt=0, allow_inf_nan=False)
    """Inverse of the penalty on weights, as scikit-learn's C."""
    max_iterations: int = Field(default=150, ge=1, le=10_000)
    """Steps of L-BFGS at most."""
    tolerance: float = Field(default=1e-5, gt=0)
    """The slope at which learning ends."""
    checkpoint_every: int = Field(default=20, ge=1)
    """Iterations between two checkpoints."""
    source_temperature: float = Field(default=1.0, ge=0, le=1)
    """A source of n rows counts as n to this power: 1 as they come, 0 all sources alike."""
    positive_weight: float = Field(default=1.0, gt=0, le=100)
    """How much a yes counts beside a no."""

    noise: dict[str, Noise] = Field(default_factory=dict)
    """By source, the share of its yes that are taken to be wrong: both tiers learn them as so much less than a yes, and
    do not learn wrong rows by heart. `chaffinch data suspects` tells how many answers a source has that models doubt.
    Calibration and every figure take labels as they stand."""

    @property
    def optimiser(self) -> Optimiser:
        """As the trainer takes it."""
        return Optimiser(self.strength, self.max_iterations, self.tolerance, self.checkpoint_every)


class DisguiseSettings(StrictModel):
    """Disguised copies of training rows (`training.disguising`)."""

    share: float = Field(default=0.0, ge=0, le=1)
    """For how many of the rows a copy is tried."""
    least: float = Field(default=0.3, gt=0, le=1)
    """The weakest disguise, as the share of words rewritten; the strongest rewrites all."""


class CalibrationSettings(StrictModel):
    """On which rows scores are calibrated and thresholds chosen, and how far few rows are trusted."""

    folds: int = Field(default=0, ge=0, le=20)
    """0: the validation split is held out for it. k > 1: every row of both splits is scored by a model that did not
    see its group (cross-fitting), and the final model learns from all of them: the better use of few rows."""
    slope_prior: float = Field(default=1.0, gt=0)
    """How hard each label's own slope is held at one, in rows."""
    cross_prior: float = Field(default=0.1, gt=0)
    """How hard weights across labels are held at zero, in rows."""
    isotonic_rows: int = Field(default=0, ge=0)
    """Labels with at least this many yes get isotonic steps on top; 0 for never. A union is a yes of its loudest."""
    prior: float = Field(default=0.125, ge=0, lt=1)
    """The base rate of each label in the mix that scores speak of; 0: that of the held-out rows. One in eight is a mix
    of seven labels and harmless comments in equal parts."""

    _folds = field_validator("folds")(_not_one)


class EncoderSettings(StrictModel):
    """The second tier: a pretrained encoder, how it is fine-tuned, and how often it is asked beside the first."""

    enabled: bool = False
    """Whether there is a second tier at all."""
    base: str = DEFAULT
    """A Hugging Face sequence encoder: a public name, or a folder."""
    hub: bool = False
    """Whether a model hub may be asked where the base is neither a local folder nor packaged."""
    layers: tuple[int, ...] | None = Field(default=None, min_length=1)
    """Which of the base's layers are kept, counted from 0 and ascending: a shallower encoder costs as many layers less.
    `frozen_layers` counts those that are kept. Unset: all."""
    taught: float = Field(default=0.5, ge=0, le=1)
    """Where a teacher is named (`chaffinch train --teacher`): the share of what is learnt that is its answer and not
    the label. A label that a row's source does not know is the teacher's to say, and counts this share of a known one.
    """
    length: int = Field(default=96, ge=8, le=512)
    """Pieces of a comment that are read."""
    max_rows: int | None = Field(default=None, ge=1)
    """At most so many training rows, drawn by their weights where there are more."""
    hard_negatives: float = Field(default=0.0, ge=0, le=1_000)
    """Where rows are drawn (`max_rows`): how many times more those everyday harmless rows weigh that n-grams, which did
    not learn from them, suspect most (`training.mining`); 0: they are not asked."""
    replay: int | None = Field(default=None, ge=0)
    """In a warm start, at most so many of the rows that the earlier model's snapshot had are learnt again, drawn by
    their weights, beside all that are new; unset: all."""
    validation_rows: int | None = Field(default=4_096, ge=1)
    """At most so many validation rows are looked at while training; calibration has all of them."""
    common: int = Field(default=0, ge=0)
    """The vocabulary's first so many pieces are kept whether the corpus has them or not."""
    seen: int = Field(default=1, ge=1)
    """A piece that is seen in fewer places is not kept."""
    folds: int = Field(default=0, ge=0, le=20)
    """0: validation rows are held out for calibration and thresholds. k > 1: rows are asked, each of one of k further
    encoders, which did not see its group; needs `calibration.folds`, for both tiers must speak of the same rows."""
    asked_rows: int | None = Field(default=None, ge=1)
    """With folds, at most so many of the training side are asked; unset: `max_rows`. To ask costs a fraction of what
    learning costs, and thresholds chosen on few rows are chosen by luck."""
    members: int = Field(default=1, ge=1, le=10)
    """So many encoders are fine-tuned from the same start, each with its own seed, and their weights averaged where
    validation rows lose nothing by it (`training.soup`); what is served costs as much as one. Not with `folds`."""
    epochs: int = Field(default=2, ge=1, le=100)
    """Passes over the training rows."""
    batch_rows: int = Field(default=32, ge=1, le=4_096)
    """Rows of one step."""
    learning_rate: float = Field(default=5e-5, gt=0, lt=1)
    """Of the encoder's layers, at its highest."""
    head_learning_rate: float = Field(default=5e-4, gt=0, lt=1)
    """Of the head, at its highest."""
    warm_rate: float = Field(default=1.0, gt=0, le=1)
    """A warm start goes on at this share of both rates: verdicts of a day are few, and what is replayed beside them is
    to hold the model where it is, not to move it."""
    probe_rows: int = Field(default=2_048, ge=1)
    """Rows from which the head is fitted before the first step."""
    weight_decay: float = Field(default=0.01, ge=0, lt=1)
    """How hard weights are drawn to zero."""
    warmup: float = Field(default=0.06, ge=0, le=1)
    """The share of steps over which the rate rises."""
    clip: float = Field(default=1.0, gt=0)
    """The longest a step's gradient may be."""
    frozen_embeddings: bool = True
    """Whether the table of pieces stays as it is, and keeps its 4 bits."""
    frozen_layers: int = Field(default=0, ge=0)
    """So many lower layers stay as they are; they run once, and training is several times faster. ALBERT (one layer,
    run over and over) and T5 (blocks that hand more on than their states) cannot freeze any: a base of these kinds is
    refused before anything is trained, unless this is 0."""
    bf16: bool | None = None
    """Unset: where the processor does it well."""
    evaluations: int = Field(default=2, ge=1)
    """Looks at the validation rows in an epoch."""
    patience: int = Field(default=2, ge=1)
    """Looks in a row without gain after which training stops; the best weights are kept in any case."""
    checkpoint_every: int = Field(default=200, ge=1)
    """Steps after which a checkpoint is written at the latest; half a minute or a validation may come before."""
    threads: int | None = Field(default=None, ge=1)
    """Processor threads; unset: as many as PyTorch takes."""
    processes: int = Field(default=1, ge=1, le=64)
    """Processes that share each batch: one for each GPU, over gloo where there is none. What comes out is the same."""
    megabytes: float = Field(default=60, gt=0)
    """What the exported encoder may take. A base of BERT's usual size (12 layers of 768) takes some 170; the gate has a
    budget of its own (`budget.bundle_megabytes`)."""
    worse: float = Field(default=0.003, ge=0, le=1)
    """How much macro-F1 the fast tier's answers may cost beside always asking both tiers, on validation rows."""
    lost: float = Field(default=0.005, ge=0, le=1)
    """The share of harmful rows that both tiers find and the cascade may miss."""

    _folds = field_validator("folds")(_not_one)

    @field_validator("layers")
    @classmethod
    def _ascending(cls, layers: tuple[int, ...] | None) -> tuple[int, ...] | None:
        if layers is not None and (layers[0] < 0 or any(one >= other for one, other in pairwise(layers))):
            raise ValueError("layers are counted from 0 and named in their order, each once: [0, 1, 2, 3, 4, 5]")
        return layers


class TrainingSettings(StrictModel):
    """One training config."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{1,39}$")
    """Also the alias under which the model is registered."""
    about: str = ""
    """What its card says first."""
    data: str
    """The data config whose newest snapshot is learnt from."""
    domain: tuple[str, ...] = ()
    """Sources of the kind of text that the model is for: of the held-out rows theirs alone choose the encoder's best
    weights, calibrate scores, and must hold where exits are chosen. Thresholds keep their budgets on all rows. Unset:
    every source speaks."""
    release: bool = False
    """Whether the model is to be given to others: the gate then asks that every source allows it, and that of every
    model that is started from it."""
    without: tuple[str, ...] = ()
    """Labels that it does without: no training row need carry them, and the model never decides by them. A label that
    is not named here and that no training row carries is refused."""
    seed: int = Field(default=0, ge=0)
    """Of every draw."""
    features: Features = Features()
    """The first tier's n-grams."""
    learning: Learning = Learning()
    """How the first tier learns."""
    disguises: DisguiseSettings = DisguiseSettings()
    """Disguised copies."""
    calibration: CalibrationSettings = CalibrationSettings()
    """How scores become probabilities."""
    thresholds: ThresholdPolicy = ThresholdPolicy()
    """The budgets that thresholds keep to."""
    encoder: EncoderSettings = EncoderSettings()
    """The second tier."""

    @field_validator("name")
    @classmethod
    def _no_role(cls, name: str) -> str:
        if name in ROLES:
            raise ValueError(
                f"'{name}' is an alias with a meaning of its own, which a training must not move; rename it"
            )
        return name

    @model_validator(mode="after")
    def _same_rows(self) -> Self:
        if self.encoder.folds and not self.calibration.folds:
            raise ValueError("encoder.folds needs calibration.folds: both tiers must be asked of the same rows")
        if self.encoder.folds and self.encoder.members > 1:
            raise ValueError(
                "encoder.members averages one encoder, and encoder.folds asks others: leave one of them out"
            )
        return self

    @property
    def digest(self) -> str:
        """SHA-256 over everything that decides what comes out."""
        told = self.model_dump(
            mode="json", exclude={"about": True, "encoder": {"threads", "processes", "checkpoint_every"}}
        )
        told = {name: each for name, each in told.items() if name not in ("release", "without") or each}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def load_settings(config: str | Path, configs: Path) -> TrainingSettings:
    """A config by its name under `configs/training/`, or by its path. Raises `ConfigError` with every fault."""
    path = Path(config) if str(config).endswith(".toml") else configs / "training" / f"{config}.toml"
    if not path.exists():
        known = ", ".join(sorted(each.stem for each in (configs / "training").glob("*.toml"))) or "none"
        raise ConfigError("There is no such training config.", [Fault(str(path), f"does not exist; known: {known}")])
    return parse(TrainingSettings, read_toml(path), where=str(path))
