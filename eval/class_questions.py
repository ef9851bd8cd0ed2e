"""What a public set asks of a comment: one class of several, under the name that `chaffinch eval --as` takes.

Macro-F1 over the classes, as the sets' authors report it: every class counts alike, the harmless one too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eval import chineseharm
from eval.bootstrap import spread
from eval.metrics import Labels, Scores
from eval.two_classes import TwoClasses
from moderation.errors import NotFoundError

if TYPE_CHECKING:
    from data.rows import Rows

SEED = 0


@dataclass(frozen=True)
class ClassQuestion:
    """How calibrated scores and a source's labels become classes; `asked_by` is the source whose question it is.

    `also` are other sources that ask the same.
    """

    name: str
    title: str
    asked_by: str
    classes: tuple[str, ...]
    predicted: Callable[[Scores, tuple[str, ...]], NDArray[np.str_]]
    actual: Callable[[Labels, Labels, tuple[str, ...]], NDArray[np.str_]]
    """Empty for a row that does not know its class."""
    also: tuple[str, ...] = ()


def _of_two(name: str, title: str, asked: TwoClasses, asked_by: str, *also: str) -> ClassQuestion:
    return ClassQuestion(name, title, asked_by, asked.classes, asked.predicted, asked.actual, also)


CHINESEHARM = ClassQuestion(
    "chineseharm", "six classes", "chineseharm", chineseharm.CLASSES, chineseharm.predicted, chineseharm.actual
)
OFFENSIVE = _of_two(
    "offensive", "abuse or hate, two classes", TwoClasses(("abuse", "hate"), "not offensive", "offensive"),
    "cold", "beep_ko", "hed_cold", "swsr",
)  # fmt: skip
SPAM = _of_two(
    "spam", "advertising or fraud, two classes", TwoClasses(("advertising", "fraud"), "not spam", "spam"),
    "youtube_spam", "telegram_ru", "uci_sms",
)  # fmt: skip
GAMBLING = _of_two(
    "gambling", "gambling, two classes", TwoClasses(("gambling",), "no gambling", "gambling"), "judol_id"
)
SCAM = _of_two(
    "scam", "advertising, gambling or fraud, two classes",
    TwoClasses(("advertising", "gambling", "fraud"), "notice", "scam or spam", open_is_no=True), "thai_sms",
)  # fmt: skip
CLASS_QUESTIONS = {question.name: question for question in (CHINESEHARM, OFFENSIVE, SPAM, GAMBLING, SCAM)}


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """Macro-F1 with its 95 % interval, each class's F1, and how often a class (row) was answered as another (column).

    `rows` are those that know their class.
    """

    question: str
    title: str
    classes: tuple[str, ...]
    macro_f1: float
    low: float
    high: float
    f1: dict[str, float]
    confusion: tuple[tuple[int, ...], ...]
    rows: int


def class_question(name: str) -> ClassQuestion:
    """The question called `name`. Raises `NotFoundError` with the names there are."""
    if name not in CLASS_QUESTIONS:
        raise NotFoundError(f"There is no question '{name}'. Those there are: {', '.join(CLASS_QUESTIONS)}.")
    return CLASS_QUESTIONS[name]


def question_of(rows: Rows) -> ClassQuestion | None:
    """The question of the one source that all rows come from; None where there are several, or it asks none."""
    sources = set(rows.sources)
    if len(sources) != 1:
        return None
    return next((each for each in CLASS_QUESTIONS.values() if sources <= {each.asked_by, *each.also}), None)


def class_figures(question: ClassQuestion, rows: Rows, scores: Scores, names: tuple[str, ...]) -> ClassFigures:
    """The question's figures over the rows that know their class; one that no row has counts only if it was answered.

    Groups (a video, a campaign) are drawn whole for the interval, as in `eval.bootstrap`.
    """
    there = question.actual(rows.labels, rows.union, names)
    known = np.flatnonzero(there != "")
    truth = _positions(there[known], question.classes)
    said = _positions(question.predicted(scores, names)[known], question.classes)
    size = len(question.classes)
    confusion = _confusion(truth, said, size)
    low, high = spread(
        lambda at: _macro_f1(_confusion(truth[at], said[at], size)), [rows.groups[at] for at in known], seed=SEED
    )
    f1 = {name: float(value) for name, value in zip(question.classes, _f1(confusion), strict=True) if value >= 0}
    told = tuple(tuple(line) for line in confusion.tolist())
    return ClassFigures(
        question.name, question.title, question.classes, _macro_f1(confusion), low, high, f1, told, len(known)
    )


def _positions(classes: NDArray[np.str_], known: tuple[str, ...]) -> NDArray[np.int64]:
    place = {name: at for at, name in enumerate(known)}
    return np.array([place[name] for name in classes.tolist()], dtype=np.int64)


def _confusion(truth: NDArray[np.int64], said: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    return np.bincount(truth * size + said, minlength=size * size).reshape(size, size)


def _f1(confusion: NDArray[np.int64]) -> NDArray[np.float64]:
    """F1 of each class, -1 for one that neither stands there nor was answered."""
    either = confusion.sum(axis=0) + confusion.sum(axis=1)
    return np.where(either > 0, 2 * confusion.diagonal() / np.maximum(either, 1), -1.0)


def _macro_f1(confusion: NDArray[np.int64]) -> float:
    f1 = _f1(confusion)
    return float(f1[f1 >= 0].mean()) if (f1 >= 0).any() else 0.0
