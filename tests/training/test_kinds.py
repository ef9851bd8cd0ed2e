from __future__ import annotations

import numpy as np
import pytest
import torch

from data.rows import Row, Rows
from tests import tiny_encoder
from training.batches import Examples
from training.encoder_model import Aims, logits_of, masked_loss
from training.encoder_rows import Side
from training.kinds import SHARE, known_kinds, narrow, widen, with_kinds
from training.objective import targets

KINDS = ("insult", "threat", "insult", "", "talk", "threat")


def side() -> Side:
    """Six rows, the second and the third one twice."""
    rows = Rows.of(
        (Row(f"r{at}", "x", "zh", "s", "", kind, (int(kind in KINDS[:2]),), (0,)) for at, kind in enumerate(KINDS)), 1
    )
    at = np.array([0, 1, 2, 3, 4, 5, 1, 2])
    aims = targets(rows.labels[at], rows.union[at], np.array([1.0, 2, 1, 1, 1, 1, 2, 1]))
    return Side(rows, ["x"] * 6, at, Examples([[0, 2]] * 8, aims, 1))


def test_kinds_with_enough_examples_are_outputs() -> None:
    assert ("insult", "threat") == known_kinds(side(), 3)
    assert ("insult", "talk", "threat") == known_kinds(side(), 1)
    assert () == known_kinds(side(), 0)


def test_a_row_knows_its_own_kind_and_that_it_is_no_other() -> None:
    aims = with_kinds(side(), ("insult", "threat")).examples.targets
    assert [[1, 0], [0, 1], [1, 0]] == aims.yes[:3, 1:].tolist()
    assert aims.known[:3, 1:] == pytest.approx(np.array([[SHARE] * 2, [2 * SHARE] * 2, [SHARE] * 2]))


def test_a_row_of_no_known_kind_says_nothing_of_kinds() -> None:
    before, after = side().examples.targets, with_kinds(side(), ("insult", "threat")).examples.targets
    assert not after.known[3:5, 1:].any()
    assert (before.known == after.known[:, :1]).all()
    assert (before.yes == after.yes[:, :1]).all()
    assert before.total == after.total


def test_validation_rows_say_nothing_of_kinds() -> None:
    logits = np.random.default_rng(0).normal(size=(8, 3))
    silent, every = (with_kinds(side(), ("insult", "threat"), silent=each).examples.targets for each in (True, False))
    told = [float(masked_loss(torch.tensor(logits), Aims.of(aims, range(8)))) for aims in (silent, every)]
    own = masked_loss(torch.tensor(logits[:, :1]), Aims.of(side().examples.targets, range(8)))
    assert float(own) == pytest.approx(told[0])
    assert told[0] < told[1]


def test_no_kinds_change_nothing() -> None:
    own = side()
    assert with_kinds(own, ()) is own


def test_a_head_that_was_widened_and_narrowed_answers_as_before() -> None:
    model, rows = tiny_encoder.classifier(), [[0, 5, 6, 2], [0, 7, 2]]
    before = logits_of(model, rows, pad=1)
    widen(model, 3)
    wide = logits_of(model, rows, pad=1)
    assert before == pytest.approx(wide[:, :-3])
    assert not wide[:, -3:].any()
    narrow(model, 8)
    assert before == pytest.approx(logits_of(model, rows, pad=1))
