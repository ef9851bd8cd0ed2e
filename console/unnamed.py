"""The audit of neutrality for whoever may not know the people of the house: whose act each was, by a number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from governance.neutrality import Standing

NOBODYS = ("house", "change", "swap")
"""By whom nothing is: these bear no name."""

NO_PERSON = frozenset({*NOBODYS, "rule", "model"})
"""By whom a comparison may be and name no person; whatever else it is by is somebody."""

ROWS = ("comparisons", "not_compared")
SENTENCES = ("findings", "findings_zh")


class Numbers:
    """Numbers in place of names: the same person has the same one all over the page."""

    def __init__(self, told: Mapping[str, Any] | None, audits: Iterable[Standing], people: Iterable[str]) -> None:
        named = {str(row["name"]) for part in ROWS for row in (told or {}).get(part, ()) if _is_somebody(row)}
        about = {question.about for audit in audits for question in audit.questions if question.about}
        known = sorted(named | about) + sorted(set(people) - named - about)
        self._numbers = {name: str(number) for number, name in enumerate(filter(None, known), 1)}
        spelt = "|".join(_spelt(name) for name in sorted(self._numbers, key=len, reverse=True))
        self._names = re.compile(spelt) if spelt else None

    def audit(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """The report with numbers."""
        rows = {part: [self._row(row) for row in told[part]] for part in ROWS if part in told}
        return {**told, **rows, **{part: self._said(told[part]) for part in SENTENCES if told.get(part)}}

    def standing(self, audit: Standing) -> Standing:
        """What stands in the ledger of it, with numbers; of who answered a finding it keeps the name."""
        asked = tuple(
            replace(each, sentence=self._in(each.sentence), about=each.about and self._numbers[each.about], parts=())
            for each in audit.questions
        )
        return replace(audit, questions=asked)

    def _row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return {**row, "name": self._numbers[str(row["name"])]} if _is_somebody(row) else dict(row)

    def _said(self, sentences: Sequence[str]) -> list[str]:
        return [self._in(each) for each in sentences]

    def _in(self, sentence: str) -> str:
        return self._names.sub(lambda found: self._numbers[found[0]], sentence) if self._names else sentence


def _is_somebody(row: Mapping[str, Any]) -> bool:
    return row["by"] not in NO_PERSON and bool(row["name"])


def _spelt(name: str) -> str:
    """Of Latin letters a name is a word of its own; Chinese has no signs between words."""
    return (
        rf"(?<![A-Za-z0-9_.-]){re.escape(name)}(?![A-Za-z0-9_-]|[.][A-Za-z0-9])" if name.isascii() else re.escape(name)
    )
