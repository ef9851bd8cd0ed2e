"""What a report to the authority has to say: kinds and fields as data, `configs/incidents.toml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from moderation.errors import Fault
from moderation.taxonomy import CONFIGS, Words
from moderation.toml import StrictModel, parse_file
from moderation.typed import MOST, moment, number

FILE = "incidents.toml"
MAX_FIELD = 4000


class FormField(StrictModel):
    """One field of the report."""

    title: Words
    """Its name."""
    kind: Literal["text", "number", "moment"] = "text"
    """What stands in it."""
    required: bool = False
    """Whether a report is made without it."""


class IncidentForms(StrictModel):
    """The file. Fields are in the order of the report."""

    kinds: dict[str, Words]
    """Kinds of incidents by name."""
    fields: dict[str, FormField]
    """Fields of the report by name."""
    content: dict[str, Words]
    """What a report of unlawful content says of each comment."""

    def read(self, told: Mapping[str, str]) -> tuple[dict[str, Any], list[Fault]]:
        """What somebody typed as fields, and every mistake in it; what is empty is left out."""
        found: dict[str, Any] = {}
        faults = []
        for name, value in told.items():
            field = self.fields.get(name)
            if field is None:
                faults.append(Fault(name, f"there is no such field; there are {', '.join(self.fields)}"))
            elif value.strip():
                try:
                    found[name] = _value(field, value.strip())
                except ValueError as error:
                    faults.append(Fault(name, str(error)))
        return found, faults

    def missing(self, fields: Mapping[str, Any]) -> Iterator[str]:
        """Required fields that nobody has filled in."""
        return (name for name, field in self.fields.items() if field.required and fields.get(name) in (None, ""))


def load_forms(folder: Path) -> IncidentForms:
    """The forms of a configuration folder. Raises `ConfigError` with every mistake."""
    return parse_file(IncidentForms, folder / FILE)


@lru_cache(maxsize=1)
def shipped_forms() -> IncidentForms:
    """Those of the checkout."""
    return load_forms(CONFIGS)


def _value(field: FormField, told: str) -> str | int:
    """Raises `ValueError` with what to write."""
    if len(told) > MAX_FIELD:
        msg = f"say it in at most {MAX_FIELD} characters"
        raise ValueError(msg)
    if field.kind == "number":
        found = number(told)
        if found is None:
            msg = f"give a whole number up to {MOST}"
            raise ValueError(msg)
        return found
    return moment_of(told).isoformat() if field.kind == "moment" else told


def moment_of(told: str) -> datetime:
    """A moment as people write it, in UTC where no zone is given. Raises `ValueError` with what to write."""
    found = moment(told)
    if found is None:
        msg = "write a moment like 2026-03-01T12:00Z"
        raise ValueError(msg)
    return found
