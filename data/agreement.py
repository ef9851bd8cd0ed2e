"""How far the people who labelled a set agree: Krippendorff's alpha for answers without order.

1 is full agreement, 0 what chance gives, below 0 people who contradict each other. It counts rows with two votes or
more, however many each has, which neither Cohen's nor Fleiss' kappa does. A model cannot be expected to agree with a
set more than its makers did among themselves.

Source: Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), C; docs/decisions/0015 says why it stands here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from data.recipes import Agreement

Votes = tuple[tuple[str, int], ...]
"""Each answer with how many gave it, sorted: one row's votes."""

NONE_OF_THESE = ""


def votes_of(fields: Mapping[str, Any], how: Agreement) -> Votes | None:
    """One row's votes; None where a column is missing or holds no number where one is asked."""
    try:
        if how.raters:
            given = Counter(held for column in how.raters if (held := str(fields[column]).strip()))
        else:
            given = Counter({column: int(float(fields[column] or 0)) for column in how.counts})
            if how.of is not None:
                given[NONE_OF_THESE] = how.of - given.total()
    except (KeyError, ValueError):
        return None
    if min(given.values(), default=0) < 0:
        return None
    return tuple(sorted((+given).items()))


def alpha(tallies: Mapping[Votes, int]) -> float | None:
    """Alpha of rows with these votes, each with how many rows had them; None where only one answer was ever given."""
    paired = {votes: rows for votes, rows in tallies.items() if _size(votes) > 1}
    answers: Counter[str] = Counter()
    for votes, rows in paired.items():
        answers.update({answer: count * rows for answer, count in votes})
    n = answers.total()
    by_chance = n**2 - sum(count**2 for count in answers.values())
    if not by_chance:
        return None
    apart = sum(rows * _apart(votes) for votes, rows in paired.items())
    return 1 - (n - 1) * apart / by_chance


def rows_with_votes(tallies: Mapping[Votes, int]) -> int:
    """Rows with two votes or more."""
    return sum(rows for votes, rows in tallies.items() if _size(votes) > 1)


def _apart(votes: Votes) -> float:
    """Pairs of unlike answers over one less than the row's votes."""
    size = _size(votes)
    return (size**2 - sum(count**2 for _, count in votes)) / (size - 1)


def _size(votes: Votes) -> int:
    return sum(count for _, count in votes)
