"""What a plain model gives on the folds of `chaffinch cross-validate full chineseharm`.

Character n-grams (TF-IDF, orders 1-3) under logistic regression, learnt from the set's own rows alone: the folds' own
difficulty. Told three ways: the likeliest of six classes, the rule of LABELS.md on the same probabilities, and the rule
on one classifier a class. Wants the folds' snapshots in the home, which that command makes first.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from chaffinch.settings import load_settings
from data.rows import Rows
from data.snapshot import find
from eval import chineseharm
from eval.joining import joined
from moderation.normaliser import normalise

FOLDS = 5
CLASSES = list(chineseharm.CLASSES)


def main() -> None:
    """Prints a line for each fold and one for all rows together."""
    snapshots, answers, truth = load_settings().home / "snapshots", [], []
    for number in range(1, FOLDS + 1):
        fold = find(f"full-fold-{number}-of-{FOLDS}", snapshots)
        learnt = joined(fold.split("train"), fold.split("validation"))
        learnt = learnt.take(np.array([source == "chineseharm" for source in learnt.sources]))
        judged = fold.split("test")
        said, there = answered(learnt, judged, fold.labels), classes(judged, fold.labels)
        print(f"fold {number}: {len(judged)} rows; {told(said, there)}")
        answers.append(said)
        truth.append(there)
    together = {name: np.concatenate([each[name] for each in answers]) for name in answers[0]}
    there = np.concatenate(truth)
    print(f"all {len(there)} rows; {told(together, there)}")


def answered(learnt: Rows, judged: Rows, names: tuple[str, ...]) -> dict[str, NDArray[np.str_]]:
    """The class of each judged row, in three ways."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    reader = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
    rows, asked, there = reader.fit_transform(texts(learnt)), reader.transform(texts(judged)), classes(learnt, names)
    model = LogisticRegression(C=20, max_iter=400).fit(rows, there)
    chances = model.predict_proba(asked)[:, [list(model.classes_).index(name) for name in CLASSES]]
    alone = [LogisticRegression(C=20, max_iter=400).fit(rows, there == name).predict_proba(asked)[:, 1]
             for name in CLASSES]  # fmt: skip
    return {
        "likeliest class": np.array(CLASSES)[chances.argmax(axis=1)],
        "rule": by_rule(chances, names),
        "rule, a classifier a class": by_rule(np.stack(alone, axis=1), names),
    }


def by_rule(chances: NDArray[np.float64], names: tuple[str, ...]) -> NDArray[np.str_]:
    """The rule of LABELS.md on chances of classes `(n, 6)`, each standing for the label of its name."""
    scores = np.zeros((len(chances), len(names)))
    for at, name in enumerate(CLASSES[1:], start=1):
        scores[:, names.index(name)] = chances[:, at]
    return chineseharm.predicted(scores, names)


def classes(rows: Rows, names: tuple[str, ...]) -> NDArray[np.str_]:
    """What each row really is."""
    return chineseharm.actual(rows.labels, rows.union, names)


def texts(rows: Rows) -> list[str]:
    """As the models read them."""
    return [normalise(text).canonical.text for text in rows.texts]


def told(said: dict[str, NDArray[np.str_]], there: NDArray[np.str_]) -> str:
    """Macro-F1 of each way."""
    from sklearn.metrics import f1_score

    return ", ".join(f"{name} {f1_score(there, each, average='macro'):.4f}" for name, each in said.items())


if __name__ == "__main__":
    main()
