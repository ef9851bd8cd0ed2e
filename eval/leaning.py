"""Whether measures lean: like comments of two groups, decided by the same moderator, rule or model, beside each other.

Groups are what a platform says of authors or comments (customers, companies, regions); no group is an opinion.

* **Matched pairs.** A comment of a group is set beside one that is like it and of another group: of the same surface,
  language and suspicion, decided by the same moderator, with nearly the same score of the model. A model is not held
  against its own scores: for it, like comments are like in their words, with every name taken out (`leaning_pairs.py`).
* **Difference.** The share removed (passed, held, put off, recommended, let off) in the group less the share among
  their pairs, with Bonett and Price's interval for paired proportions (2012), and McNemar's exact test.
* **Waiting** (`leaning_waits.py`). Of pairs that came at nearly the same time, how often the group's comment waited
  longer for a person less how often the other did: a sign test, which is the same test, with the median difference.
* **Many comparisons.** Holm's correction over all comparisons of an audit: the chance of any false finding in an audit
  of fair data is `alpha` at most.
* **Findings** are differences that are more than luck and not too small to matter (`least_difference`).
* **By name.** A verdict counts under who gave it, as they gave it; a comment that somebody took down by name, or for
  which they measured its author, under who took the measure; one that a measure on its thread or account, an emergency,
  an entry of a list or a rule refused, under who took, called, entered or made it and who agreed to it; one that an
  entry of a list let pass, which would have been held or refused without it, under who entered it and who agreed; a
  recommendation under who recommended; a case that somebody had in hand and did not decide (escalated, skipped, given
  back, left) under who let it go; a measure that is lifted, or an account that is taken off a list, under who took it
  back, among those for which something was done.
* **Not compared.** Where fewer pairs were found than are needed, that is said by whom, of which group and outcome, with
  the rates as they are; a difference of these that is more than luck is told apart and was not judged.
* **What would have been found** is told with every comparison: the smallest difference that such numbers find.
* **Change.** The group's rate after a date less before it, less the same of all others (difference in differences).

What it cannot see: what two groups differ in beyond what pairs are matched on; groups too small to pair; bias that
falls on every group alike; who ordered a measure; who measures accounts for no comment that is named and that send
nothing more; which websites and contacts are taken off lists; who of all moderators let a comment lie that nobody
took. A finding is a question to a person, never a verdict about one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt

import numpy as np

from eval.leaning_pairs import Observed, by_score, by_time, by_words
from eval.leaning_power import detectable
from eval.leaning_waits import WAITED, Wait, longer, median_of, wait_between
from eval.paired_shares import holm, mcnemar, paired_interval

REMOVING = ("removed", "measured")
"""Outcomes that take a comment away."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is compared and when it is a finding."""

    alpha: float = 0.01
    """Chance of any false finding in an audit of fair data, at most."""
    least_pairs: int = 40
    """Fewer say nothing."""
    least_difference: float = 0.05
    """Smaller differences are told and are no finding."""
    caliper: float = 0.1
    """How far scores of a pair may lie apart."""
    likeness: float = 0.5
    """How alike the words of a pair have to be (cosine of character n-grams), for a model."""
    near: float = 4 * 3600.0
    """How far apart, in seconds, comments of a pair may have come whose waiting is compared."""
    least_wait: float = 60.0
    """Of two waits that differ by less, in seconds, neither is longer."""
    hidden: float = 1.1
    """How far the odds within a pair of the whole house may be unlike for what scores do not tell, without a finding.

    Of a group that draws more harm the comments of one score are harmful oftener (Rosenbaum's bound, gamma).
    """

    def hidden_of(self, by: str) -> float:
        """What is borne in a comparison by whom."""
        return self.hidden if by == "house" else 1.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """A group beside its pairs. `by` is moderator, rule, model, measure, list, recommender, pardoner or house.

    `name` is which of them.

    Rates are shares of `pairs`; of what waited, the shares of pairs in which it, or the other, waited longer.
    """

    axis: str
    group: str
    by: str
    name: str
    outcome: str
    pairs: int
    rate: float
    others: float
    difference: float
    low: float
    high: float
    p: float
    adjusted: float = 1.0
    leans: bool = False
    less: float = 0.0
    """The share of pairs that are unlike in the rarer way: how often that comes by chance."""
    detectable: float | None = None
    """The smallest difference that would have been found with these pairs, four times of five; None: none would."""
    wait: Wait | None = None
    """By how much longer it waited, where that is compared."""
    ways: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Of what was put off how: how many of the group, and of the others."""


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A group that was not compared: fewer pairs were found than are `needed`.

    `rate` and `others` are shares of its `comments` and of `beside`, those of other groups, as they are and unmatched:
    what is unlike in them may be unlike in the comments. Of a change around a date, and of names exchanged, there are
    none, and `pairs` are comments on the thinner side of the date, or sentences. `apart` is a difference that is more
    than luck and not small.
    """

    axis: str
    group: str
    by: str
    name: str
    outcome: str
    pairs: int
    needed: int
    comments: int
    beside: int
    rate: float | None
    others: float | None
    p: float = 1.0
    detectable: float | None = None
    """The smallest difference that so few pairs would find, four times of five; None: none."""
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Rates:
    """A group as a whole, unmatched: how many comments, the shares removed, passed and recommended, with intervals.

    `wrongly_stopped` is the share that the model stopped of comments that people let stand; None where there are none.
    `held` were sent to a person, `undecided` are not decided yet; `waited` is the median, in seconds, of what was held.
    """

    axis: str
    group: str
    comments: int
    removed: float
    removed_low: float
    removed_high: float
    passed: float
    recommended: float
    wrongly_stopped: float | None
    held: float = 0.0
    undecided: float = 0.0
    waited: float | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """How far a group's removals rose beyond those of the others, from before a date to after it."""

    axis: str
    group: str
    before: float
    after: float
    others_before: float
    others_after: float
    rise: float
    low: float
    high: float
    p: float
    adjusted: float = 1.0
    leans: bool = False


