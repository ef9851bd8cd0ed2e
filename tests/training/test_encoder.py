from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import torch

from tests import tiny_encoder
from training import checkpoint, objective
from training.clock import Progressed, Stage
from training.disk import DiskFullError
from training.encoder import fit
from training.encoder_model import EncoderClassifier, logits_of, word_embeddings
from training.fine_tuning import FineTuning, Keeping, Listener, Report
from training.frozen_layers import FILE, MARKER
from training.ngram import TrainingError

TRAIN, VALIDATION = tiny_encoder.examples(160), tiny_encoder.examples(60, seed=1)
HOW = FineTuning(
    epochs=2, batch_rows=8, learning_rate=2e-3, head_learning_rate=2e-3, bf16=False, checkpoint_every=5, seed=4,
    threads=1,
)  # fmt: skip


def _fit(
    model: EncoderClassifier,
    folder: Path,
    how: FineTuning = HOW,
    *,
    resume: bool = False,
    progress: Callable[[Progressed], None] = lambda step: None,
) -> Report:
    return fit(model, TRAIN, VALIDATION, how, Keeping(folder, resume), listener=Listener(progress))


def _weights(model: EncoderClassifier) -> dict[str, np.ndarray]:
    return {name: each.detach().numpy().copy() for name, each in model.named_parameters()}


def _same(one: EncoderClassifier, other: EncoderClassifier, *, within: float = 0.0) -> bool:
    theirs = _weights(other)
    return all(np.allclose(each, theirs[name], atol=within, rtol=0) for name, each in _weights(one).items())


def _stop_at(step: int) -> Callable[[Progressed], None]:
    def progress(heard: Progressed) -> None:
        if heard.stage is Stage.TRAINING and heard.done == step:
            raise KeyboardInterrupt

    return progress


def test_it_learns_what_the_words_say(tmp_path: Path) -> None:
    model = tiny_encoder.classifier()
    report = _fit(model, tmp_path, dataclasses.replace(HOW, epochs=5))
    said = logits_of(model, VALIDATION.rows, pad=VALIDATION.pad) > 0
    assert 0.97 <= float((said == (VALIDATION.targets.yes > 0)).mean())
    assert report.best.validation < 0.5 * report.history[0].training


def test_the_best_weights_are_the_ones_it_ends_with(tmp_path: Path) -> None:
    model = tiny_encoder.classifier()
    report = _fit(
        model, tmp_path, dataclasses.replace(HOW, learning_rate=0.5, head_learning_rate=0.5, warmup=1.0, patience=9)
    )
    lost = objective.tempered_loss(logits_of(model, VALIDATION.rows, pad=VALIDATION.pad), VALIDATION.targets)
    assert report.best.validation == pytest.approx(lost / VALIDATION.targets.total, abs=1e-4)
    assert report.best.step < report.steps
    assert report.best.validation == min(point.validation for point in report.history)


@pytest.mark.parametrize("layers", [0, 1])
def test_a_resumed_run_is_the_uninterrupted_run(tmp_path: Path, layers: int) -> None:
    how = dataclasses.replace(HOW, frozen_layers=layers)
    whole, stopped = tiny_encoder.classifier(), tiny_encoder.classifier()
    expected = _fit(whole, tmp_path / "whole", how)
    with pytest.raises(KeyboardInterrupt):
        _fit(stopped, tmp_path / "stopped", how, progress=_stop_at(27))
    again = tiny_encoder.classifier()
    found = _fit(again, tmp_path / "stopped", how, resume=True)
    assert expected.best.validation == pytest.approx(found.best.validation, abs=0.01)
    assert [point.step for point in expected.history] == [point.step for point in found.history]
    assert _same(whole, again, within=1e-5)


@pytest.mark.parametrize(("seconds", "first"), [(1e9, 11), (0.0, 15)])
def test_an_epoch_shorter_than_the_rhythm_in_steps_is_gone_on_from_in_its_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, first: int
) -> None:
    """Twenty steps an epoch, a validation after ten: from there, or from the step before where time has passed."""
    monkeypatch.setattr("training.encoder.KEEP_SECONDS", seconds)
    how = dataclasses.replace(HOW, epochs=1, checkpoint_every=200)
    whole, again, heard = tiny_encoder.classifier(), tiny_encoder.classifier(), list[Progressed]()
    expected = _fit(whole, tmp_path / "whole", how)
    with pytest.raises(KeyboardInterrupt):
        _fit(tiny_encoder.classifier(), tmp_path / "stopped", how, progress=_stop_at(15))
    found = _fit(again, tmp_path / "stopped", how, resume=True, progress=heard.append)
    assert first == next(each.done for each in heard if each.stage is Stage.TRAINING)
    assert expected.best.validation == pytest.approx(found.best.validation, abs=0.01)
    assert _same(whole, again, within=1e-5)


def test_the_curve_is_told_while_it_is_drawn(tmp_path: Path) -> None:
    """Whoever looks at a long run sees how it goes; what was told before a stop stands."""
    heard: list[tuple[int, str]] = []

    def curve(values: Mapping[str, float], step: int) -> None:
        assert all(np.isfinite(each) for each in values.values())
        heard.extend((step, name) for name in values)

    how, listener = dataclasses.replace(HOW, evaluations=2), Listener(_stop_at(27), curve)
    with pytest.raises(KeyboardInterrupt):
        fit(tiny_encoder.classifier(), TRAIN, VALIDATION, how, Keeping(tmp_path), listener=listener)
    assert [10, 20] == [step for step, name in heard if name == "encoder_validation_loss"]
    assert list(range(1, 27)) == [step for step, name in heard if name == "encoder_loss"]


