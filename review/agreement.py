"""How far people agree: with each other, blind, and with what is known.

Alpha is Krippendorff's (2011, nominal data): 1 where people agree always, 0 where they agree as often as chance would
have them, given how often each answer is given at all; below 0 they agree less often than that. It is the measure for
labels because most are rare: two people who never see gambling agree on it in 98 of 100 comments, and their alpha says
that they agree on nothing. nltk has it too, and the tests hold this one against it; nltk itself would take the serving
process 180 MB, for ten lines.

Comments are drawn with unlike chances (newcomers', a queue's, what people agree little about): each counts for so many
as it stands for, so that alpha is that of all verdicts and does not move because more of some are drawn.

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
    about the whole answer, without `queue` about all of them; with `source` about cases that were opened by it.
    """

    queue: str | None
    label: str | None
    agreed: Share
    alpha: float | None
    interval: tuple[float, float] | None
    source: str | None = None

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


def of_one(look: Reading, me: Sequence[str], *, since: datetime, until: datetime) -> Person:
    """One person's, under every name that records have for them, of what was said before `until`.

    A figure that moves as they answer would tell them which case was known, or another's before it was theirs.
    """
    by_decision = groupby(opinions.on_checked(look, since=since, until=until, by=me), lambda o: o.decision_id)
    pairs = [pair for _, group in by_decision if (pair := _pair(list(group))) is not None]
    found = [each for each in _people(pairs, opinions.on_known(look, since=since, until=until, by=me))
             if each.moderator in me]  # fmt: skip
    return Person(me[0], _sum(each.gold for each in found), _sum(each.peers for each in found))


def _sum(shares: Iterable[Share]) -> Share:
    told = list(shares)
    return Share(sum(each.hits for each in told), sum(each.rows for each in told))


Weights = Sequence[float] | None
"""How many comments each unit stands for; None: one each."""


def alpha_of(pairs: Sequence[Sequence[Hashable]], weights: Weights = None) -> float | None:
    """Krippendorff's alpha of what each unit was called; units that one person answered say nothing.

    None where there is no unit, or one answer in all.
    """
    counts, stands_for = _counts(pairs), _weights(pairs, weights)
    found = _alphas_of(stands_for[np.newaxis], counts)[0] if len(counts) else np.nan
    return None if np.isnan(found) else float(found)


def interval_of(pairs: Sequence[Sequence[Hashable]], weights: Weights = None) -> tuple[float, float] | None:
    """The middle 95 % of alphas of resampled units; None where most resamples have none."""
    counts = _counts(pairs)
    if len(counts) < 2:
        return None
    draws = np.random.default_rng(_SEED).multinomial(len(counts), np.full(len(counts), 1 / len(counts)), _RESAMPLES)
    found = _alphas_of(draws * _weights(pairs, weights), counts)
    found = found[~np.isnan(found)]
    if len(found) < _RESAMPLES / 2:
        return None
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)


def _weights(pairs: Sequence[Sequence[Hashable]], weights: Weights) -> NDArray[np.float64]:
    """Of the units that count, one on average: an interval is then as wide as that many comments make it."""
    told = np.ones(len(pairs)) if weights is None else np.asarray(weights, dtype=np.float64)
    kept = told[[len(unit) > 1 for unit in pairs]] if len(told) else told
    return kept / kept.mean() if len(kept) else kept


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


def where_enough(given: Sequence[Opinion], *, least: int) -> list[tuple[Alpha, int]]:
    """Of each queue the whole answers, of each label in all queues, and over how many comments: `least` or more.

    Of a label those count about which one of the two gave it: what nobody ever called fraud says nothing of fraud.
    """
    by_decision = groupby(given, lambda o: o.decision_id)
    pairs = [pair for _, group in by_decision if (pair := _pair(list(group))) is not None]
    names = sorted({label for pair in pairs for each in pair for label in each.labels})
    found = []
    for queue in sorted({first.surface for first, _ in pairs}):
        mine = [pair for pair in pairs if pair[0].surface == queue]
        if len(mine) >= least:
            found.append((_alpha(mine, _said, queue=queue), len(mine)))
    for name in names:
        count = sum(any(name in each.labels for each in pair) for pair in pairs)
        if count >= least:
            found.append((_alpha(pairs, _has(name), label=name), count))
    return found


def _alphas(pairs: Sequence[tuple[Opinion, Opinion]], names: Sequence[str]) -> Iterable[Alpha]:
    """All together, then by queue, then by what brought the case here."""
    yield from _of_labels(pairs, names)
    for queue in sorted({first.surface for first, _ in pairs}):
        yield from _of_labels([pair for pair in pairs if pair[0].surface == queue], names, queue=queue)
    for source in sorted({first.source for first, _ in pairs}):
        yield from _of_labels([pair for pair in pairs if pair[0].source == source], names, source=source)


def _of_labels(
    pairs: Sequence[tuple[Opinion, Opinion]],
    names: Sequence[str],
    *,
    queue: str | None = None,
    source: str | None = None,
) -> Iterable[Alpha]:
    yield _alpha(pairs, _said, queue=queue, source=source)
    for name in names:
        if any(name in each.labels for pair in pairs for each in pair):
            yield _alpha(pairs, _has(name), queue=queue, label=name, source=source)


def _has(name: str) -> Callable[[Opinion], Hashable]:
    return lambda opinion: name in opinion.labels


def _alpha(
    pairs: Sequence[tuple[Opinion, Opinion]],
    answer: Callable[[Opinion], Hashable],
    *,
    queue: str | None = None,
    label: str | None = None,
    source: str | None = None,
) -> Alpha:
    told = [(answer(first), answer(second)) for first, second in pairs]
    agreed = Share(sum(first == second for first, second in told), len(told))
    weights = _stand_for(pairs)
    return Alpha(queue, label, agreed, alpha_of(told, weights), interval_of(told, weights), source)


def _stand_for(pairs: Sequence[tuple[Opinion, Opinion]]) -> list[float]:
    """How many verdicts each pair stands for. Of whom no chance was kept the usual one is taken, the least there is."""
    usual = min((first.chance for first, _ in pairs if first.chance), default=1.0)
    return [1 / (first.chance or usual) for first, _ in pairs]


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