@dataclass(frozen=True, slots=True)
class Audit:
    """Everything that was compared."""

    comments: int
    rates: tuple[Rates, ...]
    comparisons: tuple[Comparison, ...]
    changes: tuple[Change, ...]
    limits: Limits = field(default_factory=Limits)
    unjudged: tuple[Unjudged, ...] = ()
    """Who and what was not compared, those first that are far apart."""

    @property
    def apart(self) -> tuple[Unjudged, ...]:
        """Differences that are large and could not be judged."""
        return tuple(each for each in self.unjudged if each.apart)

    @property
    def of_removals(self) -> int:
        """How many comparisons were of what was removed, by people or in all: a model beside itself removes nothing."""
        return sum(each.outcome in REMOVING for each in self.comparisons)

    @property
    def findings(self) -> tuple[Comparison | Change, ...]:
        """Those that lean."""
        return (*(each for each in self.comparisons if each.leans), *(each for each in self.changes if each.leans))


Asked = Callable[[Observed], bool]
Pair = tuple[Observed, Observed]


@dataclass(frozen=True, slots=True)
class Question:
    """Which group is asked about, on which axis, and what befell its comments by whom."""

    axis: str
    group: str
    by: str
    name: str
    outcome: str


def audit(rows: Sequence[Observed], *, limits: Limits | None = None, around: float | None = None) -> Audit:
    """Compares every group with the others, by moderator, rule, model and in all; `around` a moment, if given."""
    limits = limits or Limits()
    axes = sorted({axis for each in rows for axis in each.groups})
    told = [found for axis in axes for found in _on_axis(rows, axis, limits)]
    raw = [each for each in told if isinstance(each, Comparison)]
    beside = [] if around is None else [found for axis in axes for found in _changes(rows, axis, around, limits)]
    moved = [each for each in beside if isinstance(each, Change)]
    adjusted = holm([*(each.p for each in raw), *(each.p for each in moved)])
    strict = limits.alpha / max(1, len(adjusted))
    compared = [
        replace(
            each,
            adjusted=p,
            leans=p <= limits.alpha and abs(each.difference) >= limits.least_difference,
            detectable=found_from(each.by, each.less, each.pairs, strict, limits),
        )
        for each, p in zip(raw, adjusted[: len(raw)], strict=True)
    ]
    changed = [
        replace(each, adjusted=p, leans=p <= limits.alpha and abs(each.rise) >= limits.least_difference)
        for each, p in zip(moved, adjusted[len(raw) :], strict=True)
    ]
    whole = [found for axis in axes for found in _rates(rows, axis)]
    left = _apart([each for each in (*told, *beside) if isinstance(each, Unjudged)], strict, limits)
    return Audit(len(rows), tuple(whole), tuple(compared), tuple(changed), limits, tuple(left))


