"""What a model may cost: everyday comments stopped and looked at, megabytes, time."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eval.compare import Answers
from eval.evaluation import Evaluation
from eval.gate_config import GateConfig
from eval.latency import pace
from eval.metrics import Interval, clustered
from moderation.normaliser import normalise
from registry.gate_file import EXAMPLES, Check, Rule

if TYPE_CHECKING:
    from data.rows import Rows
    from eval.gate import Judged
    from registry.scorers import BundleScorer

MEGABYTE = 1_000_000
TAIL = 0.025
"""Of the 95 % interval, on either side."""


def budget(judged: Judged, gate: GateConfig, evaluation: Evaluation, challenger: Answers) -> list[Check]:
    """What every bundle has to keep to, champion or not."""
    everyday = judged.rows.everyday
    stopped, looked = everyday & challenger.stopped, everyday & challenger.looked & ~challenger.stopped
    return [
        _stopped(judged, gate, evaluation.everyday_blocked, stopped),
        _share("everyday comments sent to people", Rule.NOT_DISPROVED, evaluation.everyday_reviewed,
               gate.budget.everyday_reviewed, judged, looked),
        _size(judged, gate),
        _time(judged, gate),
    ]  # fmt: skip


def _stopped(judged: Judged, gate: GateConfig, found: Interval, of: NDArray[np.bool_]) -> Check:
    """Judged at the interval's upper end: what rows do not prove is not so. Rows may be too few to prove anything."""
    limit = gate.budget.everyday_blocked
    if not _too_few(judged.rows, limit):
        return _share("everyday comments wrongly stopped", Rule.PROVED, found, limit, judged, of)
    rule = Rule.UNPROVED if gate.budget.unproved == "warn" else Rule.PROVED
    check = _share("everyday comments wrongly stopped", rule, found, limit, judged, of)
    needed = rows_to_prove(limit)
    note = f"{found.rows} everyday comments cannot prove it; it takes about {needed} without a hit"
    if rule is Rule.PROVED:
        note += '. Name a larger frozen set under exam in the gate file, or unproved = "warn" to pass with a warning'
    told = {"what": "unproved", "rows": str(found.rows), "needed": str(needed)}
    return check.model_copy(update={"note": note, "told": told})


def _share(name: str, rule: Rule, found: Interval, limit: float, judged: Judged, of: NDArray[np.bool_]) -> Check:
    return Check(name=name, rule=rule, figure=found.share, limit=limit, low=found.low, high=found.high,
                 rows=found.rows, examples=tuple(judged.rows.take(of).ids[:EXAMPLES]))  # fmt: skip


def _too_few(rows: Rows, limit: float) -> bool:
    """Whether the everyday rows could not prove the share even with no hit among them."""
    alike = rows.take(rows.everyday).group_keys
    return clustered(np.zeros(len(alike), dtype=np.bool_), alike).high > limit


def rows_to_prove(limit: float) -> int:
    """How many rows that are not alike, without one hit, have `limit` for the upper end of their 95 % interval."""
    return math.ceil(math.log(TAIL) / math.log1p(-limit)) if 0 < limit < 1 else 1


def _size(judged: Judged, gate: GateConfig) -> Check:
    """Of what the manifest lists: what the gate writes beside it is no part of the model."""
    size = sum((judged.bundle / name).stat().st_size for name in judged.manifest.files) / MEGABYTE
    return Check(name="bundle size in megabytes", rule=Rule.AT_MOST, figure=round(size, 3),
                 limit=gate.budget.bundle_megabytes)  # fmt: skip


def _time(judged: Judged, gate: GateConfig) -> Check:
    """The mean time of one comment beside the champion's; a first champion's beside that of normalising alone."""
    judged.progress("time", 0.0)
    allowed = gate.budget.latency
    limit = allowed.times_champion if judged.champion else allowed.times_normalising
    beside = _answering(judged.champion) if judged.champion else _normalising
    texts = _drawn(judged.rows, allowed.comments)
    found = pace(_answering(judged.challenger), beside, texts, rounds=allowed.rounds)
    what = f"version {judged.champion.version}" if judged.champion else "normalising alone"
    told: dict[str, str | float] = {"model": f"{found.model:.3g}", "beside": f"{found.beside:.3g}"}
    told |= {"what": "pace", "version": judged.champion.version} if judged.champion else {"what": "pace_alone"}
    note = f"{told['model']} ms beside {told['beside']} ms of {what}"
    return Check(name="time of one comment", rule=Rule.AT_MOST, figure=round(found.ratio, 3), limit=limit,
                 rows=len(texts), note=note, told=told)  # fmt: skip


def _answering(scorer: BundleScorer) -> Callable[[str], object]:
    return lambda text: scorer.score([normalise(text)])


def _normalising(text: str) -> str:
    return normalise(text).canonical.text  # views are made when they are looked at


def _drawn(rows: Rows, most: int) -> list[str]:
    """Texts of frozen rows, the same ones whatever else stands in the set."""
    at = sorted(range(len(rows)), key=lambda each: hashlib.sha256(rows.ids[each].encode()).digest())[:most]
    return [rows.texts[each] for each in at]
