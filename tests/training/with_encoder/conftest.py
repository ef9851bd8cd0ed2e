"""One training of a tiny encoder, which these tests look at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.snapshot import Snapshot
from tests import tiny_encoder
from tests.training import tiny
from tests.training.with_encoder.runs import how, order, run
from training import shown_export
from training.run import Trained

VALIDATION = 84
"""Rows of the tiny world's validation side."""


@pytest.fixture(scope="module", autouse=True)
def all_validation_rows_are_enough() -> Iterator[None]:
    """The tiny world is too small to prove an export, and says so (`tests/training/test_shown_export.py`)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shown_export, "HELD_OUT", VALIDATION)
        yield


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def base(home: Path) -> Path:
    return tiny_encoder.folder(home / "base")


@pytest.fixture(scope="module")
def snapshot(home: Path) -> Snapshot:
    return tiny.snapshot(home)


@pytest.fixture(scope="module")
def told() -> list[tuple[str, str]]:
    return []


@pytest.fixture(scope="module")
def trained(home: Path, base: Path, snapshot: Snapshot, told: list[tuple[str, str]]) -> Trained:
    return run(order(home, snapshot, how(base)), progress=lambda stage, _share, note: told.append((stage, note)))