def found_from(by: str, less: float, pairs: int, alpha: float, limits: Limits) -> float | None:
    """The smallest difference that would be a finding; those too small to matter are none."""
    found = detectable(pairs, less, alpha, limits.hidden_of(by))
    return None if found is None else max(found, limits.least_difference)


def _apart(unjudged: Sequence[Unjudged], strict: float, limits: Limits) -> list[Unjudged]:
    """With which are far apart as they are, those first."""
    adjusted = holm([each.p for each in unjudged])
    told = (
        replace(each, p=p, detectable=found_from(each.by, 0.0, each.pairs, strict, limits),
                apart=p <= limits.alpha and abs((each.rate or 0) - (each.others or 0)) >= limits.least_difference)
        for each, p in zip(unjudged, adjusted, strict=True)
    )  # fmt: skip
    return sorted(told, key=lambda each: (not each.apart, each.by != "house", -each.comments))


def _on_axis(rows: Sequence[Observed], axis: str, limits: Limits) -> Iterable[Comparison | Unjudged]:
    mine = [each for each in rows if axis in each.groups]
    for group in sorted({each.groups[axis] for each in mine}):

        def ask(by: str, name: str, outcome: str, pairs: Sequence[Pair], beside: Sequence[Observed],
                group: str = group) -> Comparison | Unjudged:  # fmt: skip
            return compared(pairs, beside, Question(axis, group, by, name, outcome), limits)

        yield from _of_moderators(mine, axis, group, limits, ask)
        whole = by_score(mine, axis, group, limits.caliper, same_moderator=False)
        for name in sorted({rule for each in mine for rule in each.rules}):
            yield ask("rule", name, "hit", whole, mine)
        for name in sorted({each.model for each in mine if each.model}):
            scored = [each for each in mine if each.model == name]
            yield ask("model", name, "stopped", by_words(scored, axis, group, limits.likeness), scored)
        for name in sorted({name for each in mine for name in (each.measured_by, *each.refused_by) if name}):
            yield ask("measure", name, "measured", whole, mine)
        for name in sorted({name for each in mine for name in each.let_by}):
            yield ask("list", name, "let_pass", whole, mine)
        yield ask("house", "", "removed", whole, mine)
        yield ask("house", "", "passed", whole, mine)
        if held := [each for each in mine if each.held]:
            yield ask("house", "", "held", whole, mine)
            yield from _of_waiting(held, axis, group, limits, ask)
        if any(each.recommended for each in mine):
            yield ask("house", "", "recommended", whole, mine)
        for name in sorted({each.recommended_by for each in mine if each.recommended_by}):
            yield ask("recommender", name, "recommended", whole, mine)
        yield from _of_pardons(mine, axis, group, limits, ask)


Ask = Callable[[str, str, str, Sequence[Pair], Sequence[Observed]], Comparison | Unjudged]


def _of_moderators(
    rows: Sequence[Observed], axis: str, group: str, limits: Limits, ask: Ask
) -> Iterable[Comparison | Unjudged]:
    """What each decided, and what each had in hand and let go, among what they had in hand."""
    of_people = [each for each in rows if each.moderator]
    decided = _by_moderator(by_score(of_people, axis, group, limits.caliper))
    waited = _by_moderator(by_time(of_people, axis, group, limits.caliper, limits.near))
    names = {each.moderator for each in of_people} | {name for each in rows for name in each.put_off}
    for name in sorted(names):
        theirs = [each for each in of_people if each.moderator == name]
        if theirs:
            yield ask("moderator", name, "removed", decided.get(name, []), theirs)
        if timed := [each for each in theirs if each.waited is not None]:
            yield ask("moderator", name, WAITED, waited.get(name, []), timed)
        in_hand = [each for each in rows if each.was_in_hand_of(name)]
        if any(name in each.put_off for each in in_hand):
            pairs = by_score(in_hand, axis, group, limits.caliper, same_moderator=False)
            yield ask("moderator", name, "put_off", pairs, in_hand)
            yield ask("moderator", name, "passed", pairs, in_hand)


