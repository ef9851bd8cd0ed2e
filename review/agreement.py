"""How far people agree: with each other, blind, and with what is known.

Alpha is Krippendorff's (2011, nominal data): 1 where people agree always, 0 where they agree as often as chance would
have them, given how often each answer is given at all; below 0 they agree less often than that. It is the measure for
labels because most are rare: two people who never see gambling agree on it in 98 of 100 comments, and their alpha says
that they agree on nothing. nltk has it too, and the tests hold this one against it; nltk itself would take the serving
process 180 MB, for ten lines.

Only the first and the second person count for it, who answered without knowing of each other about comments drawn by
chance. The third is asked because two differed, so the comments that they see are no sample of anything.

**Small numbers are not judged**: below `ENOUGH` answers there are figures and their intervals, and no verdict on
anybody. Intervals are Wilson's for shares, and for alpha those of 500 resamples of the comments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from moderation.rules.backtest import Share
from records import opinions
from records.opinions import GoldAnswer, Opinion
from records.unit_of_work import Reading
from records.values import VerdictKind

ENOUGH = 20
"""Comments, or answers, from which on a figure says something about whoever it is about."""

_RESAMPLES = 500
_SEED = 2011

Said = tuple[VerdictKind, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Alpha:
    """Of comments that two people answered: `agreed` shares, alpha and its 95 % interval.

    `alpha` is None where everybody always said the same: chance alone would then agree as well. Without `label` it is
    about the whole answer, without `queue` about all of them.
    """

    queue: str | None
    label: str | None
    agreed: Share
    alpha: float | None
    interval: tuple[float, float] | None

    @property
    def is_enough(self) -> bool:
        """Whether there are comments enough to say something."""
        return self.agreed.rows >= ENOUGH


@dataclass(frozen=True, slots=True)
class Person:
    """A moderator: how often they gave the known answer, and the answer that another gave, blind."""

    moderator: str
    gold: Share
    peers: Share

    @property
    def is_enough(self) -> bool:
        """Whether there are answers enough to say something about the person."""
        return self.gold.rows >= ENOUGH or self.peers.rows >= ENOUGH


@dataclass(frozen=True, slots=True)
class Settled:
    """Disagreements that a third person settled: for the first, for the second, for neither."""

    first: int
    second: int
    neither: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """The figures since a moment. `alphas` begin with the whole answers of all queues."""

    since: datetime
    alphas: tuple[Alpha, ...]
    people: tuple[Person, ...]
    settled: Settled
    opinions_waiting: int
    disagreements_waiting: int


def measure(look: Reading, names: Sequence[str], *, since: datetime) -> Agreement:
    """Everything, of second opinions and known answers given since then. `names` are the taxonomy's labels."""
    by_decision = [list(group) for _, group in groupby(opinions.on_checked(look, since=since), lambda o: o.decision_id)]
    pairs = [pair for pair in map(_pair, by_decision) if pair is not None]
    waiting, disagreements = opinions.awaited(look)
    return Agreement(
        since=since,
        alphas=tuple(_alphas(pairs, names)),
        people=tuple(_people(pairs, opinions.on_known(look, since=since))),
        settled=_settled(by_decision),
        opinions_waiting=waiting,
        disagreements_waiting=disagreements,
    )


def alpha_of(pairs: Sequence[Sequence[Hashable]]) -> float | None:
    """Krippendorff's alpha of what each unit was called; units that one person answered say nothing.

    None where there is no unit, or one answer in all.
    """
    counts = _counts(pairs)
    found = _alphas_of(np.ones((1, len(counts))), counts)[0] if len(counts) else np.nan
    return None if np.isnan(found) else float(found)


def interval_of(pairs: Sequence[Sequence[Hashable]]) -> tuple[float, float] | None:
    """The middle 95 % of alphas of resampled units; None where most resamples have none."""
    counts = _counts(pairs)
    if len(counts) < 2:
        return None
    draws = np.random.default_rng(_SEED).multinomial(len(counts), np.full(len(counts), 1 / len(counts)), _RESAMPLES)
    found = _alphas_of(draws, counts)
    found = found[~np.isnan(found)]
    if len(found) < _RESAMPLES / 2:
        return None
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)


