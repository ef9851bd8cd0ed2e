"""From a bundle on disk to a registered version: MLflow's catalogue where it answers, pointers in any case."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.evaluation import Evaluation
from registry.bundle import METRICS, SHORT, bundle_hash, read_manifest, verify
from registry.names import MODEL_NAME, REGISTRY
from registry.pointers import Pointer, locked_waiting, write_pointer
from training.run_folder import REPORT, RunFolder
from training.tracking import Tracking


def hand_in(folder: Path, alias: str, home: Path, tracking: Tracking) -> str | None:
    """Registers the bundle and points `chaffinch@<alias>` at it; its version, None where MLflow did not answer.

    A run that MLflow lost, or never heard of, is opened anew and told the bundle's settings, figures and report.
    Raises `BundleError` where the bundle is not whole.
    """
    verify(folder)
    manifest, found = read_manifest(folder), bundle_hash(folder)
    if tracking.alive and tracking.run is None:
        tags = {"snapshot": manifest.snapshot_name, "data_hash": manifest.snapshot, "config": alias}
        tracking.start(manifest.run, settings_of(manifest.settings), tags, again=manifest.mlflow_run)
        tracking.metrics(read_evaluation(folder).figures())
        report = RunFolder(home / "runs" / manifest.run).path / REPORT
        if report.is_dir():
            tracking.artifacts(report, under=REPORT)
    version = tracking.finish(folder, found, alias)
    point(folder, found, version, alias, home)
    return version


def point(folder: Path, found: str, version: str | None, alias: str, home: Path) -> None:
    """Writes the pointers of a version and of the alias named after its config."""
    pointer = Pointer(folder, version or found[:SHORT], found)
    with locked_waiting(home / REGISTRY, MODEL_NAME):
        for name in [alias] + ([version] if version else []):
            write_pointer(home / REGISTRY, MODEL_NAME, name, pointer)


def read_evaluation(bundle: Path) -> Evaluation:
    """The evaluation that stands in a bundle's `metrics.json`."""
    return Evaluation.from_json(json.loads((bundle / METRICS).read_bytes())["evaluation"])


def settings_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as a run's parameters: what is learnt from belongs to tags."""
    return {key: value for key, value in settings.items() if key not in ("about", "name")}
