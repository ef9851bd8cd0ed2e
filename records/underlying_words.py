"""Words that entries commit to, beside the entries: those that are others, and those that are gone unexplained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import exists, select

from records import entry_words
from records.entry_words import fits
from records.explained import Explained
from records.tables import entry_words as table
from records.tables import ledger
from records.tampering import Finding, What
from records.told_entries import BATCH, Entry, number, read
from records.unit_of_work import Reading


def word_differences(look: Reading, explained: Explained) -> Iterator[Finding]:
    """Words that are not what their entry commits to, that have no entry, or are gone and no entry says so."""
    after = ""
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
            if words is None and not explained.entry(entry):
                yield _finding(
                    f"The words of entry {number(entry)} ({_about(entry)}) are gone, and no erasure names them.", entry
                )
            if words is not None and not fits(words, said):
                yield _finding(f"The words of entry {number(entry)} are not those that it commits to.", entry)
    without = select(table.c.id).where(~exists().where(ledger.c.id == table.c.id)).order_by(table.c.id)
    for row in look.execute(without):
        yield Finding(What.MISSING, f"The words {row.id} have no entry: it was removed, or the words inserted.")


def _elsewhere(look: Reading, entry_ids: Sequence[str]) -> frozenset[str]:
    """Entries whose words an erasure would not find: they are named after something else than the entry is about."""
    these = select(table.c.id).join(ledger, ledger.c.id == table.c.id).where(table.c.id.in_(entry_ids))
    return frozenset(look.execute(these.where(table.c.subject_id != ledger.c.subject_id)).scalars())


def _about(entry: Entry) -> str:
    subject = entry.body["subject"]
    return f"{entry.body['kind']}, {subject['kind'].replace('_', ' ')} {subject['id']}"


def _finding(told: str, entry: Entry) -> Finding:
    return Finding(What.RECORD, told, entry.number, entry.number, entry.id)
