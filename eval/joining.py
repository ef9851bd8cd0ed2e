"""Several sets of rows as one."""

from __future__ import annotations

import numpy as np

from data.rows import Rows

_TEXTS = ("ids", "texts", "langs", "sources", "groups", "kinds", "surfaces")


def joined(*parts: Rows) -> Rows:
    """One after the other. Raises `ValueError` for no part at all."""
    return Rows(
        **{name: [value for part in parts for value in getattr(part, name)] for name in _TEXTS},
        labels=np.concatenate([part.labels for part in parts]),
        union=np.concatenate([part.union for part in parts]),
        everyday=np.concatenate([part.everyday for part in parts]),
        weights=np.concatenate([part.weights for part in parts]),
    )
