"""Proofs out of the sealed ledger: that an entry is in it, and that it only grew since a checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, or_, select

from moderation.errors import ConflictError, NotFoundError
from records import inspections, notes, sealing
from records.house_values import LedgerEntry
from records.inspections import Within
from records.mapping import value_of
from records.merkle import consistency, inclusion, nodes_of
from records.notes import Checkpoint
from records.sealing import Tiles
from records.tables import ledger, measures
from records.unit_of_work import Reading

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: those that fit every one of these that is given."""

    subject_ids: Sequence[str] = ()
    kinds: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    within: Within | None = None
    """Those about decisions in this scope, their comments, their cases and measures, whenever they were written."""
    entry_ids: Sequence[str] = ()


class Prover:
    """Proofs against the newest checkpoint of a look. Raises `NotFoundError` where nothing was sealed yet."""

    def __init__(self, look: Reading) -> None:
        found = sealing.newest(look)
        if found is None:
            raise NotFoundError("Nothing was sealed yet: start chaffinch serve or chaffinch worker, and try again.")
        self._look = look
        self._nodes = nodes_of(Tiles(look))
        self.note: str = found.note
        self.checkpoint = notes.parse(found.note)

    def inclusion(self, index: int) -> list[bytes]:
        """The hashes that lead from entry `index` to the root; some twenty among a million."""
        return inclusion(self._nodes, index, self.checkpoint.size)

    def consistency(self, earlier: Checkpoint) -> list[bytes]:
        """The hashes that show that the log of `earlier` is the beginning of today's.

        Raises `ConflictError` where it cannot be: it is longer, or another log's.
        """
        if earlier.origin != self.checkpoint.origin:
            raise ConflictError(f"That checkpoint is of {earlier.origin}, and this ledger is {self.checkpoint.origin}.")
        if not 0 < earlier.size <= self.checkpoint.size:
            raise ConflictError(
                f"That checkpoint covers {earlier.size} entries, and {self.checkpoint.size} are here: the ledger was "
                "truncated, or restored from an older backup. chaffinch audit verify --checkpoint tells more."
            )
        return consistency(self._nodes, earlier.size, self.checkpoint.size)

    def entries(self, wanted: Wanted) -> Iterator[LedgerEntry]:
        """Those entries, in the order of the log."""
        query, after = query_of(wanted), -1
        while rows := self._page(query, after):
            yield from (value_of(LedgerEntry, row) for row in rows)
            after = rows[-1].sealed_index

    def waiting(self, wanted: Wanted) -> int:
        """How many of those entries are not in the log of this checkpoint yet: nothing can be proved of them."""
        later = or_(ledger.c.sealed_index.is_(None), ledger.c.sealed_index >= self.checkpoint.size)
        query = query_of(wanted).where(later).with_only_columns(func.count())
        return int(self._look.execute(query).scalar_one())

    def _page(self, query: Select[Any], after: int) -> Sequence[Row[Any]]:
        within = query.where(ledger.c.sealed_index > after, ledger.c.sealed_index < self.checkpoint.size)
        return self._look.execute(within.order_by(ledger.c.sealed_index).limit(_BATCH)).all()


def query_of(wanted: Wanted) -> Select[Any]:
    """These entries, in no order."""
    query = select(ledger)
    if wanted.entry_ids:
        query = query.where(ledger.c.id.in_(wanted.entry_ids))
    if wanted.subject_ids:
        of_threads = select(measures.c.id).where(measures.c.thread_id.in_(wanted.subject_ids))
        query = query.where(ledger.c.subject_id.in_(wanted.subject_ids) | ledger.c.subject_id.in_(of_threads))
    if wanted.within is not None:
        about = ledger.c.subject_id.in_(inspections.subjects(wanted.within))
        query = query.where(or_(about, inspections.entries_of_measures(wanted.within)))
    if wanted.kinds:
        query = query.where(ledger.c.kind.in_(wanted.kinds))
    if wanted.since is not None:
        query = query.where(ledger.c.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(ledger.c.created_at < wanted.until)
    return query