def _of_pardons(
    rows: Sequence[Observed], axis: str, group: str, limits: Limits, ask: Ask
) -> Iterable[Comparison | Unjudged]:
    """Of those for which something was done by name: how often somebody took it back, by whom and in all."""
    measured = [each for each in rows if each.was_measured]
    names = sorted({each.pardoned_by for each in measured if each.pardoned_by})
    pairs = by_score(measured, axis, group, limits.caliper, same_moderator=False) if names else []
    for name in names:
        yield ask("pardoner", name, "pardoned", pairs, measured)
    if names:
        yield ask("house", "", "pardoned", pairs, measured)


def _by_moderator(pairs: Iterable[Pair]) -> Mapping[str, list[Pair]]:
    found: dict[str, list[Pair]] = {}
    for pair in pairs:
        found.setdefault(pair[0].moderator, []).append(pair)
    return found


def _of_waiting(
    held: Sequence[Observed], axis: str, group: str, limits: Limits, ask: Ask
) -> Iterable[Comparison | Unjudged]:
    """What was sent to a person: how long it waited, and whether anybody ever decided it."""
    timed = [each for each in held if each.waited is not None]
    pairs = by_time(timed, axis, group, limits.caliper, limits.near, same_moderator=False)
    if timed:
        yield ask("house", "", WAITED, pairs, timed)
    if any(each.undecided for each in timed):
        yield ask("house", "", "undecided", pairs, timed)


def compared(
    pairs: Sequence[Pair], rows: Sequence[Observed], question: Question, limits: Limits
) -> Comparison | Unjudged:
    """The pairs' difference; what `rows` are like where pairs are too few."""
    if len(pairs) < limits.least_pairs:
        return _unjudged(rows, question, len(pairs), limits)
    if question.outcome == WAITED:
        one = np.array([longer(first, second, limits.least_wait) for first, second in pairs])
        other = np.array([longer(second, first, limits.least_wait) for first, second in pairs])
    else:
        asked = _asked(question)
        one, other = (np.array([asked(pair[at]) for pair in pairs]) for at in (0, 1))
    b, c = int((one & ~other).sum()), int((~one & other).sum())
    low, high = paired_interval(b, c, len(pairs))
    return Comparison(
        question.axis, question.group, question.by, question.name, question.outcome, len(pairs), float(one.mean()),
        float(other.mean()), (b - c) / len(pairs), low, high, mcnemar(b, c, limits.hidden_of(question.by)),
        less=min(b, c) / len(pairs), wait=wait_between(pairs) if question.outcome == WAITED else None,
        ways=_ways(pairs, question.name) if question.outcome == "put_off" else {},
    )  # fmt: skip


def _ways(pairs: Sequence[Pair], name: str) -> Mapping[str, tuple[int, int]]:
    """How a moderator let go what they had of both sides."""
    told = [[each.put_off.get(name) for each in side] for side in zip(*pairs, strict=True)]
    return {way: (told[0].count(way), told[1].count(way)) for way in sorted({*told[0], *told[1]} - {None})}


def _unjudged(rows: Sequence[Observed], question: Question, pairs: int, limits: Limits) -> Unjudged:
    """The group as it is beside all others, with Fisher's exact test; of waits, how many are beyond the median."""
    from scipy.stats import fisher_exact

    asked = _beyond_median(rows) if question.outcome == WAITED else _asked(question)
    axis, group = question.axis, question.group
    theirs = [asked(each) for each in rows if each.groups[axis] == group]
    others = [asked(each) for each in rows if each.groups[axis] != group]
    table = [[sum(theirs), len(theirs) - sum(theirs)], [sum(others), len(others) - sum(others)]]
    chance = float(fisher_exact(table)[1]) if theirs and others else 1.0
    return Unjudged(
        axis, group, question.by, question.name, question.outcome, pairs, limits.least_pairs, len(theirs), len(others),
        _share(theirs), _share(others), chance,
    )  # fmt: skip


def _beyond_median(rows: Sequence[Observed]) -> Asked:
    middle = median_of(rows) or 0.0
    return lambda each: (each.waited or 0.0) > middle


def _share(told: Sequence[bool]) -> float:
    return sum(told) / len(told) if told else 0.0


