"""Holds as pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from governance.holds import is_overdue
from records import holds
from records.holds import HoldRecord
from records.unit_of_work import Reading

TOLD = ("kind", "target", "authority", "reference", "ground", "until", "review", "tell", "why")
"""The fields of the form."""


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold; `handle` is the comment by which pages speak of an account."""

    record: HoldRecord
    handle: str | None
    stands: bool
    is_overdue: bool


def views(look: Reading, found: Sequence[HoldRecord], now: datetime) -> list[HoldView]:
    """Of these."""
    return [HoldView(each, holds.handle_of(look, each), each.stands(now), is_overdue(each, now)) for each in found]
