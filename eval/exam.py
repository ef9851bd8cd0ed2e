"""What a challenger is judged on: the exam belongs to the gate, and no challenger brings its own to a champion's.

**The policy.** The gate's file names frozen sets, by hash where they must be those very rows. What the champion was
judged on is asked as well, or a challenger could pass on easier rows. A set of which people have been erased since is
the same set with less in it. One that grew under its name counts where it holds every row that the champion was judged
on; else the old one is asked beside it, wherever it lies under `var/frozen`; and where it lies nowhere there is no
yes, since nobody could say that nothing fell, unless the gate's file says that it is gone for good. A gate that names
no set asks the one of the challenger's own data config, and then what it must hold (`coverage`) is all that guards it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from data import frozen as frozen_sets
from data.erasing import SOURCE
from data.frozen import MARKER, Frozen
from eval.joining import joined
from moderation.errors import GateRefusedError
from registry.files import sha256, write_atomically
from registry.gate_file import GateFile, read_gate

if TYPE_CHECKING:
    from data.rows import Rows
    from eval.gate_config import GateConfig
    from registry.pointers import Pointer

ROWS_FILE: Final = "exam.json"
"""Beside `gate.json`: a digest of every row of the exam, by the set's hash, by which a set that grew is known again."""

DIGITS: Final = 16

Erased = Callable[[], Collection[tuple[str, str]]]
"""Hashes of sets before and after each erasure that the ledger tells of; asked where a set says that it lost rows."""


@dataclass(frozen=True, slots=True)
class Known:
    """The rows of a set that a champion was judged on, as digests."""

    rows: frozenset[str]
    people: frozenset[str] | None
    """Those that are people's comments and can be erased; None in an answer of before, which does not tell them."""

    def lost_people_alone(self, left: Collection[str]) -> bool:
        """Whether all that is not `left` of it were people's comments."""
        return self.people is None or self.rows - frozenset(left) <= self.people


def exam_of(
    gate: GateConfig, own: str | None, champion: Pointer | None, folder: Path, *, erased: Erased = frozenset
) -> list[Frozen]:
    """The sets to judge on. Raises `GateRefusedError` where one is missing, `FrozenError` where one was altered."""
    there = _Folder(folder, erased)
    sets = [_named(each.name, each.hash, there) for each in gate.exam]
    if not sets and own is not None:
        sets = [frozen_sets.need(own, folder)]
    before = read_gate(champion.path) if champion else None
    if champion is not None and before is not None:
        known = _rows_of(champion.path, before)
        for name, hash_ in before.frozen.items():
            if hash_ not in gate.gone:
                sets += _as_before(name, hash_, known.get(hash_), sets, there)
    return list({each.hash: each for each in sets}.values())


def rows_of(sets: Sequence[Frozen]) -> Rows:
    """The rows of all sets, each once, however many sets have it."""
    rows = joined(*(each.columns() for each in sets))
    _, first = np.unique(np.array(rows.ids), return_index=True)
    return rows.take(np.sort(first))


def named(sets: Sequence[Frozen]) -> dict[str, str]:
    """Their names and hashes; two of one name are told apart by their hashes."""
    told: dict[str, str] = {}
    for each in sets:
        told[f"{each.name}@{each.hash[:12]}" if each.name in told else each.name] = each.hash
    return told


def digests(sets: Sequence[Frozen]) -> bytes:
    """As `exam.json`."""
    return json.dumps({each.hash: {"rows": _digests(each), "people": _digests(each, SOURCE)} for each in sets}).encode()


def write_rows(bundle: Path, raw: bytes) -> None:
    """Writes `exam.json` beside the answer."""
    write_atomically(bundle / ROWS_FILE, raw)


