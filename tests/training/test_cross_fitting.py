from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests import tiny_encoder
from training import cross_fitting
from training.batches import Examples
from training.cross_fitting import Fold, Folding, cross_fitted, fold_folder, refuse_empty
from training.encoder import fit
from training.encoder_model import EncoderClassifier
from training.fine_tuning import FineTuning, Keeping, Report
from training.ngram import TrainingError

LEARNT, LOOKED = tiny_encoder.examples(90), tiny_encoder.examples(30, seed=1)
HOW = FineTuning(epochs=2, batch_rows=16, learning_rate=1e-3, head_learning_rate=1e-3, bf16=False, threads=1)
ROWS = [*LEARNT.rows, *LOOKED.rows]
FOLD = np.arange(len(ROWS)) % 3


def _sides(fold: np.ndarray = FOLD) -> Folding:
    return Folding(fold, np.arange(len(ROWS)), ROWS, np.arange(90), 90 + np.arange(30), LEARNT, LOOKED)


def _folds(sides: Folding, folder: Path, *, resume: bool = False) -> np.ndarray:
    def begin(number: int) -> Fold:
        keeping = Keeping(fold_folder(folder, number), resume=resume, lower=folder)
        return Fold(tiny_encoder.classifier(), HOW, keeping, lambda _step: None)

    return cross_fitted(sides, 3, begin)


def _numbers(rows: Examples) -> list[int]:
    """Which of all rows these are: the very objects, since texts repeat."""
    places = {id(row): at for at, row in enumerate(ROWS)}
    return [places[id(row)] for row in rows.rows]


def test_no_encoder_learns_from_or_looks_at_a_row_that_it_is_asked_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[list[int], list[int]]] = []

    def spied(
        model: EncoderClassifier,
        train: Examples,
        validation: Examples,
        how: FineTuning,
        keeping: Keeping,
        **more: object,
    ) -> Report:
        seen.append((_numbers(train), _numbers(validation)))
        return fit(model, train, validation, how, keeping, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(cross_fitting, "fit", spied)
    _folds(_sides(), tmp_path)
    for number, (learnt, looked) in enumerate(seen):
        others = np.flatnonzero(number != FOLD).tolist()
        assert [at for at in others if at < 90] == learnt
        assert [at for at in others if at >= 90] == looked


def test_answers_stand_at_their_rows_and_know_the_labels(tmp_path: Path) -> None:
    raw = _folds(_sides(), tmp_path)
    assert (len(ROWS), LEARNT.targets.yes.shape[1]) == raw.shape
    yes = np.vstack([LEARNT.targets.yes, LOOKED.targets.yes])[:, -1] > 0
    assert raw[yes, -1].mean() > raw[~yes, -1].mean() + 1.0


def test_a_fold_that_no_row_is_in_is_passed_over(tmp_path: Path) -> None:
    _folds(_sides(np.where(FOLD == 2, 0, FOLD)), tmp_path)
    assert {"fold-1", "fold-2"} == {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize(("side", "named"), [(slice(0, 90), "training"), (slice(90, None), "validation")])
def test_a_fold_that_holds_a_whole_side_is_refused_before_anything_is_trained(side: slice, named: str) -> None:
    fold = np.where(FOLD == 2, 0, FOLD)
    fold[side] = 1
    with pytest.raises(TrainingError, match=f"Fold 2 of 3 holds every {named} row .* Leave it out"):
        refuse_empty(_sides(fold), 3)
    refuse_empty(_sides(), 3)


def test_finished_folds_are_not_trained_again(tmp_path: Path) -> None:
    raw = _folds(_sides(), tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.pt")}
    np.testing.assert_allclose(raw, _folds(_sides(), tmp_path, resume=True))
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.pt")}
