"""Small bundles written by hand: no training, so that registry is tested without the rooms above it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from moderation.normaliser import VERSION as NORMALISER
from moderation.normaliser import normalise
from moderation.ports import Thresholds
from moderation.taxonomy import load_taxonomy
from registry.bundle import (
    CALIBRATION,
    NGRAM,
    THRESHOLDS,
    FeatureRecord,
    Linear,
    Manifest,
    SourceRecord,
    bundle_hash,
    thresholds_bytes,
    write_bundle,
)
from registry.calibration import Calibration
from registry.files import json_bytes
from registry.gate_file import Champion, Check, GateFile, Rule, Verdict, write_gate
from registry.ngrams import Ngrams, NgramSettings
from registry.seals import seal

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
TAXONOMY = load_taxonomy()
NAMES = TAXONOMY.names
FEATURES = NgramSettings(orders=(1, 2), bits=14)
PLANTED = {"gambling": "稳赢", "abuse": "idiot"}


def linear(strength: float = 8.0) -> Linear:
    """A model that knows the planted words and nothing else."""
    weights = np.zeros((FEATURES.size, len(NAMES) + 1), dtype=np.float32)
    for label, word in PLANTED.items():
        indices, _ = Ngrams(FEATURES).features(normalise(word).canonical.text)
        weights[indices, NAMES.index(label)] = strength
    kept = np.flatnonzero(weights.any(axis=1))
    return Linear(kept, weights[kept], np.full(len(NAMES) + 1, -3.0, dtype=np.float32))


def bundle(folder: Path, *, run: str = "one", also: Mapping[str, bytes] | None = None, **changes: object) -> Path:
    """A whole bundle; `also` are more files of it, and `changes` go into its manifest."""
    held = linear()
    told = {
        "name": "chaffinch", "run": run, "labels": NAMES, "normaliser": NORMALISER, "taxonomy": TAXONOMY.version,
        "features": FeatureRecord(orders=FEATURES.orders, bits=FEATURES.bits, seed=FEATURES.seed), "prior": {},
        "snapshot": "0" * 64, "created_at": NOW.isoformat(), "files": {},
        "sources": (SourceRecord(name="tiny", licence="Apache-2.0", rows=1, permits_release=True),), **changes,
    }  # fmt: skip
    files = {
        NGRAM: held.to_bytes(),
        CALIBRATION: json_bytes(Calibration.identity(NAMES).model_dump(mode="json", exclude_none=True)),
        THRESHOLDS: thresholds_bytes({name: Thresholds(0.3, 0.8) for name in NAMES}),
        **(also or {}),
    }
    write_bundle(folder, Manifest.model_validate(told), files)
    return folder


HELD = Check(name="bundle size in megabytes", rule=Rule.AT_MOST, figure=1.0, limit=80.0)
TOO_LARGE = Check(name="bundle size in megabytes", rule=Rule.AT_MOST, figure=81.0, limit=80.0)


def gated(folder: Path, *, champion: Path | None = None, verdict: Verdict = Verdict.YES, **changes: object) -> Path:
    """The bundle with a gate's answer in it, sealed in the registry beside the bundles."""
    told = {
        "sentence": "held against the floors", "bundle_hash": bundle_hash(folder),
        "champion": Champion(version="1", hash=bundle_hash(champion)) if champion else None, "gate": "default@1",
        "checks": (HELD if verdict is Verdict.YES else TOO_LARGE,), "created_at": NOW.isoformat(), **changes,
    }  # fmt: skip
    answer = GateFile.model_validate(told)
    assert verdict is answer.verdict
    write_gate(folder, answer)
    seal(folder.parent.parent / "registry", answer.bundle_hash, folder, now=NOW)
    return folder
