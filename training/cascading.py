"""Both tiers as one model: their average calibrated, the exits chosen, what the cascade says of held-out rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from data.rows import Rows
from registry.calibration import Matrix
from registry.cascade import CASCADE, CascadeRecord, averaged
from registry.files import json_bytes
from registry.second_tier import ENCODER_CALIBRATION, SecondTier, open_second_tier
from training.calibration import Fitted, HeldOut, calibrate
from training.exits import ChosenExits, Judged, cascaded, choose_exits
from training.settings import TrainingSettings

if TYPE_CHECKING:
    from training.second_tier import Made


@dataclass(frozen=True)
class Cascade:
    """The second tier ready to answer, its files, and the cascade's scores `(n, labels)` of rows it never saw."""

    tier: SecondTier
    files: dict[str, bytes]
    rows: Rows
    scores: Matrix
    told: dict[str, Any]
    """What `metrics.json` says of it."""


def calibrated(rows: HeldOut, names: tuple[str, ...], settings: TrainingSettings) -> Fitted:
    """The calibration of `rows` as the config asks for it, by those of its domain."""
    how = settings.calibration
    return calibrate(
        rows.speaking(), names, slope_prior=how.slope_prior, cross_prior=how.cross_prior,
        isotonic_rows=how.isotonic_rows, prior=how.prior,
    )  # fmt: skip


def join(
    made: Made, fast: Matrix, rows: Rows, names: tuple[str, ...], settings: TrainingSettings,
    warn: Callable[[str], None] = lambda sentence: None,
) -> Cascade:  # fmt: skip
    """The cascade of the fast tier's calibrated probabilities `(n, labels)` and a new encoder, on its held-out rows.

    `warn` hears where quantising the encoder moved what is served by more than is allowed.
    """
    encoder, held = made.shown.fitted.calibration, made.shown.held
    mean = averaged(fast, encoder.prepared().apply(held.raw))
    fitted = calibrated(replace(held, raw=mean), names, settings)
    judged = Judged(rows.labels, rows.union, fast, fitted.calibration.prepared().apply(mean), names)
    also = () if held.spoken is None else (judged.take(held.spoken),)
    exits = choose_exits(judged, *also, worse=settings.encoder.worse, lost=settings.encoder.lost)
    record = CascadeRecord(exits=exits.exits, calibration=fitted.calibration)
    files = made.shown.exported.files | {
        ENCODER_CALIBRATION: json_bytes(encoder.model_dump(mode="json", exclude_none=True)),
        CASCADE: json_bytes(record.model_dump(mode="json", exclude_none=True)),
    }
    tier = open_second_tier(files, names, base=made.base)
    moved = _moved(made, fast, fitted, warn)
    return Cascade(tier, files, rows, cascaded(judged, exits.exits), _told(made, exits, fitted, moved))


def _moved(made: Made, fast: Matrix, fitted: Fitted, warn: Callable[[str], None]) -> float:
    """How far quantising moved a score that is served, at most, were every comment asked of both tiers.

    Averaging halves what it moved, and calibration may stretch it again.
    """
    from training.onnx_export import ALLOWED  # imports PyTorch, which a model with an encoder has by now

    compared, encoder = made.shown.compared, made.shown.fitted.calibration.prepared().apply
    expected, found = (
        fitted.calibration.prepared().apply(averaged(fast[compared.at], encoder(raw)))
        for raw in (compared.expected, compared.found)
    )
    moved = float(np.abs(expected - found).max(initial=0.0))
    if moved > ALLOWED:
        warn(f"Quantising the encoder moves a score of both tiers by {moved:.3f}, more than {ALLOWED}.")
    return moved


def _told(made: Made, exits: ChosenExits, fitted: Fitted, moved: float) -> dict[str, Any]:
    shown, soup, report = made.shown, made.soup, made.soup.report
    return {
        "encoder": {
            "rows": made.rows, "warm": made.warm, "steps": report.steps, "stopped_early": report.stopped_early,
            "rows_per_second": round(report.rows_per_second, 1), "seconds": round(soup.seconds, 1),
            "processes": report.processes,
            "validation_loss": soup.loss, "members": list(soup.members), "averaged": soup.taken,
            "megabytes": round(shown.exported.megabytes, 2),
            "half": shown.exported.half, "trained_matrices": shown.exported.trained,
            "frozen_matrices": shown.exported.frozen, "moved_on": shown.exported.deviation.rows,
            "moved": shown.exported.deviation.largest, "moved_calibrated": shown.moved, "moved_served": moved,
            "moved_served_on": len(shown.compared.at),
            "ece_after": shown.fitted.ece_after,
            **({"hard_negatives": asdict(made.hard)} if made.hard else {}),
        },
        "cascade": {
            "clean": exits.exits.clean, "sure": exits.exits.sure, "asked": exits.asked, "macro_f1": exits.macro_f1,
            "macro_f1_of_both": exits.macro_f1_of_both, "lost": exits.lost, "ece_after": fitted.ece_after,
        },
    }  # fmt: skip
