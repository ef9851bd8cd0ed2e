"""Filling in hidden pieces: what is hidden, what it teaches, and that a stopped run ends as an uninterrupted one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from registry.pieces import Reader
from tests import tiny_encoder
from training import adapting, checkpoint
from training.adapting import Adapted, Comments, Masking, adapt, take_up
from training.clock import Progressed
from training.encoder_model import EncoderClassifier, word_embeddings
from training.fine_tuning import FineTuning, Keeping
from training.ngram import TrainingError
from training.packaged_encoder import EncoderError

HOW = FineTuning(batch_rows=8, learning_rate=3e-3, head_learning_rate=3e-3, bf16=False, probe_rows=64, threads=1)
TOKENIZER = tiny_encoder.tokenizer(masked=True)
READER, MASKING = Reader(TOKENIZER, length=tiny_encoder.LENGTH), Masking.of(TOKENIZER)


def sayings(count: int, seed: int) -> list[list[int]]:
    """Comments in which each word tells the next one."""
    chance, words = np.random.default_rng(seed), tiny_encoder.WORDS
    starts = chance.integers(0, len(words), count)
    return READER.read([" ".join(words[(at + step) % len(words)] for step in range(7)) for at in starts])


COMMENTS = Comments(sayings(600, 0), sayings(80, 1), READER.pad)


def model() -> EncoderClassifier:
    torch.manual_seed(0)
    return EncoderClassifier(tiny_encoder.bert(READER.size), 8)


def run(
    own: EncoderClassifier, folder: Path, how: FineTuning = HOW, *, comments: Comments = COMMENTS, resume: bool = False,
    progress: Callable[[Progressed], None] = lambda step: None,
) -> Adapted:  # fmt: skip
    return adapt(own, comments, MASKING, how, Keeping(folder, resume), progress)


def test_fifteen_of_a_hundred_pieces_are_asked_for_and_most_of_those_hidden() -> None:
    rows = sayings(2_000, 5)
    read, stands, wanted = MASKING.hide(rows, READER.pad, np.random.default_rng(0))
    ids, asked = np.array(rows), wanted >= 0
    may = (stands > 0) & ~np.isin(ids, MASKING.special)
    assert asked.sum() / may.sum() == pytest.approx(0.15, abs=0.01)
    assert not asked[~may].any()
    assert (wanted[asked] == ids[asked]).all()
    assert (read[~asked] == ids[~asked]).all()
    assert (read[asked] == MASKING.mask).mean() == pytest.approx(0.8, abs=0.03)
    assert (read[asked] == ids[asked]).mean() == pytest.approx(0.1, abs=0.03)


def test_a_batch_of_one_short_comment_asks_for_its_piece() -> None:
    for seed in range(20):
        assert (MASKING.hide(READER.read(["a"]), READER.pad, np.random.default_rng(seed))[2] >= 0).any()


def test_a_tokenizer_without_a_mask_is_refused() -> None:
    with pytest.raises(EncoderError, match="no piece that hides others"):
        Masking.of(tiny_encoder.tokenizer())


def test_it_learns_to_fill_in_what_it_did_not_read(tmp_path: Path) -> None:
    told = run(model(), tmp_path, dataclasses.replace(HOW, frozen_embeddings=False))
    assert 600 == told.rows
    assert told.after < 0.8 * told.before


@pytest.mark.parametrize("frozen", [True, False])
def test_all_layers_learn_and_the_table_of_pieces_only_where_it_is_free(tmp_path: Path, frozen: bool) -> None:
    own, before = model(), model()
    run(own, tmp_path, dataclasses.replace(HOW, frozen_embeddings=frozen))
    assert frozen == torch.equal(word_embeddings(own).weight, word_embeddings(before).weight)
    for ours, theirs in zip(own.encoder.encoder.layer, before.encoder.encoder.layer, strict=True):
        assert not torch.equal(ours.output.dense.weight, theirs.output.dense.weight)


def test_a_resumed_run_is_the_uninterrupted_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapting, "KEEP_SECONDS", 0.0)
    whole, again, heard = model(), model(), list[int]()

    def stop(step: Progressed) -> None:
        if step.done == 40:
            raise KeyboardInterrupt

    expected = run(whole, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(model(), tmp_path / "stopped", progress=stop)
    found = run(again, tmp_path / "stopped", resume=True, progress=lambda step: heard.append(step.done))
    assert 40 == heard[0]
    assert (expected.before, expected.after) == pytest.approx((found.before, found.after), abs=1e-5)
    assert torch.allclose(whole.encoder.encoder.layer[0].output.dense.weight,
                          again.encoder.encoder.layer[0].output.dense.weight, atol=1e-6)  # fmt: skip
    done, heard[:] = model(), []
    assert found.after == run(done, tmp_path / "stopped", resume=True, progress=lambda step: heard.append(1)).after
    assert [] == heard
    assert torch.equal(again.encoder.encoder.layer[1].output.dense.weight,
                       done.encoder.encoder.layer[1].output.dense.weight)  # fmt: skip


def test_other_comments_do_not_go_on_from_a_checkpoint(tmp_path: Path) -> None:
    run(model(), tmp_path)
    with pytest.raises(TrainingError, match="other rows, settings or another encoder"):
        run(model(), tmp_path, comments=dataclasses.replace(COMMENTS, rows=sayings(600, 9)), resume=True)


def test_a_loss_that_is_no_number_is_told(tmp_path: Path) -> None:
    own = model()
    with torch.no_grad():
        own.encoder.encoder.layer[1].output.dense.weight[0, 0] = float("nan")
    with pytest.raises(TrainingError, match="loss is no number"):
        run(own, tmp_path)


def test_what_was_learnt_is_handed_from_run_to_run(tmp_path: Path) -> None:
    own, second, third = model(), model(), model()
    run(own, tmp_path / "first" / adapting.FOLDER)
    take_up(second, tmp_path / "first", tmp_path / "second")
    take_up(third, tmp_path / "second", tmp_path / "third")
    for theirs in (second, third):
        assert torch.equal(own.encoder.encoder.layer[0].output.dense.weight,
                           theirs.encoder.encoder.layer[0].output.dense.weight)  # fmt: skip
    assert not torch.equal(own.head.weight, torch.zeros_like(own.head.weight))


def test_a_run_that_filled_nothing_in_hands_nothing_on(tmp_path: Path) -> None:
    own, before = model(), model()
    take_up(own, tmp_path / "first", tmp_path / "second")
    assert torch.equal(own.encoder.encoder.layer[0].output.dense.weight,
                       before.encoder.encoder.layer[0].output.dense.weight)  # fmt: skip
    assert not (tmp_path / "second" / adapting.FOLDER / checkpoint.BEST).exists()
