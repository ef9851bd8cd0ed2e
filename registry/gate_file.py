"""`gate.json`: what the gate said about a bundle. `eval.gate` writes it into the bundle, `promotion` asks for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from math import inf
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, computed_field, model_validator

from moderation.errors import BundleError
from registry.files import json_bytes, sha256, write_atomically

GATE_FILE = "gate.json"

EXAMPLES = 10
"""Ids of rows at most that a check, and the whole answer, names for a person to look at."""


class Verdict(StrEnum):
    """The gate's answer."""

    YES = "yes"
    NO = "no"


class Rule(StrEnum):
    """How a check's figures say whether it holds."""

    AT_MOST = "at_most"
    """The figure is the limit or less."""
    AT_LEAST = "at_least"
    """The figure is the limit or more."""
    PROVED = "proved"
    """All of the interval is the limit or less."""
    UNPROVED = "unproved"
    """The interval reaches down to the limit, and rows are too few to prove more: held with a warning."""
    NOT_DISPROVED = "not_disproved"
    """The interval reaches down to the limit."""
    NO_FALL = "no_fall"
    """A difference, more is better: not below the limit for certain, and not below `far` at all."""
    NO_RISE = "no_rise"
    """A difference, less is better: not above the limit for certain, and not above `far` at all."""
    NOT_JUDGED = "not_judged"
    """Too few rows to say anything; told, and neither yes nor no."""


class Outcome(StrEnum):
    """What came of a check."""

    YES = "yes"
    WARNING = "warning"
    NO = "no"
    NOT_JUDGED = "not_judged"


class Champion(BaseModel):
    """The model that the bundle was held against."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str
    hash: str


class Check(BaseModel):
    """One thing that was checked: `figure` against `limit` by a rule, its interval where it has one, examples.

    What came of it follows from its figures, whoever reads them: `passed` and `outcome` stand in the file for people,
    and what stands there is not read.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    slice: str = "all"
    rule: Rule | None = None
    """None in the answer of an earlier release, which said whether it passed and not why; such an answer is no yes."""
    said: bool = False
    """What such an answer said."""
    figure: float | None = None
    limit: float | None = None
    far: float | None = None
    """Of a difference: how far is too far even where luck could have done it; None where rows are too few for that."""
    low: float | None = None
    high: float | None = None
    rows: int = 0
    note: str = ""
    told: dict[str, str | float] = Field(default_factory=dict)
    """What `note` says, for pages in another language: `what` it is about and its parts; empty in older files."""
    examples: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _computed(cls, told: object) -> object:
        """Leaves out what is computed; an older answer's word is kept as its word."""
        if not isinstance(told, dict):
            return told
        kept = {name: value for name, value in told.items() if name not in ("passed", "outcome")}
        return kept if kept.get("rule") or "passed" not in told else {**kept, "said": told["passed"]}

    @computed_field  # type: ignore[prop-decorator]
    @property
    def outcome(self) -> Outcome:
        """What its rule says of its figures."""
        if self.rule is Rule.NOT_JUDGED:
            return Outcome.NOT_JUDGED
        if not (self.said if self.rule is None else _HOLDS[self.rule](self)):
            return Outcome.NO
        return Outcome.WARNING if self.rule is Rule.UNPROVED else Outcome.YES

    @computed_field  # type: ignore[prop-decorator]
    @property
    def passed(self) -> bool:
        """Whether it stands in nobody's way."""
        return self.outcome is not Outcome.NO

    @property
    def beyond(self) -> float:
        """How many times its limit it is; infinite where there is no saying."""
        worst = self.high if self.rule is Rule.PROVED else self.figure
        over, under = (self.limit, worst) if self.rule is Rule.AT_LEAST else (worst, self.limit)
        return abs(over / under) if over is not None and under else inf


def _reaches(value: float | None, limit: float | None, sign: int = 1) -> bool:
    """Whether `value` is there and not beyond the limit."""
    return value is not None and limit is not None and sign * value <= sign * limit


def _no_worse(check: Check, sign: int) -> bool:
    """A difference beyond the limit is luck while its interval holds 0, unless it is too far for that."""
    if check.figure is None or check.limit is None:
        return False
    if check.far is not None and sign * check.figure > sign * check.far:
        return False
    least = check.low if sign > 0 else check.high
    return sign * check.figure <= sign * check.limit or least is None or sign * least <= 0


_HOLDS: Final[Mapping[Rule, Callable[[Check], bool]]] = {
    Rule.AT_MOST: lambda check: _reaches(check.figure, check.limit),
    Rule.AT_LEAST: lambda check: _reaches(check.figure, check.limit, -1),
    Rule.PROVED: lambda check: _reaches(check.high, check.limit),
    Rule.UNPROVED: lambda check: _reaches(check.low, check.limit),
    Rule.NOT_DISPROVED: lambda check: _reaches(check.low, check.limit),
    Rule.NO_FALL: lambda check: _no_worse(check, -1),
    Rule.NO_RISE: lambda check: _no_worse(check, 1),
}


class GateFile(BaseModel):
    """The answer with everything it rests on, and what it is about: bundle, champion, gate and exam, each by hash."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1, 2] = 2
    sentence: str
    bundle_hash: str
    champion: Champion | None
    frozen: dict[str, str] = Field(default_factory=dict)
    """The exam: frozen sets by name and hash."""
    exam_rows: str = ""
    """SHA-256 of `exam.json`, which knows its rows by their digests; empty in older answers."""
    gate: str
    gate_hash: str = ""
    """Of all that the gate asked for: another gate of the same name is another gate."""
    checks: tuple[Check, ...] = ()
    figures: dict[str, Any] = Field(default_factory=dict)
    examples: tuple[str, ...] = ()
    created_at: str

    @model_validator(mode="before")
    @classmethod
    def _computed(cls, told: object) -> object:
        """Leaves out the verdict: it is what the checks say."""
        return {name: value for name, value in told.items() if name != "verdict"} if isinstance(told, dict) else told

    @computed_field  # type: ignore[prop-decorator]
    @property
    def verdict(self) -> Verdict:
        """Yes where something was judged and every check of it held."""
        judged = [check for check in self.checks if check.outcome is not Outcome.NOT_JUDGED]
        return Verdict.YES if judged and all(check.passed for check in judged) else Verdict.NO

    def of(self, outcome: Outcome) -> list[Check]:
        """The checks of which this came."""
        return [check for check in self.checks if check.outcome is outcome]


def read_gate(bundle: Path) -> GateFile | None:
    """The bundle's gate file, None where there is none. Raises `BundleError` where it is unreadable."""
    path = bundle / GATE_FILE
    try:
        return GateFile.model_validate(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, ValidationError) as error:
        raise BundleError(f"{path} cannot be read; run `chaffinch gate` on this bundle again.") from error


def write_gate(bundle: Path, gate: GateFile) -> Path:
    """Writes the gate's answer into the bundle, whole or not at all."""
    path = bundle / GATE_FILE
    write_atomically(path, json_bytes(gate.model_dump(mode="json")))
    return path


def answer_hash(bundle: Path) -> str | None:
    """SHA-256 of the answer as it lies in the bundle, None where there is none."""
    try:
        return sha256((bundle / GATE_FILE).read_bytes())
    except OSError:
        return None
