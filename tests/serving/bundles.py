"""Tiny real bundles and pointers, as training and promotion leave them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from moderation.normaliser import VERSION as NORMALISER
from moderation.ports import Thresholds
from registry.bundle import (
    CALIBRATION,
    NGRAM,
    THRESHOLDS,
    FeatureRecord,
    Linear,
    Manifest,
    thresholds_bytes,
    write_bundle,
)
from registry.calibration import Calibration
from registry.files import json_bytes
from registry.names import CHAMPION, MODEL_NAME
from registry.ngrams import Ngrams
from registry.pointers import Pointer, write_pointer
from tests.fakes import LABELS
from tests.serving.loaders import taxonomy

FEATURES = FeatureRecord(orders=(1, 2), bits=10, seed=0)


def make_bundle(folder: Path, *, word: str = "博彩", label: str = "gambling", bias: float = -4.0) -> Pointer:
    """A model that thinks `word` is `label`, and everything else likely by `bias` alone."""
    indices, _ = Ngrams(FEATURES.settings).features(word)
    columns = len(LABELS) + 1  # the last is the hidden question "any harm at all?"
    weights = np.zeros((indices.size, columns), dtype=np.float32)
    weights[:, LABELS.index(label)] = 9.0
    linear = Linear(indices, weights, np.full(columns, bias, dtype=np.float32))
    files = {
        NGRAM: linear.to_bytes(),
        CALIBRATION: json_bytes(Calibration.identity(LABELS).model_dump(mode="json")),
        THRESHOLDS: thresholds_bytes({label: Thresholds(0.5, 0.9) for label in LABELS}),
    }
    manifest = Manifest(
        name=MODEL_NAME,
        run=folder.name,
        labels=LABELS,
        normaliser=NORMALISER,
        taxonomy=taxonomy().version,
        features=FEATURES,
        prior=dict.fromkeys(LABELS, 0.1),
        snapshot="none",
        sources=(),
        created_at="2026-01-01T00:00:00Z",
        files={},
    )
    return Pointer(folder, folder.name, write_bundle(folder, manifest, files))


def put_champion(home: Path, version: str, **model: object) -> Pointer:
    """A bundle under `home` that is the champion from now on."""
    pointer = make_bundle(home / "bundles" / version, **model)  # type: ignore[arg-type]
    write_pointer(home / "registry", MODEL_NAME, CHAMPION, pointer)
    return pointer
