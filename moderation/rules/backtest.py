"""What rules would have done to comments of which something is known: a draft beside the rules of today.

Rows come from an iterator and are read once; memory does not grow with their number (counts, and twenty samples of each
kind drawn with equal chances: Vitter 1985, algorithm R).
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from moderation.decision import Outcome
from moderation.normaliser import normalise
from moderation.rules.context import NOTHING_KNOWN, RuleContext
from moderation.rules.rule import Rule
from moderation.rules.ruleset import Hit, RuleSet
from moderation.spans import Span

SAMPLES = 20
"""Comments shown of each kind."""

TOLD_EVERY = 500
"""Rows between two words of progress."""

SEED = 20171001
NORMAL_95 = 1.96


@dataclass(frozen=True, slots=True)
class BacktestRow:
    """A comment, what is known beside it, and what people said of it.

    `labels` has True or False for each label that is known and leaves out the others. `otherwise` is what was, or would
    be, decided without any rule.
    """

    id: str
    text: str
    labels: Mapping[str, bool] = field(default_factory=dict)
    context: RuleContext = NOTHING_KNOWN
    otherwise: Outcome = Outcome.PASS


class SampleKind(StrEnum):
    """What a sample shows."""

    RIGHT = "right"
    """Hit, and the label is known to be there."""
    WRONG = "wrong"
    """Hit, and the label is known to be absent."""
    UNKNOWN = "unknown"
    """Hit, and nobody knows."""
    MISSED = "missed"
    """Not hit, and a label that the rules are about is known to be there."""
    NEW = "new"
    """Hit by the draft alone."""
    GONE = "gone"
    """Hit by the rules of today alone."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One comment: which rules hit it where, and what is decided by the rules of today and by the draft."""

    id: str
    text: str
    rules: tuple[str, ...]
    spans: tuple[Span, ...]
    today: Outcome
    draft: Outcome


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `rows`, and the 95 % interval around the share (Wilson 1927)."""

    hits: int
    rows: int

    @property
    def share(self) -> float | None:
        """None where there are no rows."""
        return self.hits / self.rows if self.rows else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Lower and upper end; None where there are no rows."""
        if not self.rows:
            return None
        share, squared = self.hits / self.rows, NORMAL_95**2
        middle = share + squared / (2 * self.rows)
        spread = NORMAL_95 * math.sqrt(share * (1 - share) / self.rows + squared / (4 * self.rows**2))
        whole = 1 + squared / self.rows
        return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)


@dataclass(slots=True)
class RuleFigures:
    """How one rule did. `known` counts the rows that are known to bear its label, hit or not."""

    id: str
    label: str
    action: Outcome
    hits: int = 0
    right: int = 0
    wrong: int = 0
    known: int = 0

    @property
    def precision(self) -> Share:
        """Of the hits whose label is known, those that are right: whoever is reviewed or stopped deserves it."""
        return Share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> Share:
        """Of the rows that bear the label, those that the rule hits."""
        return Share(self.right, self.known)


@dataclass(slots=True)
class SetFigures:
    """How the rules did together. `outcomes` are the decisions with them."""

    version: str
    rules: dict[str, RuleFigures]
    outcomes: Counter[Outcome] = field(default_factory=Counter)

    @property
    def by_hits(self) -> list[RuleFigures]:
        """The rules, those that hit most first."""
        return sorted(self.rules.values(), key=lambda rule: (-rule.hits, rule.id))


@dataclass(slots=True)
class Backtest:
    """The whole result. `changes` counts rows by their outcome today and with the draft, where these differ."""

    rows: int
    draft: SetFigures
    today: SetFigures | None
    changes: Counter[tuple[Outcome, Outcome]]
    samples: dict[SampleKind, list[Sample]]


def backtest(
    draft: RuleSet,
    rows: Iterable[BacktestRow],
    *,
    today: RuleSet | None = None,
    told: Callable[[int], None] = lambda _rows: None,
) -> Backtest:
    """Runs `draft`, and `today` beside it, over `rows`. `told` hears how many rows are done."""
    figures, beside = _figures(draft), (_figures(today) if today else None)
    changes: Counter[tuple[Outcome, Outcome]] = Counter()
    drawn = _Drawn()
    labels = {rule.label for rule in draft.rules}
    number = 0
    for number, row in enumerate(rows, 1):
        text = normalise(row.text)
        hits = draft.find(text, row.context)
        old = today.find(text, row.context) if today else []
        after, before = _outcome(row, hits), _outcome(row, old)
        _count(figures, row, hits, after)
        if beside:
            _count(beside, row, old, before)
            if after is not before:
                changes[before, after] += 1
        for kind in _kinds(row, hits, old if today else hits, labels):
            drawn.offer(kind, _sample(row, hits or old, before, after))
        if number % TOLD_EVERY == 0:
            told(number)
    told(number)
    return Backtest(number, figures, beside, changes, drawn.samples)


def _figures(rules: RuleSet) -> SetFigures:
    return SetFigures(rules.version, {rule.id: _of_rule(rule) for rule in rules.rules})


def _of_rule(rule: Rule) -> RuleFigures:
    return RuleFigures(rule.id, rule.label, rule.action)


def _outcome(row: BacktestRow, hits: Iterable[Hit]) -> Outcome:
    return max((row.otherwise, *(hit.rule.action for hit in hits)), key=lambda outcome: outcome.severity)


def _count(figures: SetFigures, row: BacktestRow, hits: Iterable[Hit], outcome: Outcome) -> None:
    figures.outcomes[outcome] += 1
    for hit in hits:
        rule = figures.rules[hit.rule.id]
        rule.hits += 1
        rule.right += row.labels.get(rule.label) is True
        rule.wrong += row.labels.get(rule.label) is False
    if any(row.labels.values()):
        for rule in figures.rules.values():
            rule.known += row.labels.get(rule.label) is True


def _kinds(row: BacktestRow, hits: list[Hit], old: list[Hit], labels: set[str]) -> list[SampleKind]:
    """What the row is a sample of."""
    said = {row.labels.get(hit.rule.label) for hit in hits}
    found = {hit.rule.label for hit in hits}
    present = {label for label, known in row.labels.items() if known} & labels
    shown = {
        SampleKind.RIGHT: True in said,
        SampleKind.WRONG: False in said,
        SampleKind.UNKNOWN: None in said,
        SampleKind.MISSED: bool(present - found),
        SampleKind.NEW: bool(hits) and not old,
        SampleKind.GONE: bool(old) and not hits,
    }
    return [kind for kind, is_one in shown.items() if is_one]


def _sample(row: BacktestRow, hits: Iterable[Hit], today: Outcome, draft: Outcome) -> Sample:
    rules = tuple(hit.rule.id for hit in hits)
    return Sample(row.id, row.text, rules, tuple(span for hit in hits for span in hit.spans), today, draft)


class _Drawn:
    """Samples of each kind, drawn from everything that was offered."""

    def __init__(self) -> None:
        self.samples: dict[SampleKind, list[Sample]] = {kind: [] for kind in SampleKind}
        self._offered: dict[SampleKind, int] = defaultdict(int)
        self._random = random.Random(SEED)  # noqa: S311 - a draw, not a secret

    def offer(self, kind: SampleKind, sample: Sample) -> None:
        self._offered[kind] += 1
        held = self.samples[kind]
        if len(held) < SAMPLES:
            held.append(sample)
        elif (at := self._random.randrange(self._offered[kind])) < SAMPLES:
            held[at] = sample
