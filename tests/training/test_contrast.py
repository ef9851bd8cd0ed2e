from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from registry.pieces import Reader
from tests import tiny_encoder
from training.batches import Examples, moved
from training.contrast import TEMPERATURE, contrastive_loss, partners
from training.encoder import fit
from training.encoder_model import EncoderClassifier
from training.fine_tuning import FineTuning, Keeping
from training.objective import targets, with_any_harm
from training.processes import _examples, _packed

VALIDATION = tiny_encoder.examples(60, seed=1)
OF = np.array([-1, -1, -1, -1, 1, 3])


def pairs(count: int = 120) -> Examples:
    """Comments of the tiny world, each with a copy in which all words are told by their first letters."""
    texts, labels = tiny_encoder.comments(count)
    reader = Reader(tiny_encoder.tokenizer(), length=tiny_encoder.LENGTH)
    copies = [" ".join(word[:2] for word in text.split()) for text in texts]
    columns, union = with_any_harm(np.vstack([labels, labels]), np.zeros((2 * count, labels.shape[1]), dtype=np.int8))
    of = np.concatenate([np.full(count, -1), np.arange(count)])
    return Examples(reader.read([*texts, *copies]), targets(columns, union, np.ones(2 * count)), reader.pad, of)


def few() -> Examples:
    return dataclasses.replace(tiny_encoder.examples(6), of=OF)


def test_partners_are_the_texts_of_the_copies_in_a_batch() -> None:
    assert [3, 1] == partners(few(), [5, 0, 4])
    assert [] == partners(few(), [0, 1])
    assert [] == partners(tiny_encoder.examples(6), [4, 5])


def test_the_loss_is_that_of_telling_its_text_from_the_others() -> None:
    """Written out by hand: the copy 4, its text 1 beside it, against 0 and 2."""
    vectors = torch.tensor(np.random.default_rng(0).normal(size=(4, 8)), dtype=torch.float32)
    whole = torch.nn.functional.normalize(vectors, dim=1)
    near, far = whole[0] @ whole[3], torch.stack([whole[0] @ whole[1], whole[0] @ whole[2]])
    expected = -torch.log_softmax(torch.cat([near[None], far]) / TEMPERATURE, dim=0)[0]
    assert float(expected) == pytest.approx(float(contrastive_loss(vectors, few(), [4, 0, 2])), rel=1e-5)


def test_a_copy_is_not_pushed_away_from_its_own_text() -> None:
    vectors = torch.eye(3)[[0, 1, 2, 0, 1]]
    batch = [4, 1, 0, 5]
    assert float(contrastive_loss(vectors[[0, 0, 1, 2, 0, 2]], few(), batch)) == pytest.approx(
        2 * float(torch.log1p(2 * torch.exp(torch.tensor(-1 / TEMPERATURE)))), abs=1e-4
    )


def _lost(model: EncoderClassifier, examples: Examples) -> float:
    """The mean loss of telling each of the first sixteen copies' texts from the other copies."""
    model.eval()
    batch = list(range(len(examples) // 2, len(examples) // 2 + 16))
    with torch.inference_mode():
        rows = [torch.tensor([list(examples.rows[at])]) for at in [*batch, *partners(examples, batch)]]
        vectors = torch.cat([model(ids, torch.ones_like(ids), vectors=True)[1] for ids in rows])
    return float(contrastive_loss(vectors, examples, batch)) / len(batch)


@pytest.mark.parametrize("layers", [0, 1])
def test_copies_are_told_by_their_texts(tmp_path: Path, layers: int) -> None:
    how = FineTuning(epochs=6, batch_rows=16, learning_rate=2e-3, head_learning_rate=2e-3, bf16=False, seed=4,
                     threads=1, frozen_layers=layers, patience=9)  # fmt: skip
    plain, drawn, train = tiny_encoder.classifier(), tiny_encoder.classifier(), pairs()
    fit(plain, train, VALIDATION, how, Keeping(tmp_path / "plain"))
    fit(drawn, train, VALIDATION, dataclasses.replace(how, contrast=1.0), Keeping(tmp_path / "drawn"))
    assert _lost(drawn, train) < 0.6 * _lost(plain, train)


def test_without_contrast_pairs_change_nothing(tmp_path: Path) -> None:
    how = FineTuning(epochs=1, batch_rows=16, bf16=False, threads=1)
    one, other, train = tiny_encoder.classifier(), tiny_encoder.classifier(), pairs(40)
    fit(one, train, VALIDATION, how, Keeping(tmp_path / "one"))
    fit(other, dataclasses.replace(train, of=None), VALIDATION, how, Keeping(tmp_path / "other"))
    assert torch.equal(one.head.weight, other.head.weight)


def test_pairs_are_renumbered_where_only_some_rows_are_kept() -> None:
    assert [-1, -1, 0] == moved(OF, np.array([False, True, False, True, True, False]))[[0, 1, 2]].tolist()
    assert [-1, -1] == moved(OF, np.array([True, False, False, False, True, False])).tolist()


def test_pairs_reach_the_other_processes() -> None:
    kept = _examples(_packed("train", few()), "train", few().pad)
    assert kept.of is not None
    assert OF.tolist() == kept.of.tolist()
    assert _examples(_packed("train", tiny_encoder.examples(3)), "train", 1).of is None
