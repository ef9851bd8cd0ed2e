"""Short Chinese rows of the starter corpus that are labelled as a trade but worded like harmless talk.

Adverts, betting, sex, deceit and forbidden goods are told from a chat between friends by their words. Each pair of
characters of a row is weighed by how much oftener it stands in other scenes' offences than in harmless rows. A row
whose pairs say less than nothing together is one that a stranger may have written in good faith: either a reviewer
said that it is harm wherever it stands, or it has to be lengthened or left out.

Insults and attacks on groups are not asked: they are made of everyday words and known by whom they are said to.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import Final, Self

from data.starter import Written

LANGUAGE: Final = "zh"
"""Where there are enough rows to weigh pairs of characters, and a pair is a word."""
TRADES: Final = frozenset({"advertising", "gambling", "sexual", "fraud", "contraband"})
SHORTER_THAN: Final = 16
"""Code points: whoever writes more says what it is about."""
UNSEEN: Final = 3e-5
"""Added to both shares, so that a pair which hardly anybody writes says nothing: one half in some 16,000 rows."""


@dataclass(frozen=True, slots=True)
class PairWeights:
    """In how many offences and harmless rows each pair of characters stands."""

    offences: Counter[str]
    harmless: Counter[str]
    by_group: dict[str, Counter[str]]
    """The offences of one scene, which say nothing about each other."""
    offence_rows: int
    harmless_rows: int

    @classmethod
    def of(cls, rows: Iterable[Written]) -> Self:
        """Counts rows; those that are only an insult or an attack on a group are neither."""
        offences: Counter[str] = Counter()
        harmless: Counter[str] = Counter()
        by_group: dict[str, Counter[str]] = defaultdict(Counter)
        offence_rows = harmless_rows = 0
        for row in rows:
            if is_of_a_trade(row):
                offences.update(pairs(row.text))
                by_group[row.group].update(pairs(row.text))
                offence_rows += 1
            elif not row.labels:
                harmless.update(pairs(row.text))
                harmless_rows += 1
        return cls(offences, harmless, dict(by_group), offence_rows, harmless_rows)

    def weigh(self, row: Written) -> float:
        """Sum of its pairs' logarithms of odds, its own scene left out; above nought where they speak for harm."""
        own = self.by_group.get(row.group, Counter())
        return sum(self._weight(pair, own[pair]) for pair in pairs(row.text))

    def _weight(self, pair: str, own: int) -> float:
        offence = (self.offences[pair] - own) / max(1, self.offence_rows)
        return log((offence + UNSEEN) / (self.harmless[pair] / max(1, self.harmless_rows) + UNSEEN))


def is_of_a_trade(row: Written) -> bool:
    """Whether it is labelled as anything that is offered, sought or played for."""
    return not TRADES.isdisjoint(row.labels)


def pairs(text: str) -> set[str]:
    """Its pairs of neighbouring characters, spaces and punctuation left out."""
    signs = [sign for sign in text.casefold() if unicodedata.category(sign)[0] not in "PZC"]
    return {first + second for first, second in pairwise(signs)}


def worded_harmlessly(rows: Sequence[Written], judged: frozenset[str]) -> Iterator[Written]:
    """Short offences whose words are those of harmless rows, the texts in `judged` apart."""
    chinese = [row for row in rows if row.lang == LANGUAGE]
    weights = PairWeights.of(chinese)
    for row in chinese:
        is_asked = is_of_a_trade(row) and len(row.text) < SHORTER_THAN and row.text not in judged
        if is_asked and weights.weigh(row) < 0:
            yield row
