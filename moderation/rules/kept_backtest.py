"""A backtest under way, kept between two looks at it: its counts and the ids of its samples, without a word of a text.

Its windows over many comments are not kept: whoever goes on tells them the rows of the last hour again (`Run.warm`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from moderation.decision import Outcome
from moderation.replay import Replayed
from moderation.rules.backtest import Run, Sample, SampleKind, SetFigures
from moderation.rules.ruleset import RuleSet


def as_kept(run: Run) -> dict[str, Any]:
    """As JSON."""
    result = run.result
    return {
        "rows": result.rows,
        "too_long": result.too_long,
        "draft": _figures(result.draft),
        "today": _figures(result.today) if result.today else None,
        "changes": [[before, after, number] for (before, after), number in result.changes.items()],
        "samples": {
            kind.value: [[one.id, one.today, one.draft] for one in samples] for kind, samples in result.samples.items()
        },
        "offered": {kind.value: number for kind, number in run.drawn.offered.items()},
        "replayed": asdict(result.replayed) if result.replayed else None,
    }


def resumed(draft: RuleSet, today: RuleSet | None, kept: Mapping[str, Any]) -> Run:
    """The inverse. The samples have no texts."""
    run = Run(draft, today)
    result = run.result
    result.rows, result.too_long = kept["rows"], kept["too_long"]
    _fill(result.draft, kept["draft"])
    if result.today and kept["today"]:
        _fill(result.today, kept["today"])
    for before, after, number in kept["changes"]:
        result.changes[Outcome(before), Outcome(after)] = number
    for kind, samples in kept["samples"].items():
        result.samples[SampleKind(kind)][:] = [_sample(*one) for one in samples]
    run.drawn.offered.update({SampleKind(kind): number for kind, number in kept["offered"].items()})
    if result.replayed and kept["replayed"]:
        for name, number in asdict(Replayed(**kept["replayed"])).items():
            setattr(result.replayed, name, number)
    return run


def _figures(figures: SetFigures) -> dict[str, Any]:
    rules = {
        rule.id: [rule.hits, rule.right, rule.wrong, rule.known, rule.judged, rule.lacking]
        for rule in figures.rules.values()
    }
    return {"outcomes": {outcome.value: number for outcome, number in figures.outcomes.items()}, "rules": rules}


def _fill(figures: SetFigures, kept: Mapping[str, Any]) -> None:
    figures.outcomes.update({Outcome(outcome): number for outcome, number in kept["outcomes"].items()})
    for name, counts in kept["rules"].items():
        rule = figures.rules[name]
        rule.hits, rule.right, rule.wrong, rule.known, rule.judged, lacking = counts
        rule.lacking = dict(lacking)


def _sample(name: str, today: str, draft: str) -> Sample:
    return Sample(name, "", (), (), Outcome(today), Outcome(draft), 0)
