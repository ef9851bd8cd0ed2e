"""What every command waits for before it does anything."""

from __future__ import annotations

import subprocess
import sys

from chaffinch.settings import CHECKOUT

HEAVY = (
    "numpy",
    "scipy",
    "sqlalchemy",
    "alembic",
    "fastapi",
    "jieba",
    "re2",
    "torch",
    "mlflow",
    "datasets",
    "markdown_it",
)


def test_the_command_line_loads_nothing_heavy_before_it_knows_what_is_asked() -> None:
    told = f"import sys, chaffinch.main; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=CHECKOUT, capture_output=True, text=True, timeout=120, check=True
    )
    assert "" == done.stdout.strip()
