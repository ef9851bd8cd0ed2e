"""The ladder: which measure comes next for an account, by how many it had; a person takes it or another."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Literal

from pydantic import Field, model_validator

from moderation.standing import Closed, Function
from moderation.toml import StrictModel

_HARSHER = ("warn", "restrict", "suspend", "close")

Weight = tuple[int, float]
"""How harsh a measure on an account is: which it is, and for how many days."""


def weight_of(measure: str, days: float | None) -> Weight:
    """Of two restrictions or suspensions the longer one is harsher; one without an end is the longest."""
    return _HARSHER.index(measure), inf if days is None else days


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

    def place(self, taken: int, held: Iterable[Weight] = (), *, is_new: bool = True) -> int:
        """Which step comes next (from 0) for an account that had so many, and that `held` holds; the last one repeats.

        Nothing milder than what holds is a next step, and for what was done since that began (`is_new`) it is harsher.
        """
        harshest, last = max(held, default=None), len(self.steps) - 1
        if harshest is None:
            return min(taken, last)
        weights = [weight_of(each.measure, each.days) for each in self.steps]
        fitting = (at for at, each in enumerate(weights) if each > harshest or (each == harshest and not is_new))
        return min(max(taken, next(fitting, last)), last)
