"""A set's own question answered by a domain of its own: its n-grams, a head on the encoder's vectors, both weighed.

`training.cross_validation` judges a recipe for every kind of text, whose scores speak of a mix; this judges how well
the set is told apart once scores speak of the set. Both hold the same parts out.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit

from data.folds import Folding, Parts, parts_of
from data.rows import Rows
from eval.class_questions import ClassFigures, ClassQuestion, class_figures, question_of
from moderation.errors import InvalidInputError
from training.domain import Parted, held_out, require_parts
from training.evidence import Evidence, Head, OwnNgrams
from training.fast_tier import as_read
from training.objective import Matrix
from training.order import Progress
from training.packaged_encoder import resolve
from training.settings import TrainingSettings
from training.text_vectors import row_vectors

VECTORS = "vectors"


@dataclass(frozen=True)
class Recipe:
    """How well the set's question is answered in one way: over all rows, and macro-F1 of each part."""

    name: str
    figures: ClassFigures
    parts: list[float]


@dataclass(frozen=True)
class DomainValidated:
    """The set, its parts, and each way of answering."""

    over: str
    encoder: str
    """The hash of the encoder whose vectors the head reads."""
    parts: list[str]
    rows: list[int]
    """Of each part."""
    recipes: list[Recipe]

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return asdict(self)


@dataclass(frozen=True)
class _Set:
    """The rows that know their class, in parts."""

    rows: Rows
    question: ClassQuestion
    parted: Parted
    names: tuple[str, ...]

    def recipe(self, name: str, log_odds: Matrix) -> Recipe:
        """The figures of one answer a row, `(n,)`: the question takes the largest of its labels, which all say it."""
        scores = np.repeat(expit(log_odds)[:, None], len(self.names), axis=1)
        each = [np.flatnonzero(self.parted.part == part) for part in self.parted.parts]
        parts = [class_figures(self.question, self.rows.take(at), scores[at], self.names).macro_f1 for at in each]
        return Recipe(name, class_figures(self.question, self.rows, scores, self.names), parts)


def validate_domain(
    folding: Folding,
    settings: TrainingSettings,
    names: tuple[str, ...],
    home: Path,
    progress: Progress = lambda stage, share, note: None,
) -> DomainValidated:
    """Each way of answering, by the config's n-grams and its encoder as it came. `names` are the labels.

    Raises `InvalidInputError` where the set asks no question of two classes, `TrainingError` where its parts are too
    few, `EncoderError` where there is no encoder.
    """
    asked = _set_of(folding, parts_of(folding, progress), names)
    require_parts(asked.parted)
    base = resolve(settings.encoder.base, home=home, hub=settings.encoder.hub)
    told = f"{len(asked.rows)} rows"
    vectors = row_vectors(asked.rows, base, home / VECTORS, lambda share: progress("vectors", share, told))
    ngrams = OwnNgrams(as_read(asked.rows.texts, settings.features), settings.features)
    head = Head(vectors.astype(np.float64))
    ways: dict[str, list[Evidence]] = {"n-grams": [ngrams], "head": [head], "both": [ngrams, head]}
    recipes = []
    for at, (name, kinds) in enumerate(ways.items()):
        progress("weigh", at / len(ways), name)
        recipes.append(asked.recipe(name, held_out(kinds, asked.parted)))
    sizes = [int((asked.parted.part == each).sum()) for each in asked.parted.parts]
    return DomainValidated(folding.over.path.name, base.hash, _names(folding, asked), sizes, recipes)


def _set_of(folding: Folding, parts: Parts, names: tuple[str, ...]) -> _Set:
    rows = Rows.of(parts.rows, len(names))
    question = question_of(rows)
    if question is None or len(question.classes) != 2:
        raise InvalidInputError(
            f"{folding.over.path.name} asks no question of two classes (`chaffinch eval --as` lists those there are), "
            "and a domain is judged by its set's own question. Leave --domain out.", [],
        )  # fmt: skip
    told = question.actual(rows.labels, rows.union, names)
    known = np.flatnonzero(told != "")
    near = np.zeros((len(rows), folding.count), dtype=np.bool_)
    for at, others in enumerate(parts.near):
        near[at, list(others)] = True
    parted = Parted(told[known] == question.classes[1], np.array(parts.fold_of)[known], near[known])
    if not folding.by_group:  # an interval draws whole what was held out whole
        rows = replace(rows, groups=parts.units)
    return _Set(rows.take(known), question, parted, names)


def _names(folding: Folding, asked: _Set) -> list[str]:
    if not folding.by_group:
        return [f"{part + 1} of {folding.count}" for part in asked.parted.parts]
    groups, part = asked.rows.groups, asked.parted.part
    return [groups[int(np.flatnonzero(part == each)[0])] for each in asked.parted.parts]
