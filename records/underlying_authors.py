"""What was stated about accounts, beside the entries that say that it was stated.

An entry holds a salted commitment to the statement and no value of it; the row has the salt. So whoever makes an
account a verified one in the table, or takes its links away, is found, and nothing is told of whom.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, select

from records.authors import FACTS, KNOWN, STATED_IN, stated_commitment
from records.personal import Keyring
from records.tables import author_links, authors, pseudonym_keys
from records.tampering import Finding, What
from records.told_entries import BATCH, Entry, differs, entries_about, number, subject_of
from records.underlying_places import Authors
from records.unit_of_work import Reading

_KIND = "author"


def author_differences(
    look: Reading, keyring: Keyring | None = None, remarks: list[str] | None = None
) -> Iterator[Finding]:  # fmt: skip
    """Accounts that are not what was last stated, or somebody else's than when an entry last committed to them.

    Not those that were erased, nor of entries of an earlier form. What could not be compared is added to `remarks`.
    """
    held = Authors(keyring, frozenset(look.execute(select(pseudonym_keys.c.id)).scalars()))
    query, after = select(authors).where(authors.c.erased_at.is_(None)).order_by(authors.c.id).limit(BATCH), ""
    while rows := look.execute(query.where(authors.c.id > after)).all():
        after = rows[-1].id
        told = list(_entries(look, rows))
        newest = {subject_of(each.body): each for each in told if each.body["kind"] == _KIND}
        committed = {subject_of(each.body): each for each in told if _commitment(each) is not None}
        links = _links(look, rows)
        for row in rows:
            if odd := ", ".join(_odd(row, newest.get(row.id), links[row.id])):
                yield _differs(row, odd, newest.get(row.id))
            if (entry := committed.get(row.id)) is not None and held.is_odd(row, _commitment(entry)):
                yield differs("account", row.id, ["author_index or author_cipher"], entry)
    if remarks is not None:
        remarks += held.remarks("accounts")


def _entries(look: Reading, rows: Sequence[Row[Any]]) -> Iterator[Entry]:
    return entries_about(look, {row.id for row in rows}, {_KIND, KNOWN})


def _commitment(entry: Entry) -> str | None:
    told: str | None = entry.body["facts"].get("author_commitment")
    return told


def _links(look: Reading, rows: Sequence[Row[Any]]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    mine = author_links.c.author_id.in_([row.id for row in rows]), author_links.c.same_as.is_(None)
    for row in look.execute(select(author_links.c.author_id, author_links.c.kind).where(*mine)):
        found[row.author_id][row.kind] += 1
    return found


def _odd(row: Row[Any], entry: Entry | None, links: Counter[str]) -> Iterator[str]:
    """What is not as stated; of an account of which nothing was ever stated, what is."""
    facts = {name: row._mapping[name] for name in FACTS}
    if entry is None:
        yield from (name for name, value in facts.items() if value is not None)
        yield from ["links"] * bool(links)
    elif entry.body["facts"].get("stated_in") == STATED_IN:
        if entry.body["facts"]["stated_commitment"] != stated_commitment(row.salt, facts):
            yield " or ".join(FACTS)
        if entry.body["facts"]["links"] != dict(links):
            yield "links"


def _differs(row: Row[Any], odd: str, entry: Entry | None) -> Finding:
    if entry is None:
        told = f"Of the account {row.id} nothing was ever stated, and the table says: {odd}."
        return Finding(What.RECORD, told)
    told = f"The account {row.id} is not what entry {number(entry)} says was stated: {odd}."
    return Finding(What.RECORD, told, entry.number, entry.number, entry.id)
