from __future__ import annotations

import numpy as np
import pytest

from data.rows import Row, Rows
from eval.chineseharm import actual, predicted
from eval.class_questions import CHINESEHARM, class_figures
from moderation.taxonomy import load_taxonomy

NAMES = load_taxonomy().names


def scores(**given: float) -> np.ndarray:
    return np.array([[given.get(name, 0.0) for name in NAMES]])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "ok"),
        ({"gambling": 0.49, "advertising": 0.49}, "ok"),
        ({"gambling": 0.5}, "gambling"),
        ({"contraband": 0.9}, "advertising"),
        ({"hate": 0.8, "abuse": 0.1}, "abuse"),
        ({"gambling": 0.7, "advertising": 0.95}, "gambling"),  # an offer with a contact is advertising too
        ({"gambling": 0.69, "advertising": 0.95}, "advertising"),  # more than a quarter behind
        ({"gambling": 0.45, "advertising": 0.6}, "advertising"),  # below a half it does not go first
        ({"sexual": 0.6, "fraud": 0.8}, "sexual"),  # the first of gambling, sexual, fraud
        ({"gambling": 0.55, "fraud": 0.9}, "fraud"),
        ({"abuse": 0.7, "fraud": 0.5}, "fraud"),
        ({"abuse": 0.9, "fraud": 0.5}, "abuse"),
    ],
)
def test_the_class_follows_the_rule_of_labels_md(given: dict[str, float], expected: str) -> None:
    assert [expected] == predicted(scores(**given), NAMES).tolist()


def row(**given: int) -> list[int]:
    return [given.get(name, 0) for name in NAMES]


LABELS = np.array(
    [row(), row(gambling=1, advertising=-1), row(sexual=1, advertising=-1), row(fraud=1, advertising=-1),
     row(abuse=-1, hate=-1), row(advertising=-1, contraband=-1)], dtype=np.int8,
)  # fmt: skip
UNION = np.array([row(), row(), row(), row(), row(abuse=1, hate=1), row(advertising=1, contraband=1)], dtype=np.int8)
CLASSES = ["ok", "gambling", "sexual", "fraud", "abuse", "advertising"]


def test_the_true_class_is_read_back_from_labels_and_unions() -> None:
    assert CLASSES == actual(LABELS, UNION, NAMES).tolist()


def test_macro_f1_is_over_the_six_classes() -> None:
    rows = Rows.of(
        [
            Row(str(at), "", "zh", "chineseharm", "", "", tuple(labels), tuple(union))
            for at, (labels, union) in enumerate(zip(LABELS.tolist(), UNION.tolist(), strict=True))
        ],
        len(NAMES),
    )
    perfect = np.concatenate(
        [scores(), *(scores(**{name: 0.9}) for name in ("gambling", "sexual", "fraud", "hate", "contraband"))]
    )
    assert 1.0 == class_figures(CHINESEHARM, rows, perfect, NAMES).macro_f1
    nothing = class_figures(CHINESEHARM, rows, np.zeros_like(perfect), NAMES)
    assert (2 / 7) / 6 == pytest.approx(nothing.macro_f1)
    assert (1, 0, 0, 0, 0, 0) == nothing.confusion[1]
