from __future__ import annotations

import json

import numpy as np

from eval.drifted import LANGUAGE, drifted
from moderation.language import detect
from registry.reference import Spread, reference_bytes

NAMES = ("gambling", "abuse")
TEXTS = ["今天天气很好我们去公园", "看书喝茶听电影"] * 200
GENERATOR = np.random.default_rng(0)


def spread(scores: np.ndarray, texts: list[str]) -> Spread:
    told = reference_bytes(scores, [detect(text) for text in texts], NAMES, "test")
    return Spread.model_validate(json.loads(told))


SCORES = GENERATOR.beta(1, 6, (400, 2))
REFERENCE = spread(SCORES, TEXTS)


def test_what_a_model_was_made_on_has_not_drifted() -> None:
    found = drifted(REFERENCE, TEXTS, SCORES, NAMES)
    assert {"gambling", "abuse", LANGUAGE} == set(found)
    assert all(each.psi < 1e-9 for each in found.values())


def test_the_label_whose_scores_moved_is_told_beyond_luck() -> None:
    moved = SCORES.copy()
    moved[:, 1] = GENERATOR.beta(6, 1, 400)
    found = drifted(REFERENCE, TEXTS, moved, NAMES)
    assert found["abuse"].psi > max(1.0, found["abuse"].luck)
    assert found["gambling"].psi < 1e-9


def test_another_language_is_told() -> None:
    english = ["we went for a walk in the park today", "reading books and drinking tea"] * 200
    found = drifted(REFERENCE, english, SCORES, NAMES)
    assert found[LANGUAGE].psi > found[LANGUAGE].luck


def test_no_text_is_no_drift() -> None:
    assert {} == drifted(REFERENCE, [], np.empty((0, 2)), NAMES)
