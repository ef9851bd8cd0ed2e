"""What somebody did to entries, told from what was sealed under each number and what stands there now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class What(StrEnum):
    """What is wrong."""

    CHANGED = "changed"
    MISSING = "missing"
    INSERTED = "inserted"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    HASHES = "hashes"
    CHECKPOINT = "checkpoint"
    KEY = "key"
    RECORD = "record"
    GUARD = "guard"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, about entries `first` to `last` (both included) where it is about entries."""

    what: What
    sentence: str
    first: int | None = None
    last: int | None = None
    entry_id: str | None = None


@dataclass(slots=True)
class Odd:
    """Numbers where the entry's bytes are not what the tiles say: its hash and id, or None where there is no entry."""

    found: dict[int, tuple[bytes, str] | None] = field(default_factory=dict)
    expected: dict[int, bytes] = field(default_factory=dict)


def explained(odd: Odd, size: int) -> Iterator[Finding]:
    """What happened to entries that are not what was sealed under their number, in a log of `size`."""
    sealed_at = {digest: index for index, digest in odd.expected.items() if digest}
    stands_at = {found[0]: index for index, found in odd.found.items() if found}
    gone: list[int] = []
    moved: list[tuple[int, int, str]] = []
    for index in sorted(odd.expected):
        expected, found = odd.expected[index], odd.found[index]
        lost = bool(expected) and expected not in stands_at
        if found is None:
            if lost or not expected:
                gone.append(index)
            continue
        digest, entry_id = found
        if digest in sealed_at:
            moved.append((index, sealed_at[digest], entry_id))
            if lost:
                gone.append(index)
        elif index >= size:
            told = f"Entry {index} ({entry_id}) bears a number that no checkpoint covers: it was inserted."
            yield Finding(What.INSERTED, told, index, index, entry_id)
        elif lost or not expected:
            told = f"Entry {index} ({entry_id}) is not what was sealed: it was changed, or another stands there."
            yield Finding(What.CHANGED, told, index, index, entry_id)
        else:
            told = f"Entry {index} ({entry_id}) was never sealed: it was inserted there."
            yield Finding(What.INSERTED, told, index, index, entry_id)
    yield from _gone(gone, size)
    yield from _moved(moved)


def _gone(gone: Sequence[int], size: int) -> Iterator[Finding]:
    for first, last in _runs(gone):
        if last == size - 1:
            told = f"The ledger was truncated: {entries_words(first, last)} at its end {_are(first, last)} gone."
            yield Finding(What.TRUNCATED, told, first, last)
        else:
            told = f"{entries_words(first, last).capitalize()} {_are(first, last)} missing."
            yield Finding(What.MISSING, told, first, last)


def _moved(moved: Sequence[tuple[int, int, str]]) -> Iterator[Finding]:
    """Entries that stand at another number than they were sealed under, those that moved alike together."""
    start = 0
    for at in range(1, len(moved) + 1):
        here, there, entry_id = moved[start]
        goes_on = at < len(moved) and moved[at][0] - here == moved[at][1] - there == at - start
        if goes_on:
            continue
        last = moved[at - 1][0]
        was = there if at - start == 1 else f"{there} to {moved[at - 1][1]}"
        told = f"{entries_words(here, last).capitalize()} {_are(here, last)} out of order: sealed as {was}."
        yield Finding(What.REORDERED, told, here, last, entry_id if here == last else None)
        start = at


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    start = 0
    for at in range(1, len(numbers) + 1):
        if at == len(numbers) or numbers[at] != numbers[at - 1] + 1:
            yield numbers[start], numbers[at - 1]
            start = at


def entries_words(first: int, last: int) -> str:
    """`entry 5`, `entries 5 to 9`."""
    return f"entry {first}" if first == last else f"entries {first} to {last}"


def _are(first: int, last: int) -> str:
    return "is" if first == last else "are"
