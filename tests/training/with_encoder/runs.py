"""Trainings of a tiny encoder, as its tests order them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from data.rows import Split
from data.snapshot import Snapshot
from registry.cascade import CASCADE
from registry.encoder import ENCODER, TOKENIZER
from registry.second_tier import ENCODER_CALIBRATION
from tests.training import tiny
from training.order import Order
from training.run import Trained, train
from training.tracking import Tracking

CHECKOUT = Path(__file__).resolve().parents[3]
SECOND_TIER = (ENCODER, TOKENIZER, ENCODER_CALIBRATION, CASCADE)
GROWN = ((Split.VALIDATION, 84, 1), (Split.TEST, 140, 2))
FOLDED = {"folds": 2, "frozen_layers": 1}


def how(base: Path, **changes: object) -> dict[str, object]:
    return {"enabled": True, "base": str(base), "length": 24, "epochs": 1, "batch_rows": 16, "learning_rate": 1e-3,
            "head_learning_rate": 1e-3, "bf16": False, "checkpoint_every": 4, "threads": 1, **changes}  # fmt: skip


def order(home: Path, snapshot: Snapshot, encoder: dict[str, object], **extra: object) -> Order:
    return Order(tiny.settings(encoder=encoder), snapshot, tiny.TAXONOMY, home, **extra)  # type: ignore[arg-type]


def folded(
    home: Path, base: Path, snapshot: Snapshot, *, max_rows: int | None = 200, asked_rows: int | None = None,
    **extra: object,
) -> Order:  # fmt: skip
    encoder = how(base, **FOLDED, max_rows=max_rows, asked_rows=asked_rows)
    settings = tiny.settings(encoder=encoder, calibration={"folds": 2})
    return Order(settings, snapshot, tiny.TAXONOMY, home, **extra)  # type: ignore[arg-type]


def run(asked: Order, **extra: object) -> Trained:
    return train(asked, Tracking(None, pytest.fail), now=lambda: tiny.NOW, **extra)  # type: ignore[arg-type]


class Stopped(KeyboardInterrupt):
    pass


def stop_at(stage: str, share: float) -> Callable[[str, float, str], None]:
    def heard(now: str, at: float, _note: str) -> None:
        if now == stage and at >= share:
            raise Stopped

    return heard
