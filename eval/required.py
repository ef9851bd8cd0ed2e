"""Checks that must be there: a gate names them, and a bundle that one of them has not been asked about is not judged.

A new check is one more line of `REQUIRED`. Each returns one or several `Check`s and never none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from eval.gate_neutrality import neutrality
from registry.gate_file import EXAMPLES, Check, Rule

if TYPE_CHECKING:
    from eval.gate import Judged
    from eval.gate_config import GateConfig


def licences(judged: Judged, gate: GateConfig) -> list[Check]:
    """A model that is to be given to others, by its own word or the gate's, was made from sources that all allow it."""
    closed = [each.name for each in judged.manifest.sources if each.rows and not each.permits_release]
    named = [each.name for each in judged.manifest.sources if each.rows and not each.licence]
    released = judged.manifest.is_released or gate.release
    wrong = (closed if released else []) + named
    note = f"sources that do not allow it: {', '.join(wrong)}" if wrong else "consistent with the sources"
    told: dict[str, str | float] = {"what": "closed", "names": ", ".join(wrong)} if wrong else {"what": "consistent"}
    return [Check(name="licences", rule=Rule.AT_MOST, figure=float(len(wrong)), limit=0.0, note=note, told=told)]


def leaks(judged: Judged, gate: GateConfig) -> list[Check]:
    """Nothing that was learnt from reads like what is judged on."""
    if judged.leaked is None:
        note = "the training rows are gone, so that leaks cannot be ruled out"
        return [Check(name="leaks", rule=Rule.AT_MOST, note=note, told={"what": "rows_gone"})]
    pairs = judged.leaked()
    return [
        Check(name="leaks", rule=Rule.AT_MOST, figure=float(len(pairs)),
              limit=float(gate.leaks.allowed), note="training rows that read like frozen ones",
              told={"what": "alike"},
              examples=tuple(frozen for _, frozen in pairs[:EXAMPLES])),
    ]  # fmt: skip


REQUIRED: Final[Mapping[str, Callable[[Judged, GateConfig], list[Check]]]] = {
    "licences": licences,
    "leaks": leaks,
    "neutrality": neutrality,
}