@dataclass(frozen=True, slots=True)
class _Folder:
    """Where frozen sets lie, and what the ledger says of erasures."""

    path: Path
    erased: Erased

    def find(self, name: str) -> Frozen | None:
        return frozen_sets.find(name, self.path)

    def by_hash(self, hash_: str, known: Known | None = None) -> Frozen | None:
        """The set whose hash begins so, or the same with people erased from it, under whatever name it lies."""
        opened = (Frozen.open(marker.parent) for marker in sorted(self.path.glob(f"[!.]*/{MARKER}")))
        return next((one for one in opened if one.hash.startswith(hash_) or self.is_rest_of(one, hash_, known)), None)

    def is_rest_of(self, held: Frozen, hash_: str, known: Known | None) -> bool:
        """Whether it is what erasures, and nothing else, left of the set whose hash begins so."""
        if not any(each.startswith(hash_) for each in self._had(held)):
            return False
        return known is None or known.lost_people_alone(_digests(held))

    def stands_for(self, held: Frozen, hash_: str, known: Known | None) -> bool:
        """Whether it is the set of that hash, the same with people erased from it, or one that holds all its rows."""
        if hash_ == held.hash or self.is_rest_of(held, hash_, known):
            return True
        return known is not None and known.rows <= set(_digests(held))

    def _had(self, held: Frozen) -> list[str]:
        """The hashes that it had, as far back as the ledger knows of each erasure."""
        had: list[str] = []
        for before in reversed(held.marker.erased_from):
            if (before, had[-1] if had else held.hash) not in self.erased():
                break
            had.append(before)
        return had


def _named(name: str, hash_: str | None, folder: _Folder) -> Frozen:
    held = folder.find(name)
    if held is not None and held.hash.startswith(hash_ or ""):
        return held
    if hash_ is not None and (elsewhere := folder.by_hash(hash_)):
        return elsewhere
    there = f"is another one ({held.hash[:12]}{_unproved(held, hash_ or '')})" if held else "is not there"
    by = f" of hash {hash_}" if hash_ else ""
    raise GateRefusedError(
        f"No: the gate's exam is the frozen set '{name}'{by}, and what lies at {folder.path / name} {there}. "
        f"Put it back from a backup, write it with the data config that freezes it (chaffinch data build {name} where "
        "it is called so), or name in the gate's file (`exam`) what is to be judged on."
    )


def _as_before(name: str, hash_: str, known: Known | None, sets: Sequence[Frozen], folder: _Folder) -> list[Frozen]:
    """What stands for the set that the champion was judged on, beside `sets`."""
    if any(folder.stands_for(each, hash_, known) for each in sets):
        return []
    plain = name.partition("@")[0]
    held = folder.find(plain)
    if held is not None and folder.stands_for(held, hash_, known):
        return [held]
    if old := folder.by_hash(hash_, known):
        return [old, *([held] if held is not None else [])]
    there = f"is another one that does not hold its rows{_unproved(held, hash_)}" if held else "is not there"
    raise GateRefusedError(
        f"No: the champion was judged on the frozen set '{plain}' of hash {hash_[:12]}, and what lies at "
        f"{folder.path / plain} {there}. Put the old folder back from a backup, under any name beside it "
        f"({folder.path / (plain + '_before')}); both are then asked. Where nobody has it any more, say so in the "
        f'gate\'s file: gone = ["{hash_}"].'
    )


def _unproved(held: Frozen, hash_: str) -> str:
    """That it says to be what was left of the one that is looked for, where it does."""
    if not any(each.startswith(hash_) for each in held.marker.erased_from):
        return ""
    return (
        f"; its {MARKER} says that people were erased from it, but this home's ledger tells of no erasure that left "
        "just these rows, or rows went that are nobody's comments"
    )


def _digests(held: Frozen, source: str | None = None) -> list[str]:
    """Of its rows; of those from one source alone where it is given."""
    lines = [line for line in (held.path / frozen_sets.ROWS).read_bytes().splitlines() if line]
    wanted = lines if source is None else [line for line in lines if json.loads(line)["source"] == source]
    return [hashlib.sha256(line).hexdigest()[:DIGITS] for line in wanted]


def _rows_of(bundle: Path, before: GateFile) -> dict[str, Known]:
    """The champion's `exam.json`, if it is the one that its answer tells of."""
    try:
        raw = (bundle / ROWS_FILE).read_bytes()
    except OSError:
        return {}
    told: Mapping[str, Any] = json.loads(raw) if sha256(raw) == before.exam_rows else {}
    return {hash_: _known(rows) for hash_, rows in told.items()}


def _known(told: list[str] | Mapping[str, list[str]]) -> Known:
    """An answer of before has one list alone."""
    if isinstance(told, list):
        return Known(frozenset(told), None)
    return Known(frozenset(told["rows"]), frozenset(told["people"]))
