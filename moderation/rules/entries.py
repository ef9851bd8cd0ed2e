"""Rules as they stand in a file: each with its place, and with what of it does not fit the schema."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pydantic import ValidationError

from moderation.rules.mistake import Mistake, mistake_in
from moderation.rules.rule_file import RuleFile, mended
from moderation.toml import Document, findings
from moderation.toml_places import Path as Inside
from moderation.toml_sentences import names_at, nearest_name


@dataclass(frozen=True)
class Entry:
    """A rule as read, and where it was read. `faults` are what does not fit the schema; stand-ins stand there.

    Of a file that is no TOML it is not `is_whole`, and `unread` are fields whose values are none: lint tells of the
    rule all the same, and nobody runs it.
    """

    document: Document
    at: int
    rule: RuleFile
    faults: tuple[tuple[Inside, str], ...] = ()
    name: str = ""
    unread: frozenset[str] = frozenset()
    is_whole: bool = True

    def mistake(self, inside: Inside, detail: str, *, advice: bool = False) -> Mistake:
        """A mistake in this rule, at `inside` of its table."""
        return mistake_in(self.document, ("rules", self.at, *inside), self.name or f"rules.{self.at}", detail, advice)

    @property
    def is_sound(self) -> bool:
        """Whether it fits the schema, in a file that can be read."""
        return not self.faults and self.is_whole

    def is_faulty(self, *inside: str | int) -> bool:
        """Whether what stands at `inside`, or something around it, does not fit the schema."""
        return inside[0] in self.unread or any(fault == inside[: len(fault)] for fault, _ in self.faults)

    def touches(self, *inside: str | int) -> bool:
        """Whether something within `inside` does not fit the schema."""
        return inside[0] in self.unread or any(fault[: len(inside)] == inside for fault, _ in self.faults)

    @cached_property
    def faulty_fields(self) -> frozenset[str]:
        """The fields in which something does not fit the schema, and those meant by names that there are not."""
        names = names_at(RuleFile, ())
        fields = {str(inside[0]) for inside, _ in self.faults}
        return self.unread | {field if field in names else nearest_name(field, names) or field for field in fields}


def read_entries(document: Document) -> tuple[list[Entry], list[Mistake]]:
    """The rules of a pack, and what is wrong with the file around them."""
    tables = document.table.get("rules")
    mistakes = [
        mistake_in(document, (key,), key, "a pack has [[rules]] tables alone; remove this")
        for key in document.table
        if key != "rules"
    ]
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        detail = "a pack has at least one [[rules]] table; write one"
        return [], [*mistakes, mistake_in(document, ("rules",), "rules", detail)]
    return [read_entry(document, at, table) for at, table in enumerate(tables)], mistakes


def read_entry(document: Document, at: int, table: dict[str, object]) -> Entry:
    """One rule of a document. What does not fit the schema is left out or stood in for, piece by piece, and told."""
    name = str(table.get("id", ""))
    try:
        return Entry(document, at, RuleFile.model_validate(table), name=name)
    except ValidationError as error:
        faults = tuple((inside, detail + _hint(inside, detail)) for inside, detail in findings(error, RuleFile))
    rule = RuleFile.model_validate(mended(table, (inside for inside, _ in faults)))
    return Entry(document, at, rule, faults, name)


def _hint(inside: Inside, detail: str) -> str:
    is_of_another_form = inside == ("id",) and "of the form" in detail
    return "; write two or more words joined by dots, as in gambling.recruit.zh" if is_of_another_form else ""
