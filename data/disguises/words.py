"""Which words of a text a disguise is for: those that bear the label, or in harmless text the content words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from registry.words import is_han, words

Place = tuple[int, int]
"""Half-open range of code points."""

LEAST_Z: Final = 1.96
"""From which z-score on a word is taken to bear the label: one in forty by luck."""

PRIOR: Final = 0.1
"""What the prior counts for, as a share of what was seen; it keeps words seen once or twice from ranking highest."""


_FUNCTION: Final = frozenset(
    "的了着过是我你他她它们在有和与就也都很不没这那吗吧呢啊呀哦一个上下里来去到说要会能把被给让对从向"
)


def content_words(text: str) -> list[Place]:
    """Words that mean something by themselves: two Han characters or more, three letters or more.

    A run of single characters is a word that the dictionary does not know (`薇`, `芯`); function words end it.
    """
    found = [(start, end) for start, end in words(text) if text[start:end] not in _FUNCTION]
    return [(start, end) for start, end in _joined(text, found) if _is_content(text[start:end])]


def _joined(text: str, found: Sequence[Place]) -> list[Place]:
    """Places with touching single Han characters made one."""
    out: list[Place] = []
    single = False
    for start, end in found:
        now = end - start == 1 and is_han(text[start])
        if now and single and out[-1][1] == start:
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
        single = now
    return out


def _is_content(word: str) -> bool:
    return len(word) >= (2 if is_han(word[0]) else 3) and any(char.isalpha() for char in word)


@dataclass(frozen=True, slots=True)
class BearingWords:
    """Words that stand in violations more often than in harmless text, by what the training side shows."""

    scores: dict[str, float]
    """z-score by word, lower case."""

    def spans(self, text: str) -> list[Place] | None:
        """Where they stand in `text`, in order; None where none does: then its content words have to do."""
        found = [(start, end) for start, end in words(text) if text[start:end].lower() in self.scores]
        return _joined(text, found) or None


def bearing_words(violations: Iterable[str], harmless: Iterable[str], *, least: float = LEAST_Z) -> BearingWords:
    """Words whose log-odds in `violations` over `harmless` texts are `least` standard errors above zero.

    Log-odds with an informative Dirichlet prior, the words' shares in both together (Monroe, Colaresi and Quinn
    2008, "Fightin' Words"). Give it texts of the training side only: what is judged must not choose its own disguise.
    """
    bad, good = _counted(violations), _counted(harmless)
    both = bad + good
    totals = (bad.total() + PRIOR * both.total(), good.total() + PRIOR * both.total())
    scored = {word: _z((bad[word], good[word]), totals) for word in bad}
    return BearingWords({word: z for word, z in scored.items() if z >= least})


def _z(counts: tuple[int, int], totals: tuple[float, float]) -> float:
    held, other = (count + PRIOR * sum(counts) for count in counts)
    odds = math.log(held / (totals[0] - held)) - math.log(other / (totals[1] - other))
    return odds / math.sqrt(1 / held + 1 / other)


def _counted(texts: Iterable[str]) -> Counter[str]:
    """In how many texts each word stands: one text that repeats a word proves no more than once."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update({text[start:end].lower() for start, end in _lettered(text)})
    return counts


def _lettered(text: str) -> Sequence[Place]:
    return [(start, end) for start, end in words(text) if any(char.isalpha() for char in text[start:end])]
