"""Moderators' verdicts as rows: what `chaffinch data export-labels` wrote, the latest for each comment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from data.reading import Broken, Record

KNOWN: Final = (0, 1)


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


def _fault(fields: Mapping[str, Any]) -> str:
    for name in ("id", "decided_at"):
        if not isinstance(fields.get(name), str) or not fields[name]:
            return f"has no '{name}'"
    labels = fields.get("labels")
    if not isinstance(labels, dict):
        return "has no 'labels': an object of label to 0 or 1"
    if wrong := [name for name, value in labels.items() if value not in KNOWN]:
        return f"label '{wrong[0]}' is neither 0 nor 1"
    return ""
