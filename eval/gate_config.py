"""What the gate asks for, `configs/gates/*.toml`: every axis that it looks along has a limit of its own there.

The file as a whole has a hash that the gate's answer carries: a yes given by another gate is no yes of this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import Field, field_validator

from eval.compare import ALL, LABEL
from eval.neutrality import NeutralityLimits
from eval.required import REQUIRED
from eval.slices import Axis
from moderation.toml import StrictModel, parse, read_toml
from registry.files import json_bytes, sha256

DISGUISE: Final = "disguise"
F1: Final = "f1"


class Floors(StrictModel):
    """What a first champion must reach."""

    macro_average_precision: float = Field(ge=0, le=1)
    harmful_found: float = Field(ge=0, le=1)


class LabelLimits(StrictModel):
    """How far one label may fall."""

    f1: float = Field(ge=0, le=1)


class SliceLimits(StrictModel):
    """How far any slice of an axis may fall, and how far the harmless rows stopped in it may rise."""

    harmful_found: float = Field(ge=0, le=1)
    harmless_stopped: float = Field(ge=0, le=1)


class ScoredLimits(SliceLimits):
    """The same, with macro-F1 over the labels that the slice has rows of."""

    macro_f1: float = Field(ge=0, le=1)


class Limits(StrictModel):
    """How far a challenger may fall behind the champion, by axis. None may be left out."""

    all: ScoredLimits
    label: LabelLimits
    language: ScoredLimits
    source: ScoredLimits
    kind: SliceLimits
    length: ScoredLimits
    disguise: SliceLimits

    def of(self, axis: str, figure: str) -> float | None:
        """The limit of a figure on the slices of an axis; None where it is told but not judged."""
        name = F1 if axis == LABEL else figure
        told: Mapping[str, float] = getattr(self, axis).model_dump()
        return told.get(name)


class Disguises(StrictModel):
    """On how many rows, harmful ones and harmless ones, each family of disguise is looked at, and how strongly."""

    rows: int = Field(default=60, ge=1)
    strength: float = Field(default=0.5, gt=0, le=1)


class Latency(StrictModel):
    """How many times as long one comment may take, and on how many comments and rounds that is measured."""

    times_champion: float = Field(gt=0)
    times_normalising: float = Field(gt=0)
    comments: int = Field(default=100, ge=1)
    rounds: int = Field(default=3, ge=1)


class Budget(StrictModel):
    """What it may cost."""

    everyday_blocked: float = Field(ge=0, le=1)
    bundle_megabytes: float = Field(gt=0)
    latency: Latency


class Leaks(StrictModel):
    """How many training rows may read like frozen ones."""

    allowed: int = Field(default=0, ge=0)


class GateConfig(StrictModel):
    """`configs/gates/*.toml`."""

    name: str = "default"
    version: str
    seed: int = Field(ge=0)
    rounds: int = Field(default=500, ge=100, le=10_000)
    frozen: tuple[str, ...] = ()
    approvals: int = Field(default=0, ge=0, le=5)
    required: tuple[str, ...]
    floors: Floors
    limits: Limits
    disguises: Disguises = Disguises()
    budget: Budget
    leaks: Leaks = Leaks()
    neutrality: NeutralityLimits

    @field_validator("required")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [name for name in names if name not in REQUIRED]:
            raise ValueError(f"there is no check '{unknown[0]}'; there are: {', '.join(REQUIRED)}")
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
