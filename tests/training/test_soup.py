"""Several fine-tunings averaged: no worse than the best, gone on from, and told to whoever listens."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from tests import tiny_encoder
from training import checkpoint
from training.clock import Progressed, Stage
from training.encoder import fit
from training.encoder_model import EncoderClassifier, logits_of
from training.fine_tuning import FineTuning, Keeping, Listener
from training.objective import tempered_loss
from training.soup import Soup, fit_soup, folders_of_members

TRAIN, VALIDATION = tiny_encoder.examples(120), tiny_encoder.examples(60, seed=1)
HOW = FineTuning(
    epochs=2, batch_rows=8, learning_rate=2e-3, head_learning_rate=2e-3, bf16=False, checkpoint_every=5, seed=4,
    threads=1, frozen_layers=1,
)  # fmt: skip


def soup(model: EncoderClassifier, folder: Path, how: FineTuning = HOW, *, members: int = 3, **extra: object) -> Soup:
    return fit_soup(model, TRAIN, VALIDATION, how, Keeping(folder), members=members, **extra)  # type: ignore[arg-type]


def loss(model: EncoderClassifier) -> float:
    said = logits_of(model, VALIDATION.rows, pad=VALIDATION.pad)
    return tempered_loss(said, VALIDATION.targets) / VALIDATION.targets.total


def weights(model: EncoderClassifier) -> dict[str, np.ndarray]:
    return {name: each.numpy() for name, each in checkpoint.trained_state(model).items()}


def test_it_is_no_worse_than_its_best_member_and_the_mean_of_those_taken(tmp_path: Path) -> None:
    model = tiny_encoder.classifier()
    made = soup(model, tmp_path, dataclasses.replace(HOW, epochs=3, learning_rate=1e-3), members=2)
    assert sorted(made.members) == list(made.members)
    assert made.members[0] == pytest.approx(made.report.best.validation, abs=1e-3)
    assert (2, True) == (made.taken, made.loss <= made.members[0])
    assert made.loss == pytest.approx(loss(model), abs=1e-3), "what frozen layers say is kept in half precision"
    every = []
    for folder in folders_of_members(tmp_path):
        own = _frozen_as(model, tiny_encoder.classifier())
        checkpoint.load_best(folder, own)
        every.append(weights(own))
    for name, value in weights(model).items():
        np.testing.assert_allclose((every[0][name] + every[1][name]) / 2, value, atol=1e-6)


def _frozen_as(model: EncoderClassifier, own: EncoderClassifier) -> EncoderClassifier:
    for theirs, mine in zip(model.parameters(), own.parameters(), strict=True):
        mine.requires_grad_(theirs.requires_grad)
    return own


def test_members_that_would_spoil_it_are_left_out(tmp_path: Path) -> None:
    """Learnt so wildly that means of weights are no model at all."""
    wild = dataclasses.replace(HOW, learning_rate=0.3, head_learning_rate=0.3, epochs=1, patience=9)
    model = tiny_encoder.classifier()
    made = soup(model, tmp_path, wild)
    assert made.taken < 3
    assert made.loss <= made.members[0]


def test_its_weights_are_kept_where_a_warm_start_looks(tmp_path: Path) -> None:
    model, later = tiny_encoder.classifier(), tiny_encoder.classifier(seed=9)
    soup(model, tmp_path, members=2)
    checkpoint.begin_from(tmp_path / checkpoint.BEST, later)
    kept = weights(model)
    assert all(np.array_equal(kept[name], dict(later.state_dict())[name].numpy()) for name in kept)


def test_members_that_are_done_are_not_repeated_and_the_end_is_the_same(tmp_path: Path) -> None:
    def stop(number: int) -> Listener:
        def heard(step: Progressed) -> None:
            if number == 1 and step.stage is Stage.TRAINING and step.done == 17:
                raise KeyboardInterrupt

        return Listener(heard)

    whole, again, heard = tiny_encoder.classifier(), tiny_encoder.classifier(), list[int]()
    expected = soup(whole, tmp_path / "whole", members=2)
    with pytest.raises(KeyboardInterrupt):
        soup(tiny_encoder.classifier(), tmp_path / "stopped", members=2, listener=stop)
    found = fit_soup(
        again, TRAIN, VALIDATION, HOW, Keeping(tmp_path / "stopped", resume=True), members=2,
        listener=lambda number: Listener(lambda step: heard.append(number) if step.stage is Stage.TRAINING else None),
    )  # fmt: skip
    assert {1} == set(heard)
    assert expected.loss == pytest.approx(found.loss, abs=1e-4)
    assert all(np.allclose(each, weights(again)[name], atol=1e-5) for name, each in weights(whole).items())


def test_members_learn_apart_and_frozen_layers_run_once(tmp_path: Path) -> None:
    model, read = tiny_encoder.classifier(), list[int]()

    def heard(number: int) -> Listener:
        return Listener(
            lambda step: read.append(number) if step.stage is Stage.READING and not _is_over(step) else None
        )

    made = soup(model, tmp_path, members=2, listener=heard)
    assert made.members[0] != made.members[1]
    assert {0} == set(read)


def _is_over(step: Progressed) -> bool:
    return step.done == step.total


def test_one_by_itself_says_what_it_is(tmp_path: Path) -> None:
    model = tiny_encoder.classifier()
    report = fit(model, TRAIN, VALIDATION, HOW, Keeping(tmp_path))
    assert Soup(report, (report.best.validation,), 1, report.best.validation, report.seconds) == Soup.alone(report)


def test_all_begin_with_the_same_head(tmp_path: Path) -> None:
    """Learnt next to nothing, they are one model still: probe rows are drawn once."""
    still = dataclasses.replace(HOW, epochs=1, learning_rate=1e-12, head_learning_rate=1e-12, probe_rows=16)
    soup(tiny_encoder.classifier(), tmp_path, still, members=2)
    found = []
    for folder in folders_of_members(tmp_path):
        own = tiny_encoder.classifier()
        checkpoint.begin_from(folder / checkpoint.BEST, own)
        found.append(own)
    for one, other in zip(found[0].state_dict().values(), found[1].state_dict().values(), strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), atol=1e-6)
