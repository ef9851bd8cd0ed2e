"""Every row asked of an encoder that did not see it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.snapshot import Snapshot
from tests.training.with_encoder.runs import folded, run
from training import earlier_encoder

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.mark.proof
def test_folds_judge_as_many_rows_as_may_be_learnt_from_and_the_validation_rows(
    base: Path, snapshot: Snapshot, tmp_path: Path
) -> None:
    every = {side: int(snapshot.split(side).everyday.sum()) for side in ("train", "validation")}
    proved = {}
    for limit in (100, None):
        made = run(folded(tmp_path / str(limit), base, snapshot, max_rows=limit))
        proved[limit] = json.loads((made.bundle / "metrics.json").read_bytes())["thresholds"]["everyday_rows"]
    assert proved[None] == sum(every.values())
    assert every["validation"] < proved[100] < every["validation"] + 100
    made = run(folded(tmp_path / "asked", base, snapshot, max_rows=100, asked_rows=len(snapshot.split("train"))))
    told = json.loads((made.bundle / "metrics.json").read_bytes())
    assert (100, sum(every.values())) == (told["encoder"]["rows"], told["thresholds"]["everyday_rows"])


def test_folds_are_of_encoders_that_read_nothing_anew(
    home: Path, base: Path, snapshot: Snapshot, tmp_path: Path
) -> None:
    stages: list[str] = []
    made = run(
        folded(tmp_path, base, snapshot), progress=lambda stage, share, _note: stages.append(f"{stage} {share:.1f}")
    )
    assert {"encoder: fold 1 of 2: learn 1.0", "encoder: fold 2 of 2: learn 1.0"} <= set(stages)
    assert ["encoder: fold 1 of 2: read 1.0"] == [
        each for each in stages if each.startswith("encoder: fold 1 of 2: read")
    ]
    kept = {path.relative_to(tmp_path / "runs" / made.bundle.name / "encoder").as_posix()
            for path in (tmp_path / "runs" / made.bundle.name / "encoder").rglob("*") if path.is_file()}  # fmt: skip
    best = "encoder.best.pt"
    assert {best, f"fold-1/{best}", f"fold-2/{best}", earlier_encoder.VOCABULARY, earlier_encoder.KNOWN} == kept
