"""`reference.json`: how scores and languages were spread when the model was made; drift is measured against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from registry.files import json_bytes

BINS = 20


def reference_bytes(
    scores: npt.NDArray[np.float64], languages: Sequence[str], names: Sequence[str], about: str
) -> bytes:
    """Histograms over `BINS` equal bins from 0 to 1 for each label of `scores` `(n, labels)`, and rows by language."""
    edges = np.linspace(0, 1, BINS + 1)
    counted = {name: np.histogram(scores[:, at], edges)[0].tolist() for at, name in enumerate(names)}
    return json_bytes(
        {
            "about": about,
            "rows": len(scores),
            "edges": [round(float(edge), 4) for edge in edges],
            "scores": counted,
            "languages": dict(sorted(Counter(languages).items())),
        }
    )
