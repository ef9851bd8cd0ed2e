"""Comments as an audit looks at them, and which of two groups are like: in what scores say, in words, or in time."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
    names taken out; None once erased. `held` is whether it was sent to a person, `undecided` whether nobody decided it
    yet; `waited` are the seconds from then until somebody did, so far where nobody has (None: it was not held).
    `put_off` are those who had it in hand and did not decide it, with how they let it go. `was_measured` is whether
    something was done by name for it, or to its account; `pardoned_by` who took that back by name. `refused_by` and
    `held_by` are those whose measures, emergencies, list entries and rules refused it, or sent it to a person; `let_by`
    those whose list entries let it pass, which would not have been passed without them.
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
    held: bool = False
    undecided: bool = False
    waited: float | None = None
    put_off: Mapping[str, str] = field(default_factory=dict)
    was_measured: bool = False
    pardoned_by: str = ""
    refused_by: frozenset[str] = frozenset()
    held_by: frozenset[str] = frozenset()
    let_by: frozenset[str] = frozenset()

    @property
    def removed_by(self) -> frozenset[str]:
        """Whose verdict, measure, emergency, list entry or rule removed it; nobody where the machine alone did."""
        judged = self.moderator and (self.removed if self.rejected is None else self.rejected)
        named = {self.moderator if judged else "", self.measured_by}
        return frozenset(named | (self.refused_by if self.removed else set())) - {""}

    @property
    def passed_by(self) -> frozenset[str]:
        """Who let it stand, whose entry of a list let it pass, or who took back what was done for it."""
        judged = self.moderator and not (self.removed if self.rejected is None else self.rejected)
        named = {self.moderator if judged else "", self.pardoned_by}
        return frozenset(named | (self.let_by if self.passed else set())) - {""}

    def was_in_hand_of(self, moderator: str) -> bool:
        """Whether they decided it, or had it and let it go."""
        return self.moderator == moderator or moderator in self.put_off


def by_score(
    rows: Sequence[Observed], axis: str, group: str, caliper: float, *, same_moderator: bool = True
) -> list[tuple[Observed, Observed]]:
    """Pairs of the same stratum (and moderator) whose scores are nearest; each comment is in one pair at most."""
    cells: dict[tuple[object, ...], tuple[list[Observed], list[Observed]]] = defaultdict(lambda: ([], []))
    for each in _shuffled(rows):
        cell = (*each.stratum, each.moderator if same_moderator else "")
        cells[cell][each.groups[axis] != group].append(each)
    return [pair for theirs, others in cells.values() for pair in _nearest(theirs, others, _score, caliper)]


def by_time(
    rows: Sequence[Observed], axis: str, group: str, caliper: float, near: float, *, same_moderator: bool = True
) -> list[tuple[Observed, Observed]]:
    """Pairs of what waited, of the same stratum (and moderator) and like score, that came at nearly the same time.

    `near` is in seconds: how long the queue is changes with the hour. Of the score a band of `caliper` is the same.
    """
    cells: dict[tuple[object, ...], tuple[list[Observed], list[Observed]]] = defaultdict(lambda: ([], []))
    for each in _shuffled([each for each in rows if each.waited is not None]):
        cell = (*each.stratum, each.moderator if same_moderator else "", int(each.score / caliper))
        cells[cell][each.groups[axis] != group].append(each)
    return [pair for theirs, others in cells.values() for pair in _nearest(theirs, others, _moment, near)]


def _score(each: Observed) -> float:
    return each.score


def _moment(each: Observed) -> float:
    return each.at


def _nearest(
    theirs: Sequence[Observed], others: Sequence[Observed], of: Callable[[Observed], float], caliper: float
) -> Iterable[tuple[Observed, Observed]]:
    left = sorted(others, key=of)
    values = [of(each) for each in left]
    for each in theirs:
        mine = of(each)
        at = bisect_left(values, mine)
        near = min((place for place in (at - 1, at) if 0 <= place < len(left)),
                   key=lambda place: abs(values[place] - mine), default=None)  # fmt: skip
        if near is None or abs(values[near] - mine) > caliper:
            continue
        values.pop(near)
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
