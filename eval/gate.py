"""May this bundle be champion? The gate's answer is a file in the bundle; `registry.promotion` asks for it.

The gate never talks itself past a missing proof: a frozen set that is not there, or whose hash changed, is an error and
no verdict. A "no" is a sentence that names the part, the figures and up to ten examples, by id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from eval.compare import Answers, Compared, answers, compare
from eval.evaluation import Evaluation, answer_texts, evaluate, score_texts
from eval.metrics import harmful
from moderation.errors import GateRefusedError
from moderation.toml import StrictModel, parse, read_toml
from registry.bundle import MANIFEST, Manifest
from registry.files import sha256
from registry.gate_file import Champion, Check, GateFile, Verdict
from registry.scorers import BundleScorer

if TYPE_CHECKING:
    from data.rows import Rows

EXAMPLES = 10
MEGABYTE = 1_000_000


class Floors(StrictModel):
    """What a first champion must reach."""

    macro_average_precision: float = Field(ge=0, le=1)
    harmful_found: float = Field(ge=0, le=1)


class Limits(StrictModel):
    """How far a challenger may fall behind the champion."""

    macro_f1: float = Field(ge=0, le=1)
    harmful_found: float = Field(ge=0, le=1)
    label_f1: float = Field(ge=0, le=1)
    language_macro_f1: float = Field(ge=0, le=1)
    language_harmful_found: float = Field(ge=0, le=1)


class Budget(StrictModel):
    """What it may cost."""

    everyday_blocked: float = Field(ge=0, le=1)
    bundle_megabytes: float = Field(gt=0)


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
    floors: Floors
    limits: Limits
    budget: Budget
    leaks: Leaks = Leaks()


@dataclass(frozen=True)
class Judged:
    """What the gate looks at: the challenger, the champion if there is one, and the frozen rows with their hashes."""

    challenger: BundleScorer
    manifest: Manifest
    bundle: Path
    champion: BundleScorer | None
    rows: Rows
    frozen: dict[str, str]
    leaked: Callable[[], list[tuple[str, str]]] | None = None
    """Pairs of (training row, frozen row) that read alike; None where the training rows are no longer there."""


def load_gate(path: Path) -> GateConfig:
    """Reads a gate config. Raises `ConfigError` with every fault."""
    return parse(GateConfig, read_toml(path), where=str(path))


def judge(judged: Judged, gate: GateConfig, *, now: datetime) -> GateFile:
    """The verdict with everything it rests on. Raises `GateRefusedError` where there are no rows to judge on."""
    if not len(judged.rows):
        raise GateRefusedError("There is no frozen row to judge on; build a data set whose config names a frozen set.")
    answered = answer_texts(judged.challenger, judged.rows.texts)
    challenger = answers(judged.challenger, answered.scores)
    evaluation = evaluate(judged.challenger, judged.rows, about="frozen rows", answered=answered)
    compared = _against_champion(judged, gate, challenger)
    checks = [
        *_standing(judged, gate, evaluation, challenger),
        *(_floors(judged, gate, evaluation, challenger) if judged.champion is None else []),
        *(_limit(each, gate, judged, challenger) for each in compared if _limit_of(each, gate) is not None),
    ]
    failed = [check for check in checks if not check.passed]
    return GateFile(
        verdict=Verdict.NO if failed else Verdict.YES,
        sentence=_sentence(failed, judged, evaluation),
        bundle_hash=sha256((judged.bundle / MANIFEST).read_bytes()),
        champion=Champion(version=judged.champion.version, hash=judged.champion.hash) if judged.champion else None,
        frozen=judged.frozen,
        gate=f"{gate.name}@{gate.version}",
        checks=tuple(checks),
        figures={"challenger": evaluation.figures(), "compared": [each.to_json() for each in compared]},
        examples=tuple(dict.fromkeys(example for check in failed for example in check.examples))[:EXAMPLES],
        created_at=now.isoformat(),
    )


def _against_champion(judged: Judged, gate: GateConfig, challenger: Answers) -> list[Compared]:
    if judged.champion is None:
        return []
    champion = answers(judged.champion, score_texts(judged.champion, judged.rows.texts))
    names = judged.manifest.labels
    return compare(judged.rows, champion, challenger, names, seed=gate.seed, rounds=gate.rounds)


def _standing(judged: Judged, gate: GateConfig, evaluation: Evaluation, challenger: Answers) -> list[Check]:
    """What every bundle has to hold, champion or not."""
    blocked, limit = evaluation.everyday_blocked, gate.budget.everyday_blocked
    size = sum(path.stat().st_size for path in judged.bundle.iterdir() if path.is_file()) / MEGABYTE
    return [
        Check(name="everyday comments wrongly stopped", passed=blocked.low <= limit, figure=blocked.share, limit=limit,
              low=blocked.low, high=blocked.high, rows=blocked.rows,
              examples=_ids(judged.rows, judged.rows.everyday & challenger.stopped)),
        Check(name="bundle size in megabytes", passed=size <= gate.budget.bundle_megabytes, figure=round(size, 3),
              limit=gate.budget.bundle_megabytes),
        _licences(judged),
        _leaks(judged, gate),
    ]  # fmt: skip


def _licences(judged: Judged) -> Check:
    """A model that says it may be given to others was made from sources that all allow it."""
    closed = [each.name for each in judged.manifest.sources if each.rows and not each.permits_release]
    named = [each.name for each in judged.manifest.sources if each.rows and not each.licence]
    released = judged.manifest.settings.get("name") == "released"
    wrong = (closed if released else []) + named
    note = f"sources that do not allow it: {', '.join(wrong)}" if wrong else "consistent with the sources"
    return Check(name="licences", passed=not wrong, figure=float(len(wrong)), limit=0.0, note=note)


def _leaks(judged: Judged, gate: GateConfig) -> Check:
    if judged.leaked is None:
        return Check(name="leaks", passed=False, note="the training rows are gone, so that leaks cannot be ruled out")
    pairs = judged.leaked()
    return Check(name="leaks", passed=len(pairs) <= gate.leaks.allowed, figure=float(len(pairs)),
                 limit=float(gate.leaks.allowed), note="training rows that read like frozen ones",
                 examples=tuple(frozen for _, frozen in pairs[:EXAMPLES]))  # fmt: skip


def _floors(judged: Judged, gate: GateConfig, evaluation: Evaluation, challenger: Answers) -> list[Check]:
    """A first champion has nobody to be held against."""
    precise = [each.average_precision for each in evaluation.labels if each.average_precision is not None]
    mean = float(np.mean(precise)) if precise else 0.0
    found = evaluation.harmful_found
    missed = harmful(judged.rows.labels, judged.rows.union) & ~challenger.looked
    return [
        Check(name="average precision, mean over labels", passed=mean >= gate.floors.macro_average_precision,
              figure=mean, limit=gate.floors.macro_average_precision, rows=evaluation.rows),
        Check(name="harmful rows not passed", passed=found.share >= gate.floors.harmful_found, figure=found.share,
              limit=gate.floors.harmful_found, low=found.low, high=found.high, rows=found.rows,
              examples=_ids(judged.rows, missed)),
    ]  # fmt: skip


def _limit_of(each: Compared, gate: GateConfig) -> float | None:
    limits = gate.limits
    if each.figure.startswith("f1 "):
        return limits.label_f1
    overall = {"macro_f1": limits.macro_f1, "harmful_found": limits.harmful_found}
    language = {"macro_f1": limits.language_macro_f1, "harmful_found": limits.language_harmful_found}
    return (overall if each.part == "all" else language).get(each.figure)


def _limit(each: Compared, gate: GateConfig, judged: Judged, challenger: Answers) -> Check:
    """A fall counts where it is larger than the limit and its whole interval lies below zero."""
    limit, fall = _limit_of(each, gate) or 0.0, each.difference
    passed = not (fall.value < -limit and fall.high < 0)
    return Check(name=each.figure, slice=each.part, passed=passed, figure=fall.value, limit=-limit, low=fall.low,
                 high=fall.high, rows=fall.rows, note=f"{fall.before:.3f} to {fall.after:.3f}",
                 examples=() if passed else _ids(judged.rows, _worse(each, judged, challenger)))  # fmt: skip


def _worse(each: Compared, judged: Judged, challenger: Answers) -> NDArray[np.bool_]:
    """Rows of the part that the challenger gets wrong, for a person to look at."""
    rows, inside = judged.rows, np.ones(len(judged.rows), dtype=np.bool_)
    if each.part.startswith("language "):
        inside = np.array(rows.langs) == each.part.removeprefix("language ")
    missed = harmful(rows.labels, rows.union) & ~challenger.looked
    if each.figure.startswith("f1 "):
        members = [judged.manifest.labels.index(name) for name in each.figure.removeprefix("f1 ").split("|")]
        yes = ((rows.labels[:, members] == 1) | (rows.union[:, members] > 0)).any(axis=1)
        missed = yes & (challenger.scores[:, members].max(axis=1) < 0.5)
    return inside & missed


def _ids(rows: Rows, mask: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(rows.ids[at] for at in np.flatnonzero(mask)[:EXAMPLES])


def _sentence(failed: list[Check], judged: Judged, evaluation: Evaluation) -> str:
    against = f"against version {judged.champion.version}" if judged.champion else "against the floors"
    if not failed:
        return (
            f"Yes: held {against} on {evaluation.rows} frozen rows; {evaluation.harmful_found.share:.1%} of harmful "
            f"rows are not passed, {evaluation.everyday_blocked.share:.2%} of everyday comments are stopped."
        )
    return f"No, {against}: " + "; ".join(_why(check) for check in failed) + "."


def _why(check: Check) -> str:
    where = "" if check.slice == "all" else f" on {check.slice}"
    figures = "" if check.figure is None else f" {check.figure:.4g}, limit {check.limit:.4g}"
    if check.low is not None and check.high is not None:
        figures += f" (95 % interval {check.low:.4g} to {check.high:.4g}, {check.rows} rows)"
    note = f", {check.note}" if check.note else ""
    examples = f"; for example {', '.join(check.examples)}" if check.examples else ""
    return f"{check.name}{where}{figures}{note}{examples}"
