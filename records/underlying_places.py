"""Where comments stand and who wrote them, beside the entry of the decision that was last stored with them.

A comment's row says what the platform said of it last. The entry of that storing tells the surface, and commits, with
the salt of the text, to the thread, the platform's number and the author: who moves a comment in the table, or gives
it another's author, is found, and nothing is told of whom. Which author it is only the pseudonym keys tell. Where one
of these is not at hand that is said, and nothing is guessed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Row, Select, select

from moderation.errors import ConfigError
from records.commitments import commit
from records.guarding import of_row
from records.personal import Keyring, key_number
from records.quotations import hash_of
from records.retold import at
from records.storing import BESIDE, BESIDE_IN_WORDS, beside_of
from records.tables import comment_revisions, comments, decisions, ledger, pseudonym_keys
from records.tampering import Finding
from records.told_entries import BATCH, DECISION, Entry, differs, read
from records.unit_of_work import Reading

TYPE, BESIDE_TOLD, QUOTED_TOLD = "type", "beside_commitment", "quoted_commitment"
"""Facts of entries since revision 0036; the first is in each of them."""

AT_ONCE = timedelta(minutes=1)
"""Two machines that store the same comment within it may have clocks that differ: the row says which one was last."""

_ROW = ("id", "revision", "surface", "thread_id", "external_id", "salt", "author_index", "author_cipher", "updated_at",
        "erased_at", "created_at", "type", "lang", "parent_text", "parent_hash", "account_since",
        "account_verified", *BESIDE)  # fmt: skip
_EARLIER = ("comment_id", "revision", "salt", "author_index", "author_cipher")


_ID = decisions.c.id.label("decision_id")


@dataclass(frozen=True, slots=True)
class _Told:
    """A decision, and the entry that tells of it."""

    decision: Row[Any]
    entry: Entry

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.entry.body["facts"]  # type: ignore[no-any-return]


@dataclass(slots=True)
class Authors:
    """The keys at hand, and how many rows wait for each that is not."""

    keyring: Keyring | None
    known: frozenset[int]
    lost: Counter[int] = field(default_factory=Counter)

    def is_odd(self, row: Row[Any], told: str | None) -> bool:
        """Whether the row's author is another than an entry commits to, as far as the keys at hand tell."""
        if row.author_cipher is None or told is None:
            return (row.author_cipher, row.author_index, told) != (None, None, None)
        number = key_number(row.author_cipher)
        if self.keyring is None or number not in self.keyring.fingerprints():
            self.lost.update([number] if number in self.known else [])
            return number not in self.known
        try:
            author = self.keyring.reveal("author", row.author_cipher)
        except ConfigError:
            return True
        same = commit(row.salt, "author", author).hex() == told
        return not same or row.author_index not in self.keyring.indexes("author", author)

    def remarks(self, what: str) -> Iterator[str]:
        """What was not compared, and why."""
        for number, many in sorted(self.lost.items()):
            yield (
                f"The authors of {many} {what} were not held against the ledger: the pseudonym key {number} is not "
                "among this installation's keys, or is another. Restore it from a backup and verify again."
            )


def place_differences(look: Reading, keyring: Keyring | None, remarks: list[str]) -> Iterator[Finding]:
    """Comments that stand elsewhere, are another's or were stored at another time than their last entry says.

    And decisions in another thread than theirs. What could not be compared is added to `remarks`.
    """
    known = frozenset(look.execute(select(pseudonym_keys.c.id)).scalars())
    authors, after = Authors(keyring, known), ""
    query = select(*(comments.c[name] for name in _ROW)).order_by(comments.c.id).limit(BATCH)
    while rows := look.execute(query.where(comments.c.id > after)).all():
        after = rows[-1].id
        told, earlier = _told(look, rows), _earlier(look, rows)
        salts = {key: each.salt for key, each in earlier.items()} | {(row.id, row.revision): row.salt for row in rows}
        for text in earlier.values():
            yield from _of_another(text, told.get(text.comment_id, ()), authors)
        for row in rows:
            if of_it := told.get(row.id):
                yield from of_row(comments, row, partial(_moved, row, of_it, authors))
            for each in of_it or ():
                if _is_elsewhere(each, salts.get((row.id, each.decision.revision))):
                    yield differs("decision", each.decision.decision_id, ["thread_id"], each.entry)
    remarks += authors.remarks("comments")


def _moved(
    row: Row[Any], told: Sequence[_Told], authors: Authors, _row: Mapping[str, Any]
) -> Iterator[Finding]:  # fmt: skip
    last = _last(told, row)
    if odd := list(_odd(row, last, _first(told), authors)):
        yield differs("comment", row.id, odd, last.entry)


