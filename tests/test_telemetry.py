"""Nobody hears of an installation what its owner did not tell them: libraries that report are told not to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from registry.opt_out import VARIABLES
from tests import tiny_encoder

ROOT = Path(__file__).resolve().parents[1]
WITHOUT = {name: value for name, value in os.environ.items() if name not in {*VARIABLES, "CI", "GITHUB_ACTIONS"}}


def said(code: str, home: Path, *arguments: str, **variables: str) -> str:
    """What a process prints whose environment says nothing of it, in a home of its own."""
    environment = {**WITHOUT, "HOME": str(home), "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, check=True,
        timeout=300,
    ).stdout.strip()  # fmt: skip


def test_an_encoder_that_answers_leaves_nothing_in_its_users_home(tmp_path: Path) -> None:
    bundle, home = tiny_encoder.bundle(tmp_path / "bundle"), tmp_path / "home"
    home.mkdir()
    code = """
import sys
from pathlib import Path
from moderation.normaliser import normalise
from moderation.taxonomy import load_taxonomy
from registry.scorers import load_scorer
load_scorer(Path(sys.argv[1]), load_taxonomy()).score([normalise("casino bonus")])
maps = Path("/proc/self/maps").read_text()
print("onnxruntime_pybind11_state" in maps, "onnxruntime.db" in maps)
"""
    assert "True False" == said(code, home, str(bundle))
    assert [] == [path for path in home.rglob("*") if path.is_file()]


@pytest.mark.parametrize("room", ["training.tracking", "chaffinch.main"])
def test_mlflow_is_told_before_it_is_loaded(room: str, tmp_path: Path) -> None:
    code = f"import {room}; from mlflow.telemetry.utils import is_telemetry_disabled as no; print(no())"
    assert "True" == said(code, tmp_path)


def test_who_wants_it_may_say_so(tmp_path: Path) -> None:
    code = "import chaffinch, os; print(os.environ['MLFLOW_DISABLE_TELEMETRY'], os.environ['ORT_DISABLE_TELEMETRY'])"
    assert "false 1" == said(code, tmp_path, MLFLOW_DISABLE_TELEMETRY="false")
