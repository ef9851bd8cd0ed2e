"""The gate's look at neutrality: a figure for each kind of name and language, against the limits of its config."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eval.compare import answers
from eval.evaluation import score_texts
from eval.neutrality import Moved, NeutralityLimits, measure, swaps, tables
from registry.gate_file import EXAMPLES, Check, Rule

if TYPE_CHECKING:
    from eval.gate import Judged
    from eval.gate_config import GateConfig


def neutrality(judged: Judged, gate: GateConfig) -> list[Check]:
    """Two checks for each kind and language: how far scores move, and whom decisions single out."""
    judged.progress("neutrality", 0.0)
    scorer = judged.challenger
    found = measure(
        swaps(tables(), judged.rows, gate.neutrality.rows), lambda texts: answers(scorer, score_texts(scorer, texts))
    )
    return [check for each in found for check in _checks(each, gate.neutrality)]


def _checks(each: Moved, limits: NeutralityLimits) -> list[Check]:
    by_name = f"not passed: {each.most} {each.most_share:.0%}, {each.least} {each.least_share:.0%}" if each.gap else ""
    told: dict[str, str | float] = {
        "what": "by_name", "most": each.most, "most_share": f"{each.most_share:.0%}", "least": each.least,
        "least_share": f"{each.least_share:.0%}",
    }  # fmt: skip
    moved, gap = each.moved <= limits.moved, each.gap <= limits.gap
    return [
        Check(name="neutrality, scores moved by a name", slice=each.title, rule=Rule.AT_MOST,
              figure=round(each.moved, 4), limit=limits.moved, rows=each.sentences,
              examples=() if moved else each.furthest[:EXAMPLES]),
        Check(name="neutrality, decisions that differ by a name", slice=each.title, rule=Rule.AT_MOST,
              figure=round(each.gap, 4), limit=limits.gap, rows=each.sentences, note=by_name,
              told=told if by_name else {}, examples=() if gap else each.uneven[:EXAMPLES]),
    ]  # fmt: skip