def _odd(row: Row[Any], last: _Told, first: Collection[datetime], authors: Authors) -> Iterator[str]:
    """Columns that are not what the entry says; of what was erased surface, type, language and moment alone."""
    facts = last.facts
    if TYPE in facts:
        yield from (name for name, told in (("type", facts[TYPE]), ("lang", last.decision.language))
                    if row._mapping[name] != told)  # fmt: skip
    if "surface" in facts and row.surface != facts["surface"]:
        yield "surface"
    if at(last.entry.body) != row.updated_at:
        yield "updated_at"
    if row.created_at not in first:
        yield "created_at"
    if row.salt is None:
        yield from ["salt"] if row.erased_at is None else []
        return
    for column, kind in (("thread_id", "thread"), ("external_id", "external")):
        if not _fits(facts, kind, row.salt, row._mapping[column]):
            yield column
    if "author_commitment" in facts and authors.is_odd(row, facts["author_commitment"]):
        yield "author_index or author_cipher"
    if _is_lost_to_search(row):
        yield "parent_hash"
    if TYPE in facts:
        yield from _odd_beside(row, facts)


def _is_lost_to_search(row: Row[Any]) -> bool:
    """Whether an erasure would not find the words that are quoted, or would find others.

    Quotations of programs before revision 0021 have no hash until the first erasure after it.
    """
    if row.parent_hash is None:
        return False
    return row.parent_text is None or row.parent_hash != hash_of(row.parent_text)


def _odd_beside(row: Row[Any], facts: Mapping[str, Any]) -> Iterator[str]:
    """What else entries since revision 0036 commit to; words that are quoted may have gone with their comment."""
    if not _fits({BESIDE_TOLD: facts.get(BESIDE_TOLD)}, "beside", row.salt, beside_of(dict(row._mapping))):
        yield BESIDE_IN_WORDS
    if row.parent_text is not None and not _fits(
        {QUOTED_TOLD: facts.get(QUOTED_TOLD)}, "quoted", row.salt, row.parent_text
    ):
        yield "parent_text"


def _of_another(row: Row[Any], told: Sequence[_Told], authors: Authors) -> Iterator[Finding]:
    """An earlier text that is another's than the entry that was last stored with it says; not of earlier entries."""
    its = [each for each in told if each.decision.revision == row.revision]
    if row.salt is None or not its:
        return
    last = max(its, key=_place)
    if TYPE in last.facts and authors.is_odd(row, last.facts["author_commitment"]):
        name = f"{row.comment_id} (its text {row.revision})"
        yield differs("comment", name, ["author_index or author_cipher"], last.entry)


def _fits(facts: Mapping[str, Any], kind: str, salt: bytes, value: str | None) -> bool:
    """Whether a value is what an entry commits to; entries before revision 0031 do not say."""
    name = f"{kind}_commitment"
    return name not in facts or facts[name] == (None if value is None else commit(salt, kind, value).hex())


def _is_elsewhere(told: _Told, salt: bytes | None) -> bool:
    """Whether a decision is in another thread than its entry commits to; not one that has no place yet."""
    if salt is None or told.decision.surface is None:
        return False
    return not _fits(told.facts, "thread", salt, told.decision.thread_id)


def _first(told: Sequence[_Told]) -> set[datetime]:
    """When the comment may first have been stored: of two machines that did at once either may be the first."""
    first = at(min(told, key=_place).entry.body)
    return {at(each.entry.body) for each in told if at(each.entry.body) <= first + AT_ONCE}


def _last(told: Sequence[_Told], row: Row[Any]) -> _Told:
    """The storing that the row is of: of those at the end of the log the one of the row's moment, else the last."""
    ordered = sorted(told, key=_place)
    newest = at(ordered[-1].entry.body)
    near = [each for each in ordered if at(each.entry.body) >= newest - AT_ONCE]
    return next((each for each in reversed(near) if at(each.entry.body) == row.updated_at), ordered[-1])


def _place(told: _Told) -> tuple[bool, int, str]:
    """In the order of the log, which a clock that is set back does not change; what is not sealed yet comes last."""
    number = told.entry.number
    return number is None, number or 0, told.entry.id


def _told(look: Reading, rows: Sequence[Row[Any]]) -> dict[str, list[_Told]]:
    """By comment its decisions with their entries."""
    found: dict[str, list[_Told]] = defaultdict(list)
    for row in look.execute(_entries().where(decisions.c.comment_id.in_([row.id for row in rows]))):
        if (entry := next(read([row]), None)) is not None:
            found[row.comment_id].append(_Told(row, entry))
    return found


def _entries() -> Select[Any]:
    its = (ledger.c.subject_id == decisions.c.id) & (ledger.c.kind == DECISION)
    columns = *(decisions.c[name] for name in ("comment_id", "revision", "surface", "thread_id", "language")), _ID
    entry = ledger.c.id, ledger.c.kind, ledger.c.body, ledger.c.sealed_index
    return select(*columns, *entry).select_from(decisions.join(ledger, its))


def _earlier(look: Reading, rows: Sequence[Row[Any]]) -> dict[tuple[str, int], Row[Any]]:
    """Earlier texts, by comment and revision."""
    query = select(*(comment_revisions.c[name] for name in _EARLIER))
    found = look.execute(query.where(comment_revisions.c.comment_id.in_([row.id for row in rows])))
    return {(each.comment_id, each.revision): each for each in found}
