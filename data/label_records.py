"""Moderators' verdicts as rows: what `chaffinch data export-labels` wrote, the latest for each comment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from data.reading import Broken, Record

KNOWN: Final = (0, 1)

LEAST: Final = 0.25
"""No verdict weighs less in learning: somebody decided by it."""

SURE: Final = 0.95
"""A confidence from which on a verdict counts whole (`confidence`: how likely it is that the verdict is right)."""


def latest(read: Iterable[Record | Broken]) -> Iterator[Record | Broken]:
    """For every comment its last verdict by `decided_at`; of equal ones the last read. Broken lines pass through."""
    last: dict[str, tuple[str, Record]] = {}
    for found in read:
        if isinstance(found, Broken):
            yield found
        elif cause := _fault(found.fields):
            yield Broken(found.file, found.line, cause)
        else:
            comment, at = str(found.fields["id"]), str(found.fields["decided_at"])
            if comment not in last or at >= last[comment][0]:
                last[comment] = (at, found)
    yield from (record for _, record in last.values())


def weight_of(fields: Mapping[str, Any]) -> float:
    """How much a verdict counts in learning, `LEAST` to 1; 1 where nobody said that they doubt it.

    Whoever decided said how sure they are: a label that is right as often as not teaches nothing, so the weight is what
    is left above a half. Of several who were asked blind, on appeal too, the share that said just this counts; who was
    unsure counts as half of one who said otherwise. Of the two the lower holds, for mostly it is one doubt.
    """
    sure, asked, agreed, unsure = (fields.get(name) for name in ("confidence", "asked", "agreement", "hesitated"))
    own = 1.0 if sure is None else (2 * float(sure) - 1) / (2 * SURE - 1)
    people = max(1, int(asked or 1))
    others = people * (1.0 if agreed is None else float(agreed)) / (people + int(unsure or 0) / 2)
    return round(min(1.0, max(LEAST, min(own, others))), 4)


def _fault(fields: Mapping[str, Any]) -> str:
    for name in ("id", "decided_at"):
        if not isinstance(fields.get(name), str) or not fields[name]:
            return f"has no '{name}'"
    labels = fields.get("labels")
    if not isinstance(labels, dict):
        return "has no 'labels': an object of label to 0 or 1"
    if wrong := [name for name, value in labels.items() if value not in KNOWN]:
        return f"label '{wrong[0]}' is neither 0 nor 1"
    for name in ("confidence", "asked", "agreement", "hesitated"):
        if not isinstance(fields.get(name, 0) or 0, int | float):
            return f"'{name}' is no number"
    return ""
