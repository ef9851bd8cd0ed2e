"""A mistake in a rule: where it is, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from moderation.errors import Fault
from moderation.toml import Document
from moderation.toml_places import Path as Inside


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to mend, by file, line and column (from 1). `advice` does not keep the rules from being used."""

    file: str
    line: int
    column: int
    rule: str
    detail: str
    advice: bool = False

    @property
    def where(self) -> str:
        """`pack.toml:12:5`."""
        return f"{self.file}:{self.line}:{self.column}"

    def as_fault(self) -> Fault:
        """As errors carry it."""
        return Fault(f"{self.where}: {self.rule}", self.detail)


def mistake_in(document: Document, inside: Inside, rule: str, detail: str, advice: bool = False) -> Mistake:
    """A mistake at `inside` of a document."""
    return Mistake(document.name, *document.place(inside), rule, detail, advice)
