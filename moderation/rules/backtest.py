"""What rules would have done to comments of which something is known: a draft beside the rules of today.

Rows come from an iterator and are read once; memory does not grow with their number (counts, and twenty samples of each
kind drawn with equal chances: Vitter 1985, algorithm R). Where a rule asks for counts over many comments, rows that say
when they were sent are replayed (`moderation/replay.py`).
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from moderation.comment import MAX_TEXT
from moderation.decision import Outcome
from moderation.language import UNKNOWN, detect
from moderation.normaliser import Normalised, normalise
from moderation.replay import UNKNOWN_SENT, Replay, Replayed, Sent
from moderation.rules.context import NOTHING_KNOWN, RuleContext
from moderation.rules.rule import Rule
from moderation.rules.ruleset import Hit, RuleSet
from moderation.spans import Span

SAMPLES = 20
"""Comments shown of each kind."""

SHOWN = 200
"""Code points of a sample's text that are shown, around the first thing found."""

SHOWN_BEFORE = 50
"""How many of them stand before it, where the text has as many."""

ELLIPSIS = "…"

TOLD_EVERY = 500
"""Rows between two words of progress."""

SEED = 20171001
NORMAL_95 = 1.96


@dataclass(frozen=True, slots=True)
class BacktestRow:
    """A comment, what is known beside it, and what people said of it.

    `labels` has True or False for each label that is known and leaves out the others. `otherwise` is what was, or would
    be, decided without any rule. `sent` says when, by whom and where, to count it beside the others.
    """

    id: str
    text: str
    labels: Mapping[str, bool] = field(default_factory=dict)
    context: RuleContext = NOTHING_KNOWN
    otherwise: Outcome = Outcome.PASS
    sent: Sent = UNKNOWN_SENT


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
    """One comment: which rules hit it where, and what is decided by the rules of today and by the draft.

    Of a long comment `text` is a piece of `SHOWN` code points with an ellipsis where it was cut; `spans` lie in that
    piece, and `length` is that of the whole comment, in code points.
    """

    id: str
    text: str
    rules: tuple[str, ...]
    spans: tuple[Span, ...]
    today: Outcome
    draft: Outcome
    length: int


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
        return wilson(self.hits, self.rows) if self.rows else None


def wilson(hits: float, rows: float) -> tuple[float, float]:
    """The 95 % interval around `hits` of `rows` (Wilson 1927); rows that count unlike are as many as they are worth."""
    share, squared = hits / rows, NORMAL_95**2
    middle = share + squared / (2 * rows)
    spread = NORMAL_95 * math.sqrt(share * (1 - share) / rows + squared / (4 * rows**2))
    whole = 1 + squared / rows
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)


@dataclass(slots=True)
class RuleFigures:
    """How one rule did. `known` counts the rows that are known to bear its label, hit or not.

    `judged` counts the rows of which everything is known that its conditions ask, `lacking` those of which something
    is not, by its name: there it cannot hit, whatever it would do in production.
    """

    id: str
    label: str
    action: Outcome
    hits: int = 0
    right: int = 0
    wrong: int = 0
    known: int = 0
    judged: int = 0
    lacking: dict[str, int] = field(default_factory=dict)

    @property
    def is_unjudged(self) -> bool:
        """Whether its hits say nothing, because no row had what it asks for."""
        return not self.judged and bool(self.lacking)

    @property
    def precision(self) -> Share:
        """Of the hits whose label is known, those that are right: whoever is reviewed or stopped deserves it."""
        return Share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> Share:
        """Of the rows that bear the label, those that the rule hits; of nothing where it could be judged on none."""
        return Share(0, 0) if self.is_unjudged else Share(self.right, self.known)


@dataclass(slots=True)
class SetFigures:
    """How the rules did together. `outcomes` are the decisions with them, `asking` the rules with conditions."""

    version: str
    rules: dict[str, RuleFigures]
    asking: tuple[Rule, ...] = ()
    outcomes: Counter[Outcome] = field(default_factory=Counter)

    @property
    def by_hits(self) -> list[RuleFigures]:
        """The rules, those that hit most first."""
        return sorted(self.rules.values(), key=lambda rule: (-rule.hits, rule.id))

    @property
    def part_judged(self) -> list[RuleFigures]:
        """The rules that ask for something that not every row had, those that no row could meet first."""
        return sorted((rule for rule in self.rules.values() if rule.lacking), key=lambda rule: (rule.judged, rule.id))


@dataclass(slots=True)
class Backtest:
    """The whole result. `changes` counts rows by their outcome today and with the draft, where these differ.

    `rows` were judged. `too_long` were not, being longer than a comment may be, and `unreadable` were no rows.
    `is_partial` where somebody stopped it before all were read. `beside` says what the rows' source knows beside their
    texts. `replayed` says of how many rows counts over many comments were made; None where no rule asks for any.
    """

    rows: int
    draft: SetFigures
    today: SetFigures | None
    changes: Counter[tuple[Outcome, Outcome]]
    samples: dict[SampleKind, list[Sample]]
    too_long: int = 0
    unreadable: int = 0
    is_partial: bool = False
    beside: str = ""
    replayed: Replayed | None = None


def backtest(
    draft: RuleSet,
    rows: Iterable[BacktestRow],
    *,
    today: RuleSet | None = None,
    told: Callable[[int], None] = lambda _rows: None,
) -> Backtest:
    """Runs `draft`, and `today` beside it, over `rows`. `told` hears how many rows are done."""
    run, number = Run(draft, today), 0
    for number, row in enumerate(rows, 1):
        if number % TOLD_EVERY == 0:
            told(number)
        run.take(row)
    told(number)
    return run.result


