"""Whose signatures the ledger's checkpoints bear, and whether each key signed in its time.

A key that is lost, or known to others, is followed by another one, and an entry says which took over from which. Keys
that somebody knows from elsewhere vouch for the ones before them, by such entries under a checkpoint that they signed
themselves. They vouch for none after them: whoever finds an earlier key could say that any other one follows. And what
was sealed after a key gave way bears no signature of that key.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from moderation.errors import InvalidInputError
from records import notes
from records.columns import as_bytes
from records.marks import RENEWED
from records.notes import Checkpoint, Verifier
from records.tables import ledger, ledger_keys
from records.tampering import Finding, What
from records.unit_of_work import Reading


@dataclass(frozen=True, slots=True)
class Signed:
    """Checkpoints that the tree is held against: those stored whose signature counts, and those from outside."""

    signed: Sequence[tuple[Row[Any], Checkpoint]]
    outside: Sequence[Checkpoint]
    faults: Sequence[Finding]
    remarks: Sequence[str]

    @property
    def stored(self) -> list[Row[Any]]:
        """Their rows."""
        return [row for row, _ in self.signed]


@dataclass(frozen=True, slots=True)
class _Renewal:
    """An entry that says that one key took over from another; `index` is None while it waits to be sealed."""

    before: str
    now: str
    index: int | None


@dataclass(frozen=True, slots=True)
class _Keys:
    """`given` from elsewhere, or else all that the database knows (`here`); `vouched` are those before them."""

    given: Sequence[Verifier]
    vouched: Sequence[Verifier]
    here: Sequence[Verifier]

    @property
    def counted(self) -> list[Verifier]:
        """Those whose signatures count."""
        return [*self.given, *self.vouched]


def checked(
    look: Reading, stored: Sequence[Row[Any]], outside: Sequence[Checkpoint], trusted: Sequence[Verifier]
) -> Signed:
    """Checkpoints that are what somebody signed, and what is wrong with the others and with the keys.

    Without `trusted`, keys known from elsewhere, those of the database are believed.
    """
    here = [each for _, each in _parsed(look) if each is not None]
    renewals = list(_renewals(look))
    read, faults = _read(stored)
    given = trusted or here
    keys = _Keys(given, _vouched(given, here, renewals, read), here)
    signed = [(row, note) for row, note in read if notes.signed_by(note, keys.counted)]
    unsigned = [note for _, note in read if not notes.signed_by(note, keys.counted)]
    faults += [
        *_odd_keys(look),
        *_unannounced(here, renewals),
        *_strangers(outside, keys),
        *_not_counted(unsigned, keys),
    ]
    faults += _out_of_time([note for _, note in signed], renewals, here)
    return Signed(signed, outside, faults, list(_remarks(signed, keys)))


def unknown_keys(known: Sequence[Verifier | None], told: Sequence[Verifier]) -> Iterator[Finding]:
    """Keys that are told elsewhere and are none of those that are known here."""
    names = set(map(str, known))
    for each in told:
        if str(each) not in names:
            sentence = f"The key {each} signed nothing here: this is another ledger, or its keys were changed."
            yield Finding(What.KEY, sentence)


def keys_missed(look: Reading, told: Sequence[Verifier]) -> list[Finding]:
    """The same of what the database knows."""
    return list(unknown_keys([each for _, each in _parsed(look)], told))


def _odd_keys(look: Reading) -> Iterator[Finding]:
    for number, key in _parsed(look):
        if key is None:
            told = f"The row {number} of the table ledger_keys was altered: its column verifier is no public key."
            yield Finding(What.KEY, told)


def _parsed(look: Reading) -> list[tuple[int, Verifier | None]]:
    """Every public key that ever signed here, by number, the newest first; None for what is none."""
    found: list[tuple[int, Verifier | None]] = []
    query = select(ledger_keys.c.id, ledger_keys.c.verifier).order_by(ledger_keys.c.id.desc())
    for row in look.execute(query):
        try:
            found.append((row.id, Verifier.parse(row.verifier)))
        except InvalidInputError:
            found.append((row.id, None))
    return found


def _renewals(look: Reading) -> Iterator[_Renewal]:
    """As the entries have them; those that were damaged are told where entries are read."""
    query = select(ledger.c.sealed_index, ledger.c.body).where(ledger.c.kind == RENEWED)
    for row in look.execute(query):
        try:
            facts = json.loads(as_bytes(row.body))["facts"]
            yield _Renewal(str(facts["before"]), str(facts["now"]), row.sealed_index)
        except (ValueError, KeyError, TypeError):
            continue


def _read(stored: Sequence[Row[Any]]) -> tuple[list[tuple[Row[Any], Checkpoint]], list[Finding]]:
    """Notes as the rows have them, whoever signed them, and rows that were altered."""
    read: list[tuple[Row[Any], Checkpoint]] = []
    faults: list[Finding] = []
    for row in stored:
        try:
            note = notes.parse(row.note)
        except InvalidInputError:
            faults.append(_altered(row.size, "its note is none"))
            continue
        if (note.size, note.root) == (row.size, row.root):
            read.append((row, note))
        else:
            faults.append(_altered(row.size, "its row is not what its note says"))
    return read, faults


def _altered(size: int, how: str) -> Finding:
    return Finding(What.CHECKPOINT, f"The checkpoint of {size} entries was altered: {how}.")


def _vouched(
    given: Sequence[Verifier],
    here: Sequence[Verifier],
    renewals: Sequence[_Renewal],
    read: Sequence[tuple[Row[Any], Checkpoint]],
) -> list[Verifier]:
    """Earlier keys, as entries name them that the given ones signed themselves."""
    covered = max((note.size for _, note in read if notes.signed_by(note, given)), default=0)
    before = {each.now: each.before for each in renewals if each.index is not None and each.index < covered}
    names = {str(each) for each in given}
    waiting = list(names)
    while waiting:
        older = before.get(waiting.pop())
        if older is not None and older not in names:
            names.add(older)
            waiting.append(older)
    return [each for each in here if str(each) in names and each not in given]


def _unannounced(here: Sequence[Verifier], renewals: Sequence[_Renewal]) -> Iterator[Finding]:
    """Keys in the table, but the first, that no entry speaks of."""
    announced = {each.now for each in renewals}
    for each in here[:-1]:
        if str(each) not in announced:
            told = f"No entry says that {each} signs this ledger: somebody put it into the table ledger_keys by hand."
            yield Finding(What.KEY, told)


def _strangers(outside: Sequence[Checkpoint], keys: _Keys) -> Iterator[Finding]:
    for each in outside:
        if notes.signed_by(each, keys.counted):
            continue
        told = f"The checkpoint of {each.size} entries of {each.origin} is not signed by a key of this ledger."
        if other := notes.signed_by(each, keys.here):
            told = f"The checkpoint of {each.size} entries from outside is signed by {other}, {_ANOTHER}"
        yield Finding(What.CHECKPOINT, told)


_ANOTHER = (
    "another key of this ledger than those that you gave, and none that they vouch for. If it is one that you "
    "published, give it as well with a further --key; if it is not, somebody else put it there."
)


def _not_counted(unsigned: Sequence[Checkpoint], keys: _Keys) -> Iterator[Finding]:
    """Checkpoints in the database whose signature counts for nothing; those of one key together."""
    by_others: dict[str, list[int]] = defaultdict(list)
    for note in unsigned:
        other = notes.signed_by(note, keys.here)
        if other is None:
            yield _altered(note.size, "its signature does not fit")
        else:
            by_others[str(other)].append(note.size)
    for key, sizes in by_others.items():
        told = f"{len(sizes)} checkpoints, the last of {max(sizes)} entries, are signed by {key}, {_ANOTHER}"
        yield Finding(What.CHECKPOINT, told)


def _out_of_time(
    signed: Sequence[Checkpoint], renewals: Sequence[_Renewal], here: Sequence[Verifier]
) -> Iterator[Finding]:  # fmt: skip
    """Checkpoints by a key that had given way to another one before."""
    given_way: Mapping[str, int] = {each.before: each.index for each in renewals if each.index is not None}
    for note in signed:
        key = str(notes.signed_by(note, here))
        if key in given_way and note.size > given_way[key]:
            told = (
                f"The checkpoint of {note.size} entries is signed by {key}, though another key had taken over with "
                f"entry {given_way[key]}: who has the earlier one signed it later."
            )
            yield Finding(What.CHECKPOINT, told)


def _remarks(signed: Sequence[tuple[Row[Any], Checkpoint]], keys: _Keys) -> Iterator[str]:
    """Whose signatures count by the word of another key."""
    for key in keys.vouched:
        many = sum(key.has_signed(note) for _, note in signed)
        yield (
            f"{many} checkpoints are signed by another key of this ledger, {key}, which you did not give: the ledger "
            "says, under a key that you gave, that it came before. If you have it from elsewhere, give it as well."
        )
