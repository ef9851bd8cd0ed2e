"""Which words are gone lawfully: those that an entry names, of the rows and entries that it names, and no others.

Since revision 0065 every unit that removes words names, in its own transaction, the rows and the entries that lost some
(`records/erased.py`, `words.removed`). It explains what was said there before it, never what was said later, and never
a ground or a source that is a code: nobody's words. Erasures of before name nothing. Theirs explain words that are
older than the newest of them, and how many those are is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from moderation.lists import ACCOUNT
from records import erased, retold_house
from records.bare import WORDS, bare
from records.entry_words import ABOUT_PEOPLE, ERASED, GONE, MAY_BE_CODES, OF_HOUSE, is_words
from records.retold import Body, Columns, Told, question
from records.standing_values import TargetKind
from records.tables import ledger
from records.told_entries import BATCH, Entry, number, read, subject_of
from records.unit_of_work import Reading
from records.words_gone import REMOVED
from records.words_of_house import COLUMNS
from records.words_taken import ENTRIES

_ERASING = (erased.TEXTS, erased.ACCOUNT, "author.erased", "author.released", "retention.erased")
"""Entries of an erasure; without `erased.NAMES` they are of before 0065, and words of before them may be gone."""

PLACES = ("thread_id", "place", "surface, thread_id or label", "about")
"""Columns that may hold a thread, whose words go before what runs there is over."""

_COLUMNS: Mapping[str, tuple[str, ...]] = {
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
    "reporter_findings": ("note",),
    "incidents": ("fields", retold_house.SALTED),
}
"""By table the columns that lose words."""

Reader = Callable[[Told], Columns]


class Explained:
    """What entries say of words that are gone, read once."""

    def __init__(self, look: Reading) -> None:
        self.accounts: set[str] = set()
        self._named: dict[tuple[str, str], str] = {}
        self._by_two: dict[str, str] = {}
        self._old: Entry | None = None
        self._by_old: set[tuple[str, str]] = set()
        kinds = ledger.c.kind.in_((*_ERASING, erased.WORDS, REMOVED))
        query, after = select(ledger).where(kinds).order_by(ledger.c.id).limit(BATCH), ""
        while rows := look.execute(query.where(ledger.c.id > after)).all():
            after = rows[-1].id
            for entry in read(rows):
                self._read(entry)

    def entry(self, entry: Entry) -> bool:
        """Whether words that stood beside this entry went lawfully."""
        by_two = max(self._by_two.get(name, "") for name in (entry.id, subject_of(entry.body)))
        if (ENTRIES, entry.id) in self._named or entry.id < by_two:
            return True
        return self._before_old(entry.id, (ENTRIES, entry.id))

    def account(self, entry: Entry) -> bool:
        """Whether the account that an entry is about was erased: what stood of it holds nobody any more."""
        return subject_of(entry.body) in self.accounts or (self._old is not None and entry.id < self._old.id)

    def unexplained(
        self, table: str, odd: Sequence[str], held: Mapping[str, Any], entries: Sequence[Entry], said_by: Reader
    ) -> list[str]:  # fmt: skip
        """Of columns that differ those that no erasure explains. `held` is the row as entries name its columns."""
        if not odd:
            return []
        told = Told([each.body for each in entries])
        lost = [name for name in odd if name in _COLUMNS.get(table, ()) and _is_lost(table, name, held, told, said_by)]
        if not lost:
            return list(odd)
        record = (table, str(held["known_as"]))
        named = max(self._named.get(record, ""), self._by_two.get(record[1], ""))
        explained = {name for name in lost if _stood(name, entries, named, said_by)}
        if self._old is not None and _could_lose(table, held):
            older = {name for name in lost if _stood(name, entries, self._old.id, said_by)} - explained
            self._by_old |= {(f"{table}.{name}", record[1]) for name in older}
            explained |= older
        return [name for name in odd if name not in explained]

    def remarks(self) -> Iterator[str]:
        """How many words are explained by an erasure that names none of them."""
        if self._old is not None and self._by_old:
            yield (
                f"{len(self._by_old)} words of entries and records are gone that no entry names: erasures of before "
                f"revision 0065 do not say whose words they took. These are older than the newest of them, entry "
                f"{number(self._old)}, and nobody can tell whether it was that one."
            )

    def _read(self, entry: Entry) -> None:
        kind, facts = entry.body["kind"], entry.body["facts"]
        if kind == erased.ACCOUNT:
            self.accounts.add(subject_of(entry.body))
        if kind == erased.WORDS:
            self._name(entry.id, facts.get("of", {}))
        elif kind == REMOVED and "words" in facts:
            self._name(entry.id, facts["words"])
        elif kind == REMOVED:
            self._by_two |= dict.fromkeys(facts.get("of", ()), entry.id)
        elif not facts.keys() >= erased.NAMES.keys():
            self._old = entry

    def _name(self, entry_id: str, of: Mapping[str, Sequence[str]]) -> None:
        for table, rows in of.items():
            self._named |= dict.fromkeys(((table, each) for each in rows), entry_id)

    def _before_old(self, entry_id: str, record: tuple[str, str]) -> bool:
        if self._old is None or entry_id > self._old.id:
            return False
        self._by_old.add(record)
        return True


def _could_lose(table: str, held: Mapping[str, Any]) -> bool:
    """Whether a row is about somebody who could be erased: earlier erasures took the words of no other."""
    if table == "list_entries":
        return bool(held["kind"] == ACCOUNT)
    return table != "measures" or bool(held["target_kind"] != TargetKind.THREAD)


def _stood(name: str, entries: Sequence[Entry], then: str, said_by: Reader) -> bool:
    """Whether what entries say of a column was said before the entry `then`: ids are ordered by time."""
    before = [each.body for each in entries if each.id < then]
    return bool(before) and _said(before, said_by)[name] == _said([each.body for each in entries], said_by)[name]


def _said(bodies: Sequence[Body], said_by: Reader) -> Columns:
    """What entries say; a question's facts stand in its first entry, and nothing changes them."""
    return {"facts": None, **said_by(Told(list(bodies)))}


def _is_lost(table: str, name: str, held: Mapping[str, Any], told: Told, said_by: Reader) -> bool:
    """Whether a column lost words, and nothing but words."""
    if table == "approvals" and held["kind"] not in ABOUT_PEOPLE | OF_HOUSE:
        return False
    if name == "facts":
        said, there = question(told, held)
        return said.keys() == there.keys() and all(_is_bare(each, said[each], there[each]) for each in said)
    if name in ("fields", retold_house.SALTED):
        fields = held["told"]
        return held["salt"] is None and isinstance(fields, dict) and ERASED in fields.values()
    return held[name] in (None, ERASED) and not _is_code(name, said_by(told)[name])


def _is_bare(name: str, said: object, held: object) -> bool:
    """Whether a fact of a question is what was asked, but for words."""
    if name in PLACES and isinstance(held, str) and ERASED in held:
        return True
    return held in (said, bare(said, name if name in WORDS else ""))


def _is_code(name: str, said: object) -> bool:
    return name in MAY_BE_CODES and isinstance(said, str) and said != GONE and not is_words(said)
