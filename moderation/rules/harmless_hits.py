"""Rules that hit more harmless comments than a rule may."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from moderation.normaliser import Normalised, normalise
from moderation.rules.entries import Entry
from moderation.rules.mistake import Mistake
from moderation.rules.rule import Rule, judged_alone
from moderation.rules.ruleset import RuleSet

MAX_HARMLESS = 0.001
"""The share of harmless comments that a rule may hit."""

LEAST_HARMLESS = 2
"""One hit alone says nothing about a share."""


def harmless_hits(entries: Sequence[Entry], harmless: Iterable[str]) -> list[Mistake]:
    """Advice on every rule that hits more than `MAX_HARMLESS` of the comments, the worst first."""
    by_id = {entry.rule.id: entry for entry in entries}
    rules = [judged_alone(entry.rule.as_rule()) for entry in entries]
    counted, number = _count_hits(rules, map(normalise, harmless)) if harmless else (Counter(), 0)
    return [
        by_id[name].mistake(
            (), f"it hits {hits} of {number} harmless comments ({hits / number:.2%}); narrow it", advice=True
        )
        for name, hits in counted.most_common()
        if hits >= LEAST_HARMLESS and hits / number > MAX_HARMLESS
    ]


def _count_hits(rules: Sequence[Rule], texts: Iterable[Normalised]) -> tuple[Counter[str], int]:
    """How many of `texts` each rule hits, by its id, and how many texts there were."""
    together = RuleSet(rules, version="count")
    hits: Counter[str] = Counter()
    number = 0
    for text in texts:
        number += 1
        hits.update(hit.rule.id for hit in together.find(text))
    return hits, number
