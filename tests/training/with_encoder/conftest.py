"""One training of a tiny encoder, which these tests look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.snapshot import Snapshot
from tests import tiny_encoder
from tests.training import tiny
from tests.training.with_encoder.runs import how, order, run
from training.run import Trained


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
