from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from eval.compare import Answers, answers
from eval.review_load import FEWEST, at_shift, shift_to_load
from moderation.ports import Thresholds

RNG = np.random.default_rng(5)
LOGITS = RNG.normal(size=(2_000, 3)) - 2
EVERYDAY = RNG.random(2_000) < 0.5


def model(review: float, block: float = 0.97) -> Any:
    return SimpleNamespace(thresholds={name: Thresholds(review, block) for name in "abc"})


def said(scorer: Any, shift: float = 0.0) -> Answers:
    return answers(scorer, expit(LOGITS + shift))


@pytest.mark.parametrize("shift", [-1.5, 0.0, 0.8])
def test_the_same_evidence_finds_the_same_at_one_load_however_sure_it_sounds(shift: float) -> None:
    scorer, champion = model(0.6, block=1.0), said(model(0.6, block=1.0))
    other = said(scorer, shift)
    found = at_shift(scorer, other, shift_to_load(scorer, other, champion, EVERYDAY))
    assert champion.looked[EVERYDAY].tolist() == found.looked[EVERYDAY].tolist()
    assert (champion.looked != found.looked).sum() <= (0 if shift == 0 else 3)
    assert (other.looked.sum() == champion.looked.sum()) == (shift == 0)


def test_people_are_never_asked_more_than_the_champion_asks_them() -> None:
    scorer, champion = model(0.2), said(model(0.6))
    found = at_shift(scorer, said(scorer), shift_to_load(scorer, said(scorer), champion, EVERYDAY))
    assert FEWEST <= found.looked[EVERYDAY].sum() <= champion.looked[EVERYDAY].sum()


def test_what_is_stopped_stays_stopped_and_counts_as_looked_at() -> None:
    scorer = model(0.6, block=0.8)
    before, after = said(scorer), at_shift(scorer, said(scorer), 15.0)
    assert before.stopped.any()
    assert before.stopped.tolist() == after.stopped.tolist() == after.looked.tolist()


def test_a_load_that_is_hardly_known_is_not_matched() -> None:
    cut = float(np.sort(expit(LOGITS[EVERYDAY]).max(axis=1))[-FEWEST])
    few, enough = said(model(np.nextafter(cut, 1), block=1.0)), said(model(cut, block=1.0))
    scorer = model(0.3)
    assert 0.0 == shift_to_load(scorer, said(scorer), few, EVERYDAY)
    assert shift_to_load(scorer, said(scorer), enough, EVERYDAY) > 1


def test_a_label_that_asks_nobody_or_everybody_goes_on_so() -> None:
    scorer = SimpleNamespace(
        thresholds={"a": Thresholds(1.0, 1.0), "b": Thresholds(0.0, 1.0), "c": Thresholds(0.5, 1.0)}
    )
    scores = np.array([[0.9, 0.0, 0.0]])
    moved: Any = at_shift(scorer, answers(scorer, scores), 3.0)  # type: ignore[arg-type]
    assert moved.looked.tolist() == [True]
    alone = SimpleNamespace(thresholds={"a": Thresholds(1.0, 1.0)})
    assert not at_shift(alone, answers(alone, scores[:, :1]), -18.0).looked.any()  # type: ignore[arg-type]
