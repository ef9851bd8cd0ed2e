"""Whether there is enough to judge on: an exam without a label's rows finds nothing of it missed.

Nothing to judge is a no. Where a label has no rows its figures are perfect whatever the model does, and where there are
no everyday comments none of them is stopped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eval.gate_config import GateConfig
from eval.metrics import YES
from registry.gate_file import Check, Rule

if TYPE_CHECKING:
    from eval.gate import Judged

EVERYDAY_ROWS = "everyday comments to judge on"
LABEL_ROWS = "rows to judge on"
KNOWN_LABELS = "labels that the champion knows and this one was trained without"


def coverage(judged: Judged, gate: GateConfig) -> list[Check]:
    """Everyday comments, and rows of each label; then whether the challenger knows what the champion knows."""
    asked, names = gate.coverage, judged.manifest.labels
    counts = np.asarray(judged.rows.labels == YES).sum(axis=0)
    return [
        Check(name=EVERYDAY_ROWS, rule=Rule.AT_LEAST, figure=float(judged.rows.everyday.sum()),
              limit=float(asked.everyday)),
        *(Check(name=LABEL_ROWS, slice=f"label {name}", rule=Rule.AT_LEAST, figure=float(found),
                limit=float(asked.positives)) for name, found in zip(names, counts, strict=True)),
        *_lacking(judged),
    ]  # fmt: skip


def _lacking(judged: Judged) -> list[Check]:
    if judged.champion is None:
        return []
    lost = [name for name in judged.manifest.lacks if name not in judged.champion_lacks]
    told: dict[str, str | float] = {"what": "trained_without", "names": ", ".join(lost)} if lost else {}
    return [Check(name=KNOWN_LABELS, rule=Rule.AT_MOST, figure=float(len(lost)), limit=0.0,
                  note=f"trained without {', '.join(lost)}" if lost else "", told=told)]  # fmt: skip
