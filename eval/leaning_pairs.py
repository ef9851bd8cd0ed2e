"""Comments as an audit looks at them, and which of two groups are like each other: in what scores say, or in words."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_TEXTS = 4_000
"""Comments whose words are compared for a model, drawn at random."""

_CHUNK = 512


@dataclass(frozen=True, slots=True)
class Observed:
    """A decided comment. `groups` is its group by axis; `stratum` what pairs share; `score` the highest of any label.

    `moderator` is empty where no person decided. `rules` are those that asked for more than a pass, `stopped` is
    whether the model alone did. `rejected` is what the moderator's own verdict said (None: as it was removed),
    `measured_by` who took it down, or measured its author for it, by name. `at` is seconds since 1970. `text` has its
    names taken out; None once erased.
    """

    id: str
    groups: Mapping[str, str]
    stratum: tuple[str, ...]
    score: float
    removed: bool
    passed: bool
    at: float
    moderator: str = ""
    rules: frozenset[str] = frozenset()
    model: str = ""
    stopped: bool = False
    recommended: bool = False
    text: str | None = None
    rejected: bool | None = None
    measured_by: str = ""
    recommended_by: str = ""


def by_score(
    rows: Sequence[Observed], axis: str, group: str, caliper: float, *, same_moderator: bool = True
) -> list[tuple[Observed, Observed]]:
    """Pairs of the same stratum (and moderator) whose scores are nearest; each comment is in one pair at most."""
    cells: dict[tuple[object, ...], tuple[list[Observed], list[Observed]]] = defaultdict(lambda: ([], []))
    for each in _shuffled(rows):
        cell = (*each.stratum, each.moderator if same_moderator else "")
        cells[cell][each.groups[axis] != group].append(each)
    return [pair for theirs, others in cells.values() for pair in _nearest(theirs, others, caliper)]


def _nearest(
    theirs: Sequence[Observed], others: Sequence[Observed], caliper: float
) -> Iterable[tuple[Observed, Observed]]:
    left = sorted(others, key=lambda each: each.score)
    scores = [each.score for each in left]
    for each in theirs:
        at = bisect_left(scores, each.score)
        near = min((place for place in (at - 1, at) if 0 <= place < len(left)),
                   key=lambda place: abs(scores[place] - each.score), default=None)  # fmt: skip
        if near is None or abs(scores[near] - each.score) > caliper:
            continue
        scores.pop(near)
        yield each, left.pop(near)


def by_words(rows: Sequence[Observed], axis: str, group: str, likeness: float) -> list[tuple[Observed, Observed]]:
    """Pairs of one surface and language whose words are most alike, names taken out."""
    told = [each for each in _shuffled(rows) if each.text is not None][:MOST_TEXTS]
    theirs = [each for each in told if each.groups[axis] == group]
    others = [each for each in told if each.groups[axis] != group]
    if not theirs or not others:
        return []
    first, second = _words(theirs), _words(others)
    places: dict[tuple[str, ...], int] = {}
    beside = np.array([places.setdefault(each.stratum[:2], len(places)) for each in others])
    used = np.zeros(len(others), bool)
    pairs = []
    for start in range(0, len(theirs), _CHUNK):
        alike: NDArray[np.float64] = (first[start : start + _CHUNK] @ second.T).toarray()
        for row, each in enumerate(theirs[start : start + _CHUNK]):
            fits = (beside == places.get(each.stratum[:2], -1)) & ~used
            found = np.where(fits, alike[row], -1.0)
            best = int(found.argmax())
            if found[best] >= likeness:
                used[best] = True
                pairs.append((each, others[best]))
    return pairs


def _words(rows: Sequence[Observed]) -> Any:  # noqa: ANN401 - a sparse matrix of scipy's, which has no types
    from sklearn.feature_extraction.text import HashingVectorizer

    vectors = HashingVectorizer(analyzer="char", ngram_range=(1, 3), n_features=2**16, alternate_sign=False)
    return vectors.transform([each.text or "" for each in rows])


def _shuffled(rows: Sequence[Observed]) -> list[Observed]:
    """In no order that says anything, the same each time."""
    mixed = sorted(rows, key=lambda each: each.id)
    random.Random(1).shuffle(mixed)  # noqa: S311 - no secret
    return mixed