class Run:
    """A backtest under way: it takes row after row, and `result` is what is known so far."""

    def __init__(self, draft: RuleSet, today: RuleSet | None = None) -> None:
        self.draft, self.today = draft, today
        self.drawn = Drawn()
        self._replay = _replay(draft, today)
        beside = _figures(today) if today else None
        self.result = Backtest(0, _figures(draft), beside, Counter(), self.drawn.samples)
        self.result.replayed = self._replay.told if self._replay else None
        self._labels = {rule.label for rule in draft.rules}

    @property
    def counts_over_many(self) -> bool:
        """Whether what came before a row matters to it."""
        return self._replay is not None

    def warm(self, row: BacktestRow) -> None:
        """A row that was taken before, told again to windows that were lost since."""
        if self._replay and len(row.text) <= MAX_TEXT:
            told = replace(self._replay.told)
            self._replay.context(row.sent, normalise(row.text), row.context)
            for name in ("counted", "without_time", "late", "without_author", "without_thread"):
                setattr(self._replay.told, name, getattr(told, name))

    def take(self, row: BacktestRow) -> None:
        """Judges one more; one that is too long is counted apart."""
        if len(row.text) > MAX_TEXT:
            self.result.too_long += 1
            return
        self.result.rows += 1
        text = normalise(row.text)
        context = _with_language(row.context, text)
        context = self._replay.context(row.sent, text, context) if self._replay else context
        hits = self.draft.find(text, context)
        old = self.today.find(text, context) if self.today else []
        after, before = _outcome(row, hits), _outcome(row, old)
        _count(self.result.draft, row, context, hits, after)
        if self.result.today:
            _count(self.result.today, row, context, old, before)
            if after is not before:
                self.result.changes[before, after] += 1
        for kind in _kinds(row, hits, old if self.today else hits, self._labels):
            self.drawn.offer(kind, _sample(row, hits or old, before, after))


def _replay(draft: RuleSet, today: RuleSet | None) -> Replay | None:
    """Windows for both, where some rule asks what they count."""
    sets = [draft, today] if today else [draft]
    if not any(rule.when.features for rules in sets for rule in rules.rules):
        return None
    return Replay(frozenset().union(*(rules.contact_kinds for rules in sets)))


def _with_language(context: RuleContext, text: Normalised) -> RuleContext:
    """The context, with the language that production would see where nobody says one."""
    return replace(context, language=detect(text.canonical.text)) if context.language == UNKNOWN else context


def _figures(rules: RuleSet) -> SetFigures:
    asking = tuple(rule for rule in rules.rules if not rule.when.are_none)
    return SetFigures(rules.version, {rule.id: _of_rule(rule) for rule in rules.rules}, asking)


def _of_rule(rule: Rule) -> RuleFigures:
    return RuleFigures(rule.id, rule.label, rule.action)


def _outcome(row: BacktestRow, hits: Iterable[Hit]) -> Outcome:
    return max((row.otherwise, *(hit.rule.action for hit in hits)), key=lambda outcome: outcome.severity)


def _count(figures: SetFigures, row: BacktestRow, context: RuleContext, hits: Iterable[Hit], outcome: Outcome) -> None:
    figures.outcomes[outcome] += 1
    for rule in figures.asking:
        asked, lacking = figures.rules[rule.id], rule.when.unknown_in(context)
        asked.judged += not lacking
        for name in lacking:
            asked.lacking[name] = asked.lacking.get(name, 0) + 1
    for hit in hits:
        found = figures.rules[hit.rule.id]
        found.hits += 1
        found.right += row.labels.get(found.label) is True
        found.wrong += row.labels.get(found.label) is False
    if any(row.labels.values()):
        for each in figures.rules.values():
            each.known += row.labels.get(each.label) is True


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
    text, spans = excerpt(row.text, [span for hit in hits for span in hit.spans])
    return Sample(row.id, text, rules, spans, today, draft, len(row.text))


def excerpt(text: str, spans: Sequence[Span]) -> tuple[str, tuple[Span, ...]]:
    """The piece of a text that is shown, and what of `spans` lies in it."""
    if len(text) <= SHOWN:
        return text, tuple(spans)
    first = min((span.start for span in spans), default=0)
    start = max(0, min(first - SHOWN_BEFORE, len(text) - SHOWN))
    before, after = (ELLIPSIS if start else ""), (ELLIPSIS if start + SHOWN < len(text) else "")
    inside = (Span(max(span.start, start), min(span.end, start + SHOWN)) for span in spans)
    moved = len(before) - start
    kept = tuple(Span(span.start + moved, span.end + moved) for span in inside if span.start < span.end)
    return f"{before}{text[start : start + SHOWN]}{after}", kept


class Drawn:
    """Samples of each kind, drawn from everything that was `offered`."""

    def __init__(self) -> None:
        self.samples: dict[SampleKind, list[Sample]] = {kind: [] for kind in SampleKind}
        self.offered: dict[SampleKind, int] = defaultdict(int)
        self._random = random.Random(SEED)  # noqa: S311 - a draw, not a secret

    def offer(self, kind: SampleKind, sample: Sample) -> None:
        """One more that may be drawn."""
        self.offered[kind] += 1
        held = self.samples[kind]
        if len(held) < SAMPLES:
            held.append(sample)
        elif (at := self._random.randrange(self.offered[kind])) < SAMPLES:
            held[at] = sample