def test_a_finished_run_is_not_repeated(tmp_path: Path) -> None:
    first, again, heard = tiny_encoder.classifier(), tiny_encoder.classifier(), list[Progressed]()
    expected = _fit(first, tmp_path)
    assert expected.history == _fit(again, tmp_path, resume=True, progress=heard.append).history
    assert [] == heard
    assert _same(first, again)


def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    models = [tiny_encoder.classifier() for _ in range(3)]
    for number, seed in enumerate((4, 4, 5)):
        _fit(models[number], tmp_path / str(number), dataclasses.replace(HOW, seed=seed, epochs=1))
    assert _same(models[0], models[1])
    assert not _same(models[0], models[2])


def test_word_embeddings_stay_unless_the_config_says_otherwise(tmp_path: Path) -> None:
    model, before = tiny_encoder.classifier(), tiny_encoder.classifier()
    _fit(model, tmp_path, dataclasses.replace(HOW, epochs=1))
    assert torch.equal(word_embeddings(before).weight, word_embeddings(model).weight)
    moved = tiny_encoder.classifier()
    _fit(moved, tmp_path, dataclasses.replace(HOW, epochs=1, frozen_embeddings=False))
    assert not torch.equal(word_embeddings(before).weight, word_embeddings(moved).weight)


def test_frozen_layers_stay_and_the_others_learn(tmp_path: Path) -> None:
    model, before = tiny_encoder.classifier(), _weights(tiny_encoder.classifier())
    _fit(model, tmp_path, dataclasses.replace(HOW, epochs=1, frozen_layers=2))
    moved = {name for name, each in _weights(model).items() if not np.array_equal(each, before[name])}
    assert {"2", "head"} == {name.split(".layer.")[1][0] if ".layer." in name else name.split(".")[0] for name in moved}
    assert {"encoder.best.pt", "encoder.last.pt", FILE, MARKER} == {path.name for path in tmp_path.iterdir()}


def test_it_ends_early_where_nothing_gets_better(tmp_path: Path) -> None:
    how = dataclasses.replace(HOW, epochs=9, learning_rate=0.3, head_learning_rate=0.3, patience=2)
    report = _fit(tiny_encoder.classifier(), tmp_path, how)
    assert report.stopped_early
    assert report.steps < 9 * 20


def test_bfloat16_learns_too(tmp_path: Path) -> None:
    report = _fit(tiny_encoder.classifier(), tmp_path, dataclasses.replace(HOW, bf16=True, epochs=1))
    assert report.best.validation < report.history[0].training


def test_a_loss_that_is_no_number_is_told(tmp_path: Path) -> None:
    model = tiny_encoder.classifier()
    with torch.no_grad():
        model.encoder.encoder.layer[1].output.dense.weight[0, 0] = float("nan")
    with pytest.raises(TrainingError, match="no longer a number in step 1; lower the learning rate"):
        _fit(model, tmp_path)


def test_other_settings_do_not_go_on_from_a_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _fit(tiny_encoder.classifier(), tmp_path, progress=_stop_at(11))
    with pytest.raises(TrainingError, match="other rows, settings or another encoder"):
        _fit(tiny_encoder.classifier(), tmp_path, dataclasses.replace(HOW, learning_rate=1e-3), resume=True)


def test_a_damaged_checkpoint_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _fit(tiny_encoder.classifier(), tmp_path, progress=_stop_at(11))
    path = tmp_path / checkpoint.LAST
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(TrainingError, match="cannot be read; delete it"):
        _fit(tiny_encoder.classifier(), tmp_path, resume=True)


def test_a_full_disk_leaves_the_checkpoint_before_it(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _fit(tiny_encoder.classifier(), tmp_path, progress=_stop_at(11))
    before = (tmp_path / checkpoint.LAST).read_bytes()
    with tiny_encoder.full_disk(10_000), pytest.raises(DiskFullError, match="disk is full"):
        _fit(tiny_encoder.classifier(), tmp_path, resume=True)
    assert before == (tmp_path / checkpoint.LAST).read_bytes()
    assert {checkpoint.LAST, checkpoint.BEST} == {path.name for path in tmp_path.iterdir()}
    assert 40 == _fit(tiny_encoder.classifier(), tmp_path, resume=True).steps


def test_rows_that_know_nothing_are_told(tmp_path: Path) -> None:
    silent = dataclasses.replace(TRAIN.targets, known=np.zeros_like(TRAIN.targets.known))
    nothing = dataclasses.replace(TRAIN, targets=silent)
    with pytest.raises(TrainingError, match="No row for training knows a label"):
        fit(tiny_encoder.classifier(), nothing, VALIDATION, HOW, Keeping(tmp_path))


def test_frozen_layers_need_frozen_embeddings(tmp_path: Path) -> None:
    how = dataclasses.replace(HOW, frozen_layers=1, frozen_embeddings=False)
    with pytest.raises(TrainingError, match="cannot move alone"):
        _fit(tiny_encoder.classifier(), tmp_path, how)


def test_progress_tells_every_step_and_how_long_is_left(tmp_path: Path) -> None:
    heard: list[Progressed] = []
    _fit(tiny_encoder.classifier(), tmp_path, progress=heard.append)
    steps = [each for each in heard if each.stage is Stage.TRAINING]
    assert list(range(1, 41)) == [each.done for each in steps]
    assert {40} == {each.total for each in steps}
    assert all(each.remaining is None for each in steps[:4])
    assert all(each.remaining is not None and each.remaining >= 0 for each in steps[5:])
    assert 4 == sum(each.stage is Stage.VALIDATING for each in heard)
