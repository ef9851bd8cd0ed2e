"""What the gate asks for, `configs/gates/*.toml`: every axis that it looks along has a limit of its own there.

The file as a whole has a hash that the gate's answer carries: a yes given by another gate is no yes of this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, field_validator

from eval.compare import ALL, LABEL
from eval.neutrality import NeutralityLimits
from eval.required import REQUIRED
from eval.slices import Axis
from moderation.toml import StrictModel, parse, read_toml
from registry.files import json_bytes, sha256

DISGUISE: Final = "disguise"
F1: Final = "f1"


class Exam(StrictModel):
    """A frozen set that every challenger is judged on."""

    name: str = Field(pattern=r"^[a-z0-9_]{2,40}$")
    """Of its folder under `var/frozen`."""
    hash: str | None = Field(default=None, pattern=r"^[0-9a-f]{8,64}$")
    """As its `frozen.json` has it, or how that begins; unset: whatever lies under the name, which the answer says."""


class Coverage(StrictModel):
    """How much the exam must hold to say anything."""

    everyday: int = Field(default=200, ge=1)
    """Everyday comments at least."""
    positives: int = Field(default=30, ge=1)
    """Rows of each label of the taxonomy at least."""


class Falls(StrictModel):
    """When a fall is too far for luck to be an excuse."""

    times: float = Field(default=3.0, ge=1)
    """So many times its limit,"""
    rows: int = Field(default=40, ge=1)
    """on at least so many rows that the figure counts: of the label, harmful, or harmless."""


class Floors(StrictModel):
    """What every model must reach."""

    macro_average_precision: float = Field(ge=0, le=1)
    """Average precision, a mean over labels."""
    harmful_found: float = Field(ge=0, le=1)
    """Share of harmful rows that are not passed."""


class LabelLimits(StrictModel):
    """How far one label may fall."""

    f1: float = Field(ge=0, le=1)
    """Of the label."""


class SliceLimits(StrictModel):
    """How far any slice of an axis may fall, and how far the harmless rows stopped in it may rise."""

    harmful_found: float = Field(ge=0, le=1)
    """Share of harmful rows that are not passed."""
    harmless_stopped: float = Field(ge=0, le=1)
    """Share of harmless rows that are blocked."""


class ScoredLimits(SliceLimits):
    """The same, with macro-F1 over the labels that the slice has rows of."""

    macro_f1: float = Field(ge=0, le=1)
    """Over the labels that the slice has rows of."""


class Limits(StrictModel):
    """How far a challenger may fall behind the champion, by axis. None may be left out."""

    all: ScoredLimits
    """All frozen rows."""
    label: LabelLimits
    """Each label."""
    language: ScoredLimits
    """Each language."""
    source: ScoredLimits
    """Each source."""
    kind: SliceLimits
    """What sources call their rows."""
    length: ScoredLimits
    """Classes of length."""
    surface: ScoredLimits
    """Where rows were written."""
    disguise: SliceLimits
    """Each family of disguise."""

    def of(self, axis: str, figure: str) -> float | None:
        """The limit of a figure on the slices of an axis; None where it is told but not judged."""
        name = F1 if axis == LABEL else figure
        told: Mapping[str, float] = getattr(self, axis).model_dump()
        return told.get(name)


class Disguises(StrictModel):
    """On how many rows, harmful ones and harmless ones, each family of disguise is looked at, and how strongly."""

    rows: int = Field(default=60, ge=1)
    """Of each family, harmful ones and as many harmless ones."""
    strength: float = Field(default=0.5, gt=0, le=1)
    """The share of words that are rewritten."""


class Latency(StrictModel):
    """How many times as long one comment may take, and on how many comments and rounds that is measured."""

    times_champion: float = Field(gt=0)
    """At most so many times the champion's mean time."""
    times_normalising: float = Field(gt=0)
    """A first champion: so many times the mean time of normalising alone."""
    comments: int = Field(default=100, ge=1)
    """On so many comments."""
    rounds: int = Field(default=3, ge=1)
    """So many times over."""


class Budget(StrictModel):
    """What it may cost."""

    everyday_blocked: float = Field(ge=0, le=1)
    """Share of everyday comments wrongly blocked, at the upper end of its interval."""
    unproved: Literal["no", "warn"] = "no"
    """Where everyday rows are too few to prove that even with none blocked: no, or a warning as long as the interval's
    lower end keeps the share. A warning stands in the answer, on the card and the page, and at the promotion."""
    everyday_reviewed: float = Field(ge=0, le=1)
    """Share of everyday comments sent to people, at the lower end of its interval."""
    bundle_megabytes: float = Field(gt=0)
    """The whole bundle's files, in 10^6 bytes."""
    latency: Latency
    """The time of one comment."""


class Leaks(StrictModel):
    """How many training rows may read like frozen ones."""

    allowed: int = Field(default=0, ge=0)
    """So many."""


class GateConfig(StrictModel):
    """`configs/gates/*.toml`."""

    name: str = "default"
    """Of the gate."""
    version: str
    """Told in every answer."""
    seed: int = Field(ge=0)
    """Of the bootstrap."""
    rounds: int = Field(default=500, ge=100, le=10_000)
    """Of the bootstrap."""
    exam: tuple[Exam, ...] = ()
    """What is judged on, beside what the champion was judged on; empty: the set of the model's own data config."""
    gone: tuple[str, ...] = ()
    """Hashes of sets that a champion was judged on and nobody can bring back: they are not asked for any more."""
    release: bool = False
    """Whether a model must be such that it may be given to others, whatever it says of itself."""
    approvals: int = Field(default=0, ge=0, le=5)
    """People who have to approve beside the one who promotes."""
    required: tuple[str, ...]
    """Checks that must be there, whatever the figures say: all that there are, in whatever order."""
    coverage: Coverage = Coverage()
    """What the exam must hold."""
    falls: Falls = Falls()
    """When luck is no excuse."""
    floors: Floors
    """For every model."""
    limits: Limits
    """For each model after the first."""
    disguises: Disguises = Disguises()
    """How disguises are tried."""
    budget: Budget
    """What it may cost."""
    leaks: Leaks = Leaks()
    """Of training rows into frozen ones."""
    neutrality: NeutralityLimits
    """Whether names of groups move scores."""

    @field_validator("required")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [name for name in names if name not in REQUIRED]:
            raise ValueError(f"there is no check '{unknown[0]}'; there are: {', '.join(REQUIRED)}")
        if missing := [name for name in REQUIRED if name not in names]:
            raise ValueError(f"'{missing[0]}' cannot be left out; every gate asks: {', '.join(REQUIRED)}")
        return names

    @property
    def hash(self) -> str:
        """SHA-256 of all that it asks for."""
        return sha256(json_bytes(self.model_dump(mode="json")))


JUDGED_AXES: Final = (ALL, LABEL, *Axis)
"""The axes that the frozen rows themselves are taken apart along."""


def load_gate(path: Path) -> GateConfig:
    """Reads a gate config. Raises `ConfigError` with every fault."""
    return parse(GateConfig, read_toml(path), where=str(path))
