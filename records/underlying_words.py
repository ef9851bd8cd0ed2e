"""Words that entries commit to, beside the entries: those that are others, and those that are gone unexplained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import exists, func, select

from records import entry_words
from records.entry_words import ABOUT_PEOPLE, ERASED, OF_HOUSE, fits
from records.ids import first_id_of
from records.retold_house import SALTED
from records.tables import comments, ledger
from records.tables import entry_words as table
from records.tampering import Finding, What
from records.told_entries import BATCH, Entry, number, read, subject_of
from records.unit_of_work import Reading
from records.words_gone import REMOVED
from records.words_of_house import COLUMNS

ERASING = ("author.erased", "author.released", "retention.erased")
"""Entries after which words of before may be gone."""

_WORDS = {
    "measures": ("reason_zh", "reason_en", "ground", "ended_why"),
    "approvals": ("why", "note", "facts"),
    "edge_cases": ("why",),
    "list_entries": ("reason", "removed_why", "ground", "source"),
    "holds": COLUMNS["hold"],
    "inspections": COLUMNS["inspection"],
    "rectifications": COLUMNS["rectification"],
    "emergencies": COLUMNS["emergency"],
    "trusted_flaggers": ("reason", "ended_why"),
    "campaign_findings": ("note",),
    "incidents": ("fields", SALTED),
}


class Erasures:
    """Until when something was erased: what is gone of before is explained, what is gone of later is not."""

    def __init__(self, look: Reading) -> None:
        query = select(ledger.c.id).where(ledger.c.kind.in_(ERASING)).order_by(ledger.c.id.desc()).limit(1)
        last = look.execute(select(func.max(comments.c.erased_at))).scalar_one_or_none()
        self._newest = max(look.execute(query).scalar_one_or_none() or "", first_id_of(last) if last else "")
        self._removed: dict[str, str] = {}
        by_two = select(ledger).where(ledger.c.kind == REMOVED).order_by(ledger.c.id)
        for entry in read(look.execute(by_two)):
            self._removed |= dict.fromkeys(entry.body["facts"].get("of", ()), entry.id)

    def explain(self, entry: Entry) -> bool:
        """Whether something was erased after this entry was written, or its words were removed by two people or time.

        Ids are ordered by time.
        """
        by_two = max(self._removed.get(name, "") for name in (entry.id, subject_of(entry.body)))
        return entry.id < max(self._newest, by_two)

    def unexplained(
        self, name: str, odd: Sequence[str], row: Mapping[str, Any], entries: Sequence[Entry]
    ) -> list[str]:  # fmt: skip
        """Of columns that differ those that no erasure explains: entries of before 0044 hold their words for good."""
        if not odd or name not in _WORDS or not self.explain(entries[-1]):
            return list(odd)
        if name == "approvals" and row["kind"] not in ABOUT_PEOPLE | OF_HOUSE:
            return list(odd)
        return [each for each in odd if each not in _WORDS[name] or not _is_erased(each, row)]


def word_differences(look: Reading) -> Iterator[Finding]:
    """Words that are not what their entry commits to, that have no entry, or are gone though nothing was erased."""
    erasures, after = Erasures(look), ""
    kinds = ledger.c.kind.in_(list(entry_words.COMMITTED))
    query = select(ledger).where(kinds).order_by(ledger.c.id).limit(BATCH)
    while rows := look.execute(query.where(ledger.c.id > after)).all():
        after = rows[-1].id
        told = [(each, said) for each in read(rows) if (said := entry_words.commitments(each.body))]
        kept = entry_words.kept_beside(look, [each.id for each, _ in told])
        elsewhere = _elsewhere(look, [row.id for row in rows])
        for entry, said in told:
            words = kept.get(entry.id)
            if entry.id in elsewhere:
                yield _finding(
                    f"The words of entry {number(entry)} stand under another name than what it is about.", entry
                )
            if words is None and not erasures.explain(entry):
                yield _finding(f"The words of entry {number(entry)} are gone, and nothing was erased since.", entry)
            if words is not None and not fits(words, said):
                yield _finding(f"The words of entry {number(entry)} are not those that it commits to.", entry)
    without = select(table.c.id).where(~exists().where(ledger.c.id == table.c.id)).order_by(table.c.id)
    for row in look.execute(without):
        yield Finding(What.MISSING, f"The words {row.id} have no entry: it was removed, or the words inserted.")


def _elsewhere(look: Reading, entry_ids: Sequence[str]) -> frozenset[str]:
    """Entries whose words an erasure would not find: they are named after something else than the entry is about."""
    these = select(table.c.id).join(ledger, ledger.c.id == table.c.id).where(table.c.id.in_(entry_ids))
    return frozenset(look.execute(these.where(table.c.subject_id != ledger.c.subject_id)).scalars())


def _is_erased(column: str, row: Mapping[str, Any]) -> bool:
    if column == "facts":
        return ERASED in row["facts"].values()
    if column in ("fields", SALTED):
        return row["salt"] is None and isinstance(row["fields"], dict) and ERASED in row["fields"].values()
    return row[column] in (None, ERASED)


def _finding(told: str, entry: Entry) -> Finding:
    return Finding(What.RECORD, told, entry.number, entry.number, entry.id)
