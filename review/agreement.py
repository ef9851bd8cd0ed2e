"""How far people agree: with each other, blind, and with what is known.

Alpha is Krippendorff's (2011, nominal data): 1 where people agree always, 0 where they agree as often as chance would
have them, given how often each answer is given at all; below 0 they agree less often than that. It is the measure for
labels because most are rare: two people who never see gambling agree on it in 98 of 100 comments, and their alpha says
that they agree on nothing. nltk has it too, and the tests hold this one against it; nltk itself would take the serving
process 180 MB, for ten lines.

Comments are drawn with unlike chances (newcomers', a queue's, what people agree little about): each counts for so many
as it stands for, so that alpha is that of all verdicts and does not move because more of some are drawn.

**A text counts once**, however often it was posted (`review/texts.py`): copies are decided alike, and twenty of one
advertisement prove nothing about the next text. Each of `n` copies weighs one `n`th, so that every answer is used and
the text counts as one (taking one copy of each would make the figure hang on which); shares count texts likewise, and
what is resampled for an interval are texts with all their copies.

**Outcome and labels apart**: whether it stays is one question, what it is called another. Labels are compared where
both rejected, and "advertising" is nearer to "advertising and fraud" than to "fraud" alone: by Passonneau's MASI
distance (2006; 0 the same, 0.67 one label beside the same and another, 1 nothing in common).

Only the first and the second person count for it, who answered without knowing of each other about comments drawn by
chance. The third is asked because two differed, so the comments that they see are no sample of anything.

**Small numbers are not judged**: below `ENOUGH` answers there are figures and their intervals, and no verdict on
anybody. Intervals are Wilson's for shares, and for alpha those of 500 resamples of the texts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from moderation.rules.backtest import Share
from records import opinions
from records.opinions import GoldAnswer, Opinion
from records.unit_of_work import Reading
from records.values import VerdictKind
from review.texts import texts_of

ENOUGH = 20
"""Texts, or answers, from which on a figure says something about whoever it is about."""

_RESAMPLES = 500
_SEED = 2011

_NOTHING = 1e-9
"""Expected differences of each answer below which all of them are the same one, but for rounding."""

Said = tuple[VerdictKind, frozenset[str]]


class About(StrEnum):
    """What of an answer is compared."""

    WHOLE = "whole"
    OUTCOME = "outcome"
    """Whether it stays."""
    LABELS = "labels"
    """What it is called, where both rejected; nearly the same is nearly agreed."""
    LABEL = "label"
    """Whether it has one label."""


@dataclass(frozen=True, slots=True)
class Alpha:
    """Of `comments` that two people answered: how many of their texts they agreed about, alpha and its 95 % interval.

    `alpha` is None where everybody always said the same: chance alone would then agree as well. `about` says what is
    compared, `label` which one; without `queue` it is about all of them, with `source` about cases opened by it.
    """

    queue: str | None
    label: str | None
    agreed: Share
    alpha: float | None
    interval: tuple[float, float] | None
    source: str | None = None
    comments: int = 0
    about: About = About.WHOLE

    @property
    def is_enough(self) -> bool:
        """Whether there are texts enough to say something."""
        return self.agreed.rows >= ENOUGH

    @property
    def judged(self) -> float | None:
        """Alpha as it is told to people: of too few texts there is none, only how many there were."""
        return self.alpha if self.is_enough else None


@dataclass(frozen=True, slots=True)
class Person:
    """A moderator: about how many texts they gave the known answer, and the answer that another gave, blind."""

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
    by_decision = _by_decision(opinions.on_checked(look, since=since))
    known = opinions.on_known(look, since=since)
    texts = _texts(look, by_decision, known)
    pairs = _pairs(by_decision, texts)
    waiting, disagreements = opinions.awaited(look)
    return Agreement(
        since=since,
        alphas=tuple(_alphas(pairs, names)),
        people=tuple(_people(pairs, known, texts)),
        settled=_settled(by_decision),
        opinions_waiting=waiting,
        disagreements_waiting=disagreements,
    )


def of_one(look: Reading, me: Sequence[str], *, since: datetime, until: datetime) -> Person:
    """One person's, under every name that records have for them, of what was said before `until`.

    A figure that moves as they answer would tell them which case was known, or another's before it was theirs.
    """
    by_decision = _by_decision(opinions.on_checked(look, since=since, until=until, by=me))
    known = opinions.on_known(look, since=since, until=until, by=me)
    texts = _texts(look, by_decision, known)
    found = [each for each in _people(_pairs(by_decision, texts), known, texts) if each.moderator in me]
    return Person(me[0], _sum(each.gold for each in found), _sum(each.peers for each in found))


def _sum(shares: Iterable[Share]) -> Share:
    told = list(shares)
    return Share(sum(each.hits for each in told), sum(each.rows for each in told))


Weights = Sequence[float] | None
"""How many comments each unit stands for; None: one each."""

Texts = Sequence[Hashable] | None
"""Of which text each unit is a copy; None: each is a text of its own."""

Distance = Callable[[Any, Any], float]
"""How far two answers are apart, 0 to 1."""


def masi(one: frozenset[str], other: frozenset[str]) -> float:
    """Passonneau's distance of two sets of labels (2006), 0 the same, 1 without a label in common."""
    if one == other:
        return 0.0
    shared, both = len(one & other), len(one | other)
    holds = 2 / 3 if one <= other or other <= one else 1 / 3
    return 1 - shared / both * holds if shared else 1.0


