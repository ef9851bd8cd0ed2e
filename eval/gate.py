"""May this bundle be champion? The gate's answer is a file in the bundle; `registry.promotion` asks for it.

The gate never talks itself past a missing proof: a frozen set that is not there, or whose hash changed, is an error and
no verdict. What it asks for stands in `eval.gate_config`: every bundle keeps the budget and passes the checks that are
required, and reaches the floors; where there is a champion it falls behind the champion of the day on no slice beyond
the limit of its axis. Nothing holds it against earlier champions: a line of models, each a little worse within its
limits, ends at the floors and the budget, and no lower. A "no" is a sentence that names the parts, the figures and up
to ten examples, by id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from data.disguises.words import BearingWords
from eval.compare import Answers, answers
from eval.evaluation import Evaluation, answer_texts, evaluate
from eval.gate_budget import budget
from eval.gate_config import GateConfig
from eval.gate_coverage import coverage
from eval.gate_limits import against_champion
from eval.metrics import harmful
from eval.required import REQUIRED
from moderation.errors import GateRefusedError
from registry.bundle import MANIFEST, Manifest
from registry.files import sha256
from registry.gate_file import EXAMPLES, Champion, Check, GateFile, Outcome, Rule
from registry.scorers import BundleScorer
from registry.shipped_gates import is_shipped

if TYPE_CHECKING:
    from data.rows import Rows

TOLD: Final = 3
"""Failed checks that the sentence tells in full, those furthest beyond their limits; the others stand in the table."""

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Judged:
    """What the gate looks at: the challenger, the champion if there is one, and the frozen rows with their hashes."""

    challenger: BundleScorer
    manifest: Manifest
    bundle: Path
    champion: BundleScorer | None
    rows: Rows
    frozen: dict[str, str]
    exam_rows: str = ""
    champion_lacks: frozenset[str] = frozenset()
    """Labels that the champion itself was trained without."""
    leaked: Callable[[], list[tuple[str, str]]] | None = None
    """Pairs of (training row, frozen row) that read alike; None where the training rows are no longer there."""
    bearing: Callable[[], BearingWords] = field(default=lambda: BearingWords({}))
    """The words that bear a label, by what the challenger learnt from: disguises go there."""
    progress: Progress = field(default=lambda _stage, _share: None)


def judge(judged: Judged, gate: GateConfig, *, now: datetime) -> GateFile:
    """The verdict with everything it rests on. Raises `GateRefusedError` where there are no rows to judge on."""
    if not len(judged.rows):
        raise GateRefusedError("There is no frozen row to judge on; build a data set whose config names a frozen set.")
    answered = answer_texts(judged.challenger, judged.rows.texts, lambda share: judged.progress("challenger", share))
    challenger = answers(judged.challenger, answered.scores)
    evaluation = evaluate(judged.challenger, judged.rows, about="frozen rows", answered=answered)
    compared, limits = against_champion(judged, gate, challenger)
    checks = [
        *coverage(judged, gate),
        *budget(judged, gate, evaluation, challenger),
        *(check for ask in REQUIRED.values() for check in ask(judged, gate)),
        *_floors(judged, gate, evaluation, challenger),
        *limits,
    ]
    failed = sorted((check for check in checks if not check.passed), key=lambda check: -check.beyond)
    answer = GateFile(
        sentence="",
        bundle_hash=sha256((judged.bundle / MANIFEST).read_bytes()),
        champion=Champion(version=judged.champion.version, hash=judged.champion.hash) if judged.champion else None,
        frozen=judged.frozen,
        exam_rows=judged.exam_rows,
        gate=f"{gate.name}@{gate.version}",
        gate_hash=gate.hash,
        checks=tuple(checks),
        figures={"challenger": evaluation.figures(), "compared": [each.to_json() for each in compared]},
        examples=_examples(failed),
        created_at=now.isoformat(),
    )
    return answer.model_copy(update={"sentence": _sentence(answer, failed, evaluation)})


def _floors(judged: Judged, gate: GateConfig, evaluation: Evaluation, challenger: Answers) -> list[Check]:
    """What is asked of every bundle: each of a line of champions may fall a little behind the one before it."""
    precise = [each.average_precision for each in evaluation.labels if each.average_precision is not None]
    mean = sum(precise) / len(precise) if precise else 0.0
    found = evaluation.harmful_found
    missed = harmful(judged.rows.labels, judged.rows.union) & ~challenger.looked
    return [
        Check(name="average precision, mean over labels", rule=Rule.AT_LEAST,
              figure=mean, limit=gate.floors.macro_average_precision, rows=evaluation.rows),
        Check(name="harmful rows not passed", rule=Rule.AT_LEAST, figure=found.share,
              limit=gate.floors.harmful_found, low=found.low, high=found.high, rows=found.rows,
              examples=tuple(judged.rows.take(missed).ids[:EXAMPLES])),
    ]  # fmt: skip


def _examples(failed: list[Check]) -> tuple[str, ...]:
    """Up to ten ids, some of every failed check before many of one."""
    longest = max((len(check.examples) for check in failed), default=0)
    turns = (check.examples[at] for at in range(longest) for check in failed if at < len(check.examples))
    return tuple(dict.fromkeys(turns))[:EXAMPLES]


def _sentence(answer: GateFile, failed: list[Check], evaluation: Evaluation) -> str:
    against = f"against version {answer.champion.version}" if answer.champion else "against the floors"
    untold = answer.of(Outcome.NOT_JUDGED)
    unsure = f" Not judged, for want of rows: {_counted(untold)}." if untold else ""
    if not failed:
        other = "" if is_shipped(answer.gate_hash) else f" {_unshipped(answer)}"
        warnings = "".join(f" Warning: {_why(check)}." for check in answer.of(Outcome.WARNING))
        return (
            f"Yes: held {against} on {evaluation.rows} frozen rows; {evaluation.harmful_found.share:.1%} of harmful "
            f"rows are not passed, {evaluation.everyday_blocked.share:.2%} of everyday comments are stopped."
            f"{warnings}{unsure}{other}"
        )
    others = len(failed) - TOLD
    more = f"; and {others} more, in the table" if others > 0 else ""
    shown = f" For example {', '.join(answer.examples)}." if answer.examples else ""
    return f"No, {against}: {'; '.join(_why(check) for check in failed[:TOLD])}{more}.{shown}{unsure}"


def _unshipped(answer: GateFile) -> str:
    """Its name and version are what its file says; what it asked for is not what was shipped under them."""
    return f"The gate that said so, {answer.gate} ({answer.gate_hash[:12]}), is not as shipped."


def _counted(untold: list[Check]) -> str:
    """The slices with the most rows by name, the others by their number."""
    parts: dict[str, int] = {}
    for check in untold:
        title = check.name if check.slice == "all" else check.slice
        parts[title] = max(parts.get(title, 0), check.rows)
    most = sorted(parts.items(), key=lambda each: -each[1])
    told = ", ".join(f"{title} ({rows})" for title, rows in most[:TOLD])
    return told + (f" and {len(most) - TOLD} more parts" if len(most) > TOLD else "")


def _why(check: Check) -> str:
    where = "" if check.slice == "all" else f" on {check.slice}"
    figures = "" if check.figure is None else f" {check.figure:.4g}"
    figures += "" if check.limit is None else f", limit {check.limit:.4g}"
    if check.low is not None and check.high is not None:
        figures += f" (95 % interval {check.low:.4f} to {check.high:.4f}, {check.rows} rows)"
    note = f", {check.note}" if check.note else ""
    return f"{check.name}{where}{figures}{note}"
