"""A fine-tuning on two processes is the fine-tuning of one."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests import tiny_encoder
from training import encoder, processes
from training.checkpoint import LAST
from training.clock import Progressed, Stage
from training.encoder_model import EncoderClassifier, logits_of
from training.fine_tuning import FineTuning, Keeping, Listener
from training.ngram import TrainingError

TRAIN, VALIDATION = tiny_encoder.examples(164), tiny_encoder.examples(60, seed=1)
HOW = FineTuning(
    epochs=3, batch_rows=9, learning_rate=5e-4, head_learning_rate=5e-4, bf16=False, seed=4, frozen_layers=1,
)  # fmt: skip
TWO = replace(HOW, processes=2)
pytestmark = pytest.mark.timeout(600)


def _accuracy(model: EncoderClassifier) -> float:
    said = logits_of(model, VALIDATION.rows, pad=VALIDATION.pad) > 0
    return float((said == (VALIDATION.targets.yes > 0)).mean())


def _without_dropout() -> EncoderClassifier:
    """Each process drops other numbers out; without that two give what one gives, to rounding."""
    model = tiny_encoder.classifier()
    model.encoder.config.hidden_dropout_prob = model.encoder.config.attention_probs_dropout_prob = 0.0
    for each in model.modules():
        if isinstance(each, nn.Dropout):
            each.p = 0.0
    return model


def test_two_processes_give_what_one_gives(tmp_path: Path) -> None:
    one, two = _without_dropout(), _without_dropout()
    alone = processes.fit(one, TRAIN, VALIDATION, HOW, Keeping(tmp_path / "one"))
    heard: list[Progressed] = []
    curves: list[float] = []
    listener = Listener(heard.append, lambda values, step: curves.append(values.get("encoder_loss", 0.0)))
    together = processes.fit(two, TRAIN, VALIDATION, TWO, Keeping(tmp_path / "two"), listener=listener)
    assert [point.step for point in together.history] == [point.step for point in alone.history]
    for ours, theirs in zip(together.history, alone.history, strict=True):
        assert ours.validation == pytest.approx(theirs.validation, abs=2e-3)
        assert ours.training == pytest.approx(theirs.training, abs=2e-3)
    assert np.allclose(logits_of(two, VALIDATION.rows, pad=1), logits_of(one, VALIDATION.rows, pad=1), atol=0.05)
    assert abs(_accuracy(two) - _accuracy(one)) <= 0.005
    assert (alone.processes, together.processes) == (1, 2)
    assert {each.stage for each in heard} == set(Stage)
    assert curves
    assert not (tmp_path / "two" / processes.HANDED).exists()


def test_a_run_whose_process_was_killed_says_so_and_goes_on_with_one(tmp_path: Path) -> None:
    whole, model = _without_dropout(), _without_dropout()
    often = replace(HOW, checkpoint_every=5)
    expected = processes.fit(whole, TRAIN, VALIDATION, often, Keeping(tmp_path / "whole"))

    def kill(step: Progressed) -> None:
        if step.stage is Stage.TRAINING and step.done == 30:
            for each in _left(tmp_path / "run"):
                os.kill(each, signal.SIGKILL)

    two, keeping = replace(often, processes=2), Keeping(tmp_path / "run")
    with pytest.raises(TrainingError, match="--resume goes on"):
        processes.fit(model, TRAIN, VALIDATION, two, keeping, listener=Listener(kill))
    assert (tmp_path / "run" / LAST).is_file()
    assert not _left(tmp_path / "run")
    gone_on = processes.fit(model, TRAIN, VALIDATION, often, replace(keeping, resume=True))
    assert gone_on.steps == expected.steps
    assert gone_on.best.validation == pytest.approx(expected.best.validation, abs=2e-3)


def test_processes_that_do_not_find_each_other_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each would do all the work, and write the kept states of frozen layers while the other reads them."""
    from accelerate import Accelerator

    monkeypatch.setattr(torch.distributed, "is_torchelastic_launched", lambda: True)
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setattr("accelerate.Accelerator", lambda **told: Accelerator(kwargs_handlers=told["kwargs_handlers"]))
    with pytest.raises(TrainingError, match="2 processes were started for this fine-tuning and 1 found each other"):
        encoder.fit(tiny_encoder.classifier(), TRAIN, VALIDATION, HOW, Keeping(tmp_path))


def test_a_loss_that_is_no_number_is_told_as_by_one(tmp_path: Path) -> None:
    model = tiny_encoder.classifier()
    with torch.no_grad():
        model.encoder.encoder.layer[1].output.dense.weight[0, 0] = float("nan")
    with pytest.raises(TrainingError, match="no longer a number in step 1; lower the learning rate"):
        processes.fit(model, TRAIN, VALIDATION, replace(TWO, settle=False), Keeping(tmp_path / "run"))
    assert not _left(tmp_path / "run")


def _left(run: Path) -> list[int]:
    """Processes that work on what was handed over in this folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                told = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(run / processes.HANDED).encode() in told:
                found.append(int(entry.name))
    return found
