"""`reference.json`: how scores and languages were spread when the model was made; drift is measured against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, ValidationError

from moderation.errors import BundleError
from registry.bundle import REFERENCE, read_manifest
from registry.files import json_bytes, sha256
from registry.names import resolve

BINS = 20


class Spread(BaseModel):
    """The file. `edges` has one more number than each histogram of `scores` has bins."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    rows: int
    edges: tuple[float, ...]
    scores: Mapping[str, tuple[int, ...]]
    languages: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Reference:
    """What a model's answers are measured against, and the version that its decisions bear."""

    version: str
    spread: Spread


def reference_of(model: str, *, home: Path) -> Reference | None:
    """The reference of `model` (a name, a folder, `none`); None for `none`.

    Raises `NotFoundError`, or `BundleError` where the file is missing, altered or no reference.
    """
    found = resolve(model, home=home)
    if found is None:
        return None
    path = found.path / REFERENCE
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path} is missing or unreadable; restore the bundle or train it again.") from error
    if sha256(raw) != read_manifest(found.path).files.get(REFERENCE):
        raise BundleError(f"{path} was changed after training (its hash differs); restore it or train it again.")
    return Reference(found.version, _spread(path, raw))


def _spread(path: Path, raw: bytes) -> Spread:
    try:
        spread = Spread.model_validate_json(raw)
    except ValidationError as error:
        raise BundleError(f"{path} is not what this release writes; train the bundle again.") from error
    if any(len(counts) + 1 != len(spread.edges) for counts in spread.scores.values()):
        raise BundleError(f"{path} has other bins than its edges say; train the bundle again.")
    return spread


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