def alpha_of(
    pairs: Sequence[Sequence[Hashable]], weights: Weights = None, texts: Texts = None, distance: Distance | None = None
) -> float | None:
    """Krippendorff's alpha of what each unit was called; units that one person answered say nothing.

    None where there is no unit, or one answer in all. Without a `distance` two answers are the same or are not.
    """
    counts, answers = _counts(pairs)
    if not len(counts):
        return None
    stands_for, _ = _weights(pairs, weights, texts)
    found = _alphas_of(stands_for[np.newaxis], counts, _apart(answers, distance))[0]
    return None if np.isnan(found) else float(found)


def interval_of(
    pairs: Sequence[Sequence[Hashable]], weights: Weights = None, texts: Texts = None, distance: Distance | None = None
) -> tuple[float, float] | None:
    """The middle 95 % of alphas of resampled texts, each with all its copies; None where most resamples have none."""
    counts, answers = _counts(pairs)
    stands_for, text_of = _weights(pairs, weights, texts)
    many = int(text_of.max()) + 1 if len(text_of) else 0
    if many < 2:
        return None
    draws = np.random.default_rng(_SEED).multinomial(many, np.full(many, 1 / many), _RESAMPLES)
    found = _alphas_of(draws[:, text_of] * stands_for, counts, _apart(answers, distance))
    found = found[~np.isnan(found)]
    if len(found) < _RESAMPLES / 2:
        return None
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)