def _counts(pairs: Sequence[Sequence[Hashable]]) -> NDArray[np.float64]:
    """How often each unit was called what: (units, answers)."""
    told = [Counter(unit) for unit in pairs if len(unit) > 1]
    answers = {answer: place for place, answer in enumerate(dict.fromkeys(a for unit in told for a in unit))}
    counts = np.zeros((len(told), len(answers)))
    for row, unit in enumerate(told):
        for answer, many in unit.items():
            counts[row, answers[answer]] = many
    return counts


def _alphas_of(weights: NDArray[np.float64] | NDArray[np.int64], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """An alpha for each row of `weights` (samples, units), which say how often a unit is counted; NaN where none."""
    many = counts.sum(axis=1)
    differing = (many**2 - (counts**2).sum(axis=1)) / (many - 1)
    given, totals = weights @ many, weights @ counts
    expected = (given**2 - (totals**2).sum(axis=1)) / (given - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: NDArray[np.float64] = 1 - (weights @ differing) / expected
    found[expected == 0] = np.nan
    return found


def _said(opinion: Opinion | GoldAnswer) -> Said:
    return opinion.verdict, frozenset(opinion.labels)


def _pair(given: Sequence[Opinion]) -> tuple[Opinion, Opinion] | None:
    """The first's answer and the second's, who knew nothing of it."""
    second = next((each for each in given if each.second), None)
    first = next((each for each in given if not each.second and not each.third), None)
    if first is None or second is None or first.moderator == second.moderator:
        return None
    return first, second


def _alphas(pairs: Sequence[tuple[Opinion, Opinion]], names: Sequence[str]) -> Iterable[Alpha]:
    queues = sorted({first.surface for first, _ in pairs})
    for queue in (None, *queues):
        mine = [pair for pair in pairs if queue is None or pair[0].surface == queue]
        yield _alpha(mine, queue, None, _said)
        for name in names:
            if any(name in each.labels for pair in mine for each in pair):
                yield _alpha(mine, queue, name, lambda opinion, name=name: name in opinion.labels)  # type: ignore[misc]


def _alpha(
    pairs: Sequence[tuple[Opinion, Opinion]],
    queue: str | None,
    label: str | None,
    answer: Callable[[Opinion], Hashable],
) -> Alpha:
    told = [(answer(first), answer(second)) for first, second in pairs]
    agreed = Share(sum(first == second for first, second in told), len(told))
    return Alpha(queue, label, agreed, alpha_of(told), interval_of(told))


def _people(pairs: Sequence[tuple[Opinion, Opinion]], known: Sequence[GoldAnswer]) -> Iterable[Person]:
    peers, right = Counter[tuple[str, bool]](), Counter[tuple[str, bool]]()
    for first, second in pairs:
        alike = _said(first) == _said(second)
        peers.update([(first.moderator, alike), (second.moderator, alike)])
    for each in known:
        right[each.moderator, _said(each) == (each.known_verdict, frozenset(each.known_labels))] += 1
    for name in sorted({name for name, _ in (*peers, *right)}):
        yield Person(name, _share(right, name), _share(peers, name))


def _share(counted: Counter[tuple[str, bool]], name: str) -> Share:
    return Share(counted[name, True], counted[name, True] + counted[name, False])


def _settled(by_decision: Iterable[Sequence[Opinion]]) -> Settled:
    told = Counter[str]()
    for given in by_decision:
        pair, third = _pair(given), next((each for each in given if each.third), None)
        if pair is not None and third is not None:
            sides = [side for side, each in zip(("first", "second"), pair, strict=True) if _said(each) == _said(third)]
            told[sides[0] if sides else "neither"] += 1
    return Settled(told["first"], told["second"], told["neither"])