def _asked(question: Question) -> Asked:
    """Whether it befell a comment, by whom it is asked."""
    name = question.name
    by_name: Mapping[tuple[str, str], Asked] = {
        ("moderator", "removed"): lambda each: each.removed if each.rejected is None else each.rejected,
        ("moderator", "passed"): lambda each: each.moderator == name and not (
            each.removed if each.rejected is None else each.rejected
        ),
        ("recommender", "recommended"): lambda each: each.recommended_by == name,
        ("pardoner", "pardoned"): lambda each: each.pardoned_by == name,
    }  # fmt: skip
    ways: Mapping[str, Asked] = {
        "hit": lambda each: name in each.rules,
        "stopped": lambda each: each.stopped,
        "measured": lambda each: each.measured_by == name or name in each.refused_by,
        "let_pass": lambda each: each.passed and name in each.let_by,
        "put_off": lambda each: name in each.put_off,
        "recommended": lambda each: each.recommended,
        "pardoned": lambda each: bool(each.pardoned_by),
        "passed": lambda each: each.passed,
        "held": lambda each: each.held,
        "undecided": lambda each: each.undecided,
        "removed": lambda each: each.removed,
    }
    return by_name.get((question.by, question.outcome)) or ways[question.outcome]


def _rates(rows: Sequence[Observed], axis: str) -> list[Rates]:
    """By group, as fairlearn counts them."""
    from fairlearn.metrics import MetricFrame, count, false_positive_rate, selection_rate
    from statsmodels.stats.proportion import proportion_confint

    mine = [each for each in rows if axis in each.groups]
    groups = [each.groups[axis] for each in mine]
    removed = np.array([each.removed for each in mine], int)

    def share(values: Iterable[bool]) -> Mapping[str, float]:
        held = np.array(list(values), int)
        frame = MetricFrame(metrics=selection_rate, y_true=held, y_pred=held, sensitive_features=groups)
        return dict(frame.by_group)

    sizes = dict(MetricFrame(metrics=count, y_true=removed, y_pred=removed, sensitive_features=groups).by_group)
    judged = [(each, group) for each, group in zip(mine, groups, strict=True) if each.moderator and each.passed]
    wrong: Mapping[str, float] = {}
    if judged:
        stands = np.zeros(len(judged), int)
        stopped = np.array([each.stopped for each, _ in judged], int)
        frame = MetricFrame(
            metrics=lambda true, said: false_positive_rate(true, said, pos_label=1),
            y_true=stands, y_pred=stopped, sensitive_features=[group for _, group in judged],
        )  # fmt: skip
        wrong = dict(frame.by_group)
    shares, passed = share(bool(each) for each in removed), share(each.passed for each in mine)
    recommended, held = share(each.recommended for each in mine), share(each.held for each in mine)
    undecided = share(each.undecided for each in mine)
    found = []
    for group in sorted(sizes):
        size = int(sizes[group])
        low, high = proportion_confint(round(shares[group] * size), size, method="wilson")
        found.append(
            Rates(axis, group, size, float(shares[group]), float(low), float(high), float(passed[group]),
                  float(recommended[group]), float(wrong[group]) if group in wrong else None, float(held[group]),
                  float(undecided[group]), median_of([each for each in mine if each.groups[axis] == group]))
        )  # fmt: skip
    return found


def _changes(rows: Sequence[Observed], axis: str, around: float, limits: Limits) -> Iterable[Change | Unjudged]:
    from scipy.stats import norm

    mine = [each for each in rows if axis in each.groups]
    for group in sorted({each.groups[axis] for each in mine}):
        cells = [
            [each.removed for each in mine if (each.groups[axis] == group) is theirs and (each.at >= around) is after]
            for theirs in (True, False)
            for after in (False, True)
        ]
        if (thinnest := min(map(len, cells))) < limits.least_pairs:
            theirs, others = (len(cells[at]) + len(cells[at + 1]) for at in (0, 2))
            yield Unjudged(
                axis, group, "change", "", "removed", thinnest, limits.least_pairs, theirs, others, None, None
            )
            continue
        before, after, others_before, others_after = (sum(cell) / len(cell) for cell in cells)
        rise = (after - before) - (others_after - others_before)
        smooth = [(sum(cell) + 1) / (len(cell) + 2) for cell in cells]
        wide = sqrt(sum(p * (1 - p) / len(cell) for p, cell in zip(smooth, cells, strict=True)))
        yield Change(
            axis, group, before, after, others_before, others_after, rise, rise - 1.96 * wide, rise + 1.96 * wide,
            float(2 * norm.sf(abs(rise) / wide)),
        )  # fmt: skip