def _weights(
    pairs: Sequence[Sequence[Hashable]], weights: Weights, texts: Texts
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Of the units that count: how much each weighs, and the number of its text.

    A text's copies share what one would weigh, and a text weighs one on average: an interval is then as wide as that
    many texts make it.
    """
    kept = np.array([len(unit) > 1 for unit in pairs], dtype=bool)
    told = np.ones(len(pairs)) if weights is None else np.asarray(weights, dtype=np.float64)
    names = [name for name, is_kept in zip(range(len(pairs)) if texts is None else texts, kept, strict=True) if is_kept]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    text_of = np.array([numbers[name] for name in names], dtype=np.int64)
    if not len(text_of):
        return np.zeros(0), text_of
    found = told[kept] / np.bincount(text_of)[text_of]
    return found * (len(numbers) / found.sum()), text_of


def _counts(pairs: Sequence[Sequence[Hashable]]) -> tuple[NDArray[np.float64], list[Hashable]]:
    """How often each unit was called what: (units, answers); and the answers."""
    told = [Counter(unit) for unit in pairs if len(unit) > 1]
    answers = {answer: place for place, answer in enumerate(dict.fromkeys(a for unit in told for a in unit))}
    counts = np.zeros((len(told), len(answers)))
    for row, unit in enumerate(told):
        for answer, many in unit.items():
            counts[row, answers[answer]] = many
    return counts, list(answers)


def _apart(answers: Sequence[Hashable], distance: Distance | None) -> NDArray[np.float64]:
    """How far each answer is from each: (answers, answers)."""
    if distance is None:
        return 1 - np.eye(len(answers))
    return np.array([[distance(one, other) for other in answers] for one in answers])


def _alphas_of(
    weights: NDArray[np.float64], counts: NDArray[np.float64], apart: NDArray[np.float64]
) -> NDArray[np.float64]:
    """An alpha for each row of `weights` (samples, units), which say how often a unit is counted; NaN where none."""
    many = counts.sum(axis=1)
    differing = ((counts @ apart) * counts).sum(axis=1) / (many - 1)
    given, totals = weights @ many, weights @ counts
    expected = ((totals @ apart) * totals).sum(axis=1) / (given - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: NDArray[np.float64] = 1 - (weights @ differing) / expected
    found[expected <= _NOTHING * given] = np.nan
    return found


def _said(opinion: Opinion | GoldAnswer) -> Said:
    return opinion.verdict, frozenset(opinion.labels)


@dataclass(frozen=True, slots=True)
class _Pair:
    """The first's answer and the second's, who knew nothing of it; `text` names those of which it is a copy."""

    first: Opinion
    second: Opinion
    text: str


def _by_decision(given: Iterable[Opinion]) -> list[list[Opinion]]:
    return [list(group) for _, group in groupby(given, lambda o: o.decision_id)]


def _texts(look: Reading, by_decision: Iterable[Sequence[Opinion]], known: Iterable[GoldAnswer]) -> Mapping[str, str]:
    """The name of each comment's text."""
    checked = {each.comment_id for given in by_decision for each in given}
    return texts_of(look, checked | {each.comment_id for each in known})


def _pairs(by_decision: Iterable[Sequence[Opinion]], texts: Mapping[str, str]) -> list[_Pair]:
    found = []
    for given in by_decision:
        if (pair := _pair(given)) is not None:
            first, second = pair
            found.append(_Pair(first, second, texts.get(first.comment_id, first.decision_id)))
    return found


def _pair(given: Sequence[Opinion]) -> tuple[Opinion, Opinion] | None:
    """The first's answer and the second's, who knew nothing of it."""
    second = next((each for each in given if each.second), None)
    first = next((each for each in given if not each.second and not each.third), None)
    if first is None or second is None or first.moderator == second.moderator:
        return None
    return first, second


def where_enough(
    given: Sequence[Opinion], *, least: int, texts: Mapping[str, str] | None = None
) -> list[tuple[Alpha, int]]:
    """Of each queue the whole answers, of each label in all queues, and over how many texts: `least` or more.

    Of a label those count about which one of the two gave it: what nobody ever called fraud says nothing of fraud.
    """
    pairs = _pairs(_by_decision(given), texts or {})
    names = sorted({label for pair in pairs for each in (pair.first, pair.second) for label in each.labels})
    found = []
    for queue in sorted({pair.first.surface for pair in pairs}):
        alpha = _alpha([pair for pair in pairs if pair.first.surface == queue], _said, About.WHOLE, queue=queue)
        if alpha.agreed.rows >= least:
            found.append((alpha, alpha.agreed.rows))
    for name in names:
        count = len({pair.text for pair in pairs if name in (*pair.first.labels, *pair.second.labels)})
        if count >= least:
            found.append((_alpha(pairs, _has(name), About.LABEL, label=name), count))
    return found


def measured_where_enough(look: Reading, *, since: datetime, least: int) -> list[tuple[Alpha, int]]:
    """The same, of what was answered since then."""
    given = opinions.on_checked(look, since=since)
    return where_enough(given, least=least, texts=texts_of(look, {each.comment_id for each in given}))


def _alphas(pairs: Sequence[_Pair], names: Sequence[str]) -> Iterable[Alpha]:
    """All together, then by queue, then by what brought the case here."""
    yield from _of_labels(pairs, names)
    for queue in sorted({pair.first.surface for pair in pairs}):
        yield from _of_labels([pair for pair in pairs if pair.first.surface == queue], names, queue=queue)
    for source in sorted({pair.first.source for pair in pairs}):
        yield from _of_labels([pair for pair in pairs if pair.first.source == source], names, source=source)


def _of_labels(
    pairs: Sequence[_Pair], names: Sequence[str], *, queue: str | None = None, source: str | None = None
) -> Iterable[Alpha]:
    """The whole answer, the outcome, the labels where both rejected, and each label by itself."""
    yield _alpha(pairs, _said, About.WHOLE, queue=queue, source=source)
    if pairs:
        yield _alpha(pairs, _outcome, About.OUTCOME, queue=queue, source=source)
    rejected = [pair for pair in pairs if {pair.first.verdict, pair.second.verdict} == {VerdictKind.REJECT}]
    if rejected:
        yield _alpha(rejected, _labels, About.LABELS, queue=queue, source=source, distance=masi)
    for name in names:
        if any(name in (*pair.first.labels, *pair.second.labels) for pair in pairs):
            yield _alpha(pairs, _has(name), About.LABEL, queue=queue, label=name, source=source)


def _outcome(opinion: Opinion) -> Hashable:
    return opinion.verdict


def _labels(opinion: Opinion) -> Hashable:
    return frozenset(opinion.labels)


def _has(name: str) -> Callable[[Opinion], Hashable]:
    return lambda opinion: name in opinion.labels


def _alpha(
    pairs: Sequence[_Pair],
    answer: Callable[[Opinion], Hashable],
    about: About,
    *,
    queue: str | None = None,
    label: str | None = None,
    source: str | None = None,
    distance: Distance | None = None,
) -> Alpha:
    told = [(answer(pair.first), answer(pair.second)) for pair in pairs]
    texts = [pair.text for pair in pairs]
    agreed = _by_text((text, first == second) for text, (first, second) in zip(texts, told, strict=True))
    asked = (told, _stand_for(pairs), texts, distance)
    return Alpha(queue, label, agreed, alpha_of(*asked), interval_of(*asked), source, len(pairs), about)


def _by_text(found: Iterable[tuple[str, bool]]) -> Share:
    """Of how many texts it holds; one of whose copies it holds of some counts for as much of one."""
    counted: dict[str, list[bool]] = {}
    for text, holds in found:
        counted.setdefault(text, []).append(holds)
    return Share(round(sum(sum(each) / len(each) for each in counted.values())), len(counted))


def _stand_for(pairs: Sequence[_Pair]) -> list[float]:
    """How many verdicts each pair stands for. Of whom no chance was kept the usual one is taken, the least there is."""
    usual = min((pair.first.chance for pair in pairs if pair.first.chance), default=1.0)
    return [1 / (pair.first.chance or usual) for pair in pairs]


def _people(pairs: Sequence[_Pair], known: Sequence[GoldAnswer], texts: Mapping[str, str]) -> Iterable[Person]:
    peers, right = defaultdict[str, list[tuple[str, bool]]](list), defaultdict[str, list[tuple[str, bool]]](list)
    for pair in pairs:
        alike = _said(pair.first) == _said(pair.second)
        for each in (pair.first, pair.second):
            peers[each.moderator].append((pair.text, alike))
    for place, answer in enumerate(known):
        is_right = _said(answer) == (answer.known_verdict, frozenset(answer.known_labels))
        right[answer.moderator].append((texts.get(answer.comment_id, f"answer {place}"), is_right))
    for name in sorted({*peers, *right}):
        yield Person(name, _by_text(right[name]), _by_text(peers[name]))


def _settled(by_decision: Iterable[Sequence[Opinion]]) -> Settled:
    told = Counter[str]()
    for given in by_decision:
        pair, third = _pair(given), next((each for each in given if each.third), None)
        if pair is not None and third is not None:
            sides = [side for side, each in zip(("first", "second"), pair, strict=True) if _said(each) == _said(third)]
            told[sides[0] if sides else "neither"] += 1
    return Settled(told["first"], told["second"], told["neither"])
