"""The ladder: which measure comes next for an account, by how many it had; a person takes it or another."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from moderation.standing import Closed, Function
from moderation.toml import StrictModel


class Step(StrictModel):
    """One measure on an account. Without `days` it holds until it is lifted."""

    measure: Literal["warn", "restrict", "suspend", "close"]
    days: float | None = Field(default=None, gt=0, le=3650)
    closes: tuple[Function, ...] = ()
    per_hour: int | None = Field(default=None, ge=1)

    @property
    def closed(self) -> Closed:
        """What a restriction closes."""
        return Closed(frozenset(self.closes), self.per_hour)

    @model_validator(mode="after")
    def _fits(self) -> Step:
        if (self.measure == "restrict") is (self.closed == Closed()):
            msg = "'closes' or 'per_hour' goes with 'restrict', and a restriction needs one of them"
            raise ValueError(msg)
        if self.measure in ("warn", "close") and self.days is not None:
            msg = f"'{self.measure}' has no length: leave 'days' out"
            raise ValueError(msg)
        return self


class Ladder(StrictModel):
    """Steps from mild to severe. Measures that began within `counted_days` and were not taken back count."""

    counted_days: int = Field(ge=1, le=3650)
    steps: tuple[Step, ...] = Field(min_length=1)

    def step_after(self, taken: int) -> Step:
        """The next one for an account that had so many; the last one repeats."""
        return self.steps[min(taken, len(self.steps) - 1)]
