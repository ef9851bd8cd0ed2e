"""`configs/watch.toml`: how long back, what is too much, and what starts a training."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator

from chaffinch.settings import Settings
from moderation.toml import StrictModel, parse_file


class Limits(StrictModel):
    """What is too much on a day."""

    psi: float = Field(0.25, gt=0)
    """Population stability index of any label's scores; above 0.25 is by custom another population."""
    languages: float = Field(0.25, gt=0)
    """The same of languages."""
    overturned: float = Field(0.3, gt=0, le=1)
    """Share of the day's verdicts that overturned the machine."""
    reviewed: float = Field(0.1, gt=0, le=1)
    """Share of the day's decisions that waited for a person."""


class Least(StrictModel):
    """What a day needs before it is judged."""

    decisions: int = Field(500, ge=100)
    """For drift and load: of fewer rows the index is mostly luck."""
    verdicts: int = Field(50, ge=10)
    """For the overturned share."""


class Training(StrictModel):
    """What starts a training."""

    config: str = Field("starter", min_length=1)
    """Its name under `configs/training`."""
    labels: int = Field(500, ge=1)
    """So many new labels start one."""
    labels_on_drift: int = Field(100, ge=1)
    """So many do where scores or languages are beyond their limit: without new labels nothing new is learnt."""
    rest_days: float = Field(7, ge=0)
    """So long after a training began none is started."""

    @model_validator(mode="after")
    def _fewer_on_drift(self) -> Training:
        if self.labels_on_drift > self.labels:
            raise ValueError("labels_on_drift is more than labels: drift would never start a training; lower it")
        return self


class WatchConfig(StrictModel):
    """What is looked at."""

    days: int = Field(14, ge=1, le=366)
    """Days by UTC, today included."""
    limits: Limits = Limits()
    """What is too much."""
    least: Least = Least()
    """What a day needs before it is judged."""
    train: Training = Training()
    """What starts a training."""


def load_watch(settings: Settings, path: Path | None = None) -> WatchConfig:
    """The file, `configs/watch.toml` if none is named. Raises `ConfigError` with every fault."""
    return parse_file(WatchConfig, path or settings.configs / "watch.toml")
