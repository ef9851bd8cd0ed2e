"""The console mounted as serving mounts it, over a real SQLite database, with people and cases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.house import House, build


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = build(tmp_path)
    yield built
    built.database.close()
