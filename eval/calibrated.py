"""How far scores are from the truth, by label and by group of languages.

Scores speak of one mix (`Manifest.prior`): every label at the same base rate. Rows are hardly ever in that mix, and a
language less so than all of them; read as they come, every part would look badly calibrated for its base rate alone.
So each part is weighed into the mix first, and what remains is the fault of the scores.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from eval.metrics import YES, Question, Scores, calibration_error, questions, reliability

if TYPE_CHECKING:
    from data.rows import Rows

OWN_ROWS: Final = 200
"""Rows below which a language has no figures of its own: such languages are told together."""
FEWEST_YES: Final = 10
"""Rows with the label, and rows without, below which a part is left out: its error would be noise."""
OTHERS: Final = "others"
"""The languages of few rows, together."""


@dataclass(frozen=True)
class Calibrated:
    """One label in one group of languages, its rows weighed into the mix that scores speak of."""

    label: str
    language: str
    rows: int
    """That know the label."""
    positives: int
    said: float
    """The mean score; calibrated, it is `prior`."""
    prior: float
    error: float
    """Expected calibration error."""
    points: list[tuple[float, float, int]]
    """Mean score, share of yes and rows of each bin, to be drawn."""


def language_groups(rows: Rows) -> dict[str, NDArray[np.int64]]:
    """Positions of the rows of each language that has `OWN_ROWS`, most rows first, then of `OTHERS` together."""
    counts = Counter(rows.langs)
    group = np.array([lang if lang and counts[lang] >= OWN_ROWS else OTHERS for lang in rows.langs])
    named = [name for name, count in counts.most_common() if name and count >= OWN_ROWS]
    found = {name: np.flatnonzero(group == name) for name in (*named, OTHERS)}
    return {name: at for name, at in found.items() if at.size}


def calibration(rows: Rows, scores: Scores, names: tuple[str, ...], prior: Mapping[str, float]) -> list[Calibrated]:
    """Every label in every group of languages where both answers have `FEWEST_YES` rows; `scores` `(n, labels)`.

    `prior` is each label's base rate in the mix; a label that it does not name is read as its rows come.
    """
    groups = language_groups(rows)
    asked = {
        (each.name, language): each
        for language, at in groups.items()
        for each in questions(rows.labels[at], rows.union[at], scores[at], names)
    }
    found = (
        _calibrated(asked[name, language], language, prior.get(name))
        for name in names
        for language in groups
        if (name, language) in asked
    )
    return [each for each in found if each is not None]


def _calibrated(asked: Question, language: str, prior: float | None) -> Calibrated | None:
    truth, score = asked.truth[asked.known] == YES, asked.score[asked.known]
    yes = int(truth.sum())
    if min(yes, truth.size - yes) < FEWEST_YES:
        return None
    rate = yes / truth.size
    aim = prior or rate
    weights = np.where(truth, aim / rate, (1 - aim) / (1 - rate))
    return Calibrated(
        asked.name,
        language,
        rows=int(truth.size),
        positives=yes,
        said=float(np.average(score, weights=weights)),
        prior=aim,
        error=calibration_error(truth, score, weights=weights),
        points=reliability(truth, score, weights=weights),
    )
